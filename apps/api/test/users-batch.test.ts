import { setTimeout as sleep } from 'node:timers/promises';
import { decodeUserId, encodeUserId, type V1BatchResult } from '@stele/schemas/v1';
import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Answer,
  type Ask,
  keys,
  productionPasswords,
  startApp,
  startReplicas,
  type TestApp,
} from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import { GATE, holdGate, holdUsers } from './support/row-lock.ts';
import { create, faces, type Fields, forgetUsers, kept, patch, read } from './support/users.ts';

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

const creating = (name: string, fields?: Fields) => ({ op: 'create', data: faces.v1.draft(name, fields) });

const updating = (id: string, data: Fields) => ({ op: 'update', id: encodeUserId(id), data });

const deleting = (id: string) => ({ op: 'delete', id: encodeUserId(id) });

const conflict = { status: 409, error: { error: 'conflict', message: 'Username already taken' } };

const notFound = { status: 404, error: { error: 'not_found', message: 'User not found' } };

const refused = (details: object) => ({
  status: 400,
  error: { error: 'validation_error', message: 'Invalid request parameters', details },
});

type On = Ask & { readonly on?: TestApp };

const sender =
  (api: TestApp) =>
  (operations: readonly unknown[], { on = api, ...ask }: On = {}): Promise<Answer> =>
    on.request('POST', '/v1/users/batch', { body: { operations }, ...ask });

async function resultsOf(answer: Promise<Answer>): Promise<V1BatchResult[]> {
  const { status, body, text } = await answer;
  expect(status, text).toBe(200);
  expect(Object.keys(body)).toEqual(['results']);
  return body.results;
}

const statuses = (results: readonly V1BatchResult[]) => results.map(({ status }) => status);

/** The users who are there, as v1 shows them. */
async function usersOf(api: TestApp, key: string = keys.admin): Promise<Record<string, unknown>[]> {
  return (await api.request('GET', '/v1/users?per_page=100', { key })).body.data;
}

const namesOf = async (api: TestApp) => (await usersOf(api)).map(({ username }) => username);

