import { userNameFault } from '@stele/schemas/canonical';
import { encodeUserId } from '@stele/schemas/v1';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type Ask, keys, startApp, startReplicas, type TestApp } from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import { create, faces, type Fields, forgetUsers, patch, type Tongue, tongues } from './support/users.ts';

interface Page {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly meta: { readonly total: number; readonly page?: number; readonly per_page: number };
  readonly links: Readonly<Record<'self' | 'next' | 'prev', string | null>>;
}

/** Parameters by name, or a query as it is. */
type Query = string | Readonly<Record<string, string | number>>;

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

const queryOf = (query: Query): string =>
  typeof query === 'string'
    ? query
    : Object.entries(query)
        .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
        .join('&');

let api: TestApp;
let replica: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ api, replica, stop } = await startReplicas({}, {}));
});
afterAll(() => stop());

type On = Ask & { readonly on?: TestApp };

const ask = (query: Query, { on = api, ...rest }: On = {}): Promise<Answer> =>
  on.request('GET', `/v1/users?${queryOf(query)}`, rest);

async function pageOf(query: Query, on?: On): Promise<Page> {
  const answer = await ask(query, on);
  expect(answer.status, answer.text).toBe(200);
  return answer.body as Page;
}

/** The page at a link, which is a whole URL. */
function follow(link: string | null, { on = api, ...rest }: On = {}): Promise<Page> {
  const url = new URL(link!);
  expect([on.url, url.pathname]).toEqual([url.origin, '/v1/users']);
  return pageOf(url.search.slice(1), { on, ...rest });
}

/** Every page from one on, by `links.next`. */
async function walk(query: Query): Promise<Page[]> {
  const pages = [await pageOf(query)];
  for (let next = pages[0]!.links.next; next !== null; next = pages.at(-1)!.links.next) pages.push(await follow(next));
  return pages;
}

const namesOf = ({ data }: Pick<Page, 'data'>) => data.map(({ username }) => username);

const idsOf = (pages: readonly Page[]) => pages.flatMap(({ data }) => data.map(({ id }) => id));

/** Creates users one after the other, so that each has a time of its own. */
async function createAll(users: readonly (readonly [name: string, fields?: Fields])[]): Promise<string[]> {
  const ids: string[] = [];
  for (const [name, fields] of users) ids.push(await create(api, 'scim', name, fields));
  return ids;
}

const numbered = (count: number, prefix = 'user') =>
  createAll(indexes(count).map((index) => [`${prefix}-${String(index).padStart(2, '0')}`]));

/** Refused as a parameter, which `details` names. */
function expectParameterRefusal(answer: Answer, details: Readonly<Record<string, unknown>>): void {
  expectRefusal('v1', answer, 'invalid_parameter');
  expect(answer.body).toEqual({ error: 'invalid_parameter', message: 'Invalid request parameters', details });
}

/** Refused as a parameter, whatever is said of it. */
const about = (name: string) => ({ [name]: [expect.any(String)] });

const remove = (id: string, on = api) => on.request('DELETE', faces.v1.user(id));

