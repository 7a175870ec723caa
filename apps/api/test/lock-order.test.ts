import { randomBytes, randomUUID } from 'node:crypto';
import { encodeUserId } from '@stele/schemas/v1';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ImageStore } from '../src/avatars/image-store.ts';
import { IdempotencyStore, type RequestClaim as Claim } from '../src/idempotency/idempotency-store.ts';
import { JobStore } from '../src/jobs/job-store.ts';
import type { OutboxEntry } from '../src/mail/outbox.ts';
import { Database } from '../src/store/database.ts';
import { OutboxStore } from '../src/store/outbox-store.ts';
import { type Answer, startApp, type TestApp } from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import { hold, lockedRows } from './support/row-lock.ts';
import { idsOf, insertGroups, insertMembers, insertUsers, shuffler } from './support/rows.ts';
import { scimAt, urns } from './support/scim.ts';
import type { Tongue } from './support/users.ts';

// docs/decisions/2026-11-29-lock-order.md

/** Settings of PostgreSQL's planner under which a statement finds its rows in different orders. */
const plans = [
  { name: 'the plans that PostgreSQL chooses', options: '' },
  { name: 'hash joins', options: '-c enable_nestloop=off -c enable_mergejoin=off -c enable_indexscan=off' },
  { name: 'merge joins', options: '-c enable_nestloop=off -c enable_hashjoin=off' },
  { name: 'nested loops', options: '-c enable_mergejoin=off -c enable_hashjoin=off' },
];

let database: TestApp;
/** Replicas by the name of their plans. */
const replicas = new Map<string, TestApp>();
beforeAll(async () => {
  database = await startApp();
  // PostgreSQL joins large tables in other orders than small ones.
  await insertUsers(database, idsOf(0, 400));
  await database.query('ANALYZE users');
  for (const { name, options } of plans) {
    const url = new URL(database.databaseUrl);
    if (options !== '') url.searchParams.set('options', options);
    replicas.set(name, await startApp({}, { databaseUrl: url.href }));
  }
});
afterAll(async () => {
  for (const replica of replicas.values()) await replica.stop();
  await database.stop();
});

const COUNT = 5;
const MIDDLE = 2;
const shuffled = shuffler(7);

/** Users and groups in ascending order. Each of the groups has all the users, and the group in their midst. */
interface Rows {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Groups without members, before the others and after them. */
  readonly first: string;
  readonly last: string;
}

let blocks = 0;

async function makeRows(): Promise<Rows> {
  const users = idsOf(++blocks, COUNT);
  const [first, ...groups] = idsOf(++blocks, COUNT + 2);
  const last = groups.pop()!;
  const middle = groups[MIDDLE]!;
  await insertUsers(database, shuffled(users));
  await insertGroups(database, shuffled([first!, ...groups, last]));
  const pairs = groups.flatMap((group) =>
    [...users, ...(group === middle ? [] : [middle])].map((id) => [group, id] as const),
  );
  await insertMembers(database, shuffled(pairs));
  return { users, groups, first: first!, last };
}

type Act = (api: TestApp, rows: Rows, headers?: Record<string, string>) => Promise<Answer>;

const listed = (ids: readonly string[]) => shuffled(ids).map((value) => ({ value }));
const groupOf = (ids: readonly string[]) => ({
  schemas: [urns.group],
  displayName: 'Field Team',
  members: listed(ids),
});

const post =
  (membersOf: (rows: Rows) => readonly string[]): Act =>
  (api, rows, headers = {}) =>
    scimAt(api).send('POST', '/Groups', { body: groupOf(membersOf(rows)), headers });
const put =
  (groupIn: (rows: Rows) => string, membersOf: (rows: Rows) => readonly string[]): Act =>
  (api, rows, headers = {}) =>
    scimAt(api).put(`/Groups/${groupIn(rows)}`, groupOf(membersOf(rows)), { headers });
const add =
  (groupIn: (rows: Rows) => string, membersOf: (rows: Rows) => readonly string[]): Act =>
  (api, rows, headers = {}) =>
    scimAt(api).patch(`/Groups/${groupIn(rows)}`, [{ op: 'add', path: 'members', value: listed(membersOf(rows)) }], {
      headers,
    });
const remove =
  (pathOf: (rows: Rows) => string): Act =>
  (api, rows, headers = {}) =>
    scimAt(api).remove(pathOf(rows), { headers });
const batch: Act = (api, { users }, headers = {}) =>
  api.request('POST', '/v1/users/batch', {
    body: {
      operations: shuffled(users).map((id) => ({ op: 'update', id: encodeUserId(id), data: { first_name: 'New' } })),
    },
    headers,
  });
const bulk: Act = (api, { users }, headers = {}) =>
  api.request('PATCH', '/users', { body: { users: shuffled(users).map((id) => ({ id, title: 'New' })) }, headers });

