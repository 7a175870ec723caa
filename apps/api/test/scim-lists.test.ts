import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, keys, startApp, type TestApp } from './support/app.ts';
import { DRONAHQ, expectScimError, MOUNTS, type Scim, scimAt, STANDARD, urns } from './support/scim.ts';
import { forgetUsers } from './support/users.ts';

/** The users of every list here, in order of creation, and what they are sorted by. */
const people = [
  { name: 'delta', title: 'Baker', department: 'Sales', primary: 'm@example.com' },
  { name: 'Alpha', title: undefined, department: undefined, primary: 'z@example.com' },
  { name: 'charlie', title: 'baker', department: 'mapping', primary: undefined },
  { name: 'Bravo', title: 'Ångström', department: undefined, primary: 'A@example.com' },
  { name: 'echo', title: 'Actor', department: 'Art', primary: 'b@example.com' },
] as const;
const teams = ['Zebra', 'apple', 'Mango'];

let api: TestApp;
let scim: Scim;

beforeAll(async () => {
  api = await startApp();
  scim = scimAt(api);
  await populate();
});
afterAll(() => api.stop());

async function populate(): Promise<void> {
  for (const { name, title, department, primary } of people) {
    await scim.user(name, {
      ...(title !== undefined && { title }),
      ...(department !== undefined && { [urns.enterprise]: { department } }),
      emails: [
        { value: `0-${name}@example.org`, type: 'other' },
        ...(primary === undefined ? [] : [{ value: primary, type: 'work', primary: true }]),
      ],
      active: name !== 'echo',
    });
  }
  for (const team of teams) await scim.group(team);
  await scimAt(api, { key: keys.foreign }).user('mallory');
  await scimAt(api, { key: keys.foreign }).group('Mallorys');
}

const names = ({ body }: Answer): string[] =>
  (body.Resources as Record<string, string>[]).map(({ userName, displayName }) => (userName ?? displayName)!);
const all = people.map(({ name }) => name) as string[];

/** Both ways to ask for a list. */
const ways: readonly [string, (type: string, parameters: Record<string, string | number>) => Promise<Answer>][] = [
  ['GET', (type, parameters) => scim.list(type, parameters)],
  ['POST .search', (type, parameters) => scim.search(type, parameters)],
];