describe('pages', () => {
  let names: string[];
  beforeAll(async () => {
    await forgetUsers(api);
    await numbered(25);
    names = indexes(25).map((index) => `user-${String(index).padStart(2, '0')}`);
  });

  test('are ten users long, in order of creation, and linked to each other', async () => {
    const pages = await walk('');
    expect(pages.map(namesOf)).toEqual([names.slice(0, 10), names.slice(10, 20), names.slice(20)]);
    expect(pages.map(({ meta }) => meta)).toEqual([1, 2, 3].map((page) => ({ total: 25, page, per_page: 10 })));
    expect(pages.map(({ links }) => links)).toEqual([
      { self: `${api.url}/v1/users`, next: `${api.url}/v1/users?page=2`, prev: null },
      { self: `${api.url}/v1/users?page=2`, next: `${api.url}/v1/users?page=3`, prev: `${api.url}/v1/users?page=1` },
      { self: `${api.url}/v1/users?page=3`, next: null, prev: `${api.url}/v1/users?page=2` },
    ]);
    for (const [index, { links }] of pages.entries()) {
      const { links: _, ...self } = await follow(links.self);
      expect(self).toEqual({ data: pages[index]!.data, meta: pages[index]!.meta });
      if (index > 0) expect((await follow(links.prev)).data).toEqual(pages[index - 1]!.data);
    }
  });

  test('show users as they are read one by one', async () => {
    const { data } = await pageOf({ per_page: 3 });
    for (const user of data) expect(user).toEqual((await api.request('GET', `/v1/users/${String(user['id'])}`)).body);
  });

  test.each([1, 2, 7, 10, 24, 25, 26, 100])('of %i users are all users, once', async (perPage) => {
    const pages = await walk({ per_page: perPage });
    expect(pages).toHaveLength(Math.ceil(25 / perPage));
    expect(pages.flatMap(namesOf)).toEqual(names);
    for (const [index, { meta }] of pages.entries()) {
      expect(meta).toEqual({ total: 25, page: index + 1, per_page: perPage });
    }
  });

  test.each([
    { query: { page: 4 }, prev: '?page=3' },
    { query: { page: 1_000_000_000, per_page: 100 }, prev: '?page=1&per_page=100' },
    { query: { page: 26, per_page: 1 }, prev: '?page=25&per_page=1' },
  ])('beyond the last are empty, and lead back to it: $query', async ({ query, prev }) => {
    const { data, meta, links } = await pageOf(query);
    expect(data).toEqual([]);
    expect(meta).toEqual({ per_page: 10, ...query, total: 25 });
    expect([links.next, links.prev]).toEqual([null, `${api.url}/v1/users${prev}`]);
    expect((await follow(links.prev)).links.next).toBeNull();
  });

  test('of a directory without users: one, which is empty', async () => {
    expect(await pageOf('', { key: keys.foreign })).toEqual({
      data: [],
      meta: { total: 0, page: 1, per_page: 10 },
      links: { self: `${api.url}/v1/users`, next: null, prev: null },
    });
    expect((await pageOf('page=3', { key: keys.foreign })).links).toMatchObject({
      next: null,
      prev: `${api.url}/v1/users?page=1`,
    });
  });

  test('can be read with the scope `read`', async () => {
    expect((await pageOf('', { key: keys.read })).meta.total).toBe(25);
  });

  test('links keep everything else that was asked for', async () => {
    const query = { per_page: 2, sort: 'username', order: 'desc', 'filter[role]': 'user' };
    const pages = await walk(query);
    expect(pages.flatMap(namesOf)).toEqual(names.toReversed());
    for (const { links } of pages) {
      expect(Object.fromEntries(new URL(links.self!).searchParams)).toMatchObject({ ...query, per_page: '2' });
    }
  });

  test('links begin with STELE_PUBLIC_URL', async () => {
    const behindProxy = await startApp({ STELE_PUBLIC_URL: 'https://directory.example.com/stele/' }, api);
    try {
      const { links } = await pageOf('page=2', { on: behindProxy });
      const base = 'https://directory.example.com/stele/v1/users';
      expect(links).toEqual({ self: `${base}?page=2`, next: `${base}?page=3`, prev: `${base}?page=1` });
    } finally {
      await behindProxy.stop();
    }
  });
});

describe('parameters that are wrong', () => {
  beforeAll(() => forgetUsers(api));

  // CONTRACTS, v1: "unknown filter field: 400 `invalid_parameter`, details `{filter:["Unknown field: x"]}`".
  test.each([
    ['filter[x]=1', { filter: ['Unknown field: x'] }],
    ['filter%5Bx%5D=1', { filter: ['Unknown field: x'] }],
    ['filter[x]=1&filter[role]=admin', { filter: ['Unknown field: x'] }],
    ['filter[x]=1&filter[y]=2', { filter: ['Unknown field: x', 'Unknown field: y'] }],
    ['filter[]=1', { filter: ['Unknown field: '] }],
    ['filter[userName]=alice', { filter: ['Unknown field: userName'] }],
    ['filter[password_hash]=x', { filter: ['Unknown field: password_hash'] }],
    ['filter[created_at]=x', { filter: ['Unknown field: created_at'] }],
    ['filter[constructor]=1', { filter: ['Unknown field: constructor'] }],
    ['filter[__proto__]=1', { filter: ['Unknown field: __proto__'] }],
    ['x=1', { x: ['Unknown parameter: x'] }],
    ['Page=1', { Page: ['Unknown parameter: Page'] }],
    ['limit=1&offset=2', { limit: ['Unknown parameter: limit'], offset: ['Unknown parameter: offset'] }],
    ['filter[role][x]=1', { 'filter[role][x]': ['Unknown parameter: filter[role][x]'] }],
    ['page[size]=1', { 'page[size]': ['Unknown parameter: page[size]'] }],
    ['constructor=1', { constructor: ['Unknown parameter: constructor'] }],
    ['x=1&filter[y]=1', { x: ['Unknown parameter: x'], filter: ['Unknown field: y'] }],
  ])('%s is not known', async (query, details) => {
    expectParameterRefusal(await ask(query), details);
  });

  test('__proto__=1 is not known', async () => {
    const { text } = await ask('__proto__=1');
    expect(text).toContain('"details":{"__proto__":["Unknown parameter: __proto__"]}');
  });

  test.each<[query: string, name: string]>([
    ...['0', '-1', '1.5', '1e2', 'abc', '', '%20', '1_0', '0x1', 'NaN', 'Infinity', '1000000001', '1'.repeat(30)].map(
      (value): [string, string] => [`page=${value}`, 'page'],
    ),
    ...['0', '-1', '101', '1000', '10.0', 'ten', ''].map((value): [string, string] => [
      `per_page=${value}`,
      'per_page',
    ]),
    ['page=1&page=2', 'page'],
    ['page=1&page=1', 'page'],
    ['per_page=1&per_page=2', 'per_page'],
    ['sort=shoe_size', 'sort'],
    ['sort=', 'sort'],
    ['sort=userName', 'sort'],
    ['sort=Username', 'sort'],
    ['sort=password_hash', 'sort'],
    ['sort=id', 'sort'],
    ['sort=constructor', 'sort'],
    ['sort=username,email', 'sort'],
    ['sort=username&sort=email', 'sort'],
    ['order=up', 'order'],
    ['order=ASC', 'order'],
    ['order=', 'order'],
    ['order=asc&order=desc', 'order'],
    ['filter=admin', 'filter'],
    ['filter=', 'filter'],
    ['filter=admin&filter[role]=admin', 'filter'],
    ['filter[role]=admin&filter=admin', 'filter'],
    ['filter[role]=admin&filter[role]=user', 'filter'],
    [`filter[role]=${'x'.repeat(4097)}`, 'filter'],
    ['cursor=&cursor=', 'cursor'],
  ])('%s is refused', async (query, name) => {
    expectParameterRefusal(await ask(query), about(name));
  });

  test('everything that is wrong is said at once', async () => {
    const answer = await ask('page=0&per_page=101&sort=x&filter[x]=1');
    expectParameterRefusal(answer, {
      ...about('page'),
      ...about('per_page'),
      ...about('sort'),
      filter: ['Unknown field: x'],
    });
  });
});

