import type { Condition, ListQuery, SortOrder } from '@stele/schemas/canonical';
import type { UserPosition } from '../directory/user-store.ts';
import { compile, type Parameters } from './condition.ts';
import { beginningOf } from './condition-fields.ts';
import type { Statement } from './database.ts';
import { prepared } from './prepared.ts';
import { ofPrimary, primaryRole, shownName, shownType } from './primary-value.ts';
import { columnOf, userColumns } from './user-columns.ts';

/** Which part of which list. */
type Part = Omit<ListQuery, 'cursor'> & {
  /** Of a walk in order of creation: begins after this one, or at the first. */
  readonly after?: UserPosition | 'none';
};

/** What is listed, by the name that its rows have in a statement. */
const tables = { u: 'users', g: 'groups' } as const;
type Rows = keyof typeof tables;

/** A statement with the values of its parameters. */
export interface BoundStatement extends Statement {
  readonly values: unknown[];
}

/** Collects the values of a statement as it is written. */
export class ListParameters implements Parameters {
  constructor(readonly values: unknown[] = []) {}

  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

/** What is ordered by, and whether it may be missing. */
interface Order {
  readonly sql: string;
  readonly nullable?: true;
  /** What an index has of it. It comes first, so that what is equal there alone is sorted. */
  readonly beginning?: string;
}

/** Texts stand as a dictionary has them; keys as they are indexed. */
const DICTIONARY = 'COLLATE "und-x-icu"';

const kept = (alias: Rows): [string, Order][] => [
  ['id', { sql: `${alias}.id` }],
  ['version', { sql: `${alias}.version` }],
  ['createdAt', { sql: `${alias}.created_at` }],
  ['updatedAt', { sql: `${alias}.updated_at` }],
];

const ownOrders: Readonly<Record<Rows, ReadonlyMap<string, Order>>> = {
  u: new Map([
    ...kept('u'),
    ['userName', { sql: 'u.user_name_key' }],
    ['primaryEmail', { sql: 'u.email_key', nullable: true }],
    ['primaryRole', { sql: `${primaryRole} ${DICTIONARY}` }],
    ['shownName', { sql: `${shownName} ${DICTIONARY}` }],
    ['shownType', { sql: `${shownType} ${DICTIONARY}` }],
  ]),
  g: new Map([
    ...kept('g'),
    ['displayName', { sql: 'g.display_name_key', beginning: beginningOf('g.display_name_key') }],
  ]),
};

/** The lists in one column. */
const listColumns: Readonly<Record<Rows, ReadonlyMap<string, string>>> = {
  u: new Map(userColumns.filter(({ type }) => type === 'jsonb').map(({ attribute, name }) => [attribute, name])),
  g: new Map([['externalIds', 'external_ids']]),
};

/** The parts of list values are few, and known from the model; anything else is no name of one. */
const PART = /^[A-Za-z0-9]+$/;

/** The `value` of that value of a list of which a part is a text. */
const valueOf = (column: string, { part, text }: NonNullable<SortOrder['of']>, parameters: Parameters): string =>
  `jsonb_path_query_first(${column}, '$[*] ? (@.${part} == $of).value', jsonb_build_object('of', ${parameters.add(text)}::text)) #>> '{}'`;

function orderOf(rows: Rows, { field, part = 'value', of }: SortOrder, parameters: Parameters): Order | undefined {
  if (of) {
    const column = listColumns[rows].get(field);
    return column && PART.test(of.part)
      ? { sql: `${valueOf(`${rows}.${column}`, of, parameters)} ${DICTIONARY}`, nullable: true }
      : undefined;
  }
  const own = ownOrders[rows].get(field);
  const column = rows === 'u' ? columnOf.get(field) : undefined;
  if (own || !column) return own;
  if (column.type === 'timestamptz') return { sql: `u.${column.name}`, nullable: true };
  if (column.type === 'text') return { sql: `u.${column.name} ${DICTIONARY}`, nullable: true };
  return PART.test(part) ? { sql: `${ofPrimary(`u.${column.name}`, part)} ${DICTIONARY}`, nullable: true } : undefined;
}

function orderBy(rows: Rows, sort: SortOrder | undefined, parameters: Parameters): string {
  const byCreation = `${rows}.created_at, ${rows}.id`;
  if (!sort) return byCreation;
  const direction = sort.descending ? 'DESC' : 'ASC';
  if (sort.field === 'createdAt') return `${rows}.created_at ${direction}, ${rows}.id ${direction}`;
  const order = orderOf(rows, sort, parameters);
  if (!order) return byCreation;
  const beginning = order.beginning === undefined ? '' : `${order.beginning} ${direction}, `;
  // An index is of use backwards only where nothing is said of nulls.
  return `${beginning}${order.sql} ${direction}${order.nullable ? ` NULLS ${sort.missingFirst ? 'FIRST' : 'LAST'}` : ''}, ${byCreation}`;
}

function conditions(rows: Rows, tenantId: string, where: Condition | undefined, parameters: ListParameters): string {
  const own = `${rows}.tenant_id = ${parameters.add(tenantId)} AND ${rows}.deleted_at IS NULL`;
  return where ? `${own} AND (${compile(where, rows, parameters, tenantId)})` : own;
}

/** Finds one part of a list, and in a walk one more: whether there is one shows whether the walk goes on. */
export function listOf(rows: Rows, tenantId: string, part: Part, selected: string): BoundStatement {
  const parameters = new ListParameters();
  let where = conditions(rows, tenantId, part.where, parameters);
  if (typeof part.after === 'object') {
    where += ` AND (${rows}.created_at, ${rows}.id) > (${parameters.add(part.after.createdAt)}, ${parameters.add(part.after.id)})`;
  }
  const order = orderBy(rows, part.sort, parameters);
  const limit = parameters.add(part.after === undefined ? part.limit : part.limit + 1);
  const offset = part.offset ? ` OFFSET ${parameters.add(part.offset)}` : '';
  // Only what is shown is made JSON of, not what is passed over.
  const text = `SELECT ${selected} FROM (SELECT ${rows}.* FROM ${tables[rows]} ${rows} WHERE ${where} ORDER BY ${order} LIMIT ${limit}${offset}) ${rows}`;
  return { ...prepared(text), values: parameters.values };
}

/** How long a list is whose end was seen from its beginning. */
export function seenLength({ after, offset = 0, limit }: Part, rows: number): number | undefined {
  const isWhole = after === undefined ? rows < limit && (rows > 0 || offset === 0) : after === 'none' && rows <= limit;
  return isWhole ? offset + rows : undefined;
}

/** Counts what a list holds. */
export function countOf(rows: Rows, tenantId: string, where: Condition | undefined): BoundStatement {
  const parameters = new ListParameters();
  const text = `SELECT count(*)::integer FROM ${tables[rows]} ${rows} WHERE ${conditions(rows, tenantId, where, parameters)}`;
  return { ...prepared(text), values: parameters.values };
}