describe.each([{ groupCommit: 'true' }, { groupCommit: 'false' }])('group commit $groupCommit', ({ groupCommit }) => {
  let api: TestApp;
  let replica: TestApp;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const environment = { STELE_GROUP_COMMIT: groupCommit };
    ({ api, replica, stop } = await startReplicas(environment, environment));
  });
  afterAll(() => stop());
  beforeEach(() => forgetUsers(api));

  const send = (operations: readonly unknown[], ask?: On) => sender(api)(operations, ask);

  const historyOf = (id: string) =>
    api.query('SELECT * FROM user_history WHERE user_id = $1 ORDER BY version', [id]) as Promise<
      { version: number; operation: string; request_id: string; changes: object }[]
    >;

  describe('each operation alone', () => {
    test('has the status and the body that it has by itself', async () => {
      const [alice, bob] = [await create(api, 'scim', 'alice'), await create(api, 'scim', 'bob')];
      const [created, updated, deleted, ...more] = await resultsOf(
        send([creating('carol', { role: 'owner' }), updating(alice, { first_name: 'Al' }), deleting(bob)]),
      );
      expect(more).toEqual([]);
      expect(created).toEqual({ status: 201, data: (await api.request('GET', `/v1/users/${created!.data!.id}`)).body });
      expect(created!.data).toMatchObject({ username: 'carol', email: 'carol@example.com', role: 'owner' });
      expect(updated).toEqual({ status: 200, data: (await read(api, 'v1', alice)).body });
      expect(updated!.data).toMatchObject({ username: 'alice', first_name: 'Al' });
      expect(deleted).toEqual({ status: 204 });
      expect(await namesOf(api)).toEqual(['alice', 'carol']);
    });

    test('an invalid one does not touch the others', async () => {
      const alice = await create(api, 'scim', 'alice');
      const results = await resultsOf(
        send([
          creating('one'),
          creating('ALICE'),
          creating('two', { email: 'two' }),
          updating(uuidv7(), { first_name: 'X' }),
          updating(alice, { first_name: 'Al' }),
          updating(alice, { shoe_size: 43 }),
          deleting(uuidv7()),
          { op: 'upsert', id: encodeUserId(alice) },
          creating('three'),
        ]),
      );
      expect(statuses(results)).toEqual([201, 409, 400, 404, 200, 400, 404, 400, 201]);
      expect(results[1]).toEqual(conflict);
      expect(results[2]).toEqual(refused({ 'data.email': ['Invalid email format'] }));
      expect(results[3]).toEqual(notFound);
      expect(results[5]).toEqual(refused({ 'data.shoe_size': ['is not a known field'] }));
      expect(results[6]).toEqual(notFound);
      expect(await namesOf(api)).toEqual(['alice', 'one', 'three']);
      expect((await kept(api)).history).toHaveLength(4);
    });

    const wrong: readonly (readonly [name: string, operation: unknown, field: string | readonly string[]])[] = [
      ['null', null, 'body'],
      ['text', 'create', 'body'],
      ['a number', 42, 'body'],
      ['a list', [], 'body'],
      ['nothing', {}, 'op'],
      ['an unknown op', { op: 'upsert' }, 'op'],
      ['an op of another case', { op: 'Create', data: faces.v1.draft('x') }, 'op'],
      ['an op that is no text', { op: 1 }, 'op'],
      ['an op called constructor', { op: 'constructor' }, 'op'],
      ['a create without data', { op: 'create' }, 'data'],
      ['a create of null', { op: 'create', data: null }, 'data'],
      ['a create of nothing', { op: 'create', data: {} }, ['data.email', 'data.username', 'data.password']],
      ['a create with an id', { ...creating('x'), id: 'usr_01h455vb4pex5vsknk084sn02q' }, 'id'],
      ['a create with a short password', creating('x', { password: 'short' }), 'data.password'],
      ['a create with a blank name', creating(' '), 'data.email'],
      ['an update without an id', { op: 'update', data: {} }, 'id'],
      ['an update without data', { op: 'update', id: 'usr_01h455vb4pex5vsknk084sn02q' }, 'data'],
      ['an update of the password', { ...updating(uuidv7(), { password: 'correct horse' }) }, 'data.password'],
      ['a delete with data', { ...deleting(uuidv7()), data: {} }, 'data'],
      ['a delete with an id that is no text', { op: 'delete', id: 42 }, 'id'],
      ['a delete with null', { op: 'delete', id: null }, 'id'],
      ['a field too many', { ...deleting(uuidv7()), shoe_size: 43 }, 'shoe_size'],
    ];

    test.each(wrong)('%s is refused, and says what is wrong', async (_, operation, fields) => {
      const before = await kept(api);
      const [result, neighbour] = await resultsOf(send([operation, deleting(uuidv7())]));
      expect([result!.status, result!.error?.error]).toEqual([400, 'validation_error']);
      expect(Object.keys(result!.error!.details!)).toEqual(expect.arrayContaining([fields].flat()));
      expect(neighbour).toEqual(notFound);
      expect(await kept(api)).toEqual(before);
    });

    test('the endpoint of the password is named to whoever looks for it here', async () => {
      const [result] = await resultsOf(send([updating(uuidv7(), { password: 'correct horse' })]));
      expect(result).toEqual(refused({ 'data.password': ['A password is set with PUT /v1/users/{user_id}/password'] }));
    });

    // DESIGN, identifiers: "An id of a foreign shape is 404, never 400 or 500."
    test.each(['alice', '', 'usr_', '01979f2e-0000-7000-8000-000000000000', 'key_01h455vb4pex5vsknk084sn02q'])(
      'the id %j names nobody, as it does in a path',
      async (id) => {
        const results = await resultsOf(
          send([
            { op: 'delete', id },
            { op: 'update', id, data: { first_name: 'X' } },
          ]),
        );
        expect(results).toEqual([notFound, notFound]);
      },
    );

    test("another tenant's user is nobody", async () => {
      const alice = await create(api, 'scim', 'alice');
      const before = await kept(api);
      const results = await resultsOf(
        send([updating(alice, { first_name: 'X' }), deleting(alice)], { key: keys.foreign }),
      );
      expect(results).toEqual([notFound, notFound]);
      expect(await kept(api)).toEqual(before);
      expect(statuses(await resultsOf(send([creating('ALICE')], { key: keys.foreign })))).toEqual([201]);
    });

    test('each accepted one is one entry of history, and nothing else is one', async () => {
      const [alice, bob] = [await create(api, 'scim', 'alice'), await create(api, 'scim', 'bob')];
      const results = await resultsOf(
        send(
          [
            updating(alice, { first_name: 'Al' }),
            updating(alice, { first_name: 'Al' }),
            updating(alice, { username: 'BOB' }),
            updating(alice, { last_name: 'L', role: 'owner' }),
            deleting(bob),
            deleting(bob),
            creating('bob'),
          ],
          { key: keys.write, headers: { 'x-request-id': 'the-batch' } },
        ),
      );
      expect(statuses(results)).toEqual([200, 200, 409, 200, 204, 404, 201]);
      const rows = await api.query(
        "SELECT h.user_id AS id, version, k.name AS by, changes FROM user_history h JOIN api_keys k ON k.id = h.credential_id WHERE dialect = 'v1' AND operation = 'batchUsers' AND request_id = 'the-batch' ORDER BY seq",
      );
      const by = 'key 1';
      expect(rows).toEqual([
        { id: alice, version: 2, by, changes: { 'name.givenName': { new: 'Al' } } },
        { id: alice, version: 3, by, changes: expect.objectContaining({ 'name.familyName': { new: 'L' } }) },
        { id: bob, version: 2, by, changes: expect.objectContaining({ userName: { old: 'bob' } }) },
        {
          id: decodeUserId(results[6]!.data!.id),
          version: 1,
          by,
          changes: expect.objectContaining({ userName: { new: 'bob' }, password: {} }),
        },
      ]);
      expect((await kept(api)).history).toHaveLength(2 + rows.length);
    });
  });

  describe('the whole', () => {
    const bodies: readonly (readonly [name: string, body: unknown, field: string])[] = [
      ['no operations', {}, 'operations'],
      ['0 operations', { operations: [] }, 'operations'],
      ['1001 operations', { operations: indexes(1001).map(() => deleting(uuidv7())) }, 'operations'],
      ['operations that are no list', { operations: { 0: deleting(uuidv7()) } }, 'operations'],
      ['null', { operations: null }, 'operations'],
      ['a field too many', { operations: [deleting(uuidv7())], atomic: true }, 'atomic'],
      ['a list', [deleting(uuidv7())], 'body'],
    ];

    test.each(bodies)('%s is refused', async (_, body, field) => {
      const answer = await api.request('POST', '/v1/users/batch', { body });
      expectRefusal('v1', answer, 'validation_error');
      expect(Object.keys(answer.body.details)).toEqual([field]);
    });

    test('1000 operations are as many as there may be', async () => {
      const ids = indexes(1000).map(() => uuidv7());
      expect(await resultsOf(send(ids.map(deleting)))).toEqual(ids.map(() => notFound));
    });

    test('asks for the scope `write`', async () => {
      const alice = await create(api, 'scim', 'alice');
      const before = await kept(api);
      expectRefusal('v1', await send([deleting(alice)], { key: keys.read }), 'forbidden');
      expectRefusal('v1', await send([deleting(alice)], { key: null }), 'unauthorized');
      expect(await kept(api)).toEqual(before);
      expect(statuses(await resultsOf(send([deleting(alice)], { key: keys.write })))).toEqual([204]);
    });

    test('"batch" is no user', async () => {
      expectRefusal('v1', await api.request('GET', '/v1/users/batch'), 'not_found');
      expectRefusal('v1', await api.request('DELETE', '/v1/users/batch'), 'not_found');
    });
  });

  // `batchUsers`: "with the outcome that they would have one after the other".
  describe('one after the other', () => {
    let alice: string;
    let bob: string;
    beforeEach(async () => {
      alice = await create(api, 'scim', 'alice');
      bob = await create(api, 'scim', 'bob');
    });

    test.each(indexes(8))('of two creates of one name the first is done (%i)', async () => {
      const results = await resultsOf(
        send([
          creating('zoë', { first_name: 'First' }),
          creating('ZOË', { first_name: 'Second' }),
          creating('Zoe\u0308'),
        ]),
      );
      expect(results.slice(1)).toEqual([conflict, conflict]);
      expect(results[0]!.data).toMatchObject({ username: 'zoë', first_name: 'First' });
      const found = await usersOf(api);
      expect(found.slice(2)).toEqual([results[0]!.data]);
    });

    test('among many others too', async () => {
      const names = indexes(40).map((index) => `user-${index % 20}`);
      const results = await resultsOf(send(names.map((name) => creating(name, { password: 'x'.repeat(8) }))));
      expect(statuses(results)).toEqual(names.map((_, index) => (index < 20 ? 201 : 409)));
    });

    test('a name is free after its user is deleted, and not before', async () => {
      const results = await resultsOf(send([creating('Alice'), deleting(alice), creating('Alice'), creating('alice')]));
      expect(statuses(results)).toEqual([409, 204, 201, 409]);
      expect(await namesOf(api)).toEqual(['bob', 'Alice']);
    });

    test('a name is free after its user is renamed, and taken after another is', async () => {
      const results = await resultsOf(
        send([
          creating('ALICE'),
          updating(alice, { username: 'al' }),
          creating('AL'),
          updating(bob, { username: 'alice' }),
          creating('ALICE'),
          creating('BOB'),
        ]),
      );
      expect(statuses(results)).toEqual([409, 200, 409, 200, 409, 201]);
      expect(await namesOf(api)).toEqual(['al', 'alice', 'BOB']);
    });

    test('two names are swapped over a third', async () => {
      const results = await resultsOf(
        send([
          updating(alice, { username: 'bob' }),
          updating(alice, { username: 'aside' }),
          updating(bob, { username: 'alice' }),
          updating(alice, { username: 'bob' }),
        ]),
      );
      expect(statuses(results)).toEqual([409, 200, 200, 200]);
      expect(await namesOf(api)).toEqual(['bob', 'alice']);
    });

    test('a chain of renames is done from its free end only', async () => {
      const ids = [];
      for (const index of indexes(5)) ids.push(await create(api, 'scim', `user-${index}`));
      const renames = ids.map((id, index) => updating(id, { username: `user-${index + 1}` }));
      expect(statuses(await resultsOf(send(renames)))).toEqual([409, 409, 409, 409, 200]);
      expect(statuses(await resultsOf(send(renames.toReversed())))).toEqual([200, 200, 200, 200, 200]);
      expect((await namesOf(api)).slice(2)).toEqual(indexes(5).map((index) => `user-${index + 1}`));
    });

    test('changes to one user: each starts from what the one before it left', async () => {
      const results = await resultsOf(
        send(
          indexes(20).map((index) =>
            updating(alice, index % 2 ? { first_name: `${index}` } : { last_name: `${index}` }),
          ),
        ),
      );
      expect(results.map(({ data }) => [data!.first_name, data!.last_name])).toEqual(
        indexes(20).map((index) =>
          index % 2 ? [`${index}`, `${index - 1}`] : [index === 0 ? null : `${index - 1}`, `${index}`],
        ),
      );
      expect((await historyOf(alice)).map(({ version }) => version)).toEqual(indexes(21).map((index) => index + 1));
    });

    test('a user is changed until it is deleted', async () => {
      const results = await resultsOf(
        send([
          updating(alice, { first_name: 'Al' }),
          deleting(alice),
          updating(alice, { first_name: 'Ally' }),
          deleting(alice),
        ]),
      );
      expect(statuses(results)).toEqual([200, 204, 404, 404]);
      const [, , deletion] = await historyOf(alice);
      expect(deletion!.changes).toMatchObject({ 'name.givenName': { old: 'Al' } });
    });

    test('users are created in the order of their operations', async () => {
      const names = indexes(60).map((index) => `user-${String((index * 37) % 60).padStart(2, '0')}`);
      await resultsOf(send(names.map((name) => creating(name))));
      expect((await namesOf(api)).slice(2)).toEqual(names);
    });

    test('beside others who write the same users', async () => {
      const others = indexes(20).map((index) => patch(replica, 'nerm', alice, { title: `title ${index}` }));
      const batch = resultsOf(send(indexes(20).map((index) => updating(alice, { first_name: `${index}` }))));
      expect((await Promise.all(others)).map(({ status }) => status)).toEqual(others.map(() => 200));
      expect(statuses(await batch)).toEqual(indexes(20).map(() => 200));
      expect((await historyOf(alice)).map(({ version }) => version)).toEqual(indexes(41).map((index) => index + 1));
      expect((await read(api, 'v1', alice)).body.first_name).toBe('19');
    });
  });

  describe('any operations', () => {
    const users = ['ann', 'bob', 'cy', 'dee'];
    /** Of few names, so that they meet each other. */
    const name = fc.constantFrom('ann', 'ANN', 'ａnn', 'bob', 'Bob', 'cy', 'zoë', 'ZOE\u0308');
    const data = fc.record(
      {
        username: name,
        first_name: fc.constantFrom('A', 'B', null),
        last_name: fc.constantFrom('L', null),
        role: fc.constantFrom('user', 'admin', 'owner', 'editor', ' '),
        email: fc.constantFrom('a@example.com', 'b@example.com', 'c@example.com', 'd@example.com', 'nobody'),
      },
      { requiredKeys: [] },
    );
    const user = fc.integer({ min: 0, max: users.length });
    const operation = fc.oneof(
      { weight: 3, arbitrary: fc.record({ op: fc.constant('create' as const), name, data }) },
      { weight: 4, arbitrary: fc.record({ op: fc.constant('update' as const), user, data }) },
      { weight: 2, arbitrary: fc.record({ op: fc.constant('delete' as const), user }) },
    );
    type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

    /** One of two directories with the same users: tenants beside each other. */
    async function twin(key: string) {
      const ids: string[] = [];
      for (const name of users) {
        const { body } = await api.request('POST', '/scim/v2/Users', { key, body: faces.scim.draft(name) });
        ids.push(encodeUserId(body.id));
      }
      // The last one is nobody.
      return { key, ids: [...ids, encodeUserId(uuidv7())] };
    }
    type Twin = Awaited<ReturnType<typeof twin>>;

    const draftOf = (name: string, data: Fields) => ({ ...faces.v1.draft(name, { email: 'x@example.com' }), ...data });

    async function alone({ key, ids }: Twin, each: Operation): Promise<V1BatchResult> {
      const { status, body } = await (each.op === 'create'
        ? api.request('POST', '/v1/users', { key, body: draftOf(each.name, each.data) })
        : api.request(each.op === 'update' ? 'PATCH' : 'DELETE', `/v1/users/${ids[each.user]}`, {
            key,
            ...(each.op === 'update' && { body: each.data }),
          }));
      return { status, ...(status < 300 ? status !== 204 && { data: body } : { error: body }) };
    }

    const together = ({ key, ids }: Twin, operations: readonly Operation[], headers: Record<string, string> = {}) =>
      send(
        operations.map((each) => ({
          op: each.op,
          ...(each.op !== 'create' && { id: ids[each.user] }),
          ...(each.op === 'create' && { data: draftOf(each.name, each.data) }),
          ...(each.op === 'update' && { data: each.data }),
        })),
        { key, headers },
      );

    /** Without what differs from one directory to the other. */
    const comparable = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (key, part: unknown) =>
          /^(?:id|seq|.*_at|at|actor|request_id|operation)$/.test(key) ? 0 : part,
        )
          // An item's fields are below its `data`.
          .replaceAll('"data.', '"'),
      );

    /** Users by name, and the history of everybody who was ever there. */
    async function directoryOf({ key, ids }: Twin, results: readonly V1BatchResult[]): Promise<unknown> {
      const created = results.flatMap(({ status, data }) => (status === 201 ? [data!.id] : []));
      const histories = [...ids.slice(0, users.length), ...created].map(
        async (id) => (await api.request('GET', `/v1/users/${id}/history`, { key })).body.data,
      );
      const there = (await usersOf(api, key)).toSorted((left, right) =>
        String(left['username']) < String(right['username']) ? -1 : 1,
      );
      return { there, histories: await Promise.all(histories) };
    }

    /** Does operations one after the other in one directory, as a batch in its twin, and holds the outcomes against each other. */
    async function compare(
      operations: readonly Operation[],
      asBatch: (one: Twin) => Promise<V1BatchResult[]>,
    ): Promise<void> {
      await forgetUsers(api);
      const [one, other] = [await twin(keys.admin), await twin(keys.foreign)];
      const expected: V1BatchResult[] = [];
      for (const each of operations) expected.push(await alone(other, each));
      const results = await asBatch(one);
      expect(comparable(results)).toEqual(comparable(expected));
      expect(comparable(await directoryOf(one, results))).toEqual(comparable(await directoryOf(other, expected)));
    }

    const sequences = fc.array(operation, { minLength: 1, maxLength: 14 });

    test('have the outcome that they have one after the other', { timeout: 120_000 }, async () => {
      const property = fc.asyncProperty(sequences, (operations) =>
        compare(operations, (one) => resultsOf(together(one, operations))),
      );
      await fc.assert(property, { numRuns: 25, endOnFailure: true });
    });

    // Unforeseen; cancelled, and rolled back; gone, so that nobody knows.
    test.each(['P0001', '57014', '57P01'])(
      'have it also when the database breaks down at one of them (%s) and the batch is sent again',
      { timeout: 120_000 },
      async (code) => {
        const property = fc.asyncProperty(sequences, fc.integer({ min: 1, max: 8 }), (operations, at) =>
          compare(operations, async (one) => {
            const headers = { 'idempotency-key': 'the-key' };
            await api.query(`
              CREATE SEQUENCE writes;
              CREATE FUNCTION break_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('writes') = ${at} THEN RAISE 'broken' USING ERRCODE = '${code}'; END IF;
                RETURN NEW;
              END $$;
              CREATE TRIGGER break_down BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION break_down()`);
            try {
              let answer = await together(one, operations, headers);
              for (
                let tries = 0;
                tries < 3 && (answer.status !== 200 || answer.text.includes('"status":503'));
                tries++
              ) {
                await api.query("UPDATE idempotency_keys SET locked_until = now() - interval '1 ms'");
                answer = await together(one, operations, headers);
              }
              return await resultsOf(Promise.resolve(answer));
            } finally {
              await api.query('DROP FUNCTION break_down CASCADE; DROP SEQUENCE writes');
            }
          }),
        );
        await fc.assert(property, { numRuns: 15, endOnFailure: true });
      },
    );
  });

  describe('with a key', () => {
    const keyed = { headers: { 'idempotency-key': 'the-key' } };

    const isReplayed = ({ headers }: Answer) => headers.get('idempotent-replayed') === 'true';

    const rememberedKeys = async () => (await api.query('SELECT 1 FROM idempotency_keys')).length;

    /**
     * Sends a batch whose server breaks down at one user: it is answered with 500, or goes away with the claim of its key
     * and all.
     */
    async function interrupted(how: 'failed' | 'gone', at: string, operations: readonly unknown[]): Promise<void> {
      await api.query(`
        CREATE FUNCTION break_down() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN IF NEW.user_name = '${at}' THEN RAISE 'broken'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER break_down BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION break_down();
        CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`);
      if (how === 'gone') {
        await api.query('CREATE TRIGGER stay BEFORE DELETE ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION stay()');
      }
      expectRefusal('v1', await send(operations, keyed), 'internal_error');
      await api.query('DROP FUNCTION break_down, stay CASCADE');
      if (how === 'gone') {
        expectRefusal('v1', await send(operations, { ...keyed, on: replica }), 'request_in_progress');
        await api.query("UPDATE idempotency_keys SET locked_until = now() - interval '1 ms'");
      }
    }

    test('the whole answer is given again', async () => {
      const alice = await create(api, 'scim', 'alice');
      const operations = [
        creating('bob'),
        updating(alice, { first_name: 'Al' }),
        creating('BOB'),
        { op: 'x' },
        deleting(alice),
      ];
      const first = await send(operations, keyed);
      expect(statuses(first.body.results)).toEqual([201, 200, 409, 400, 204]);
      expect(isReplayed(first)).toBe(false);
      const before = await kept(api);
      for (const on of [api, replica]) {
        const again = await send(operations, { ...keyed, on });
        expect([again.status, again.text, isReplayed(again)]).toEqual([200, first.text, true]);
      }
      expectRefusal('v1', await send(operations.slice(1), keyed), 'idempotency_key_reused');
      expect(await kept(api)).toEqual(before);
    });

    test('of its operations nothing is remembered beside the whole answer', async () => {
      await send(
        indexes(30).map((index) => deleting(uuidv7()) && creating(`user-${index}`)),
        keyed,
      );
      expect(await rememberedKeys()).toBe(1);
    });

    test('without one nothing is remembered', async () => {
      await send([creating('alice'), deleting(uuidv7())]);
      expect(await rememberedKeys()).toBe(0);
    });

    test('of many at once one is done', async () => {
      const operations = indexes(5).map((index) => creating(`user-${index}`));
      const answers = await Promise.all(
        indexes(8).map((index) => send(operations, { ...keyed, on: index % 2 ? api : replica })),
      );
      const done = answers.filter(({ status }) => status === 200);
      expect(done.filter((answer) => !isReplayed(answer))).toHaveLength(1);
      for (const answer of done) expect(answer.text).toBe(done[0]!.text);
      for (const answer of answers) if (answer.status !== 200) expectRefusal('v1', answer, 'request_in_progress');
      expect((await kept(api)).history).toHaveLength(5);
    });

    // `batchUsers`: "a batch that was interrupted can be sent again: what was done is not done twice".
    describe.each(['failed', 'gone'] as const)('interrupted by a server that has %s', (how) => {
      test('what was done is not done twice, and the rest is done', async () => {
        const [alice, bob, carol] = [
          await create(api, 'scim', 'alice'),
          await create(api, 'scim', 'bob'),
          await create(api, 'scim', 'carol'),
        ];
        const operations = [
          creating('one'),
          updating(alice, { first_name: 'Al', role: 'owner' }),
          deleting(bob),
          creating('bob'),
          updating(alice, { username: 'al' }),
          creating('stop'),
          creating('two'),
          updating(alice, { first_name: 'Ally' }),
          deleting(carol),
        ];
        await interrupted(how, 'stop', operations);
        const [one, successor] = await api.query(
          "SELECT id FROM users WHERE user_name IN ('one', 'bob') AND deleted_at IS NULL ORDER BY user_name DESC",
        );
        const again = await send(operations, { ...keyed, on: replica });
        expect([again.status, isReplayed(again)]).toEqual([200, false]);
        const { results } = again.body as { results: V1BatchResult[] };
        expect(statuses(results)).toEqual([201, 200, 204, 201, 200, 201, 201, 200, 204]);
        expect([results[0]!.data!.id, results[3]!.data!.id]).toEqual(
          [one!['id'], successor!['id']].map((id) => encodeUserId(String(id))),
        );
        // Each says what it made, also what has changed since.
        expect(results[1]!.data).toMatchObject({ username: 'alice', first_name: 'Al', role: 'owner' });
        expect((await namesOf(api)).toSorted()).toEqual(['al', 'bob', 'one', 'stop', 'two']);
        expect((await historyOf(alice)).map(({ version }) => version)).toEqual([1, 2, 3, 4]);
        expect((await historyOf(bob)).map(({ version }) => version)).toEqual([1, 2]);
        expect((await kept(api)).history).toHaveLength(3 + 9);
        expect(await rememberedKeys()).toBe(1);
        const replayed = await send(operations, keyed);
        expect([replayed.text, isReplayed(replayed)]).toEqual([again.text, true]);
      });

      test('interrupted again and again it goes on each time', async () => {
        const names = ['one', 'two', 'three', 'four'];
        // Each waits for the one before: none of two names goes together with it.
        const operations = names.flatMap((name) => [creating(name), creating(name)]);
        for (const [index, name] of names.entries()) {
          await interrupted(how, name, operations);
          expect(await namesOf(api)).toEqual(names.slice(0, index));
        }
        const { body } = await send(operations, keyed);
        expect(statuses(body.results)).toEqual([201, 409, 201, 409, 201, 409, 201, 409]);
        expect((await kept(api)).history).toHaveLength(names.length);
      });

      test('what changed nothing is not a change when it is sent again', async () => {
        const alice = await create(api, 'v1', 'alice', { first_name: 'Al' });
        const operations = [
          updating(alice, { first_name: 'Al' }),
          updating(alice, { first_name: 'Ally' }),
          creating('stop'),
        ];
        await interrupted(how, 'stop', operations);
        const { body } = await send(operations, keyed);
        expect(statuses(body.results)).toEqual([200, 200, 201]);
        expect((await read(api, 'v1', alice)).body.first_name).toBe('Ally');
        expect(await historyOf(alice)).toHaveLength(2);
      });

      test('what was refused is not done when it is sent again', async () => {
        const alice = await create(api, 'v1', 'alice');
        const operations = [creating('Alice'), deleting(alice), creating('stop')];
        await interrupted(how, 'stop', operations);
        const { body } = await send(operations, keyed);
        expect(statuses(body.results)).toEqual([409, 204, 201]);
        expect(await namesOf(api)).toEqual(['stop']);
      });
    });

    test('a batch that failed leaves its key free: another one is done, and has its own outcomes', async () => {
      await interrupted('failed', 'stop', [creating('one'), creating('one'), creating('stop')]);
      const mended = [creating('two'), creating('two'), creating('three')];
      const answer = await send(mended, keyed);
      if (answer.status !== 200) {
        expectRefusal('v1', answer, 'idempotency_key_reused');
        return;
      }
      expect(answer.body.results.map(({ data }: V1BatchResult) => data?.username)).toEqual(['two', undefined, 'three']);
      expect(await namesOf(api)).toEqual(['one', 'two', 'three']);
    });

    test('while an operation is under way the key is not free, though another one has failed', async () => {
      await api.query(`
        CREATE FUNCTION fail_or_wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF NEW.user_name = 'stop' THEN RAISE 'broken'; END IF;
          IF NEW.user_name = 'slow' THEN PERFORM pg_advisory_xact_lock_shared(${GATE}); END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER fail_or_wait BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION fail_or_wait()`);
      const gate = await holdGate(api);
      try {
        const operations = [creating('slow'), creating('stop')];
        const first = send(operations, keyed);
        await gate.waiting(1);
        // An answer that does not wait is there by then.
        const moment = () => sleep(500, undefined);
        await Promise.race([first, moment()]);
        const twin = await Promise.race([send(operations, { ...keyed, on: replica }), moment()]);
        expect(twin?.body).toMatchObject({ error: 'request_in_progress' });
        await gate.release();
        expectRefusal('v1', await first, 'internal_error');
        await api.query('DROP FUNCTION fail_or_wait CASCADE');
        const again = await send(operations, keyed);
        expect(statuses(again.body.results)).toEqual([201, 201]);
        expect((await kept(api)).history).toHaveLength(2);
      } finally {
        await gate.release();
        await api.query('DROP FUNCTION IF EXISTS fail_or_wait CASCADE');
      }
    });

    test('what the database did not answer to is not kept as the outcome: sent again it is done', async () => {
      const [alice, bob] = [await create(api, 'scim', 'alice'), await create(api, 'scim', 'bob')];
      const operations = [creating('one'), updating(alice, { first_name: 'Al' }), deleting(bob)];
      const hold = await holdUsers(api, [alice]);
      const first = send(operations, keyed);
      await hold.waiting(1);
      await hold.cutWaiting();
      await first;
      await hold.release();
      await api.query("UPDATE idempotency_keys SET locked_until = now() - interval '1 ms'");
      const again = await send(operations, keyed);
      expect(statuses(again.body.results)).toEqual([201, 200, 204]);
      expect(await namesOf(api)).toEqual(['alice', 'one']);
      expect((await kept(api)).history).toHaveLength(2 + 3);
    });

    test('what comes after such an operation is not done before it', async () => {
      const alice = await create(api, 'scim', 'alice');
      const operations = [
        updating(alice, { first_name: 'Al' }),
        updating(alice, { first_name: 'Ally' }),
        updating(alice, { username: 'al' }),
        creating('alice'),
      ];
      const hold = await holdUsers(api, [alice]);
      const first = send(operations, keyed);
      await hold.waiting(1);
      await hold.cutWaiting();
      await hold.release();
      await first;
      await api.query("UPDATE idempotency_keys SET locked_until = now() - interval '1 ms'");
      const again = await send(operations, keyed);
      expect(statuses(again.body.results)).toEqual([200, 200, 200, 201]);
      expect((await read(api, 'v1', alice)).body).toMatchObject({ first_name: 'Ally', username: 'al' });
      expect((await historyOf(alice)).map(({ version }) => version)).toEqual([1, 2, 3, 4]);
    });
  });

  test('what is not begun by the deadline is not done, and is done when the batch is sent again', async () => {
    const hasty = await startApp(
      { STELE_GROUP_COMMIT: groupCommit, STELE_BATCH_DEADLINE: '500', STELE_STATEMENT_TIMEOUT: '2000' },
      api,
    );
    try {
      const [alice, bob] = [await create(api, 'scim', 'alice'), await create(api, 'scim', 'bob')];
      // One after the other: a rename goes alone.
      const operations = [updating(alice, { username: 'al' }), updating(bob, { username: 'bo' })];
      const keyed = { on: hasty, headers: { 'idempotency-key': 'the-key' } };
      const hold = await holdUsers(api, [alice]);
      const late = await send(operations, keyed);
      expectRefusal('v1', late, 'unavailable');
      expect(late.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expectRefusal('v1', await send(operations, keyed), 'request_in_progress');
      await hold.release();
      let again = await send(operations, keyed);
      // In progress, or late again on a busy machine.
      while (again.status !== 200) {
        expect([409, 503], again.text).toContain(again.status);
        await sleep(20);
        again = await send(operations, keyed);
      }
      expect(statuses(again.body.results)).toEqual([200, 200]);
      expect(await namesOf(api)).toEqual(['al', 'bo']);
      expect((await kept(api)).history).toHaveLength(2 + 2);
    } finally {
      await hasty.stop();
    }
  });
});