describe('filter', () => {
  const scimRoles = {
    none: [],
    'user by name': [{ value: 'user' }],
    'the primary': [{ value: 'auditor' }, { value: 'admin', primary: true }],
    'the first': [{ value: 'admin' }, { value: 'auditor' }],
    'the first that has a value': [{ display: 'no value' }, { value: 'admin' }],
    'none with a value': [{ display: 'no value' }],
    'a primary one without a value': [{ value: 'admin' }, { display: 'no value', primary: true }],
    'none primary, said so': [
      { value: 'editor', primary: false },
      { value: 'admin', primary: false },
    ],
    'of another case': [{ value: 'Admin' }],
  } as const;

  beforeAll(async () => {
    await forgetUsers(api);
    await createAll([
      ['Zoë', { emails: [{ value: 'Zoë@Example.com', primary: true }], name: { givenName: 'Zoë', familyName: 'Ek' } }],
      ['bob', { emails: [{ value: 'bob@example.com' }], name: { givenName: 'Bob', familyName: 'Ek' } }],
      [
        'carol',
        {
          emails: [{ value: 'carol@home.example' }, { value: 'carol@example.com', primary: true }],
          name: { givenName: 'Carol' },
        },
      ],
      ['dave', { roles: [{ value: 'admin', primary: true }], name: { givenName: 'Bob', familyName: 'Lund' } }],
      ...Object.entries(scimRoles).map(([name, roles]) => [`role: ${name}`, { roles }] as const),
    ]);
  });

  test.each<[field: string, values: readonly string[], found: readonly string[]]>([
    ['username', ['Zoë', 'zoë', 'ZOË', 'Zoe\u0308', 'ＺＯË', 'ｚｏｅ\u0308'], ['Zoë']],
    ['username', ['bob', 'BOB', 'ｂｏｂ', '𝐛𝐨𝐛', 'ⓑob'], ['bob']],
    ['username', ['bo', 'bobb', 'b%', 'b_b', '', ' bob', 'Zoe', 'bob\n'], []],
    ['email', ['zoë@example.com', 'ZOE\u0308@EXAMPLE.COM', 'ｚｏë@example.com'], ['Zoë']],
    // The first address stands in for a primary one.
    ['email', ['bob@example.com', 'Bob@Example.Com'], ['bob']],
    ['email', ['carol@example.com'], ['carol']],
    // v1 shows one address, and finds by that one.
    ['email', ['carol@home.example', 'example.com', '@example.com', ''], []],
    ['first_name', ['Bob'], ['bob', 'dave']],
    ['first_name', ['bob', 'BOB', 'Bo', '', 'null'], []],
    ['last_name', ['Ek'], ['Zoë', 'bob']],
    ['last_name', ['ek', 'E', ''], []],
    ['role', ['owner', 'auditor', '', 'ADMIN', 'null'], []],
  ])('%s %j finds %j', async (field, values, found) => {
    for (const value of values) {
      const { data, meta } = await pageOf({ [`filter[${field}]`]: value, per_page: 1 });
      expect([meta.total, data.length], value).toEqual([found.length, Math.min(1, found.length)]);
      expect(namesOf(await pageOf({ [`filter[${field}]`]: value })), value).toEqual(found);
    }
  });

  // CONTRACTS, one record: "`role` = primary, else first, else `user`".
  test('role finds users by the role that they are shown with, and by no other', async () => {
    const { data } = await pageOf({ per_page: 100 });
    const shown = Map.groupBy(data, ({ role }) => String(role));
    expect([...shown.keys()].toSorted()).toEqual(['Admin', 'admin', 'editor', 'user']);
    expect(shown.get('user')!.map(({ username }) => username)).toEqual(
      expect.arrayContaining(['bob', 'role: none', 'role: user by name', 'role: none with a value']),
    );
    for (const [role, users] of shown) {
      const found = await pageOf({ 'filter[role]': role, per_page: 100 });
      expect([found.data, found.meta.total]).toEqual([users, users.length]);
    }
  });

  test('several: users that have all of the values', async () => {
    const named = { 'filter[first_name]': 'Bob' };
    expect(namesOf(await pageOf({ ...named, 'filter[last_name]': 'Ek' }))).toEqual(['bob']);
    expect(namesOf(await pageOf({ ...named, 'filter[role]': 'admin' }))).toEqual(['dave']);
    expect(namesOf(await pageOf({ ...named, 'filter[role]': 'user', 'filter[username]': 'BOB' }))).toEqual(['bob']);
    expect(namesOf(await pageOf({ ...named, 'filter[username]': 'zoë' }))).toEqual([]);
  });

  test('with an order', async () => {
    const query = { 'filter[last_name]': 'Ek', sort: 'username', order: 'asc' };
    expect(namesOf(await pageOf(query))).toEqual(['bob', 'Zoë']);
    expect(namesOf(await pageOf({ ...query, order: 'desc' }))).toEqual(['Zoë', 'bob']);
  });
});

