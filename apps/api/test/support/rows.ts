import type { TestApp } from './app.ts';

type Database = Pick<TestApp, 'query'>;

/** The tenant of `keys.admin`, as a row `k` of one column. */
const TENANT = "(SELECT tenant_id FROM api_keys WHERE name = 'key 0') AS k";

const TIME = "'2026-01-01T00:00:00Z'::timestamptz";

/** UUIDs in ascending order of their numbers; `block` keeps several kinds apart. */
export const idsOf = (block: number, count: number): string[] =>
  Array.from(
    { length: count },
    (_, index) => `01979f2e-0000-7000-${(0x8000 + block).toString(16)}-${(index + 1).toString(16).padStart(12, '0')}`,
  );

/** Writes users straight into the database, in this physical order, each with the history of its creation. */
export async function insertUsers(api: Database, ids: readonly string[]): Promise<void> {
  await api.query(
    `WITH written AS (
      INSERT INTO users (tenant_id, id, version, created_at, updated_at, user_name_key, user_name, status)
      SELECT k.tenant_id, id::uuid, 1, ${TIME}, ${TIME}, id, id, 'active'
      FROM unnest($1::text[]) WITH ORDINALITY AS listed (id, place), ${TENANT}
      ORDER BY place
      RETURNING tenant_id, id
    ), counted AS (
      INSERT INTO user_counts AS c (tenant_id, slot, count) SELECT tenant_id, 0, count(*) FROM written GROUP BY tenant_id
      ON CONFLICT (tenant_id, slot) DO UPDATE SET count = c.count + excluded.count
    )
    INSERT INTO user_history (tenant_id, user_id, version, at, credential_id, dialect, operation, request_id, changes)
    SELECT tenant_id, id, 1, ${TIME}, id, 'test', 'createUser', 'test', '{}' FROM written`,
    [ids],
  );
}

/** The same for groups. */
export async function insertGroups(api: Database, ids: readonly string[]): Promise<void> {
  await api.query(
    `WITH written AS (
      INSERT INTO groups (tenant_id, id, version, created_at, updated_at, display_name, display_name_key)
      SELECT k.tenant_id, id::uuid, 1, ${TIME}, ${TIME}, id, id
      FROM unnest($1::text[]) WITH ORDINALITY AS listed (id, place), ${TENANT}
      ORDER BY place
      RETURNING tenant_id, id
    )
    INSERT INTO group_history (tenant_id, group_id, version, at, credential_id, dialect, operation, request_id, changes)
    SELECT tenant_id, id, 1, ${TIME}, id, 'test', 'createGroup', 'test', '{}' FROM written`,
    [ids],
  );
}

/** The same for pairs of group and member. The history of the groups does not have them. */
export async function insertMembers(
  api: Database,
  pairs: readonly (readonly [group: string, member: string])[],
): Promise<void> {
  await api.query(
    `INSERT INTO group_members (tenant_id, group_id, member_id, member_type, added_at)
    SELECT k.tenant_id, pair.group_id, pair.member_id, CASE WHEN g.id IS NULL THEN 'User' ELSE 'Group' END, ${TIME}
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS pair (group_id, member_id, place)
    CROSS JOIN ${TENANT}
    LEFT JOIN groups g ON g.tenant_id = k.tenant_id AND g.id = pair.member_id
    ORDER BY place`,
    [pairs.map(([group]) => group), pairs.map(([, member]) => member)],
  );
}

/** Shuffles lists by a generator (mulberry32) that gives the same order for the same seed. */
export function shuffler(seed: number): <Value>(values: readonly Value[]) => Value[] {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return (values) =>
    values
      .map((value) => [random(), value] as const)
      .toSorted(([left], [right]) => left - right)
      .map(([, value]) => value);
}
