import { CompatibilityProfile } from '@stele/schemas/canonical';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { issueKey } from './support/api-keys.ts';
import { type Answer, keys, startApp, type TestApp } from './support/app.ts';
import { expectScimError, keptOfGroups, MOUNTS, type Scim, scimAt, urns } from './support/scim.ts';
import { faces, forgetUsers, kept } from './support/users.ts';

let api: TestApp;
let scim: Scim;
beforeAll(async () => {
  api = await startApp();
  scim = scimAt(api);
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

const user = (name: string, fields?: object) => faces.scim.draft(name, { ...fields });
const group = (name: string, members: readonly string[] = []) => ({
  schemas: [urns.group],
  displayName: name,
  members: members.map((value) => ({ value })),
});
const post = (path: string, bulkId: string, data: unknown) => ({ method: 'POST', path, bulkId, data });
const patchOp = (...Operations: object[]) => ({ schemas: [urns.patchOp], Operations });

const statuses = ({ body }: Answer): string[] => (body.Operations as { status: string }[]).map(({ status }) => status);
const idOf = ({ body }: Answer, index: number): string => String(body.Operations[index].location).split('/').at(-1)!;

describe('RFC 7644 3.7: each result says', () => {
  test('method, bulkId, status, location and version', async () => {
    const ids = { one: await scim.user('one'), two: await scim.user('two'), three: await scim.user('three') };
    const answer = await scim.bulk([
      post('/Users', 'qwerty', user('alice')),
      { method: 'PUT', path: `/Users/${ids.one}`, data: user('one', { title: 'New' }) },
      { method: 'PATCH', path: `/Users/${ids.two}`, data: patchOp({ op: 'replace', path: 'title', value: 'New' }) },
      { method: 'DELETE', path: `/Users/${ids.three}` },
      { method: 'DELETE', path: `/Users/${ids.three}` },
    ]);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.schemas).toEqual([urns.bulkResponse]);
    const at = (id: string) => `${api.url}/scim/v2/Users/${id}`;
    const results = answer.body.Operations;
    expect(results[0]).toEqual({
      method: 'POST',
      bulkId: 'qwerty',
      status: '201',
      version: '"1"',
      location: at(idOf(answer, 0)),
    });
    expect(results[1]).toEqual({ method: 'PUT', status: '200', version: '"2"', location: at(ids.one) });
    expect(results[2]).toMatchObject({ method: 'PATCH', version: '"2"', location: at(ids.two) });
    expect(['200', '204']).toContain(results[2].status);
    expect(results[3]).toEqual({ method: 'DELETE', status: '204', location: at(ids.three) });
    expect(results[4]).toMatchObject({ method: 'DELETE', status: '404', response: { status: '404' } });
    expect((await scim.get(`/Users/${idOf(answer, 0)}`)).body.userName).toBe('alice');
    expect((await scim.get(`/Users/${ids.one}`)).body.title).toBe('New');
    expect((await scim.get(`/Users/${ids.two}`)).body.title).toBe('New');
    expect((await scim.get(`/Users/${ids.three}`)).status).toBe(404);
  });

  test.each(MOUNTS)('the address below %s', async (mount) => {
    const own = scimAt(api, { mount });
    const answer = await own.bulk([post('/Users', 'a', user('alice')), post('/Groups', 'b', group('Team'))]);
    expect(answer.body.Operations[0].location).toMatch(`${mount}/Users/`);
    expect(answer.body.Operations[1].location).toMatch(`${mount}/Groups/`);
  });

  test('a refusal is the error of the operation alone', async () => {
    await scim.user('alice');
    const answer = await scim.bulk([
      post('/Users', 'a', user('ALICE')),
      post('/Users', 'b', { schemas: [urns.user] }),
      post('/Users', 'c', user('carol')),
    ]);
    expect(statuses(answer)).toEqual(['409', '400', '201']);
    expect(answer.body.Operations[0]).toMatchObject({
      bulkId: 'a',
      response: { schemas: [urns.error], scimType: 'uniqueness', status: '409' },
    });
    expect(answer.body.Operations[1].response.scimType).toBe('invalidValue');
    expect(answer.body.Operations[0]).not.toHaveProperty('location');
  });

  test('history names the operation, as if it had come alone', async () => {
    const answer = await scim.bulk([post('/Users', 'a', user('alice')), post('/Groups', 'b', group('Team'))]);
    const of = async (table: string, id: string) =>
      (await api.query(`SELECT operation, dialect FROM ${table}_history WHERE ${table}_id = $1`, [id]))[0];
    expect(await of('user', idOf(answer, 0))).toEqual({ operation: 'createUser', dialect: 'scim' });
    expect(await of('group', idOf(answer, 1))).toEqual({ operation: 'createGroup', dialect: 'scim' });
  });
});

describe('RFC 7644 3.7.2: a bulkId stands for the id', () => {
  test('in a value, of what comes before and of what comes after', async () => {
    const answer = await scim.bulk([
      post('/Groups', 'team', group('Team', ['bulkId:alice', 'bulkId:bob'])),
      post('/Users', 'alice', user('alice')),
      post('/Users', 'bob', user('bob', { [urns.enterprise]: { manager: { value: 'bulkId:alice' } } })),
    ]);
    expect(statuses(answer)).toEqual(['201', '201', '201']);
    expect(await scim.members(idOf(answer, 0))).toEqual([idOf(answer, 1), idOf(answer, 2)].toSorted());
    const { body } = await scim.get(`/Users/${idOf(answer, 2)}`);
    expect(body[urns.enterprise].manager.value).toBe(idOf(answer, 1));
  });

  test('in a path, and in the path of a PATCH within', async () => {
    const answer = await scim.bulk([
      post('/Users', 'alice', user('alice')),
      post('/Users', 'bob', user('bob')),
      post('/Groups', 'team', group('Team', ['bulkId:alice', 'bulkId:bob'])),
      {
        method: 'PATCH',
        path: '/Groups/bulkId:team',
        data: patchOp({ op: 'remove', path: 'members[value eq "bulkId:alice"]' }),
      },
      { method: 'PATCH', path: '/Users/bulkId:bob', data: patchOp({ op: 'add', path: 'title', value: 'New' }) },
      { method: 'DELETE', path: '/Users/bulkId:alice' },
    ]);
    expect(statuses(answer).filter((status) => !status.startsWith('2'))).toEqual([]);
    expect(await scim.members(idOf(answer, 2))).toEqual([idOf(answer, 1)]);
    expect((await scim.get(`/Users/${idOf(answer, 1)}`)).body.title).toBe('New');
    expect((await scim.get(`/Users/${idOf(answer, 0)}`)).status).toBe(404);
  });

  // The example of RFC 7644 3.7.1.
  test('in a circle', async () => {
    const answer = await scim.bulk([
      post('/Groups', 'a', group('Group A', ['bulkId:b'])),
      post('/Groups', 'b', group('Group B', ['bulkId:a'])),
    ]);
    expect(statuses(answer)).toEqual(['201', '201']);
    const [a, b] = [idOf(answer, 0), idOf(answer, 1)];
    expect([await scim.members(a), await scim.members(b)]).toEqual([[b], [a]]);
    for (const [index, id] of [a, b].entries()) {
      expect(answer.body.Operations[index].version).toBe((await scim.get(`/Groups/${id}`)).headers.get('etag'));
    }
  });

  // draft-zollner-scim-interop-profile: every operation of a PATCH names its target. No client sent these.
  test.each(CompatibilityProfile.options)('in a circle, with a credential of profile %s', async (profile) => {
    const own = scimAt(api, { key: (await issueKey(api, { profile })).key });
    const department = { department: 'Mapping', manager: { value: 'bulkId:b' } };
    const answer = await own.bulk([
      post('/Users', 'a', user('a', { [urns.enterprise]: department, groups: [{ value: 'bulkId:g' }] })),
      post('/Users', 'b', user('b', { [urns.enterprise]: { manager: { value: 'bulkId:a' } } })),
      post('/Groups', 'g', group('Group G', ['bulkId:h'])),
      post('/Groups', 'h', group('Group H', ['bulkId:g'])),
    ]);
    expect(statuses(answer), answer.text).toEqual(['201', '201', '201', '201']);
    const [a, b, g, h] = [0, 1, 2, 3].map((index) => idOf(answer, index)) as [string, string, string, string];
    expect((await own.get(`/Users/${a}`)).body[urns.enterprise]).toMatchObject({
      ...department,
      manager: { value: b },
    });
    expect((await own.get(`/Users/${b}`)).body[urns.enterprise].manager.value).toBe(a);
    expect([await own.members(g), await own.members(h)]).toEqual([[h], [g]]);
  });

  // RFC 7644 3.3: attributes whose mutability is readOnly are ignored in a POST.
  test('in a circle through what a POST ignores', async () => {
    const answer = await scim.bulk([
      post('/Users', 'a', user('a', { groups: [{ value: 'bulkId:g' }] })),
      post('/Groups', 'g', group('Group', ['bulkId:a'])),
    ]);
    expect(statuses(answer), answer.text).toEqual(['201', '201']);
    expect(await scim.members(idOf(answer, 1))).toEqual([idOf(answer, 0)]);
  });

  // RFC 7644 3.7: an operation is done or it is not; one that was refused leaves nothing behind.
  test('of itself is refused, and nothing stays behind', async () => {
    const answer = await scim.bulk([
      post('/Groups', 'g', group('Group', ['bulkId:g'])),
      post('/Users', 'a', user('a')),
    ]);
    expect(statuses(answer), answer.text).toEqual([expect.stringMatching(/^4/), '201']);
    expect(answer.body.Operations[0]).not.toHaveProperty('location');
    expect(answer.body.Operations[0]).not.toHaveProperty('version');
    expect((await scim.list('/Groups')).body.totalResults).toBe(0);
  });

  test('in a circle of which the other half is refused, nothing stays behind', async () => {
    const answer = await scim.bulk([
      post('/Groups', 'a', group('Group A', ['bulkId:b'])),
      post('/Groups', 'b', { schemas: [urns.group], members: [{ value: 'bulkId:a' }] }),
    ]);
    expect(statuses(answer), answer.text).toEqual(['400', '400']);
    for (const result of answer.body.Operations) expect(result).not.toHaveProperty('location');
    expect((await scim.list('/Groups')).body.totalResults).toBe(0);
  });

  test('in a circle of four, with users between', async () => {
    const manager = (bulkId: string) => ({ [urns.enterprise]: { manager: { value: bulkId }, department: 'Mapping' } });
    const answer = await scim.bulk([
      post('/Users', 'a', user('a', manager('bulkId:b'))),
      post('/Users', 'b', user('b', manager('bulkId:c'))),
      post('/Users', 'c', user('c', manager('bulkId:a'))),
      post('/Groups', 'g', group('All', ['bulkId:a', 'bulkId:b', 'bulkId:c', 'bulkId:h'])),
      post('/Groups', 'h', group('Others', ['bulkId:g'])),
    ]);
    expect(statuses(answer)).toEqual(['201', '201', '201', '201', '201']);
    const ids = [0, 1, 2, 3, 4].map((index) => idOf(answer, index));
    for (const [index, next] of [1, 2, 0].entries()) {
      const { body } = await scim.get(`/Users/${ids[index]}`);
      expect(body[urns.enterprise]).toMatchObject({ manager: { value: ids[next] }, department: 'Mapping' });
    }
    expect(await scim.members(ids[3]!)).toEqual([ids[0], ids[1], ids[2], ids[4]].toSorted());
    expect(await scim.members(ids[4]!)).toEqual([ids[3]]);
  });

  const unresolved = [
    ['in members', () => post('/Groups', 'g', group('Team', ['bulkId:nobody']))],
    [
      'in a manager',
      () => post('/Users', 'u', user('u', { [urns.enterprise]: { manager: { value: 'bulkId:nobody' } } })),
    ],
    ['in the path', () => ({ method: 'DELETE', path: '/Users/bulkId:nobody' })],
  ] as const;
  test.each(unresolved)('of nothing in the request is refused: %s', async (_, operation) => {
    const before = [await kept(api), await keptOfGroups(api)];
    const answer = await scim.bulk([operation()]);
    expect(answer.status).toBe(200);
    expect(statuses(answer)[0]).toMatch(/^4/);
    expect([await kept(api), await keptOfGroups(api)]).toEqual(before);
  });

  test('of nothing in the request, in a PATCH, is refused', async () => {
    const team = await scim.group('Team');
    const data = patchOp({ op: 'add', path: 'members', value: [{ value: 'bulkId:nobody' }] });
    const answer = await scim.bulk([{ method: 'PATCH', path: `/Groups/${team}`, data }]);
    expect(statuses(answer)).toEqual(['400']);
  });

  test('of what was refused is refused too', async () => {
    await scim.user('alice');
    const answer = await scim.bulk([
      post('/Users', 'alice', user('alice')),
      post('/Groups', 'team', group('Team', ['bulkId:alice'])),
      post('/Groups', 'outer', group('Outer', ['bulkId:team'])),
      post('/Users', 'bob', user('bob')),
    ]);
    expect(statuses(answer)).toEqual(['409', '400', '400', '201']);
    expect((await scim.list('/Groups')).body.totalResults).toBe(0);
  });

  test('is text like other text where it is only a part of it', async () => {
    const answer = await scim.bulk([
      post('/Users', 'alice', user('alice', { title: 'Says "bulkId:bob" and bulkId:nobody' })),
      post('/Users', 'bob', user('bob')),
    ]);
    expect(statuses(answer)).toEqual(['201', '201']);
    const { body } = await scim.get(`/Users/${idOf(answer, 0)}`);
    expect(body.title).toBe('Says "bulkId:bob" and bulkId:nobody');
  });
});

describe('failOnErrors', () => {
  const bad = (bulkId: string) => post('/Users', bulkId, { schemas: [urns.user] });
  test.each([
    [1, 2],
    [2, 4],
    [3, 6],
    [undefined, 6],
  ])('%j tries %j', async (failOnErrors, tried) => {
    const operations = [
      post('/Users', 'a', user('a')),
      bad('b'),
      post('/Users', 'c', user('c')),
      bad('d'),
      post('/Users', 'e', user('e')),
      bad('f'),
    ];
    const answer = await scim.bulk(operations, failOnErrors === undefined ? {} : { failOnErrors });
    expect(answer.status).toBe(200);
    expect(answer.body.Operations).toHaveLength(tried);
    const created = Math.ceil(tried / 2);
    expect((await scim.list('/Users')).body.totalResults).toBe(created);
  });

  test.each([0, -1, 1.5, '1'])('%j is refused', async (failOnErrors) => {
    expectScimError(await scim.bulk([post('/Users', 'a', user('a'))], { failOnErrors }), 400);
    expect((await scim.list('/Users')).body.totalResults).toBe(0);
  });
});

describe('what cannot be', () => {
  const wrong: readonly [what: string, operation: unknown, status: string][] = [
    ['an unknown path', { method: 'POST', path: '/Things', data: {} }, '400'],
    ['a path without /', { method: 'POST', path: 'Users', data: user('x') }, '400'],
    ['a search', { method: 'POST', path: '/Users/.search', data: {} }, '400'],
    [
      'a bulk in a bulk',
      { method: 'POST', path: '/Bulk', data: { schemas: [urns.bulkRequest], Operations: [] } },
      '400',
    ],
    ['a read', { method: 'GET', path: '/Users' }, '400'],
    ['a PUT of all', { method: 'PUT', path: '/Users', data: user('x') }, '400'],
    ['another method', { method: 'BREW', path: '/Users' }, '400'],
    ['no method', { path: '/Users' }, '400'],
    ['no path', { method: 'POST' }, '400'],
    ['no object', 7, '400'],
    ['nothing', null, '400'],
    ['a list', [], '400'],
    ['no data', { method: 'POST', path: '/Users' }, '400'],
    ['data that is text', { method: 'POST', path: '/Users', data: 'alice' }, '400'],
    ['an unknown id', { method: 'DELETE', path: `/Users/${uuidv7()}` }, '404'],
    ['an id of another shape', { method: 'DELETE', path: '/Users/7' }, '404'],
    ['an id with a query', { method: 'DELETE', path: `/Users/${uuidv7()}?x=1` }, '404'],
    ['a version that is none', { method: 'DELETE', path: `/Users/${uuidv7()}`, version: 'seven' }, '400'],
  ];
  test.each(wrong)('%s is refused alone', async (_, operation, status) => {
    const answer = await scim.bulk([operation, post('/Users', 'last', user('last'))]);
    expect(answer.status, answer.text).toBe(200);
    expect(statuses(answer), answer.text).toEqual([expect.stringMatching(status), '201']);
    expect(answer.body.Operations[0].response).toMatchObject({ schemas: [urns.error], status });
  });

  // RFC 7644 3.7: "location [...] REQUIRED in a response, except in the event of a POST failure."
  test('where a refused operation was sent is said, unless it is a POST', async () => {
    const [alice, nobody] = [await scim.user('alice'), uuidv7()];
    const answer = await scim.bulk([
      { method: 'PUT', path: `/Users/${alice}`, data: { schemas: [urns.user] } },
      { method: 'PATCH', path: `/Users/${alice}`, data: patchOp({ op: 'add', path: 'shoeSize', value: 42 }) },
      { method: 'DELETE', path: `/Groups/${nobody}` },
      { method: 'DELETE', path: `/Users/${alice}`, version: 7 },
      { method: 'POST', path: `/Users/${alice}`, data: user('bob') },
      { method: 'DELETE', path: '/Users' },
      { method: 'DELETE', path: '/Users/bulkId:nobody' },
    ]);
    expect(statuses(answer)).toEqual(['400', '400', '404', '400', '400', '400', '400']);
    const at = (path: string) => `${api.url}/scim/v2${path}`;
    expect((answer.body.Operations as { location?: string }[]).map(({ location }) => location)).toEqual([
      at(`/Users/${alice}`),
      at(`/Users/${alice}`),
      at(`/Groups/${nobody}`),
      at(`/Users/${alice}`),
      undefined,
      undefined,
      undefined,
    ]);
  });

  test.each([[7], [null], [[]], [{}], [{ method: {} }]])('%j has no method, and none is made up', async (operation) => {
    const [result] = (await scim.bulk([operation])).body.Operations;
    expect(result).toEqual({ method: '', status: '400', response: expect.any(Object) as object });
  });

  test('a bulkId that stands twice', async () => {
    const answer = await scim.bulk([
      post('/Users', 'same', user('one')),
      post('/Users', 'same', user('two')),
      post('/Groups', 'team', group('Team', ['bulkId:same'])),
    ]);
    expect(answer.status).toBe(200);
    // RFC 7644 3.7: "The bulkId [...] MUST be unique in the request"; one that is not must not choose silently.
    expect(statuses(answer)[1]).toBe('400');
  });

  test('things of another tenant are not there', async () => {
    const mallory = scimAt(api, { key: keys.foreign });
    const [foreign, team] = [await mallory.user('mallory'), await mallory.group('Mallorys')];
    const before = [await kept(api), await keptOfGroups(api)];
    const answer = await scim.bulk([
      { method: 'PUT', path: `/Users/${foreign}`, data: user('mine') },
      { method: 'PATCH', path: `/Users/${foreign}`, data: patchOp({ op: 'add', path: 'title', value: 'x' }) },
      { method: 'DELETE', path: `/Users/${foreign}` },
      { method: 'DELETE', path: `/Groups/${team}` },
      post('/Groups', 'g', group('Mine', [foreign])),
    ]);
    expect(statuses(answer)).toEqual(['404', '404', '404', '404', '400']);
    expect([await kept(api), await keptOfGroups(api)]).toEqual(before);
  });

  test('a version that is not the newest', async () => {
    const alice = await scim.user('alice');
    const data = patchOp({ op: 'add', path: 'title', value: 'New' });
    const change = (version: string) => scim.bulk([{ method: 'PATCH', path: `/Users/${alice}`, version, data }]);
    expect(statuses(await change('"2"'))).toEqual(['412']);
    expect(statuses(await change('"1"'))).toEqual(['200']);
  });

  test('a version of a group', async () => {
    const team = await scim.group('Team');
    const change = (version: string) => scim.bulk([{ method: 'DELETE', path: `/Groups/${team}`, version }]);
    expect(statuses(await change('"2"'))).toEqual(['412']);
    expect(statuses(await change('"1"'))).toEqual(['204']);
  });
});

describe('limits', () => {
  const many = (count: number) => Array.from({ length: count }, () => ({ method: 'DELETE', path: '/Users/7' }));
  test('1000 operations are done', async () => {
    const answer = await scim.bulk(many(1000));
    expect(answer.status, answer.text.slice(0, 500)).toBe(200);
    expect(answer.body.Operations).toHaveLength(1000);
  });

  test('1001 are refused with 413 as a whole (RFC 7644 3.7.4)', async () => {
    expectScimError(await scim.bulk([post('/Users', 'a', user('a')), ...many(1000)]), 413);
    expect((await scim.list('/Users')).body.totalResults).toBe(0);
  });

  test.each([
    ['with other schemas', { schemas: [urns.patchOp], Operations: [] }],
    ['without operations', { schemas: [urns.bulkRequest] }],
    ['with one that is no list', { schemas: [urns.bulkRequest], Operations: {} }],
  ])('a message %s is refused as a whole', async (_, body) => {
    expectScimError(await scim.send('POST', '/Bulk', { body }), 400, 'invalidSyntax');
  });

  test('no operation is nothing to do', async () => {
    expect((await scim.bulk([])).body.Operations).toEqual([]);
  });

  test('a chain of 300 that refers backwards, sent from its end', async () => {
    const operations = Array.from({ length: 300 }, (_, index) =>
      post('/Groups', `g${index}`, group(`Group ${index}`, index === 0 ? [] : [`bulkId:g${index - 1}`])),
    ).toReversed();
    const answer = await scim.bulk(operations);
    expect(new Set(statuses(answer))).toEqual(new Set(['201']));
    expect(await scim.members(idOf(answer, 0))).toEqual([idOf(answer, 1)]);
  });
});

describe('with an Idempotency-Key', () => {
  const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });
  const operations = () => [
    post('/Users', 'alice', user('alice')),
    post('/Groups', 'a', group('A', ['bulkId:alice', 'bulkId:b'])),
    post('/Groups', 'b', group('B', ['bulkId:a'])),
    { method: 'PATCH', path: '/Users/bulkId:alice', data: patchOp({ op: 'add', path: 'title', value: 'New' }) },
  ];

  test('the same request is answered again, and nothing is done twice', async () => {
    const first = await scim.bulk(operations(), {}, keyed('one'));
    const before = [await kept(api), await keptOfGroups(api)];
    const again = await scim.bulk(operations(), {}, keyed('one'));
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect([await kept(api), await keptOfGroups(api)]).toEqual(before);
  });

  /** Cuts a request off after so many of its operations: neither the rest was done nor the answer kept. */
  async function sendCutOff(count: number, whole: readonly object[]): Promise<Answer> {
    await api.query(`
      CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (SELECT count(*) FROM user_history) + (SELECT count(*) FROM group_history) >= ${count} THEN
          RAISE EXCEPTION 'cut off' USING ERRCODE = '57P01';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER cut_off BEFORE INSERT ON user_history FOR EACH ROW EXECUTE FUNCTION cut_off();
      CREATE TRIGGER cut_off BEFORE INSERT ON group_history FOR EACH ROW EXECUTE FUNCTION cut_off()`);
    try {
      return await scim.bulk(whole, {}, keyed('two'));
    } finally {
      await api.query('DROP FUNCTION cut_off CASCADE');
      await api.query("UPDATE idempotency_keys SET locked_until = now() - interval '1 ms'");
    }
  }

  test.each([0, 1, 2, 3, 4, 5])(
    'one that was cut off after %j writes and is sent again does the rest',
    async (count) => {
      const whole = operations();
      const first = await sendCutOff(count, whole);
      if (count < 5) expect(first.status >= 500 || statuses(first).includes('503'), first.text).toBe(true);
      const again = await scim.bulk(whole, {}, keyed('two'));
      expect(again.status, again.text).toBe(200);
      expect(statuses(again).filter((status) => !status.startsWith('2'))).toEqual([]);
      const [alice, a, b] = [0, 1, 2].map((index) => idOf(again, index));
      expect((await scim.list('/Users')).body.totalResults).toBe(1);
      expect((await scim.list('/Groups')).body.totalResults).toBe(2);
      expect((await scim.get(`/Users/${alice}`)).body).toMatchObject({ userName: 'alice', title: 'New' });
      expect(await scim.members(a!)).toEqual([alice, b].toSorted());
      expect(await scim.members(b!)).toEqual([a]);
      const third = await scim.bulk(whole, {}, keyed('two'));
      expect([third.text, third.headers.get('idempotent-replayed')]).toEqual([again.text, 'true']);
    },
  );
});

test('a credential that may only read is refused as a whole', async () => {
  const reader = scimAt(api, { key: keys.read });
  expectScimError(await reader.bulk([post('/Users', 'a', user('a'))]), 403);
});
