import { DEFAULT_ROLE, foldKey, type UserFilterKey, type UserSortKey } from '@stele/schemas/canonical';
import type { UserListQuery } from '../directory/user-store.ts';
import type { Statement } from './database.ts';
import { selected } from './user-statements.ts';

/** `primaryRole` of the waist, in SQL. */
const ROLE = `COALESCE(jsonb_path_query_first(u.roles, CASE WHEN u.roles @? '$[*] ? (@.primary == true)' THEN '$[*] ? (@.primary == true).value'::jsonpath ELSE '$[*].value'::jsonpath END) #>> '{}', '${DEFAULT_ROLE}')`;

const filters: Readonly<Record<UserFilterKey, { readonly sql: string; readonly folded?: true }>> = {
  userName: { sql: 'u.user_name_key', folded: true },
  email: { sql: 'u.email_key', folded: true },
  externalId: { sql: 'u.external_id' },
  givenName: { sql: 'u.name_given_name' },
  familyName: { sql: 'u.name_family_name' },
  role: { sql: ROLE },
};

/** Names stand as a dictionary has them; user names and addresses as their keys are indexed. */
const DICTIONARY = 'COLLATE "und-x-icu"';

const orders: Readonly<Record<UserSortKey, { readonly sql: string; readonly nullable?: true }>> = {
  createdAt: { sql: 'u.created_at' },
  updatedAt: { sql: 'u.updated_at' },
  userName: { sql: 'u.user_name_key' },
  email: { sql: 'u.email_key', nullable: true },
  givenName: { sql: `u.name_given_name ${DICTIONARY}`, nullable: true },
  familyName: { sql: `u.name_family_name ${DICTIONARY}`, nullable: true },
  role: { sql: `${ROLE} ${DICTIONARY}` },
};

interface BoundStatement extends Statement {
  readonly values: unknown[];
}

/** Collects the values of a statement as it is written. */
class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

function conditionsOf(tenantId: string, filter: UserListQuery['filter'], parameters: Parameters): string {
  const conditions = [`u.tenant_id = ${parameters.add(tenantId)}`, 'u.deleted_at IS NULL'];
  for (const [key, value] of Object.entries(filter ?? {})) {
    const { sql, folded } = filters[key as UserFilterKey];
    conditions.push(`${sql} = ${parameters.add(folded ? foldKey(value) : value)}`);
  }
  return conditions.join(' AND ');
}

function orderOf({ sort = 'createdAt', descending = false }: UserListQuery): string {
  const direction = descending ? 'DESC' : 'ASC';
  if (sort === 'createdAt') return `u.created_at ${direction}, u.id ${direction}`;
  const { sql, nullable } = orders[sort];
  // An index is of use backwards only where nothing is said of nulls.
  return `${sql} ${direction}${nullable ? ' NULLS LAST' : ''}, u.created_at, u.id`;
}

/** Finds one part of a list, and in a walk one user more: whether there is one shows whether the walk goes on. */
export function listUsers(tenantId: string, query: UserListQuery): BoundStatement {
  const parameters = new Parameters();
  let where = conditionsOf(tenantId, query.filter, parameters);
  if (typeof query.after === 'object') {
    where += ` AND (u.created_at, u.id) > (${parameters.add(query.after.createdAt)}, ${parameters.add(query.after.id)})`;
  }
  const limit = parameters.add(query.after === undefined ? query.limit : query.limit + 1);
  const offset = query.offset ? ` OFFSET ${parameters.add(query.offset)}` : '';
  return {
    // Only what is shown is made JSON of, not what is passed over.
    text: `SELECT ${selected} FROM (SELECT u.* FROM users u WHERE ${where} ORDER BY ${orderOf(query)} LIMIT ${limit}${offset}) u`,
    values: parameters.values,
  };
}

/** Counts the users of a list. All of a tenant's are counted already. */
export function countUsers(tenantId: string, { filter }: UserListQuery): BoundStatement {
  if (Object.keys(filter ?? {}).length === 0) {
    return {
      text: 'SELECT COALESCE(sum(count), 0)::integer FROM user_counts WHERE tenant_id = $1',
      values: [tenantId],
    };
  }
  const parameters = new Parameters();
  const where = conditionsOf(tenantId, filter, parameters);
  return { text: `SELECT count(*)::integer FROM users u WHERE ${where}`, values: parameters.values };
}