describe('values that are hard to write down', () => {
  const values = [
    '%',
    '%%',
    '_',
    '100%',
    'a_b',
    "o'clock",
    "'; DROP TABLE users; --",
    '"quoted"',
    'back\\slash',
    '\\',
    '\\\\',
    '$1',
    'a&b=c',
    'a+b',
    'a b',
    ' a b ',
    '%41',
    '[x]',
    '{"a":1}',
    'null',
    'true',
    '0',
    '#?/',
    '😀',
    '👩‍👩‍👧',
    '\u200d',
    '\t\n\r',
    '\u0001\u007f',
    '\u2028',
    '‮abc',
    'é',
    'x'.repeat(4096),
  ];
  /** Names have to be of the field, and apart once they are folded. */
  const usernames = values.filter(
    (value) => value.length < 256 && userNameFault(value) === undefined && /\S/.test(value),
  );

  beforeAll(async () => {
    await forgetUsers(api);
    await Promise.all(
      values.map((value, index) =>
        create(api, 'scim', usernames.includes(value) ? value : `user-${index}`, {
          name: { givenName: value, familyName: value },
          roles: [{ value, primary: true }],
        }),
      ),
    );
  });

  test.each(['first_name', 'last_name', 'role', 'username'])('%s finds its user alone', async (field) => {
    for (const value of field === 'username' ? usernames : values) {
      const { data, meta } = await pageOf({ [`filter[${field}]`]: value });
      expect([meta.total, data[0]?.[field]], JSON.stringify(value)).toEqual([1, value]);
    }
  });

  test('a plus is a blank, as forms write it', async () => {
    expect((await pageOf('filter[first_name]=a+b')).data[0]).toMatchObject({ first_name: 'a b' });
  });

  test('links of the page lead to the same page', async () => {
    for (const value of values.filter(({ length }) => length < 256)) {
      const query = { 'filter[first_name]': value, page: 2, per_page: 1 };
      const { links } = await pageOf(query);
      expect((await follow(links.self)).meta).toEqual({ total: 1, page: 2, per_page: 1 });
      expect((await follow(links.prev)).data[0]).toMatchObject({ first_name: value });
    }
  });

  // DESIGN, the write path: "Postgres refuses \u0000 ... refuse all three before the database".
  test.each(['username', 'email', 'first_name', 'last_name', 'role'])('U+0000 in %s is refused', async (field) => {
    expectParameterRefusal(await ask(`filter[${field}]=a%00b`), about('filter'));
  });

  test.each(['%zz', '%', '%ff', '%ed%a0%80', '%c0%af'])(
    '%s is no percent-encoding, and breaks nothing',
    async (text) => {
      const { status } = await ask(`filter[first_name]=${text}`);
      expect([200, 400]).toContain(status);
    },
  );
});

