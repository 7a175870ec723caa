import { createHash, randomUUID } from 'node:crypto';
import { isUnsafe } from '@stele/schemas/contract';
import { dialects } from '@stele/schemas/dialects';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { IdempotencyStore } from '../src/idempotency/idempotency-store.ts';
import type { PostgresIdempotencyStore } from '../src/store/postgres-idempotency-store.ts';
import { type Answer, type Ask, keys, startApp, startReplicas, type TestApp } from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import { holdWrites } from './support/row-lock.ts';
import { create, faces, forgetUsers, kept, patch, type Tongue, urns } from './support/users.ts';

/** One operation that changes a user, asked for in such a way that it does. */
interface Unsafe {
  readonly tongue: Tongue;
  readonly operation: string;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: (id: string) => string;
  /** A body that creates `name`, or sets something of the user to it. */
  readonly body?: (name: string) => object;
  readonly wrong?: object;
  /** What has to be there besides alice. */
  readonly prepare?: (api: TestApp, id: string) => Promise<unknown>;
  /** What makes another request of it; unless it is said, another name. */
  readonly other?: Ask & { name?: string };
}

const creates = (tongue: Tongue): Unsafe => ({
  tongue,
  operation: 'createUser',
  method: 'POST',
  path: () => faces[tongue].users,
  body: (name) => faces[tongue].draft(name),
  wrong: {},
});

const renames = { v1: 'username', scim: 'userName', nerm: 'login' } as const;

const changes = (tongue: Tongue, operation: string): Unsafe => ({
  tongue,
  operation,
  method: 'PATCH',
  path: faces[tongue].user,
  body: (name) => faces[tongue].patch({ [renames[tongue]]: name }),
  wrong: faces[tongue].patch({ [renames[tongue]]: 42 }),
});

const setPassword: Unsafe = {
  tongue: 'v1',
  operation: 'setPassword',
  method: 'PUT',
  path: (id) => `${faces.v1.user(id)}/password`,
  body: (name) => ({ password: `the password of ${name}` }),
  wrong: { password: 'short' },
};

const batchUsers: Unsafe = {
  tongue: 'v1',
  operation: 'batchUsers',
  method: 'POST',
  path: () => '/v1/users/batch',
  body: (name) => ({ operations: [{ op: 'create', data: faces.v1.draft(name) }] }),
  wrong: { operations: [] },
};

const createUsers: Unsafe = {
  tongue: 'nerm',
  operation: 'createUsers',
  method: 'POST',
  path: () => '/users',
  body: (name) => ({ users: [(faces.nerm.draft(name) as { user: object }).user] }),
  wrong: { users: [] },
};

const deleteUser: Unsafe = {
  tongue: 'v1',
  operation: 'deleteUser',
  method: 'DELETE',
  path: faces.v1.user,
  other: { headers: { 'if-match': '*' } },
};

const replaceUser: Unsafe = {
  tongue: 'scim',
  operation: 'replaceUser',
  method: 'PUT',
  path: faces.scim.user,
  body: (name) => faces.scim.draft(name),
  wrong: { schemas: [urns.user] },
};

const deleteScimUser: Unsafe = { ...deleteUser, tongue: 'scim', path: faces.scim.user };
const deleteNermUser: Unsafe = { ...deleteUser, tongue: 'nerm', path: faces.nerm.user };

const TOKEN = 'the-token-of-the-message';

const verifyEmail: Unsafe = {
  tongue: 'v1',
  operation: 'verifyEmail',
  method: 'POST',
  path: (id) => `${faces.v1.user(id)}/email-verification`,
  body: () => ({ token: TOKEN }),
  wrong: { token: '' },
  prepare: (api, id) =>
    api.query(
      "UPDATE users SET pending_email = 'new@example.com', pending_email_token = $2, pending_email_expires_at = now() + interval '1 hour' WHERE id = $1",
      [id, createHash('sha256').update(TOKEN).digest()],
    ),
  other: { body: { token: 'another' } },
};

const patches = [changes('v1', 'updateUser'), changes('scim', 'patchUser'), changes('nerm', 'updateUser')];
const conditional = [...patches, setPassword, replaceUser];
/** What can be done once only. */
const deletions = [deleteUser, deleteScimUser, deleteNermUser];
const final = [verifyEmail, ...deletions];
const batches = [batchUsers, createUsers];
const repeatable = [creates('v1'), creates('scim'), creates('nerm'), ...conditional, ...batches];
const unsafe = [...repeatable, ...final];

