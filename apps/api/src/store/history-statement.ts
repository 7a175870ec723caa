import type { HistoryKind, HistorySearch } from '@stele/schemas/canonical';
import { type BoundStatement, ListParameters } from './list-statement.ts';
import { prepared } from './prepared.ts';
import { shownType } from './primary-value.ts';
import { historyEntry } from './user-statements.ts';

/** A deletion leaves nothing, not even the name that every user has. */
const IS_DELETION = "version > 1 AND changes -> 'userName' ? 'old' AND NOT changes -> 'userName' ? 'new'";

/** What `historyKindOf` says, in SQL. */
const ofKind: Readonly<Record<HistoryKind, string>> = {
  create: 'version = 1',
  delete: IS_DELETION,
  // Without a change of the name nothing is known of it, which is no deletion.
  update: `version > 1 AND (${IS_DELETION}) IS NOT TRUE`,
};

/** The row of a deleted user is still there. */
const ofType = (userType: string): string =>
  `EXISTS (
    SELECT FROM users u
    WHERE u.tenant_id = user_history.tenant_id AND u.id = user_history.user_id AND ${shownType} = ${userType}
  )`;

function conditions(tenantId: string, search: HistorySearch, parameters: ListParameters): string {
  const { userId, kind, userType, from, before } = search;
  return [
    `tenant_id = ${parameters.add(tenantId)}`,
    ...(userId === undefined ? [] : [`user_id = ${parameters.add(userId)}`]),
    ...(from === undefined ? [] : [`at >= ${parameters.add(from)}`]),
    ...(before === undefined ? [] : [`at < ${parameters.add(before)}`]),
    ...(kind === undefined ? [] : [ofKind[kind]]),
    ...(userType === undefined ? [] : [ofType(parameters.add(userType))]),
  ].join(' AND ');
}

/** Finds one part of the history of a tenant, in the order of time. */
export function searchHistory(tenantId: string, search: HistorySearch): BoundStatement {
  const parameters = new ListParameters();
  const where = conditions(tenantId, search, parameters);
  const direction = search.descending ? 'DESC' : 'ASC';
  const limit = parameters.add(search.limit);
  const text = `SELECT ${historyEntry} FROM user_history WHERE ${where} ORDER BY at ${direction}, seq ${direction} LIMIT ${limit} OFFSET ${parameters.add(search.offset)}`;
  return { ...prepared(text), values: parameters.values };
}

/** Counts what a search finds. */
export function countHistory(tenantId: string, search: HistorySearch): BoundStatement {
  const parameters = new ListParameters();
  const where = conditions(tenantId, search, parameters);
  const text = `SELECT count(*)::integer FROM user_history WHERE ${where}`;
  return { ...prepared(text), values: parameters.values };
}
