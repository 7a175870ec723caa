import { difference, type User } from '@stele/schemas/canonical';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Access } from '../src/directory/request-context.ts';
import { UserStore } from '../src/directory/user-store.ts';
import { keys, patient, startApp, type TestApp } from './support/app.ts';
import { holdUsers } from './support/row-lock.ts';
import { alice, create, faces, type Fields, patch, type Tongue, tongues, urns } from './support/users.ts';

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Changes of single attributes, of every kind of column, set and cleared. */
const changes: readonly ((index: number) => Fields)[] = [
  (index) => ({ title: `title ${index}` }),
  () => ({ nickName: null }),
  (index) => ({ emails: [{ value: `new-${index}@example.com`, type: 'work', primary: true }] }),
  () => ({ phoneNumbers: [] }),
  (index) => ({
    [`${urns.lifecycle}:sailpointIdentityId`]: `identity ${index}`,
  }),
  () => ({ [`${urns.lifecycle}:profileId`]: null }),
  (index) => ({ active: index % 2 === 0 }),
  (index) => ({ [`${urns.lifecycle}:groupStrings`]: [`group ${index}`, 'ünï "quoted" \\ backslash'] }),
];

/** What is hard to say in JSON, in SQL, or in both. */
const oddities = [
  "o'clock",
  '"',
  '\\',
  '\\\\x00',
  '$1',
  '{}',
  '[1]',
  'null',
  '\t\n\r\b',
  '\u007f\u2028',
  '😀',
  'a'.repeat(4096),
  '\u0001',
];

/** The changes of one user: a subset for each index, so that as many sets of columns come together as can. */
function fieldsOf(index: number): Fields {
  const mask = (index * 37) % 256;
  const chosen = changes.filter((_, bit) => mask & (1 << bit)).map((change) => change(index));
  return Object.assign({ displayName: oddities[index % oddities.length]! }, ...chosen) as Fields;
}

const count = 200;

/**
 * Every column of users as text, which tells JSON's null from SQL's, by their names. What differs from one database to
 * the next is left out.
 */
async function usersOf(api: TestApp): Promise<unknown[]> {
  const columns = await api.query(
    "SELECT quote_ident(column_name) AS name FROM information_schema.columns WHERE table_name = 'users' AND column_name NOT IN ('id', 'created_at', 'updated_at')",
  );
  const texts = columns.map(({ name }) => `${String(name)}::text`);
  return api.query(`SELECT ${texts.join(', ')} FROM users ORDER BY user_name COLLATE "C"`);
}

async function historyOf(api: TestApp): Promise<unknown[]> {
  const rows = await api.query(
    'SELECT h.*, u.user_name AS "userName", h.at = u.updated_at AS "isLast" FROM user_history h JOIN users u ON u.id = h.user_id WHERE h.version > 1 ORDER BY u.user_name COLLATE "C", h.version',
  );
  return rows.map(({ user_id: _id, at: _at, seq: _seq, ...row }) => row);
}

/** How many statements wrote the newest versions: rows of one statement have one transaction. */
const statements = async (api: TestApp, ids: readonly string[]) =>
  (await api.query('SELECT DISTINCT xmin::text FROM users WHERE id = ANY ($1)', [ids])).length;