describe('sort', () => {
  /** Each user, and the fields that the order is about. */
  const users: readonly (readonly [name: string, fields: Fields])[] = [
    ['dora', { name: { givenName: 'Zebra', familyName: 'B' }, emails: [{ value: 'b@example.com' }] }],
    ['Alma', { name: { givenName: 'apple', familyName: 'a' }, roles: [{ value: 'owner' }] }],
    ['cleo', { name: { givenName: 'Ångström' }, emails: [{ value: 'C@example.com' }], roles: [{ value: 'admin' }] }],
    ['BERT', { name: { givenName: 'Éclair', familyName: 'B' }, emails: [{ value: 'b@example.com' }] }],
    ['Ella', { name: { givenName: 'banana', familyName: 'c' }, emails: [{ value: 'a@example.com' }] }],
    ['finn', { roles: [{ value: 'Zar' }] }],
    ['gwen', { name: { givenName: 'apple', familyName: 'B' }, roles: [{ value: 'user' }] }],
  ];
  const created = users.map(([name]) => name);
  /** For each field, users in its order: those that are alike in it together, those without a value at the end. */
  const orders: Readonly<Record<string, { groups: readonly (readonly string[])[]; unassigned?: readonly string[] }>> = {
    username: { groups: [['Alma'], ['BERT'], ['cleo'], ['dora'], ['Ella'], ['finn'], ['gwen']] },
    email: { groups: [['Ella'], ['dora', 'BERT'], ['cleo']], unassigned: ['Alma', 'finn', 'gwen'] },
    first_name: {
      groups: [['cleo'], ['Alma', 'gwen'], ['Ella'], ['BERT'], ['dora']],
      unassigned: ['finn'],
    },
    last_name: { groups: [['Alma'], ['dora', 'BERT', 'gwen'], ['Ella']], unassigned: ['cleo', 'finn'] },
    // Nobody is without a role: who was given none is a `user`.
    role: { groups: [['cleo'], ['Alma'], ['dora', 'BERT', 'Ella', 'gwen'], ['finn']] },
  };

  beforeAll(async () => {
    await forgetUsers(api);
    await createAll(users);
  });

  describe.each(Object.entries(orders))('%s', (sort, { groups, unassigned = [] }) => {
    test.each([
      ['asc', [...groups, unassigned].flat()],
      ['desc', [...groups.toReversed(), unassigned].flat()],
    ])('%s, with those alike in order of creation and those without a value last', async (order, expected) => {
      expect(namesOf(await pageOf({ sort, order }))).toEqual(expected);
    });

    test('is ascending unless it is said', async () => {
      expect(namesOf(await pageOf({ sort }))).toEqual([...groups, unassigned].flat());
    });

    test.each(['asc', 'desc'])('%s is the same whatever the length of a page', async (order) => {
      const whole = namesOf(await pageOf({ sort, order }));
      for (const perPage of [1, 2, 3]) {
        expect((await walk({ sort, order, per_page: perPage })).flatMap(namesOf)).toEqual(whole);
      }
    });
  });

  test('created_at, which is also the order of a list that says none', async () => {
    for (const query of ['', 'sort=created_at', 'order=asc', 'sort=created_at&order=asc']) {
      expect(namesOf(await pageOf(query))).toEqual(created);
    }
    for (const query of ['order=desc', 'sort=created_at&order=desc']) {
      expect(namesOf(await pageOf(query))).toEqual(created.toReversed());
    }
  });

  test('updated_at', async () => {
    const { data } = await pageOf('');
    const id = (name: string) => String(data.find(({ username }) => username === name)!['id']);
    for (const name of ['cleo', 'dora']) {
      await api.request('PATCH', `/v1/users/${id(name)}`, { body: { last_name: 'Moved' } });
      await api.request('PATCH', `/v1/users/${id(name)}`, { body: { last_name: name === 'dora' ? 'B' : null } });
    }
    const moved = [...created.filter((name) => name !== 'cleo' && name !== 'dora'), 'cleo', 'dora'];
    expect(namesOf(await pageOf('sort=updated_at'))).toEqual(moved);
    expect(namesOf(await pageOf('sort=updated_at&order=desc'))).toEqual(moved.toReversed());
  });
});

