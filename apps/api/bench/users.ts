import type { ClientBase } from 'pg';

/** The tenant and the credential that the API made at its start, of which every server here writes. */
export interface Owner {
  readonly tenantId: string;
  readonly credentialId: string;
}

/** The id of the nth user, from 1. Its last digits are decimal, so that SQL can spell it as well. */
export function userId(n: number): string {
  return `01979f2e-0000-7000-8000-${String(n).padStart(12, '0')}`;
}

/** The same in SQL. */
export function userIdSql(n: string): string {
  return `('01979f2e-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
}

export async function findOwner(client: ClientBase): Promise<Owner> {
  const { rows } = await client.query<Owner>('SELECT tenant_id AS "tenantId", id AS "credentialId" FROM api_keys');
  return rows[0]!;
}

/** Makes this many users, each as a create through v1 would have left it: filled, at version 1, with one history row. */
export async function seedUsers(client: ClientBase, { tenantId, credentialId }: Owner, users: number): Promise<void> {
  await client.query(
    `INSERT INTO users (tenant_id, id, version, created_at, updated_at, user_name, user_name_key, email_key, status,
       display_name, title, name_given_name, name_family_name, emails, roles)
     SELECT $1::uuid, ${userIdSql('n')}, 1, at, at, name, name, name || '@example.com', 'active', 'User ' || n, 'Engineer',
       'Given', 'Family', jsonb_build_array(jsonb_build_object('value', name || '@example.com', 'primary', true)),
       '[{"value": "user", "primary": true}]'
     FROM (
       SELECT n, 'user' || n AS name, timestamptz '2026-01-01T00:00:00Z' + n * interval '1 second' AS at
       FROM generate_series(1, $2::bigint) AS n
     ) AS seeds`,
    [tenantId, users],
  );
  await client.query(
    `INSERT INTO user_history (tenant_id, user_id, version, at, credential_id, dialect, operation, request_id, changes)
     SELECT tenant_id, id, version, created_at, $2::uuid, 'v1', 'createUser', 'seed',
       jsonb_build_object('userName', jsonb_build_object('new', user_name))
     FROM users WHERE tenant_id = $1`,
    [tenantId, credentialId],
  );
  await client.query('VACUUM (ANALYZE) users, user_history');
}

/** How many versions and history rows there are: what every accepted write moves by one. */
export async function countWrites(client: ClientBase): Promise<{ versions: number; history: number }> {
  const { rows } = await client.query<{ versions: string; history: string }>(
    'SELECT (SELECT sum(version) FROM users) AS versions, (SELECT count(*) FROM user_history) AS history',
  );
  return { versions: Number(rows[0]!.versions), history: Number(rows[0]!.history) };
}