describe('200 changes at once', () => {
  let shared: TestApp;
  let single: TestApp;
  beforeAll(async () => {
    [shared, single] = await Promise.all([
      startApp({ ...patient, STELE_GROUP_COMMIT: 'true' }),
      startApp({ ...patient, STELE_GROUP_COMMIT: 'false' }),
    ]);
    await Promise.all([changeAll(shared), changeAll(single)]);
  });
  afterAll(async () => {
    await Promise.all([shared.stop(), single.stop()]);
  });

  const idsOf: Map<TestApp, string[]> = new Map();
  const name = (index: number) => `user-${String(index).padStart(3, '0')}`;

  async function changeAll(api: TestApp): Promise<void> {
    const ids = await Promise.all(
      indexes(count).map((index) =>
        create(api, 'scim', name(index), index % 3 === 0 ? {} : { ...alice, externalId: `hr-${index}` }),
      ),
    );
    idsOf.set(api, ids);
    const answers = await Promise.all(
      ids.map((id, index) =>
        patch(api, 'scim', id, fieldsOf(index), {
          key: index % 2 === 0 ? keys.write : keys.admin,
          headers: { 'x-request-id': `change-${index}` },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
  }

  test('have the same ends together as one by one: every column', async () => {
    expect(await usersOf(shared)).toEqual(await usersOf(single));
  });

  test('have the same history together as one by one', async () => {
    expect(await historyOf(shared)).toEqual(await historyOf(single));
  });

  test('are many sets of columns', () => {
    const sets = new Set(indexes(count).map((index) => Object.keys(fieldsOf(index)).toSorted().join()));
    expect(sets.size).toBeGreaterThan(64);
  });

  test('are shown by every dialect in the same way', async () => {
    const show = (api: TestApp, tongue: Tongue) =>
      Promise.all(
        idsOf
          .get(api)!
          .slice(0, 50)
          .map(async (id) => {
            const shown = { ...faces[tongue].shown(await api.request('GET', faces[tongue].user(id))) };
            for (const own of ['id', 'uid', 'meta', 'created_at', 'updated_at']) delete shown[own];
            return shown;
          }),
      );
    for (const tongue of tongues) expect(await show(shared, tongue)).toEqual(await show(single, tongue));
  });

  test.each(['together', 'one by one'])('%s: each is one row with its own request and credential', async (way) => {
    const api = way === 'together' ? shared : single;
    const rows = await api.query(
      'SELECT h.user_id, h.version, h.request_id, k.name, h.dialect, h.operation FROM user_history h JOIN api_keys k ON k.id = h.credential_id WHERE h.version > 1',
    );
    const named = new Map(rows.map((row) => [row['user_id'], row]));
    expect([rows.length, named.size]).toEqual([count, count]);
    for (const [index, id] of idsOf.get(api)!.entries()) {
      expect(named.get(id)).toMatchObject({
        version: 2,
        request_id: `change-${index}`,
        name: index % 2 === 0 ? 'key 1' : 'key 0',
        dialect: 'scim',
        operation: 'patchUser',
      });
    }
  });

  test('are fewer statements together, and one each otherwise', async () => {
    expect(await statements(shared, idsOf.get(shared)!)).toBeLessThan(count);
    expect(await statements(single, idsOf.get(single)!)).toBe(count);
  });
});

describe('one statement for many', () => {
  let api: TestApp;
  let store: UserStore;
  let access: Access;
  beforeAll(async () => {
    // One connection, so that what it has prepared can be seen.
    api = await startApp({ STELE_POOL_SIZE: '1' });
    store = api.app.get(UserStore);
    const [key] = await api.query('SELECT id, tenant_id FROM api_keys ORDER BY name LIMIT 1');
    access = {
      tenantId: String(key!['tenant_id']),
      credentialId: String(key!['id']),
      scopes: ['admin'],
      profile: 'default',
      domain: 'default',
      dialect: 'test',
      operation: 'changeUser',
      requestId: 'request',
      deadline: Number.POSITIVE_INFINITY,
    };
  });
  afterAll(() => api.stop());

  const createMany = (prefix: string, many: number) =>
    Promise.all(indexes(many).map((index) => create(api, 'scim', `${prefix}-${index}`)));

  /**
   * Writes one change for each user, at once, so that they wait together. What does not succeed is answered with the code
   * of its error.
   */
  async function write(ids: readonly string[], change: (index: number) => Partial<User>, by = access) {
    const users = await Promise.all(ids.map((id) => store.find(by, id)));
    return Promise.all(
      users.map((before, index) => {
        const after = { ...before!, ...change(index), version: before!.version + 1, updatedAt: new Date() };
        const { password: _, ...changed } = difference(before!, after);
        return store
          .update({ ...by, requestId: `${by.requestId} ${index}` }, { before: before!, after, patch: changed })
          .catch((error: unknown) => (error as { code?: string }).code);
      }),
    );
  }

  test('writes what waits together, and 64 users at most', async () => {
    const ids = await createMany('together', 150);
    expect(await write(ids, (index) => ({ title: `title ${index}` }))).toEqual(ids.map(() => true));
    const sizes = await api.query(
      'SELECT count(*)::int AS size FROM users WHERE id = ANY ($1) GROUP BY xmin::text ORDER BY size DESC',
      [ids],
    );
    expect(sizes[0]).toEqual({ size: 64 });
    const titles = await api.query('SELECT id, title FROM users WHERE id = ANY ($1)', [ids]);
    expect(new Map(titles.map(({ id, title }) => [id, title]))).toEqual(
      new Map(ids.map((id, index) => [id, `title ${index}`])),
    );
    // The history is of the same commit.
    const commits = await api.query(
      'SELECT 1 FROM users u JOIN user_history h ON h.user_id = u.id AND h.version = u.version WHERE u.id = ANY ($1) AND h.xmin = u.xmin AND h.at = u.updated_at',
      [ids],
    );
    expect(commits).toHaveLength(ids.length);
  });

  test('times are set and cleared together with other columns', async () => {
    const ids = await createMany('times', 12);
    const at = (index: number) => new Date(Date.UTC(1 + 800 * index, index, 1, 2, 3, 4, index));
    const login = (index: number): Partial<User> => ({
      lifecycle: { groupStrings: [], lastLogin: at(index), ...(index % 2 === 0 && { cookiesAcceptedAt: at(index) }) },
    });
    expect(await write(ids, login)).toEqual(ids.map(() => true));
    const logout = (index: number) => (index < 6 ? { lifecycle: { groupStrings: [] } } : { title: 'kept' });
    expect(await write(ids, logout)).toEqual(ids.map(() => true));
    const users = await Promise.all(ids.map((id) => store.find(access, id)));
    expect(users.map((user) => user!.lifecycle)).toEqual(
      ids.map((_, index) => (index < 6 ? { groupStrings: [] } : login(index).lifecycle)),
    );
  });

  test('a conflict within it stays with its own change', async () => {
    const ids = await createMany('conflict', 12);
    await create(api, 'scim', 'taken');
    const results = await write(ids, (index) => (index === 7 ? { userName: 'TAKEN' } : { title: `title ${index}` }));
    expect(results).toEqual(ids.map((_, index) => (index === 7 ? 'conflict' : true)));
    const rows = await api.query('SELECT title, version FROM users WHERE id = ANY ($1) ORDER BY id', [ids]);
    expect(rows.filter(({ version }) => version === 2)).toHaveLength(11);
    expect(await api.query('SELECT 1 FROM user_history WHERE user_id = ANY ($1)', [ids])).toHaveLength(12 + 11);
  });

  test('of those that want one name in one batch, one gets it', async () => {
    const ids = await createMany('rivals', 8);
    const names = ['zoë', 'ZOË', 'ｚｏë'];
    const results = await write(ids, (index) => (index < 5 ? { title: 'bystander' } : { userName: names[index - 5]! }));
    expect(results.slice(0, 5)).toEqual([true, true, true, true, true]);
    expect(results.slice(5).toSorted()).toEqual(['conflict', 'conflict', true]);
    const [zoe, ...others] = await api.query('SELECT id, user_name FROM users WHERE user_name_key = $1', ['zoë']);
    const winner = results.indexOf(true, 5);
    expect([zoe, others]).toEqual([{ id: ids[winner], user_name: names[winner - 5] }, []]);
  });

  test('a version that is gone within it is not written, and the others are', async () => {
    const ids = await createMany('stale', 10);
    const users = await Promise.all(ids.map((id) => store.find(access, id)));
    await patch(api, 'nerm', ids[6]!, { title: 'first' });
    await api.query('UPDATE users SET deleted_at = now() WHERE id = $1', [ids[8]]);
    const results = await Promise.all(
      users.map((before) => {
        const after = { ...before!, title: 'second', version: 2, updatedAt: new Date() };
        return store.update(access, { before: before!, after, patch: { title: 'second' } });
      }),
    );
    expect(results).toEqual(ids.map((_, index) => index !== 6 && index !== 8));
    const rows = await api.query('SELECT id, title, version FROM users WHERE id = ANY ($1)', [ids]);
    const titles = new Map(rows.map((row) => [row['id'], [row['title'], row['version']]]));
    expect(ids.map((id) => titles.get(id))).toEqual(
      ids.map((_, index) => (index === 6 ? ['first', 2] : index === 8 ? [null, 1] : ['second', 2])),
    );
  });

  test('a user of another tenant is another user, also in one batch', async () => {
    const ids = await createMany('tenant', 6);
    const [foreign] = await api.query("SELECT tenant_id FROM api_keys WHERE name = 'key 3'");
    const users = await Promise.all(ids.map((id) => store.find(access, id)));
    const results = await Promise.all(
      users.map((before, index) => {
        const after = { ...before!, title: 'new', version: 2, updatedAt: new Date() };
        const by = index === 4 ? { ...access, tenantId: String(foreign!['tenant_id']) } : access;
        return store.update(by, { before: before!, after, patch: { title: 'new' } });
      }),
    );
    expect(results).toEqual([true, true, true, true, false, true]);
    expect((await store.find(access, ids[4]!))!.title).toBeUndefined();
  });

  test('reads that wait share a statement, and each gets its own user or none', async () => {
    const ids = await createMany('reads', 10);
    const asked = [...ids, uuidv7(), ids[3]!, ...ids.toReversed()];
    const users = await Promise.all(asked.map((id) => store.find(access, id)));
    expect(users.map((user) => user?.id)).toEqual(asked.map((id, index) => (index === 10 ? undefined : id)));
  });

  test('more sets of columns than are prepared by name: all are written, by a bounded number of names', async () => {
    const columns = ['title', 'nickName', 'displayName', 'profileUrl', 'userType', 'locale', 'timezone'] as const;
    const ids = await createMany('sets', 5);
    for (let mask = 1; mask < 1 << columns.length; mask++) {
      const chosen = columns.filter((_, bit) => mask & (1 << bit));
      const change = Object.fromEntries(chosen.map((column) => [column, `value ${mask}`]));
      expect(await write(ids, () => change)).toEqual(ids.map(() => true));
    }
    const all = (1 << columns.length) - 1;
    for (const id of ids) {
      const user = await store.find(access, id);
      expect(user!.version).toBe(1 + all);
      expect(columns.map((column) => user![column])).toEqual(columns.map(() => `value ${all}`));
    }
    // The statement for any column clears as well, and touches nothing else.
    const cleared = (user: User): Partial<User> => {
      const { title: _title, ...rest } = user;
      return { ...rest, emails: [], phoneNumbers: [{ value: '1' }] };
    };
    const before = await Promise.all(ids.map((id) => store.find(access, id)));
    const results = await Promise.all(
      before.map((user) => {
        const { title: _, ...after } = {
          ...user!,
          ...cleared(user!),
          version: user!.version + 1,
          updatedAt: new Date(),
        };
        const { password: _password, ...changed } = difference(user!, after);
        return store.update(access, { before: user!, after, patch: changed });
      }),
    );
    expect(results).toEqual(ids.map(() => true));
    const after = await Promise.all(ids.map((id) => store.find(access, id)));
    for (const [index, user] of after.entries()) {
      const { title: _, ...rest } = before[index]!;
      expect(user).toEqual({
        ...rest,
        phoneNumbers: [{ value: '1' }],
        version: rest.version + 1,
        updatedAt: user!.updatedAt,
      });
    }
    const prepared = (await api.query('SELECT name FROM pg_prepared_statements')).map(({ name }) => String(name));
    expect(prepared).toContain('update-users-any');
    expect(prepared.filter((name) => name.startsWith('update-user-')).length).toBeLessThanOrEqual(64);
    expect(prepared.filter((name) => name.startsWith('update-users-')).length).toBeLessThanOrEqual(65);
  });
});

describe('while the lanes are held', () => {
  test('what waits goes on once they are free, and reads go on all the while', async () => {
    const api = await startApp();
    try {
      const held = await Promise.all(['one', 'two'].map((name) => create(api, 'scim', name)));
      const ids = await Promise.all(indexes(20).map((index) => create(api, 'scim', `user-${index}`)));
      const hold = await holdUsers(api, held);
      // One after the other, so that each takes a lane of its own.
      const writes = [];
      for (const [index, id] of held.entries()) {
        writes.push(patch(api, 'scim', id, { title: 'held' }));
        await hold.waiting(index + 1);
      }
      const waiting = ids.map((id, index) =>
        patch(api, tongues[index % 3]!, id, { [['first_name', 'title', 'title'][index % 3]!]: 'new' }),
      );
      for (const id of held) expect((await api.request('GET', faces.scim.user(id))).status).toBe(200);
      await hold.release();
      const answers = await Promise.all([...writes, ...waiting]);
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(await statements(api, ids)).toBeLessThan(ids.length);
      expect(await api.query('SELECT 1 FROM users WHERE version <> 2')).toEqual([]);
    } finally {
      await api.stop();
    }
  });
});