describe.each(ways)('by index, with %s (RFC 7644 3.4.2.4)', (_, ask) => {
  test('a list says what it is', async () => {
    const { status, body, headers } = await ask('/Users', {});
    expect([status, headers.get('content-type')]).toEqual([200, 'application/scim+json; charset=utf-8']);
    expect(body).toMatchObject({ schemas: [urns.listResponse], totalResults: 5, startIndex: 1, itemsPerPage: 5 });
    expect(body).not.toHaveProperty('nextCursor');
    expect(names(await ask('/Users', {}))).toEqual(all);
    expect(names(await ask('/Groups', {}))).toEqual(teams);
  });

  const ranges: readonly [parameters: Record<string, number>, startIndex: number, shown: string[]][] = [
    [{ startIndex: 1, count: 2 }, 1, all.slice(0, 2)],
    [{ startIndex: 2, count: 2 }, 2, all.slice(1, 3)],
    [{ startIndex: 5 }, 5, all.slice(4)],
    [{ startIndex: 6 }, 6, []],
    [{ startIndex: 1_000_000_000_000 }, 1_000_000_000_000, []],
    // "A value less than 1 SHALL be interpreted as 1."
    [{ startIndex: 0 }, 1, all],
    [{ startIndex: -3, count: 1 }, 1, all.slice(0, 1)],
    // "A negative value SHALL be interpreted as "0". A value of "0" indicates that no resource results are to be returned".
    [{ count: 0 }, 1, []],
    [{ count: -1 }, 1, []],
    [{ count: 5000 }, 1, all],
    [{ count: 2_147_483_648 }, 1, all],
  ];
  test.each(ranges)('%j', async (parameters, startIndex, shown) => {
    const answer = await ask('/Users', parameters);
    expect(answer.status, answer.text).toBe(200);
    expect(names(answer)).toEqual(shown);
    expect(answer.body).toMatchObject({ totalResults: 5, startIndex, itemsPerPage: shown.length });
  });

  test.each([
    ['startIndex', 'x'],
    ['startIndex', '1.5'],
    ['count', 'x'],
    ['count', '2.5'],
    ['sortOrder', 'upwards'],
  ])('%s=%s is refused', async (name, value) => {
    expectScimError(await ask('/Users', { [name]: value }), 400);
  });

  test('a filter that matches nothing is an empty list', async () => {
    const answer = await ask('/Users', { filter: 'userName eq "nobody"' });
    expect(answer.body).toMatchObject({ totalResults: 0, itemsPerPage: 0, Resources: [] });
  });

  test('totals count what the filter finds, on every page', async () => {
    const answer = await ask('/Users', { filter: 'active eq true', startIndex: 3, count: 1 });
    expect(answer.body).toMatchObject({ totalResults: 4, startIndex: 3, itemsPerPage: 1 });
    expect(names(answer)).toEqual(['charlie']);
  });

  test.each([
    ['userName eq', 'invalidFilter'],
    ['shoeSize eq 44', 'invalidFilter'],
    ['(userName pr', 'invalidFilter'],
    [`userName eq "${'x'.repeat(5000)}"`, 'tooMany'],
    [Array.from({ length: 65 }, () => 'title pr').join(' or '), 'tooMany'],
    ['userName eq "\\u0000"', 'invalidFilter'],
  ])('the filter %s is refused', async (filter, scimType) => {
    expectScimError(await ask('/Users', { filter }), 400, scimType);
  });

  // RFC 7643 4.1.1: "The value of the "password" attribute [...] MUST NOT be [...] returned", nor guessed by what it finds.
  test('a password is nowhere to be found', async () => {
    const id = await scim.user('secretive', { password: 'Tarn-Lake-77?' });
    try {
      for (const filter of [
        'password pr',
        'password eq "Tarn-Lake-77?"',
        'password sw "$argon2id"',
        'password gt ""',
      ]) {
        expect((await ask('/Users', { filter })).body.totalResults, filter).toBe(0);
      }
      const order = names(await ask('/Users', { sortBy: 'password', sortOrder: 'descending' }));
      expect(order).toEqual([...all, 'secretive']);
    } finally {
      await scim.remove(`/Users/${id}`);
    }
  });
});

describe.each(ways)('sorted, with %s (RFC 7644 3.4.2.3)', (_, ask) => {
  // "if it's a multi-valued attribute, [...] the primary or else first value"; what has no value comes last, or first.
  const orders: readonly [sortBy: string, ascending: string[]][] = [
    ['userName', ['Alpha', 'Bravo', 'charlie', 'delta', 'echo']],
    ['USERNAME', ['Alpha', 'Bravo', 'charlie', 'delta', 'echo']],
    [`${urns.user}:userName`, ['Alpha', 'Bravo', 'charlie', 'delta', 'echo']],
    [`${urns.enterprise}:department`, ['echo', 'charlie', 'delta', 'Alpha', 'Bravo']],
    ['emails', ['charlie', 'Bravo', 'echo', 'delta', 'Alpha']],
    ['emails.value', ['charlie', 'Bravo', 'echo', 'delta', 'Alpha']],
    ['meta.created', all],
    ['id', all],
  ];
  test.each(orders)('by %s', async (sortBy, ascending) => {
    expect(names(await ask('/Users', { sortBy }))).toEqual(ascending);
    expect(names(await ask('/Users', { sortBy, sortOrder: 'ascending' }))).toEqual(ascending);
    const descending = await ask('/Users', { sortBy, sortOrder: 'descending' });
    const missing = sortBy.includes('department') ? ['Alpha', 'Bravo'] : [];
    const present = ascending.filter((name) => !missing.includes(name));
    expect(names(descending)).toEqual([...missing, ...present.toReversed()]);
  });

  test('with equal values in order of creation, on pages that do not overlap', async () => {
    const pages = [1, 2, 3, 4, 5].map((startIndex) => ask('/Users', { sortBy: 'title', startIndex, count: 1 }));
    const seen = (await Promise.all(pages)).flatMap(names);
    expect(seen.toSorted()).toEqual(all.toSorted());
    expect(seen.at(-1)).toBe('Alpha');
    expect(names(await ask('/Users', { sortBy: 'title' }))).toEqual(seen);
  });

  test('groups by displayName, whatever its case', async () => {
    expect(names(await ask('/Groups', { sortBy: 'displayName' }))).toEqual(['apple', 'Mango', 'Zebra']);
    const descending = await ask('/Groups', { sortBy: 'displayName', sortOrder: 'descending' });
    expect(names(descending)).toEqual(['Zebra', 'Mango', 'apple']);
  });

  test.each(['shoeSize', 'emails.shoeSize', 'emails[type eq "work"]'])('by %s is refused', async (sortBy) => {
    expectScimError(await ask('/Users', { sortBy }), 400);
  });

  test('every attribute of the schema can be asked for without a failure', async () => {
    const { body } = await scim.get('/Schemas');
    const documents = body.Resources as {
      id: string;
      attributes: { name: string; subAttributes?: { name: string }[] }[];
    }[];
    for (const { id, attributes } of documents) {
      const type = id === urns.group ? '/Groups' : '/Users';
      for (const { name, subAttributes = [] } of attributes) {
        if (name === 'password') continue;
        for (const each of [name, ...subAttributes.map((sub) => `${name}.${sub.name}`)]) {
          const answer = await ask(type, { sortBy: `${id}:${each}`, sortOrder: 'descending' });
          expect([200, 400], `${id}:${each} ${answer.text}`).toContain(answer.status);
        }
      }
    }
  });
});

