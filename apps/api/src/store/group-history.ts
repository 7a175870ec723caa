import {
  defined,
  type GroupHistoryEntry,
  type HistoryQuery,
  MAX_MOVED_MEMBERS,
  type MovedMembers,
} from '@stele/schemas/canonical';
import type { Database, Statement } from './database.ts';
import { type HistoryRow, recordedWriteOf } from './history-row.ts';

/** Bytes, as they are stored, of the entries of one page: one that goes beyond is the last. */
const MAX_PAGE = 262_144;

const listed = (way: 'added' | 'removed'): string => `
  jsonb_array_length(changes #> '{members,${way}}'),
  jsonb_path_query_array(changes, '$.members.${way}[0 to ${MAX_MOVED_MEMBERS - 1}]')`;

/**
 * The history of one group, without more than the first members of each write. The sizes are those of the stored values,
 * which are not read for them.
 */
const listGroupHistory: Statement = {
  name: 'list-group-history',
  text: `
    WITH entries AS (
      SELECT *, pg_column_size(changes) AS size
      FROM group_history
      WHERE tenant_id = $1 AND group_id = $2 AND seq > $3
      ORDER BY version
      LIMIT $4
    ),
    measured AS (
      SELECT *, sum(size) OVER (ORDER BY version) - size AS before
      FROM entries
    )
    SELECT seq, group_id, version, at, credential_id, actor, dialect, operation, request_id, changes - 'members',${listed('added')},${listed('removed')}
    FROM measured
    WHERE before < ${MAX_PAGE}
    ORDER BY version`,
};

/** Which of these identifiers are of groups, also of deleted ones. */
const findGroupIds: Statement = {
  name: 'find-group-ids',
  text: 'SELECT id FROM groups WHERE tenant_id = $1 AND id = ANY ($2)',
};

type GroupHistoryRow = readonly [
  ...write: HistoryRow,
  addedTotal: number | null,
  added: readonly string[],
  removedTotal: number | null,
  removed: readonly string[],
];

/** The history of a group, also of one that is deleted; undefined when there never was such a group. */
export async function readGroupHistory(
  database: Database,
  tenantId: string,
  id: string,
  { after, limit }: HistoryQuery,
): Promise<GroupHistoryEntry[] | undefined> {
  const { rows } = await database.query(listGroupHistory, [tenantId, id, after, limit]);
  if (rows.length === 0) {
    if (after === 0) return undefined;
    const first = await database.query(listGroupHistory, [tenantId, id, 0, 1]);
    return first.rows.length > 0 ? [] : undefined;
  }
  const entries = rows as unknown as readonly GroupHistoryRow[];
  const ids = new Set(entries.flatMap((row) => [...row[11], ...row[13]]));
  const groups = await groupsAmong(database, tenantId, ids);
  return entries.map((row) => groupHistoryEntryOf(row, groups));
}

async function groupsAmong(database: Database, tenantId: string, ids: ReadonlySet<string>): Promise<Set<string>> {
  if (ids.size === 0) return new Set();
  const { rows } = await database.query(findGroupIds, [tenantId, [...ids]]);
  return new Set(rows.map(([id]) => id as string));
}

function groupHistoryEntryOf(row: GroupHistoryRow, groups: ReadonlySet<string>): GroupHistoryEntry {
  const moved = (total: number | null, ids: readonly string[]): MovedMembers | undefined =>
    total === null ? undefined : { total, members: ids.map((id) => ({ id, type: groups.has(id) ? 'Group' : 'User' })) };
  return {
    ...recordedWriteOf(row.slice(0, 10) as unknown as HistoryRow),
    ...defined({ added: moved(row[10], row[11]), removed: moved(row[12], row[13]) }),
  };
}
