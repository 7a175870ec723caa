import { randomUUID } from 'node:crypto';
import { encodeUserId } from '@stele/schemas/v1';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { until } from './faults/patience.ts';
import { issueKey } from './support/api-keys.ts';
import { type Answer, keys, startApp, type TestApp } from './support/app.ts';
import { countDeadlocks } from './support/deadlocks.ts';
import { scimAt, urns } from './support/scim.ts';
import { create, faces } from './support/users.ts';

// A transaction that PostgreSQL rolls back for others (40P01, 40001) is begun again; the client does not notice.

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());

const TENANT = "(SELECT tenant_id FROM api_keys WHERE name = 'key 0')";

/** A write that waits for a row of another transaction while it holds a lock on a table. */
interface Write {
  readonly table: string;
  /** Makes the other transaction take what the write waits for. */
  readonly hold: (holder: pg.Client) => Promise<unknown>;
  readonly send: () => Promise<Answer>;
}

type Scenario = (name: string) => Promise<Write>;

const rowOf = (table: string, id: string) => (holder: pg.Client) =>
  holder.query(`SELECT FROM ${table} WHERE id = $1 FOR UPDATE`, [id]);

const replaced = (path: string, value: string) => [{ op: 'replace', path, value }];

const ofUser =
  (send: (id: string, name: string) => Promise<Answer>): Scenario =>
  async (name) => {
    const id = await create(api, 'scim', name);
    return { table: 'users', hold: rowOf('users', id), send: () => send(id, name) };
  };

const ofGroup =
  (send: (id: string, member: string) => Promise<Answer>): Scenario =>
  async (name) => {
    const member = await create(api, 'scim', name);
    const id = await scimAt(api).group(name, [member]);
    return { table: 'groups', hold: rowOf('groups', id), send: () => send(id, member) };
  };

const ofKey =
  (send: (id: string) => Promise<Answer>): Scenario =>
  async (name) => {
    const { id, uuid } = await issueKey(api, { name });
    return { table: 'api_keys', hold: rowOf('api_keys', uuid), send: () => send(id) };
  };

const changes = async (id: string, name: string) => {
  const others = await Promise.all(['a', 'b'].map((each) => create(api, 'scim', `${name}-${each}`)));
  return [id, ...others];
};

const scenarios: Readonly<Record<string, Scenario>> = {
  'POST of a user': async (name) => ({
    table: 'users',
    hold: (holder) =>
      holder.query(
        `INSERT INTO users (tenant_id, id, version, created_at, updated_at, user_name_key, user_name, status)
        SELECT ${TENANT}, gen_random_uuid(), 1, now(), now(), $1, $1, 'active'`,
        [name],
      ),
    send: () => api.request('POST', faces.scim.users, { body: faces.scim.draft(name) }),
  }),
  'PATCH of a user': ofUser((id) => scimAt(api).patch(`/Users/${id}`, replaced('title', 'New'))),
  'PATCH of a user name': ofUser((id, name) => scimAt(api).patch(`/Users/${id}`, replaced('userName', `${name}-new`))),
  'PATCH of a user with a key': ofUser((id) =>
    scimAt(api).patch(`/Users/${id}`, replaced('title', 'New'), { headers: { 'idempotency-key': randomUUID() } }),
  ),
  'PUT of a user': ofUser((id, name) => scimAt(api).put(`/Users/${id}`, faces.scim.draft(name, { title: 'New' }))),
  'DELETE of a user': ofUser((id) => scimAt(api).remove(`/Users/${id}`)),
  'DELETE of a user in a group': async (name) => {
    const member = await create(api, 'scim', name);
    const id = await scimAt(api).group(name, [member]);
    return { table: 'groups', hold: rowOf('groups', id), send: () => scimAt(api).remove(`/Users/${member}`) };
  },
  'v1 batch': ofUser(async (id, name) =>
    api.request('POST', '/v1/users/batch', {
      body: {
        operations: (await changes(id, name)).map((each) => ({
          op: 'update',
          id: encodeUserId(each),
          data: { first_name: 'New' },
        })),
      },
    }),
  ),
  'NERM bulk': ofUser(async (id, name) =>
    api.request('PATCH', '/users', {
      body: { users: (await changes(id, name)).map((each) => ({ id: each, title: 'New' })) },
    }),
  ),
  'NERM job': async (name) => ({
    table: 'job_queues',
    hold: (holder) => holder.query(`INSERT INTO job_queues (tenant_id) SELECT ${TENANT}`),
    send: async () => {
      const id = await create(api, 'scim', name);
      return api.request('PATCH', '/users?async=true', { body: { users: [{ id, title: 'New' }] } });
    },
  }),
  'POST of a group': async (name) => {
    const id = await create(api, 'scim', name);
    const body = { schemas: [urns.group], displayName: name, members: [{ value: id }] };
    return { table: 'users', hold: rowOf('users', id), send: () => scimAt(api).send('POST', '/Groups', { body }) };
  },
  'PATCH of a group': ofGroup((id, value) =>
    scimAt(api).patch(`/Groups/${id}`, [{ op: 'remove', path: `members[value eq "${value}"]` }]),
  ),
  'PUT of a group': ofGroup((id) => scimAt(api).put(`/Groups/${id}`, { schemas: [urns.group], displayName: 'New' })),
  'DELETE of a group': ofGroup((id) => scimAt(api).remove(`/Groups/${id}`)),
  'SCIM Bulk': ofGroup((id) => scimAt(api).bulk([{ method: 'DELETE', path: `/Groups/${id}` }])),
  'POST of an API key': async (name) => ({
    table: 'api_keys',
    hold: (holder) => holder.query(`SELECT FROM tenants WHERE id = ${TENANT} FOR UPDATE`),
    send: () => api.request('POST', '/v1/api-keys', { body: { name, scopes: ['read'] } }),
  }),
  'rotation of an API key': ofKey((id) => api.request('POST', `/v1/api-keys/${id}/rotate`, { body: {} })),
  'DELETE of an API key': ofKey((id) => api.request('DELETE', `/v1/api-keys/${id}`)),
  'POST of a tenant': async (name) => ({
    table: 'tenants',
    hold: (holder) => holder.query('INSERT INTO tenants (id, name) VALUES (gen_random_uuid(), $1)', [name]),
    send: () => api.request('POST', '/v1/tenants', { body: { name }, key: keys.operator }),
  }),
};

