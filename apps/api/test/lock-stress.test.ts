import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeUserId } from '@stele/schemas/v1';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startReplicas, type TestApp } from './support/app.ts';
import { countDeadlocks } from './support/deadlocks.ts';
import { idsOf, insertGroups, insertMembers, insertUsers, shuffler } from './support/rows.ts';
import { type Scim, scimAt, urns } from './support/scim.ts';

// Every pair of writes that lock several rows, at once over many connections: PostgreSQL must find no deadlock
// (docs/decisions/2026-11-29-lock-order.md).

let api: TestApp;
let replica: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  const environment = { STELE_POOL_SIZE: '8' };
  ({ api, replica, stop } = await startReplicas(environment, environment));
  // PostgreSQL joins large tables in other orders than small ones.
  await insertUsers(api, idsOf(0, 400));
  await api.query('ANALYZE users');
});
afterAll(() => stop());

/** Requests of each kind at once. Every second one has an `Idempotency-Key`. */
const REQUESTS = 6;

/** One of the requests of a kind. */
interface Client {
  readonly on: TestApp;
  readonly scim: Scim;
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly number: number;
  readonly headers: Record<string, string>;
  readonly shuffled: ReturnType<typeof shuffler>;
}

const listed = (ids: readonly string[]) => ids.map((value) => ({ value }));
const groupOf = (ids: readonly string[]) => ({
  schemas: [urns.group],
  displayName: 'New',
  externalId: randomUUID(),
  members: listed(ids),
});
const change = (op: 'add' | 'remove', ids: readonly string[]) => [{ op, path: 'members', value: listed(ids) }];
const some = ({ shuffled, users }: Client, count = 5) => shuffled(users).slice(0, count);
const group = ({ groups, number }: Client, shift = 0) => groups[(number + shift) % groups.length]!;

const patchOf = (client: Client, target: string, op: 'add' | 'remove', ids: readonly string[]) =>
  client.scim.patch(`/Groups/${target}`, change(op, ids), { headers: client.headers });

function bulkOf(client: Client): Promise<Answer> {
  const { shuffled, users, groups, headers } = client;
  const [first, second, third] = shuffled(groups) as [string, string, string];
  const patch = (op: 'add' | 'remove', ids: readonly string[]) => ({
    schemas: [urns.patchOp],
    Operations: change(op, ids),
  });
  const operations = [
    { method: 'POST', path: '/Groups', bulkId: 'new', data: groupOf([...some(client), first]) },
    { method: 'PATCH', path: `/Groups/${first}`, data: patch('add', [...some(client), second]) },
    { method: 'PATCH', path: `/Groups/${second}`, data: patch('remove', some(client)) },
    { method: 'PUT', path: `/Groups/${third}`, data: groupOf([...some(client), first]) },
    { method: 'DELETE', path: `/Users/${shuffled(users)[0]}` },
  ];
  return client.scim.bulk(shuffled(operations), {}, { headers });
}

function batchOf(client: Client): Promise<Answer> {
  const operations = some(client, 8).map((id, index) =>
    index < 6
      ? { op: 'update', id: encodeUserId(id), data: { first_name: randomUUID() } }
      : { op: 'delete', id: encodeUserId(id) },
  );
  return client.on.request('POST', '/v1/users/batch', { body: { operations }, headers: client.headers });
}

function changesOf(client: Client, query = ''): Promise<Answer> {
  const changed = some(client, 8).map((id) => ({ id, title: randomUUID() }));
  return client.on.request('PATCH', `/users${query}`, { body: { users: changed }, headers: client.headers });
}

const writes: Readonly<Record<string, (client: Client) => Promise<Answer>>> = {
  'DELETE of users': ({ scim, users, number, headers }) => scim.remove(`/Users/${users[number]}`, { headers }),
  'DELETE of groups': (client) => client.scim.remove(`/Groups/${group(client)}`, { headers: client.headers }),
  'group PATCH that adds': (client) => patchOf(client, group(client), 'add', some(client)),
  'group PATCH that removes': (client) => patchOf(client, group(client), 'remove', some(client)),
  'group PUT': (client) =>
    client.scim.put(`/Groups/${group(client)}`, groupOf(some(client)), { headers: client.headers }),
  'group POST': ({ scim, shuffled, groups, headers, ...client }) =>
    scim.send('POST', '/Groups', {
      body: groupOf([...shuffled(client.users).slice(0, 5), ...shuffled(groups).slice(0, 3)]),
      headers,
    }),
  'PATCH that nests a group in the next one': (client) =>
    patchOf(client, group(client, 1), 'add', [group(client), group(client, 2)]),
  'PATCH that nests a group in the one before it': (client) =>
    patchOf(client, group(client), 'add', [group(client, 3), group(client, 1)]),
  'SCIM Bulk': bulkOf,
  'v1 batch': batchOf,
  'NERM bulk': (client) => changesOf(client),
  'NERM job': (client) => changesOf(client, '?async=true'),
};

const names = Object.keys(writes);
const pairs = names.flatMap((one, index) =>
  names.slice(index).map((other, at) => ({ one, other, seed: index * 100 + at })),
);