describe.each(ways)('by cursor, with %s (RFC 9865)', (_, ask) => {
  async function walk(type: string, parameters: Record<string, string | number>, between = async () => {}) {
    const pages: Answer[] = [];
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      const answer: Answer = await ask(type, { ...parameters, cursor });
      expect(answer.status, answer.text).toBe(200);
      pages.push(answer);
      cursor = answer.body.nextCursor as string | undefined;
      if (cursor !== undefined) await between();
      expect(pages.length).toBeLessThan(50);
    }
    return pages;
  }

  test.each([1, 2, 4, 5, 100])('a walk in steps of %j passes everybody once', async (count) => {
    const pages = await walk('/Users', { count });
    expect(pages.flatMap(names)).toEqual(all);
    expect(pages).toHaveLength(Math.max(1, Math.ceil(5 / count)));
    for (const { body } of pages) {
      expect(body).not.toHaveProperty('startIndex');
      expect(body).toMatchObject({ totalResults: 5, itemsPerPage: body.Resources.length });
    }
  });

  test('of groups, and with a filter', async () => {
    expect((await walk('/Groups', { count: 2 })).flatMap(names)).toEqual(teams);
    const filtered = await walk('/Users', { count: 2, filter: 'active eq true' });
    expect(filtered.flatMap(names)).toEqual(all.slice(0, 4));
  });

  test.each([
    ['text', { cursor: 'x' }],
    [
      'a cursor of another list',
      async () => ({ cursor: (await ask('/Groups', { cursor: '', count: 1 })).body.nextCursor }),
    ],
    [
      'a cursor of another filter',
      async () => ({
        cursor: (await ask('/Users', { cursor: '', count: 1 })).body.nextCursor,
        filter: 'active eq true',
      }),
    ],
    [
      'a cursor that was changed',
      async () => ({ cursor: `${(await ask('/Users', { cursor: '', count: 1 })).body.nextCursor}A` }),
    ],
    ['a cursor and startIndex', { cursor: '', startIndex: 1 }],
    ['a cursor and sortBy', { cursor: '', sortBy: 'userName' }],
  ])('%s is refused', async (_what, parameters) => {
    const asked = typeof parameters === 'function' ? await parameters() : parameters;
    expectScimError(await ask('/Users', asked), 400, 'invalidCursor');
  });

  test('a cursor of another tenant is refused', async () => {
    const { nextCursor } = (await ask('/Users', { cursor: '', count: 1 })).body;
    const answer = await scimAt(api, { key: keys.foreign }).list('/Users', { cursor: nextCursor });
    expectScimError(answer, 400, 'invalidCursor');
  });

  test('a walk while others write passes everybody who stays, once', async () => {
    let round = 0;
    const temporary: string[] = [];
    const pages = await walk('/Users', { count: 1 }, async () => {
      round++;
      if (round > 4) return;
      temporary.push(await scim.user(`late-${round}`));
      if (round > 1) await scim.remove(`/Users/${temporary.shift()}`);
    });
    const seen = pages.flatMap(names);
    for (const id of temporary) await scim.remove(`/Users/${id}`);
    expect(seen.filter((name) => all.includes(name))).toEqual(all);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('a search at the root', () => {
  test('finds users and then groups, and counts both', async () => {
    const answer = await scim.search('', {});
    expect(answer.body).toMatchObject({ totalResults: 8, startIndex: 1, itemsPerPage: 8 });
    expect(names(answer)).toEqual([...all, ...teams]);
    const types = (answer.body.Resources as { meta: { resourceType: string } }[]).map(({ meta }) => meta.resourceType);
    expect(types).toEqual([...all.map(() => 'User'), ...teams.map(() => 'Group')]);
  });

  test.each([
    [1, 3],
    [4, 3],
    [5, 1],
    [6, 2],
    [7, 9],
    [9, 1],
    [3, 0],
  ])('from %j, %j', async (startIndex, count) => {
    const answer = await scim.search('', { startIndex, count });
    expect(names(answer)).toEqual([...all, ...teams].slice(startIndex - 1, startIndex - 1 + count));
    expect(answer.body).toMatchObject({ totalResults: 8, startIndex });
  });

  test.each([
    ['displayName eq "mango"', ['Mango']],
    ['userName eq "ALPHA"', ['Alpha']],
    ['members pr', []],
    ['meta.resourceType eq "Group"', teams],
    ['id pr', [...all, ...teams]],
    // RFC 7644 3.4.2.1: an attribute that is not part of a resource type is treated as if it had no value.
    ['userName eq "alpha" or displayName eq "mango"', ['Alpha', 'Mango']],
    ['not (userName pr) and displayName eq "mango"', ['Mango']],
    ['userName ne "alpha" and displayName pr', teams],
    ['userName eq null', teams],
    ['not (members pr)', [...all, ...teams]],
    ['emails.value co "example"', all],
    ['not (emails[type eq "work"]) and id pr', ['charlie', ...teams]],
    ['emails.primary eq false and displayName pr', []],
    ['emails.type ne "work" and displayName pr', teams],
    ['not (name.familyName pr) and displayName sw "a"', ['apple']],
    ['active ne true', ['echo', ...teams]],
    [`${urns.enterprise}:department eq "Art" or displayName eq "apple"`, ['echo', 'apple']],
    [`not (${urns.enterprise}:manager.value pr) and displayName eq "apple"`, ['apple']],
    [`${urns.user}:displayName pr`, []],
    [`${urns.group}:displayName pr and not (${urns.user}:displayName pr)`, teams],
  ])('with the filter %s', async (filter, found) => {
    expect(names(await scim.search('', { filter }))).toEqual(found);
  });

  test.each([
    ['userName', [...all.toSorted((left, right) => left.localeCompare(right)), ...teams]],
    ['displayName', [...all, 'apple', 'Mango', 'Zebra']],
    ['members.value', [...all, ...teams]],
  ])('sorted by %s, which not all kinds have, shows all', async (sortBy, found) => {
    expect(names(await scim.search('', { sortBy }))).toEqual(found);
  });

  test('sorted by what no kind has is refused', async () => {
    expectScimError(await scim.search('', { sortBy: 'shoeSize' }), 400, 'invalidPath');
  });

  test('leaves of each what was asked for', async () => {
    const answer = await scim.search('', { attributes: ['userName'] });
    expect(answer.body.Resources[0]).toEqual({
      schemas: expect.any(Array) as unknown,
      id: expect.any(String) as unknown,
      userName: 'delta',
    });
    expect(Object.keys(answer.body.Resources[7])).toEqual(['schemas', 'id']);
  });

  test.each(['shoeSize pr', 'userName eq'])('the filter %s, of no type, is refused', async (filter) => {
    expectScimError(await scim.search('', { filter }), 400, 'invalidFilter');
  });

  // A walk by cursor that ended after the first page would lose resources without a word.
  test('is by index only', async () => {
    expectScimError(await scim.search('', { cursor: '', count: 2 }), 400);
  });
});

describe('what is shown of each', () => {
  const shapes: readonly [string, object, string[]][] = [
    ['attributes', { attributes: ['userName', 'emails.value'] }, ['emails', 'id', 'schemas', 'userName']],
    ['the URN of an extension', { attributes: [urns.enterprise] }, ['id', 'schemas', urns.enterprise]],
    [
      'excludedAttributes',
      { excludedAttributes: ['emails', 'meta', 'active', urns.enterprise] },
      ['id', 'schemas', 'title', 'userName'],
    ],
  ];
  test.each(shapes)('%s, in a query and in a search', async (_, parameters, shown) => {
    const filter = 'userName eq "delta"';
    const searched = await scim.search('/Users', { ...parameters, filter });
    expect(Object.keys(searched.body.Resources[0]).toSorted()).toEqual(shown);
    const query = Object.fromEntries(
      Object.entries(parameters).map(([name, list]) => [name, (list as string[]).join(',')]),
    );
    expect((await scim.list('/Users', { ...query, filter })).body).toEqual(searched.body);
  });

  test.each([
    ['with other schemas', { schemas: [urns.patchOp] }],
    ['with attributes that are no list', { schemas: [urns.searchRequest], attributes: 'userName' }],
  ])('a search %s is refused', async (_, body) => {
    for (const path of ['/.search', '/Users/.search', '/Groups/.search']) {
      expectScimError(await scim.send('POST', path, { body }), 400);
    }
  });

  test.each(MOUNTS)('the address below %s', async (mount) => {
    const [first] = (await scimAt(api, { mount }).list('/Users', { count: 1 })).body.Resources;
    expect(first.meta.location).toBe(`${api.url}${mount}/Users/${first.id}`);
  });
});

describe.each(DRONAHQ)('%s', (mount) => {
  test('takes startIndex=0 and userEmail', async () => {
    const dronahq = scimAt(api, { mount });
    const answer = await dronahq.list('/Users', { startIndex: 0, count: 10, filter: 'userEmail eq "Z@EXAMPLE.com"' });
    expect(answer.body).toMatchObject({ totalResults: 1, startIndex: 1 });
    expect(names(answer)).toEqual(['Alpha']);
    expect(names(await dronahq.search('/Users', { filter: 'USEREMAIL sw "m@"' }))).toEqual(['delta']);
  });
});

test(`userEmail is unknown below ${STANDARD}`, async () => {
  expectScimError(await scim.list('/Users', { filter: 'userEmail pr' }), 400, 'invalidFilter');
});

describe('of more than one page', () => {
  test('at most 1000 come at once, 100 unless it is said', async () => {
    await forgetUsers(api);
    await api.query(
      "INSERT INTO groups (tenant_id, id, version, created_at, updated_at, display_name, display_name_key) SELECT k.tenant_id, gen_random_uuid(), 1, now(), now(), 'Group ' || n, 'group ' || n FROM generate_series(1, 1001) n, (SELECT DISTINCT tenant_id FROM api_keys WHERE name = 'key 0') k",
    );
    expect((await scim.list('/Groups')).body).toMatchObject({ totalResults: 1001, itemsPerPage: 100 });
    expect((await scim.list('/Groups', { count: 5000 })).body).toMatchObject({
      totalResults: 1001,
      itemsPerPage: 1000,
    });
    const rest = await scim.list('/Groups', { startIndex: 1001, count: 1000 });
    expect(rest.body).toMatchObject({ totalResults: 1001, startIndex: 1001, itemsPerPage: 1 });
  });
});