describe('a large batch', () => {
  let api: TestApp;
  beforeAll(async () => {
    api = await startApp(productionPasswords);
  });
  afterAll(() => api.stop());

  test('200 users with passwords are created, each once', { timeout: 90_000 }, async () => {
    const operations = indexes(200).map((index) => creating(`user-${String(index).padStart(3, '0')}`));
    const ask = { headers: { 'idempotency-key': 'the-key' } };
    const results = await resultsOf(sender(api)(operations, ask));
    expect(new Set(statuses(results))).toEqual(new Set([201]));
    expect(results.map(({ data }) => data!.username)).toEqual(
      operations.map(({ data }) => (data as Fields)['username']),
    );
    expect(new Set(results.map(({ data }) => data!.id)).size).toBe(200);
    const { body } = await api.request('GET', '/v1/users?per_page=1');
    expect(body.meta.total).toBe(200);
    const [rows] = await api.query('SELECT count(DISTINCT password_hash)::int AS hashes FROM users');
    expect(rows).toEqual({ hashes: 200 });
    expect(await api.query('SELECT 1 FROM idempotency_keys')).toHaveLength(1);
    const again = await sender(api)(operations, ask);
    expect(again.body.results).toEqual(results);
    expect(await api.query('SELECT 1 FROM user_history')).toHaveLength(200);
  });
});