/** How often the other transaction may be the one that PostgreSQL rolls back. */
const ROUNDS = 10;

describe.each(Object.entries(scenarios))('%s', (name, scenario) => {
  test('succeeds after a deadlock', async () => {
    const before = await countDeadlocks([api]);
    for (let round = 0; ; round++) {
      expect(round).toBeLessThan(ROUNDS);
      const write = await scenario(`${name} ${round}`.replaceAll(' ', '-').toLowerCase());
      const holder = new pg.Client({ connectionString: api.databaseUrl });
      await holder.connect();
      await holder.query('BEGIN');
      await write.hold(holder);
      const answer = write.send();
      await until('the write waits', async () => (await waiting()) > 0);
      // PostgreSQL rolls back the one that has waited for a second first: as a rule, the write.
      const isVictim = await holder.query(`LOCK TABLE ${write.table} IN EXCLUSIVE MODE`).then(
        () => true,
        () => false,
      );
      await holder.end();
      const { status, text, body } = await answer;
      expect(status, text).toBeLessThan(300);
      for (const item of body?.results ?? body?.Operations ?? []) expect(Number(item.status)).toBeLessThan(300);
      if (isVictim) break;
    }
    expect(await countDeadlocks([api])).toBeGreaterThan(before);
  });
});

const waiting = async (): Promise<number> => {
  const [row] = await api.query(
    "SELECT count(*)::integer AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return row!['count'] as number;
};

/** Makes the first writes of a table fail, as many as it is told. */
async function failing(table: string, event: string, count: number): Promise<{ tries: () => Promise<number> }> {
  await api.query(`
    CREATE SEQUENCE tries;
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('tries') <= ${count} THEN RAISE 'failed' USING ERRCODE = '40001'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER fail BEFORE ${event} ON ${table} FOR EACH ROW EXECUTE FUNCTION fail()`);
  onTestFinished(async () => void (await api.query('DROP FUNCTION fail CASCADE; DROP SEQUENCE tries')));
  return {
    async tries() {
      const [row] = await api.query('SELECT last_value::integer AS tries FROM tries');
      return row!['tries'] as number;
    },
  };
}

/** How often a transaction is begun (`store/failure.ts`). */
const MAX_TRIES = 4;

describe.each([
  { name: 'PATCH of a user', table: 'users' },
  { name: 'DELETE of a user', table: 'users' },
  { name: 'PATCH of a group', table: 'group_members', event: 'DELETE' },
  { name: 'PUT of a group', table: 'groups' },
  { name: 'DELETE of a group', table: 'groups' },
  { name: 'rotation of an API key', table: 'api_keys' },
  { name: 'DELETE of an API key', table: 'api_keys' },
  { name: 'POST of a tenant', table: 'tenants', event: 'INSERT' },
])('$name after serialization failures', ({ name, table, event = 'UPDATE' }) => {
  test.each([
    [MAX_TRIES - 1, 'succeeds', MAX_TRIES],
    [MAX_TRIES, 'is answered with 503', MAX_TRIES],
  ])('%i times %s', async (failures, outcome, tries) => {
    const { send } = await scenarios[name]!(`${name} ${failures} failures`.replaceAll(' ', '-').toLowerCase());
    const failed = await failing(table, event, failures);
    const { status, text, headers } = await send();
    expect(await failed.tries()).toBe(tries);
    if (outcome === 'succeeds') expect(status, text).toBeLessThan(300);
    else expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  });
});