/** Statuses of a write, or of an item of it, where another one deletes what it names. */
const expected = new Set([200, 201, 204, 400, 404]);

function statusesOf({ status, body }: Answer): number[] {
  const items = (body?.results ?? body?.Operations ?? []) as { status: number | string }[];
  return [status, ...items.map((item) => Number(item.status))];
}

/** Who belonged to which group when it was written into the database. */
const initial: (readonly [group: string, member: string])[] = [];
let blocks = 0;
let deadlocks = 0;

test.each(pairs)('$one and $other at once: no deadlock, no 5xx', async ({ one, other, seed }) => {
  const shuffled = shuffler(seed);
  const users = idsOf(++blocks, 12);
  const groups = idsOf(++blocks, 6);
  await insertUsers(api, shuffled(users));
  await insertGroups(api, shuffled(groups));
  // Each group gets its members in another order, and contains the next one.
  const contained = groups.map((id, index) => [id, groups[(index + 1) % groups.length]!] as const);
  const members = [...groups.flatMap((id) => users.map((user) => [id, user] as const)), ...contained];
  await insertMembers(api, shuffled(members));
  initial.push(...members);

  const requests = shuffled(
    [one, other].flatMap((name) => Array.from({ length: REQUESTS }, (_, number) => ({ name, number }))),
  );
  const answers = await Promise.all(
    requests.map(async ({ name, number }, index) => {
      const on = index % 2 === 0 ? api : replica;
      const headers: Record<string, string> = number % 2 === 0 ? {} : { 'idempotency-key': randomUUID() };
      const client = { on, scim: scimAt(on), users, groups, number, headers, shuffled: shuffler(seed + index) };
      return { name, answer: await writes[name]!(client) };
    }),
  );
  while ((await api.query('SELECT FROM jobs WHERE finished_at IS NULL')).length > 0) await sleep(10);

  const before = deadlocks;
  deadlocks = await countDeadlocks([api, replica]);
  expect(deadlocks).toBe(before);
  const unexpected = answers.filter(({ answer }) => statusesOf(answer).some((status) => !expected.has(status)));
  expect(unexpected.map(({ name, answer }) => `${name}: ${answer.text}`)).toEqual([]);
});

describe('after that', () => {
  test.each([
    ['users', 'user_history', 'user_id'],
    ['groups', 'group_history', 'group_id'],
  ])('the history of %s has every version once', async (table, history, id) => {
    const gaps = await api.query(`
      SELECT r.id, r.version, array_agg(h.version ORDER BY h.version) AS recorded
      FROM ${table} r LEFT JOIN ${history} h ON h.tenant_id = r.tenant_id AND h.${id} = r.id
      GROUP BY r.tenant_id, r.id, r.version
      HAVING array_agg(h.version ORDER BY h.version) <> ARRAY (SELECT generate_series(1, r.version))`);
    expect(gaps).toEqual([]);
  });

  test('every member is there, and so is its group', async () => {
    const stray = await api.query(`
      SELECT m.group_id, m.member_id
      FROM group_members m
      WHERE NOT EXISTS (SELECT FROM groups g WHERE g.id = m.group_id AND g.deleted_at IS NULL)
        OR NOT EXISTS (
          SELECT FROM users u WHERE u.id = m.member_id AND u.deleted_at IS NULL
          UNION ALL
          SELECT FROM groups g WHERE g.id = m.member_id AND g.deleted_at IS NULL
        )`);
    expect(stray).toEqual([]);
  });

  test('the members of each group are those that its history says', async () => {
    const recorded = new Map<string, Set<string>>();
    const of = (id: string) => recorded.get(id) ?? recorded.set(id, new Set()).get(id)!;
    for (const [id, member] of initial) of(id).add(member);
    const history = await api.query('SELECT group_id AS id, changes FROM group_history ORDER BY group_id, version');
    for (const { id, changes } of history as { id: string; changes: { members?: Record<string, string[]> } }[]) {
      const { added = [], removed = [] } = changes.members ?? {};
      for (const member of added) of(id).add(member);
      expect(removed.filter((member) => !of(id).delete(member))).toEqual([]);
    }
    const found = await api.query(`
      SELECT g.id, ARRAY (SELECT m.member_id::text FROM group_members m WHERE m.group_id = g.id ORDER BY 1) AS members
      FROM groups g
      WHERE g.deleted_at IS NULL`);
    expect(found.map(({ id, members }) => ({ id, members }))).toEqual(
      found.map(({ id }) => ({ id, members: [...of(id as string)].toSorted() })),
    );
  });

  test('every user is counted, every key has its response, and every item of a job its result', async () => {
    const [counts] = await api.query(`
      SELECT (SELECT sum(count) FROM user_counts) AS counted, (SELECT count(*) FROM users WHERE deleted_at IS NULL) AS found`);
    expect(counts!['counted']).toBe(counts!['found']);
    expect(await api.query('SELECT FROM idempotency_keys WHERE answer IS NULL')).toEqual([]);
    const results = await api.query("SELECT DISTINCT result ->> 'errors' AS errors FROM job_items");
    const errors = new Set(results.map((row) => row['errors']));
    errors.delete('[]');
    expect([...errors].filter((error) => !String(error).includes('not found'))).toEqual([]);
  });
});