describe('users created in the same millisecond', () => {
  let ids: string[];
  beforeAll(async () => {
    await forgetUsers(api);
    ids = (await numbered(23)).map(encodeUserId).toSorted();
    await api.query(
      "UPDATE users SET created_at = '2026-01-02T03:04:05.678Z', updated_at = '2026-01-02T03:04:05.678Z'",
    );
  });

  test.each([1, 2, 10, 22])('are met once each, %i at a time', async (perPage) => {
    expect(idsOf(await walk({ per_page: perPage }))).toEqual(ids);
    expect(idsOf(await walk({ per_page: perPage, cursor: '' }))).toEqual(ids);
    expect(idsOf(await walk({ per_page: perPage, order: 'desc' }))).toEqual(ids.toReversed());
    for (const sort of ['updated_at', 'first_name', 'role']) {
      expect(idsOf(await walk({ per_page: perPage, sort }))).toEqual(ids);
      expect(idsOf(await walk({ per_page: perPage, sort, order: 'desc' }))).toEqual(ids);
    }
  });
});

describe('totals', () => {
  beforeEach(() => forgetUsers(api));

  /** What each way to read a list says of its length: from its first page, which does not show how long it is. */
  async function totals(on = api): Promise<number[]> {
    const queries = ['per_page=1', 'per_page=1&cursor=', 'per_page=1&filter[role]=user', 'page=99'];
    return (await Promise.all(queries.map((query) => pageOf(query, { on })))).map(({ meta }) => meta.total);
  }

  const all = (total: number) => [total, total, total, total];

  test('are right after each create and each deletion', async () => {
    expect(await totals()).toEqual(all(0));
    const ids: string[] = [];
    for (const tongue of [...tongues, ...tongues]) {
      ids.push(await create(api, tongue, `${tongue}-${ids.length}`));
      expect(await totals()).toEqual(all(ids.length));
    }
    for (const [index, id] of ids.entries()) {
      await remove(id);
      expect(await totals(replica)).toEqual(all(ids.length - index - 1));
    }
  });

  test('count what is done: no refusal, no change, no repetition', async () => {
    const [alice, bob] = (await numbered(2)) as [string, string];
    const headers = { 'idempotency-key': 'once' };
    for (const tongue of tongues) {
      const answer = await api.request('POST', faces[tongue].users, { body: faces[tongue].draft('USER-01') });
      expectRefusal(tongue, answer, 'conflict');
      await patch(api, tongue, alice, { [{ v1: 'username', scim: 'userName', nerm: 'login' }[tongue]]: tongue });
    }
    for (const _ of indexes(2)) {
      await api.request('POST', '/scim/v2/Users', { body: faces.scim.draft('carol'), headers });
    }
    expect(await totals()).toEqual(all(3));
    await api.request('DELETE', faces.v1.user(bob), { headers: { 'if-match': '"7"' } });
    expect(await totals()).toEqual(all(3));
    expect(
      (await Promise.all(indexes(6).map((index) => remove(bob, index % 2 ? api : replica))))
        .map(({ status }) => status)
        .toSorted(),
    ).toEqual([204, 404, 404, 404, 404, 404]);
    expect(await totals()).toEqual(all(2));
  });

  test('are right after many creates and deletions at once', async () => {
    const ids = await Promise.all(
      indexes(40).map((index) => create(index % 2 ? api : replica, 'scim', `user-${index}`)),
    );
    expect(await totals()).toEqual(all(40));
    await Promise.all([
      ...ids.slice(0, 25).map((id, index) => remove(id, index % 2 ? api : replica)),
      ...indexes(10).map((index) => create(index % 2 ? api : replica, tongues[1 + (index % 2)]!, `new-${index}`)),
    ]);
    expect(await totals()).toEqual(all(25));
  });

  test('a user who is deleted is in no list', async () => {
    const [, bob] = await createAll([['alice'], ['bob', { name: { givenName: 'Bob' } }], ['carol']]);
    await remove(bob!);
    for (const query of ['', 'cursor=', 'order=desc', 'sort=username', 'sort=first_name&order=desc']) {
      expect(namesOf(await pageOf(query)).toSorted()).toEqual(['alice', 'carol']);
    }
    for (const query of ['filter[username]=bob', 'filter[first_name]=Bob', 'cursor=&filter[username]=bob']) {
      expect(await pageOf(query)).toMatchObject({ data: [], meta: { total: 0 } });
    }
  });

  test('each tenant has its own users, and its own number of them', async () => {
    await numbered(3);
    const theirs = { key: keys.foreign };
    for (const name of ['user-00', 'mallory']) {
      await api.request('POST', '/scim/v2/Users', { body: faces.scim.draft(name), ...theirs });
    }
    for (const query of ['per_page=1', 'cursor=&per_page=1', 'filter[role]=user&per_page=1']) {
      expect((await pageOf(query)).meta.total).toBe(3);
      expect((await pageOf(query, theirs)).meta.total).toBe(2);
    }
    expect(namesOf(await pageOf(''))).toEqual(['user-00', 'user-01', 'user-02']);
    expect(namesOf(await pageOf('', theirs))).toEqual(['user-00', 'mallory']);
    expect(namesOf(await pageOf('filter[username]=mallory'))).toEqual([]);
    expect(namesOf(await pageOf('filter[username]=user-01', theirs))).toEqual([]);
    const [first] = (await pageOf('filter[username]=user-00')).data;
    const [other] = (await pageOf('filter[username]=user-00', theirs)).data;
    expect(first!['id']).not.toBe(other!['id']);
  });
});