/** One operation on credentials or tenants. */
interface Administration {
  readonly operation: string;
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: (ids: { key: string; tenant: string }) => string;
  readonly body?: (name: string) => object;
  readonly by?: string;
}

const administrations: readonly Administration[] = [
  {
    operation: 'createApiKey',
    method: 'POST',
    path: () => '/v1/api-keys',
    body: (name) => ({ name, scopes: ['read'] }),
  },
  {
    operation: 'rotateApiKey',
    method: 'POST',
    path: ({ key }) => `/v1/api-keys/${key}/rotate`,
    body: (name) => ({ overlap_seconds: name.length }),
  },
  {
    operation: 'updateApiKey',
    method: 'PATCH',
    path: ({ key }) => `/v1/api-keys/${key}`,
    body: (name) => ({ domain: `domain-of-${name.length}` }),
  },
  { operation: 'revokeApiKey', method: 'DELETE', path: ({ key }) => `/v1/api-keys/${key}` },
  {
    operation: 'createTenant',
    method: 'POST',
    path: () => '/v1/tenants',
    body: (name) => ({ name }),
    by: keys.operator,
  },
  {
    operation: 'createTenantApiKey',
    method: 'POST',
    path: ({ tenant }) => `/v1/tenants/${tenant}/api-keys`,
    body: (name) => ({ name, scopes: ['read'] }),
    by: keys.operator,
  },
];

const replayed = ({ headers }: Answer) => headers.get('idempotent-replayed');
const etag = ({ headers }: Answer) => headers.get('etag');

/** What a replay repeats: all but what names the request and the moment. */
function repeated({ status, headers, text }: Answer) {
  const names = ['etag', 'location', 'content-type', 'cache-control', 'preference-applied', 'content-length'];
  return { status, text, headers: names.map((name) => [name, headers.get(name)]) };
}

/** What changes groups, and more than one thing, is asked for in tests of its own. */
const elsewhere = [
  'v1 POST resendEmailVerification',
  'scim POST createGroup',
  'scim PATCH patchGroup',
  'scim PUT replaceGroup',
  'scim DELETE deleteGroup',
  'scim POST bulk',
  'nerm PATCH updateUsers',
  'nerm POST writeAvatar',
];

test('every operation that changes something is asked for below', () => {
  const operations = dialects.flatMap(({ name, operations }) =>
    Object.values(operations)
      .filter(isUnsafe)
      .map(({ id, method }) => `${name} ${method} ${id}`),
  );
  const asked = [...unsafe, ...administrations.map((each) => ({ tongue: 'v1', ...each }))].map(
    ({ tongue, method, operation }) => `${tongue} ${method} ${operation}`,
  );
  expect([...asked, ...elsewhere].toSorted()).toEqual(operations.toSorted());
});