const writes: readonly (readonly [name: string, table: 'users' | 'groups', act: Act])[] = [
  ['DELETE of a user who is in all of them', 'groups', remove(({ users }) => `/Users/${users[MIDDLE]}`)],
  ['DELETE of a group that is in all others', 'groups', remove(({ groups }) => `/Groups/${groups[MIDDLE]}`)],
  [
    'PATCH of a group before them that adds them',
    'groups',
    add(
      ({ first }) => first,
      ({ groups }) => groups,
    ),
  ],
  [
    'PATCH of a group after them that adds them',
    'groups',
    add(
      ({ last }) => last,
      ({ groups }) => groups,
    ),
  ],
  [
    'PUT of a group before them with them',
    'groups',
    put(
      ({ first }) => first,
      ({ groups }) => groups,
    ),
  ],
  [
    'PUT of a group after them with them',
    'groups',
    put(
      ({ last }) => last,
      ({ groups }) => groups,
    ),
  ],
  ['POST of a group with them', 'groups', post(({ groups }) => groups)],
  [
    'PATCH of a group that adds them',
    'users',
    add(
      ({ first }) => first,
      ({ users }) => users,
    ),
  ],
  [
    'PUT of a group with them and groups',
    'users',
    put(
      ({ first }) => first,
      ({ users, groups }) => [...groups, ...users],
    ),
  ],
  ['POST of a group with them and groups', 'users', post(({ users, groups }) => [...groups, ...users])],
  ['v1 batch of updates', 'users', batch],
  ['v1 batch of updates with a key', 'users', (api, rows) => batch(api, rows, { 'idempotency-key': randomUUID() })],
  ['NERM bulk of changes', 'users', bulk],
];

describe.each(plans)('with $name', ({ name }) => {
  let rows: Rows;
  beforeEach(async () => {
    rows = await makeRows();
  });

  test.each(writes)('%s locks %s in ascending order of id', async (_, table, act) => {
    const values = rows[table];
    const held = await hold(database, `SELECT FROM ${table} WHERE id = $1 FOR UPDATE`, [values[MIDDLE]]);
    const answer = act(replicas.get(name)!, rows);
    await held.waiting(1);
    expect(await lockedRows(database, { table, key: 'id', values })).toEqual(values.slice(0, MIDDLE + 1));
    await held.release();
    const { status, text } = await answer;
    expect(status, text).toBeLessThan(300);
  });

  type Step = readonly [name: string, act: (store: IdempotencyStore, claim: Claim, keys: Buffer[]) => Promise<unknown>];
  const stored = { status: 200, headers: {}, body: '' };
  const steps: Step[] = [
    ['claiming items again', (store, claim, keys) => store.claimItems({ ...claim, token: randomUUID() }, keys)],
    [
      'storing responses to items',
      (store, claim, keys) =>
        store.storeItems(
          claim,
          keys.map((key) => [key, stored] as const),
        ),
    ],
    ['deleting items', (store, claim, keys) => store.deleteItems(claim, keys)],
  ];

  test.each(steps)('%s locks their claims in ascending order of key', async (_, act) => {
    const store = replicas.get(name)!.app.get(IdempotencyStore);
    const claim = { ...(await claimOf()), token: randomUUID() };
    const values = Array.from({ length: COUNT }, () => randomBytes(32)).toSorted((left, right) => left.compare(right));
    await store.claimItems(claim, shuffled(values));
    const held = await hold(database, 'SELECT FROM idempotency_keys WHERE key_hash = $1 FOR UPDATE', [values[MIDDLE]]);
    const done = act(store, claim, shuffled(values));
    await held.waiting(1);
    const locked = await lockedRows(database, { table: 'idempotency_keys', key: 'key_hash', values });
    expect(locked).toEqual(values.slice(0, MIDDLE + 1));
    await held.release();
    await done;
  });
});

async function claimOf() {
  const [row] = await database.query("SELECT tenant_id FROM api_keys WHERE name = 'key 0'");
  return { tenantId: String(row!['tenant_id']), keyHash: randomBytes(32), fingerprint: randomBytes(32) };
}