describe('a walk by cursor', () => {
  beforeEach(() => forgetUsers(api));

  /** The cursor of a link. */
  const cursorOf = ({ links }: Page): string => new URL(links.next!).searchParams.get('cursor')!;

  test('meets everybody once, in order of creation, and ends', async () => {
    const ids = (await numbered(25)).map(encodeUserId);
    for (const perPage of [1, 4, 5, 24, 25, 26, 100]) {
      const pages = await walk({ cursor: '', per_page: perPage });
      expect(idsOf(pages)).toEqual(ids);
      expect(pages).toHaveLength(Math.ceil(25 / perPage));
      for (const [index, { meta, links }] of pages.entries()) {
        expect(meta).toEqual({ total: 25, per_page: perPage });
        expect(links.prev).toBeNull();
        expect((await follow(links.self)).data).toEqual(pages[index]!.data);
      }
      expect(pages.at(-1)!.links.next).toBeNull();
    }
  });

  test('of nobody is one empty page', async () => {
    expect(await pageOf('cursor=')).toEqual({
      data: [],
      meta: { total: 0, per_page: 10 },
      links: { self: `${api.url}/v1/users?cursor=`, next: null, prev: null },
    });
  });

  test('heeds the filter', async () => {
    await createAll(
      indexes(12).map((index) => [`user-${index}`, { roles: [{ value: index % 3 === 0 ? 'admin' : 'editor' }] }]),
    );
    const pages = await walk({ cursor: '', per_page: 3, 'filter[role]': 'admin' });
    expect(pages.flatMap(namesOf)).toEqual(['user-0', 'user-3', 'user-6', 'user-9']);
    expect(pages.map(({ meta }) => meta.total)).toEqual([4, 4]);
  });

  // `V1UserQuery`: "meets every user once who is there all the time, whatever is written meanwhile".
  test.each([1, 3, 10])('meets, %i at a time, everybody once who is there all the time', async (perPage) => {
    const constant: string[] = [];
    const fleeting: string[] = [];
    for (const index of indexes(40)) {
      constant.push(encodeUserId(await create(api, 'scim', `constant-${index}`)));
      fleeting.push(await create(api, 'scim', `fleeting-${index}`));
    }
    const walked = new AbortController();
    const meanwhile = async (work: (round: number) => Promise<unknown>) => {
      for (let round = 0; !walked.signal.aborted; round++) await work(round);
    };
    const others = [
      meanwhile((round) => create(api, 'scim', `new-${round}`).then((id) => fleeting.push(id))),
      meanwhile((round) => create(replica, 'nerm', `newer-${round}`)),
      meanwhile((round) => remove(fleeting.splice((round * 17) % fleeting.length, 1)[0]!, replica)),
      meanwhile((round) =>
        api.request('PATCH', `/v1/users/${constant[(round * 7) % constant.length]}`, {
          body: { last_name: `name ${round}`, username: `renamed-${round}` },
        }),
      ),
    ];
    const met: string[] = [];
    try {
      let page = await pageOf({ cursor: '', per_page: perPage });
      for (;;) {
        met.push(...page.data.map(({ id }) => String(id)));
        // Others create faster than one walks: they stop, and what they have changed is there to be met again.
        if (constant.every((id) => met.includes(id))) walked.abort();
        if (page.links.next === null) break;
        page = await follow(page.links.next);
      }
    } finally {
      walked.abort();
      await Promise.all(others);
    }
    expect(met.filter((id) => constant.includes(id))).toEqual(constant);
    expect(new Set(met).size).toBe(met.length);
    // It was not quiet meanwhile.
    expect(await api.query('SELECT 1 FROM users WHERE deleted_at IS NOT NULL')).not.toEqual([]);
    expect(await api.query('SELECT 1 FROM users WHERE version > 1 AND deleted_at IS NULL')).not.toEqual([]);
  });

  test('goes on after a user who is gone', async () => {
    const ids = await numbered(6);
    const first = await pageOf({ cursor: '', per_page: 3 });
    await remove(ids[2]!);
    await remove(ids[3]!);
    const second = await follow(first.links.next);
    expect(namesOf(second)).toEqual(['user-04', 'user-05']);
    expect(second.meta.total).toBe(4);
  });

  test('goes on at another replica, by pages of another length, and from an old cursor', async () => {
    await numbered(9);
    const cursor = cursorOf(await pageOf({ cursor: '', per_page: 2 }));
    const later = await pageOf({ cursor, per_page: 3 }, { on: replica });
    expect(namesOf(later)).toEqual(['user-02', 'user-03', 'user-04']);
    expect(namesOf(await pageOf({ cursor: cursorOf(later), per_page: 100 }))).toEqual(
      ['05', '06', '07', '08'].map((number) => `user-${number}`),
    );
    expect(namesOf(await pageOf({ cursor }))).toHaveLength(7);
    const restarted = await startApp({}, api);
    try {
      expect(namesOf(await pageOf({ cursor }, { on: restarted }))).toHaveLength(7);
    } finally {
      await restarted.stop();
    }
  });

  test('goes on with the filters in any order', async () => {
    await createAll(indexes(4).map((index) => [`user-${index}`, { name: { givenName: 'A' } }]));
    const cursor = cursorOf(await pageOf('cursor=&per_page=1&filter[role]=user&filter[first_name]=A'));
    const { data } = await pageOf({ 'filter[first_name]': 'A', 'filter[role]': 'user', cursor });
    expect(namesOf({ data })).toEqual(['user-1', 'user-2', 'user-3']);
  });

  describe('with a cursor that is none', () => {
    let cursor: string;
    beforeEach(async () => {
      await numbered(4);
      cursor = cursorOf(await pageOf('cursor=&per_page=2'));
    });

    const forgeries: Readonly<Record<string, (cursor: string) => string>> = {
      'a page number': () => '2',
      'an offset in base64': () => Buffer.from('{"offset":2}').toString('base64url'),
      'of zeros': () => Buffer.alloc(40).toString('base64url'),
      'cut short': (made) => made.slice(0, -1),
      'cut to half': (made) => made.slice(0, made.length / 2),
      grown: (made) => `${made}A`,
      'with padding': (made) => `${made}==`,
      'with a blank before it': (made) => ` ${made}`,
      'with its halves swapped': (made) => made.slice(27) + made.slice(0, 27),
      'in another case': (made) => made.toUpperCase(),
      'with another time': (made) => (made.startsWith('AAAB') ? `AAAA${made.slice(4)}` : `B${made.slice(1)}`),
      'with another user': (made) => made.slice(0, 14) + (made[14] === 'A' ? 'B' : 'A') + made.slice(15),
      'with another signature': (made) => made.slice(0, 40) + (made[40] === 'A' ? 'B' : 'A') + made.slice(41),
      'an emoji': () => '😀',
      'U+0000': () => '\0',
      'of 1024 characters': () => 'A'.repeat(1024),
      'of 1025 characters': () => 'A'.repeat(1025),
    };

    test.each(Object.keys(forgeries))('%s', async (forgery) => {
      expectParameterRefusal(await ask({ cursor: forgeries[forgery]!(cursor) }), about('cursor'));
    });

    test('of another list', async () => {
      const filtered = cursorOf(await pageOf('cursor=&per_page=2&filter[role]=user'));
      expectParameterRefusal(await ask({ cursor: filtered }), about('cursor'));
      expectParameterRefusal(await ask({ cursor, 'filter[role]': 'user' }), about('cursor'));
      expectParameterRefusal(await ask({ cursor: filtered, 'filter[role]': 'admin' }), about('cursor'));
      expectParameterRefusal(
        await ask({ cursor: filtered, 'filter[role]': 'user', 'filter[first_name]': 'A' }),
        about('cursor'),
      );
      expect(namesOf(await pageOf({ cursor: filtered, 'filter[role]': 'user' }))).toEqual(['user-02', 'user-03']);
    });

    test("of another tenant's list", async () => {
      expectParameterRefusal(await ask({ cursor }, { key: keys.foreign }), about('cursor'));
      // The same tenant's, whoever asks.
      expect(namesOf(await pageOf({ cursor }, { key: keys.read }))).toEqual(['user-02', 'user-03']);
    });

    test.each(['page=1', 'page=2', 'sort=username', 'sort=created_at', 'order=asc', 'order=desc'])(
      'beside %s, which a walk does not have',
      async (parameter) => {
        for (const each of [cursor, '']) {
          expectParameterRefusal(await ask(`cursor=${each}&${parameter}`), about('cursor'));
        }
      },
    );
  });
});

test('users of every dialect are in the list as v1 shows them', async () => {
  await forgetUsers(api);
  const shown: Record<Tongue, object> = {
    v1: { email: 'v1@example.com', first_name: null, role: 'user' },
    scim: { email: null, first_name: null, role: 'user' },
    nerm: { email: 'nerm@example.com', first_name: null, role: 'user' },
  };
  for (const tongue of tongues) await create(api, tongue, tongue);
  const { data } = await pageOf('');
  expect(data).toMatchObject(tongues.map((tongue) => ({ username: tongue, ...shown[tongue] })));
});