describe.each([{ groupCommit: 'true' }, { groupCommit: 'false' }])('group commit $groupCommit', ({ groupCommit }) => {
  let api: TestApp;
  /** On the same database. */
  let replica: TestApp;
  let id: string;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ api, replica, stop } = await startReplicas(
      { STELE_GROUP_COMMIT: groupCommit },
      { STELE_GROUP_COMMIT: groupCommit },
    ));
  });
  afterAll(() => stop());
  beforeEach(async () => {
    await forgetUsers(api);
    id = await create(api, 'scim', 'alice');
  });

  /** Does something while the database refuses every write of a kind. */
  async function whileRefusing<Result>(writes: string, work: () => Promise<Result>): Promise<Result> {
    await api.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
      CREATE TRIGGER refuse ${writes} FOR EACH ROW EXECUTE FUNCTION refuse()`);
    try {
      return await work();
    } finally {
      await api.query('DROP FUNCTION refuse CASCADE');
    }
  }

  /** Asks for an operation with a key. */
  const send = (
    { method, path, body }: Unsafe,
    key: string,
    { name = 'bob', headers, on = api, ...ask }: Ask & { name?: string; on?: TestApp } = {},
  ): Promise<Answer> =>
    on.request(method, path(id), {
      ...(body && { body: body(name) }),
      ...ask,
      headers: { 'idempotency-key': key, ...headers },
    });

  /** Asks for another thing with the same key. */
  const sendOther = (operation: Unsafe, key: string): Promise<Answer> =>
    send(operation, key, operation.other ?? { name: 'carol' });

  // A request is read before its key is claimed.
  test.each([
    ['a malformed If-Match', faces.v1.user, { headers: { 'if-match': 'malformed' } }, 'bad_request'],
    ['an unknown query parameter', (user: string) => `${faces.v1.user(user)}?color=red`, {}, 'invalid_parameter'],
    ['a malformed id', () => '/v1/users/malformed', {}, 'not_found'],
  ] as const)('PATCH with %s under a used key gets its own error', async (_, path, ask, code) => {
    const key = randomUUID();
    const rename = changes('v1', 'updateUser');
    const first = await send(rename, key);
    const before = await kept(api);
    expectRefusal('v1', await send({ ...rename, path }, key, { name: 'carol', ...ask }), code);
    expect(await kept(api)).toEqual(before);
    expect(repeated(await send(rename, key))).toEqual(repeated(first));
  });

  describe.each(unsafe)('$tongue $operation', (operation) => {
    const { tongue } = operation;
    beforeEach(() => operation.prepare?.(api, id));

    test('the same request again gets the same answer, and nothing is written', async () => {
      const key = randomUUID();
      const first = await send(operation, key);
      expect(first.status).toBeLessThan(300);
      expect(replayed(first)).toBeNull();
      const before = await kept(api);
      expect(before.history).toHaveLength(2);
      for (const on of [api, replica, api]) {
        const again = await send(operation, key, { on });
        expect(repeated(again)).toEqual(repeated(first));
        expect(replayed(again)).toBe('true');
        expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
      }
      expect(await kept(api)).toEqual(before);
    });

    test('the same answer also when the user is another one by now', async () => {
      const key = randomUUID();
      const first = await send(operation, key);
      await api.query("UPDATE users SET version = 9, title = 'later', user_name_key = id::text");
      const before = await kept(api);
      const again = await send(operation, key);
      expect(repeated(again)).toEqual(repeated(first));
      expect(replayed(again)).toBe('true');
      expect(await kept(api)).toEqual(before);
    });

    test('another request under the same key is refused', async () => {
      const key = randomUUID();
      const first = await send(operation, key);
      const before = await kept(api);
      expectRefusal(tongue, await sendOther(operation, key), 'idempotency_key_reused');
      if (operation.body) {
        // The same JSON in other bytes is another body.
        const spaced = JSON.stringify(operation.body('bob'), undefined, 1);
        expectRefusal(tongue, await send(operation, key, { body: spaced }), 'idempotency_key_reused');
      }
      expect(await kept(api)).toEqual(before);
      expect(repeated(await send(operation, key))).toEqual(repeated(first));
    });

    test('while the first is under way, others are told to come back', async () => {
      const key = randomUUID();
      const hold = await holdWrites(api);
      const first = send(operation, key);
      await hold.waiting(1);
      const twins = await Promise.all(
        Array.from({ length: 6 }, (_, index) => send(operation, key, { on: index % 2 === 0 ? api : replica })),
      );
      for (const twin of twins) {
        expectRefusal(tongue, twin, 'request_in_progress');
        expect(twin.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      }
      expectRefusal(tongue, await sendOther(operation, key), 'idempotency_key_reused');
      await hold.release();
      const answer = await first;
      expect(answer.status).toBeLessThan(300);
      expect(replayed(answer)).toBeNull();
      expect(repeated(await send(operation, key))).toEqual(repeated(answer));
      expect((await kept(api)).history).toHaveLength(2);
    });

    test('of many at once, one is done', async () => {
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) => send(operation, key, { on: index % 2 === 0 ? api : replica })),
      );
      const done = answers.filter(({ status }) => status < 300);
      expect(done.filter((answer) => replayed(answer) === null)).toHaveLength(1);
      for (const answer of done) expect(repeated(answer)).toEqual(repeated(done[0]!));
      for (const answer of answers) {
        if (answer.status >= 300) expectRefusal(tongue, answer, 'request_in_progress');
      }
      expect((await kept(api)).history).toHaveLength(2);
    });

    test.each([
      ['empty', ''],
      ['with a space', 'a b'],
      ['beyond ASCII', 'clé'],
      ['of 256 characters', 'k'.repeat(256)],
    ])('a key %s is refused', async (_, key) => {
      const before = await kept(api);
      expectRefusal(tongue, await send(operation, key), 'bad_request');
      expect(await kept(api)).toEqual(before);
    });

    test('an answer is kept in the commit of its write: without one there is not the other', async () => {
      const before = await kept(api);
      const key = randomUUID();
      const failed = await whileRefusing('BEFORE UPDATE ON idempotency_keys', () => send(operation, key));
      expectRefusal(tongue, failed, 'internal_error');
      expect(await kept(api)).toEqual(before);
      const again = await send(operation, key);
      expect([again.status < 300, replayed(again)]).toEqual([true, null]);
      expect((await kept(api)).history).toHaveLength(2);
    });

    test('a write that failed left no answer', async () => {
      const before = await kept(api);
      const key = randomUUID();
      const failed = await whileRefusing('BEFORE INSERT ON user_history', () => send(operation, key));
      expectRefusal(tongue, failed, 'internal_error');
      expect(await kept(api)).toEqual(before);
      const again = await send(operation, key);
      expect([again.status < 300, replayed(again)]).toEqual([true, null]);
    });
  });

  test('the responses of every operation outlive the server that sent them', async () => {
    const requests: { operation: Unsafe; user: string; name: string; key: string }[] = [];
    for (const [index, operation] of unsafe.entries()) {
      const user = await create(api, 'scim', `user-${index}`);
      await operation.prepare?.(api, user);
      requests.push({ operation, user, name: `bob-${index}`, key: randomUUID() });
    }
    /** Sends all of them to a server of their own. */
    async function sendAll(): Promise<Answer[]> {
      const on = await startApp({ STELE_GROUP_COMMIT: groupCommit }, api);
      try {
        const responses: Answer[] = [];
        for (const { operation, user, name, key } of requests) {
          id = user;
          responses.push(await send(operation, key, { name, on }));
        }
        return responses;
      } finally {
        await on.stop();
      }
    }
    const first = await sendAll();
    const before = await kept(api);
    const again = await sendAll();
    for (const [index, { operation }] of requests.entries()) {
      const row = `${operation.tongue} ${operation.operation}`;
      expect(first[index]!.status, row).toBeLessThan(300);
      expect(repeated(again[index]!), row).toEqual(repeated(first[index]!));
      expect(replayed(again[index]!), row).toBe('true');
    }
    expect(await kept(api)).toEqual(before);
  });

  describe.each(repeatable)('$tongue $operation, which can be done again,', (operation) => {
    const { tongue } = operation;

    test('a key means its request to its credential alone', async () => {
      const key = randomUUID();
      expect((await send(operation, key)).status).toBeLessThan(300);
      const other = await send(operation, key, { key: keys.write, name: 'carol' });
      expect([other.status < 300, replayed(other)]).toEqual([true, null]);
      expect((await kept(api)).history).toHaveLength(3);
      // Each has its own answer from now on.
      expect(replayed(await send(operation, key, { key: keys.write, name: 'carol' }))).toBe('true');
      expectRefusal(tongue, await send(operation, key, { key: keys.write }), 'idempotency_key_reused');
    });

    test('after 24 hours a key means nothing any more', async () => {
      const key = randomUUID();
      expect((await send(operation, key)).status).toBeLessThan(300);
      await api.query("UPDATE idempotency_keys SET created_at = now() - interval '23 hours 59 minutes'");
      expect(replayed(await send(operation, key))).toBe('true');
      await api.query("UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 second'");
      const other = await send(operation, key, { name: 'carol' });
      expect([other.status < 300, replayed(other)]).toEqual([true, null]);
      expect((await kept(api)).history).toHaveLength(3);
      expectRefusal(tongue, await send(operation, key), 'idempotency_key_reused');
      expect(replayed(await send(operation, key, { name: 'carol' }))).toBe('true');
    });
  });

  describe.each(unsafe.filter(({ wrong }) => wrong))('$tongue $operation with a body', (operation) => {
    const { tongue } = operation;
    beforeEach(() => operation.prepare?.(api, id));

    test('a request that was refused for its body leaves its key free', async () => {
      const key = randomUUID();
      const before = await kept(api);
      expectRefusal(tongue, await send(operation, key, { body: operation.wrong }), 'validation_error');
      expectRefusal(tongue, await send(operation, key, { body: '{' }), 'malformed_body');
      expect(await kept(api)).toEqual(before);
      const mended = await send(operation, key);
      expect([mended.status < 300, replayed(mended)]).toEqual([true, null]);
      expect(replayed(await send(operation, key))).toBe('true');
    });
  });

  // What meets a batch meets its items, each alone (`users-batch.test.ts`, `nerm-bulk.test.ts`).
  describe.each(unsafe.filter((each) => !batches.includes(each)))('$tongue $operation of one user', (operation) => {
    const { tongue } = operation;
    beforeEach(() => operation.prepare?.(api, id));

    test('a claim without an answer holds until its lease is over, and is then taken over', async () => {
      const key = randomUUID();
      const before = await kept(api);
      const hold = await holdWrites(api);
      const first = send(operation, key);
      await hold.waiting(1);
      // The database goes away under the write: whether it was done nobody knows.
      await hold.cutWaiting();
      expectRefusal(tongue, await first, 'unavailable');
      await hold.release();
      expect(await kept(api)).toEqual(before);
      expectRefusal(tongue, await send(operation, key), 'request_in_progress');
      await api.query("UPDATE idempotency_keys SET locked_until = now() - interval '1 ms'");
      expectRefusal(tongue, await sendOther(operation, key), 'idempotency_key_reused');
      const takers = await Promise.all([send(operation, key), send(operation, key, { on: replica })]);
      expect(takers.filter((answer) => answer.status < 300 && replayed(answer) === null)).toHaveLength(1);
      expect(replayed(await send(operation, key))).toBe('true');
      expect((await kept(api)).history).toHaveLength(2);
    });
  });

  describe.each([...conditional, ...final])('$tongue $operation of a user that is there', (operation) => {
    const { tongue } = operation;
    beforeEach(() => operation.prepare?.(api, id));

    test('refused with 404, the key is free: the same request succeeds once the user is there', async () => {
      const key = randomUUID();
      await api.query('UPDATE users SET deleted_at = now()');
      expectRefusal(tongue, await send(operation, key), 'not_found');
      await api.query('UPDATE users SET deleted_at = NULL');
      const again = await send(operation, key);
      expect([again.status < 300, replayed(again)]).toEqual([true, null]);
    });

    test('a key is for one user: at another path it is refused', async () => {
      const key = randomUUID();
      await send(operation, key);
      const other = await create(api, 'scim', 'carol');
      const before = await kept(api);
      const answer = await api.request(operation.method, operation.path(other), {
        ...(operation.body && { body: operation.body('bob') }),
        headers: { 'idempotency-key': key },
      });
      expectRefusal(tongue, answer, 'idempotency_key_reused');
      expect(await kept(api)).toEqual(before);
    });
  });

  describe.each([...conditional, ...deletions])('$tongue $operation with If-Match', (operation) => {
    const { tongue } = operation;

    test('refused with 412, the key is free: the same request succeeds once the version is the right one', async () => {
      const key = randomUUID();
      const headers = { 'if-match': '"2"' };
      expectRefusal(tongue, await send(operation, key, { headers }), 'precondition_failed');
      expect((await patch(api, 'scim', id, { title: 'two' })).status).toBe(200);
      const again = await send(operation, key, { headers });
      expect([again.status < 300, replayed(again), etag(again)]).toEqual([
        true,
        null,
        operation.method === 'DELETE' ? null : '"3"',
      ]);
      // What was done is done: the version that it started from is gone, and the answer is the same.
      expect(repeated(await send(operation, key, { headers }))).toEqual(repeated(again));
    });
  });

  describe.each(conditional)('$tongue $operation of nothing', (operation) => {
    test('a change of nothing is answered again too, and stays one', async () => {
      const key = randomUUID();
      await send(operation, randomUUID());
      const before = await kept(api);
      const first = await send(operation, key);
      expect([first.status < 300, replayed(first), etag(first)]).toEqual([true, null, '"2"']);
      expect(await kept(api)).toEqual(before);
      await send(operation, randomUUID(), { name: 'carol' });
      const moved = await kept(api);
      const again = await send(operation, key);
      expect(repeated(again)).toEqual(repeated(first));
      expect(replayed(again)).toBe('true');
      expect(await kept(api)).toEqual(moved);
    });
  });

  describe.each([creates('v1'), creates('scim'), creates('nerm'), ...patches, replaceUser])(
    '$tongue $operation',
    (operation) => {
      test('refused with 409, the key is free: the same request succeeds once the name is', async () => {
        const key = randomUUID();
        const bob = await create(api, 'scim', 'BOB');
        const before = await kept(api);
        expectRefusal(operation.tongue, await send(operation, key), 'conflict');
        expect(await kept(api)).toEqual(before);
        await patch(api, 'scim', bob, { userName: 'robert' });
        const again = await send(operation, key);
        expect([again.status < 300, replayed(again)]).toEqual([true, null]);
        expect(repeated(await send(operation, key))).toEqual(repeated(again));
      });
    },
  );

  describe.each(patches)('$tongue $operation with Prefer', (operation) => {
    test.each(['return=preview', 'return=minimal'])('%s is answered again as it was', async (prefer) => {
      const key = randomUUID();
      const headers = { prefer };
      const first = await send(operation, key, { headers });
      expect(first.status).toBe(prefer === 'return=minimal' && operation.tongue !== 'nerm' ? 204 : 200);
      await patch(api, 'scim', id, { title: 'another' });
      const before = await kept(api);
      const again = await send(operation, key, { headers });
      expect(repeated(again)).toEqual(repeated(first));
      expect(replayed(again)).toBe('true');
      expect(await kept(api)).toEqual(before);
    });
  });

  test('one key for every operation of every dialect: each is done, and each has its own answer', async () => {
    const key = randomUUID();
    const firsts: Answer[] = [];
    // Alice can be deleted once.
    const operations = unsafe.filter((each) => each === deleteUser || !deletions.includes(each));
    for (const [index, operation] of operations.entries()) {
      await operation.prepare?.(api, id);
      firsts.push(await send(operation, key, { name: `user-${index}` }));
    }
    expect(firsts.map((answer) => [answer.status < 300, replayed(answer)])).toEqual(firsts.map(() => [true, null]));
    expect((await kept(api)).history).toHaveLength(1 + operations.length);
    for (const [index, operation] of operations.entries()) {
      const again = await send(operation, key, { name: `user-${index}` });
      expect(repeated(again)).toEqual(repeated(firsts[index]!));
    }
    expect((await kept(api)).history).toHaveLength(1 + operations.length);
  });

  test.each([creates('v1'), creates('scim'), creates('nerm')])(
    '$tongue: the same create with the same key in another tenant is another one',
    async (operation) => {
      const key = randomUUID();
      await send(operation, key);
      const foreign = await send(operation, key, { key: keys.foreign });
      expect([foreign.status < 300, replayed(foreign)]).toEqual([true, null]);
      expect((await kept(api)).users).toHaveLength(3);
    },
  );

  test('many users at once, each change with a key of its own: each is done, kept and answered again', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, (_, index) => create(api, 'scim', `user-${index}`)));
    const keyed = () =>
      Promise.all(
        ids.map((user, index) =>
          // One in three without a key, so that one statement may write both kinds.
          patch(
            api,
            'scim',
            user,
            { nickName: `name ${index}` },
            { headers: index % 3 === 0 ? {} : { 'idempotency-key': `key-${index}` } },
          ),
        ),
      );
    const firsts = await keyed();
    expect(new Set(firsts.map(({ status }) => status))).toEqual(new Set([200]));
    const before = await kept(api);
    const again = await keyed();
    expect(again.map(repeated)).toEqual(firsts.map(repeated));
    expect(again.map(replayed)).toEqual(ids.map((_, index) => (index % 3 === 0 ? null : 'true')));
    expect(await kept(api)).toEqual(before);
  });

  test('a read does not look at the key', async () => {
    for (const key of ['one', 'one', 'a b']) {
      const answer = await api.request('GET', faces.scim.user(id), { headers: { 'idempotency-key': key } });
      expect([answer.status, replayed(answer)]).toEqual([200, null]);
    }
    expect(await api.query('SELECT 1 FROM idempotency_keys')).toEqual([]);
  });

  test('what a refused credential asks for claims nothing', async () => {
    for (const key of [keys.read, null]) {
      expect((await send(creates('scim'), 'one', { key })).status).toBeGreaterThanOrEqual(401);
    }
    expect(await api.query('SELECT 1 FROM idempotency_keys')).toEqual([]);
  });
});

describe('credentials and tenants', () => {
  let api: TestApp;
  let ids: { key: string; tenant: string };
  beforeAll(async () => {
    api = await startApp();
  });
  afterAll(() => api.stop());
  beforeEach(async () => {
    const made = await api.request('POST', '/v1/api-keys', { body: { name: 'key', scopes: ['read'] } });
    ids = { key: made.body.id, tenant: made.body.tenant_id };
  });

  const administered = () =>
    Promise.all([
      api.query('SELECT * FROM tenants ORDER BY id'),
      api.query("SELECT to_jsonb(k) - 'last_used_at' FROM api_keys k ORDER BY id"),
    ]);

  const withoutSecret = ({ status, body }: Answer) => {
    const { key: _key, ...rest } = (body ?? {}) as Record<string, unknown>;
    return { status, rest };
  };

  test.each(administrations)('$operation: the same request again does nothing more', async (administration) => {
    const { operation, method, path, body, by = keys.admin } = administration;
    const send = (name: string) =>
      api.request(method, path(ids), {
        key: by,
        ...(body && { body: body(`${operation} ${name}`) }),
        headers: { 'idempotency-key': operation },
      });
    const first = await send('one');
    expect([first.status < 300, replayed(first)]).toEqual([true, null]);
    const before = await administered();
    const again = await send('one');
    expect(withoutSecret(again)).toEqual(withoutSecret(first));
    expect([again.body?.key, replayed(again)]).toEqual([undefined, 'true']);
    if (body) expectRefusal('v1', await send('another'), 'idempotency_key_reused');
    expect(await administered()).toEqual(before);
  });
});

describe('pruning', () => {
  let api: TestApp;
  beforeAll(async () => {
    api = await startApp();
  });
  afterAll(() => api.stop());

  test('forgets what is older than 24 hours, at most 1000 rows with one statement, and nothing else', async () => {
    const ask = { body: faces.scim.draft('alice'), headers: { 'idempotency-key': 'fresh' } };
    const fresh = await api.request('POST', faces.scim.users, ask);
    await api.query(`
      INSERT INTO idempotency_keys (tenant_id, key_hash, fingerprint, token, locked_until, created_at, answer)
      SELECT tenant_id, sha256(n::text::bytea), fingerprint, gen_random_uuid(), now(),
        now() - CASE WHEN n > 10 THEN interval '24 hours 1 second' ELSE interval '23 hours 59 minutes' END,
        CASE WHEN n % 2 = 0 THEN answer END
      FROM idempotency_keys, generate_series(1, 2510) n;
      CREATE TABLE prunings (rows integer);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO prunings SELECT count(*) FROM gone; RETURN NULL; END $$;
      CREATE TRIGGER note AFTER DELETE ON idempotency_keys REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION note()`);
    const store = api.app.get<PostgresIdempotencyStore>(IdempotencyStore);
    expect(await store.prune()).toBe(2500);
    expect(await api.query('SELECT count(*)::int AS count FROM idempotency_keys')).toEqual([{ count: 11 }]);
    const statements = (await api.query('SELECT rows FROM prunings')).map(({ rows }) => Number(rows));
    expect(Math.max(...statements)).toBeLessThanOrEqual(1000);
    expect(statements.reduce((sum, rows) => sum + rows)).toBe(2500);
    expect(await store.prune()).toBe(0);
    const again = await api.request('POST', faces.scim.users, ask);
    expect([replayed(again), again.text]).toEqual(['true', fresh.text]);
  });
});

describe('with STELE_REQUIRE_IF_MATCH', () => {
  let api: TestApp;
  beforeAll(async () => {
    api = await startApp({ STELE_REQUIRE_IF_MATCH: 'true' });
  });
  afterAll(() => api.stop());

  test('refused with 428, the key is free', async () => {
    const id = await create(api, 'scim', 'alice');
    const send = (headers: Ask['headers']) =>
      api.request('PATCH', faces.scim.user(id), {
        body: { schemas: [urns.patchOp], Operations: [{ op: 'add', path: 'title', value: 'new' }] },
        headers: { 'idempotency-key': 'one', ...headers },
      });
    expectRefusal('scim', await send({}), 'precondition_required');
    const again = await send({ 'if-match': '"1"' });
    expect([again.status, replayed(again)]).toEqual([200, null]);
  });
});