describe('a request with an Idempotency-Key that waits for a row', () => {
  const user = ({ users }: Rows) => users[MIDDLE]!;
  const group = ({ groups }: Rows) => groups[MIDDLE]!;

  const keyed: readonly (readonly [name: string, dialect: Tongue, rowOf: (rows: Rows) => string, act: Act])[] = [
    [
      'PATCH of a user',
      'scim',
      user,
      (api, rows, headers = {}) =>
        scimAt(api).patch(`/Users/${user(rows)}`, [{ op: 'add', path: 'title', value: 'New' }], { headers }),
    ],
    ['DELETE of a user', 'scim', user, remove((rows) => `/Users/${user(rows)}`)],
    ['DELETE of a user in a group', 'scim', group, remove((rows) => `/Users/${user(rows)}`)],
    ['PATCH of a group', 'scim', group, add(group, ({ first }) => [first])],
    [
      'PATCH of a group that adds a user',
      'scim',
      user,
      add(
        ({ first }) => first,
        (rows) => [user(rows)],
      ),
    ],
    ['PUT of a group', 'scim', group, put(group, ({ first }) => [first])],
    ['POST of a group', 'scim', group, post((rows) => [group(rows)])],
    ['DELETE of a group', 'scim', group, remove((rows) => `/Groups/${group(rows)}`)],
  ];

  let rows: Rows;
  beforeEach(async () => {
    await database.query('TRUNCATE idempotency_keys');
    rows = await makeRows();
  });

  test.each(keyed)('%s holds its claim, and the same request gets 409 at once', async (_, dialect, rowOf, act) => {
    const table = rows.users.includes(rowOf(rows)) ? 'users' : 'groups';
    const headers = { 'idempotency-key': randomUUID() };
    const held = await hold(database, `SELECT FROM ${table} WHERE id = $1 FOR UPDATE`, [rowOf(rows)]);
    const answer = act(database, rows, headers);
    await held.waiting(1);
    const claims = await database.query('SELECT key_hash FROM idempotency_keys');
    const values = claims.map(({ key_hash: key }) => key);
    expect(values).toHaveLength(1);
    expect(await lockedRows(database, { table: 'idempotency_keys', key: 'key_hash', values })).toEqual(values);
    expectRefusal(dialect, await act(database, rows, headers), 'request_in_progress');
    await held.release();
    expect((await answer).status).toBeLessThan(300);
    expect((await act(database, rows, headers)).headers.get('idempotent-replayed')).toBe('true');
  });

  test('POST of a job holds its claim before it touches the queue', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const held = await hold(database, 'LOCK TABLE job_queues IN SHARE MODE');
    const answer = database.request('PATCH', '/users?async=true', {
      body: { users: [{ id: user(rows), title: 'New' }] },
      headers,
    });
    await held.waiting(1);
    const claims = await database.query('SELECT key_hash FROM idempotency_keys');
    const values = claims.map(({ key_hash: key }) => key);
    expect(await lockedRows(database, { table: 'idempotency_keys', key: 'key_hash', values })).toHaveLength(1);
    await held.release();
    expect((await answer).status).toBe(200);
  });
});

describe('deleting what is old', () => {
  const old = "now() - interval '40 days'";
  const tenant = "(SELECT tenant_id FROM api_keys WHERE name = 'key 0')";

  type Sweep = readonly [table: string, insert: string, sweep: (api: TestApp) => Promise<unknown>];
  /** A message that is not there: giving one up deletes old ones. */
  const lost = { tenantId: randomUUID(), id: randomUUID(), attempts: 1 } as OutboxEntry;

  const sweeps: readonly Sweep[] = [
    [
      'idempotency_keys',
      `INSERT INTO idempotency_keys (tenant_id, key_hash, fingerprint, token, locked_until, created_at)
       SELECT ${tenant}, sha256(n::text::bytea), '', gen_random_uuid(), ${old}, ${old} FROM generate_series(1, 5) n`,
      (api) => api.app.get<unknown, Sweeper>(IdempotencyStore).prune(),
    ],
    [
      'jobs',
      `INSERT INTO jobs (tenant_id, id, kind, access, total, done, finished_at)
       SELECT ${tenant}, gen_random_uuid(), 'update_users', '{}', 1, 1, ${old} FROM generate_series(1, 5) n`,
      (api) => api.app.get<unknown, Sweeper>(JobStore).prune(),
    ],
    [
      'images',
      `INSERT INTO images (tenant_id, user_id, id, media_type, bytes, created_at)
       SELECT ${tenant}, gen_random_uuid(), n::text, 'image/png', '', ${old} FROM generate_series(1, 5) n`,
      (api) => api.app.get<unknown, Sweeper>(ImageStore).prune(),
    ],
    [
      'outbox',
      `INSERT INTO outbox (tenant_id, id, user_id, kind, recipient, created_at, next_attempt_at, failed_at)
       SELECT ${tenant}, gen_random_uuid(), gen_random_uuid(), 'email_verification', 'a@example.com', ${old}, ${old}, ${old}
       FROM generate_series(1, 5) n`,
      (api) => new OutboxStore(api.app.get(Database)).giveUp(lost, ''),
    ],
  ];
  interface Sweeper {
    prune(): Promise<number>;
  }

  test.each(sweeps)('%s: leaves what is locked to the next time, and does not wait', async (table, insert, sweep) => {
    await database.query(`TRUNCATE ${table}`);
    await database.query(insert);
    const held = await hold(database, `SELECT FROM ${table} LIMIT 1 FOR UPDATE`);
    await sweep(database);
    expect(await database.query(`SELECT FROM ${table}`)).toHaveLength(1);
    await held.release();
    await sweep(database);
    expect(await database.query(`SELECT FROM ${table}`)).toEqual([]);
  });
});
