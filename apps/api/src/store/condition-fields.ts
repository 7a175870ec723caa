import { allOf, anyOf, type Condition, constant, foldKey, ITSELF, negationOf } from '@stele/schemas/canonical';
import { ofPrimary, primaryRole, shownName, shownType } from './primary-value.ts';
import { userColumns } from './user-columns.ts';

/** A statement on its way: what fields need of it. */
export interface Draft {
  /** Binds a value, and answers with what stands for it in the text. */
  add(value: unknown, type: string): string;
  readonly tenantId: string;
  /** What stands for the tenant. */
  tenant(): string;
  /** A condition on what a scope speaks of. */
  compile(condition: Condition<string>, scope: Scope): string;
}

/** How a field is read. */
export interface Cell {
  readonly sql: string;
  /** What is not a text is compared as one by its spelling. */
  readonly type: 'text' | 'uuid' | 'integer' | 'timestamptz' | 'boolean';
  /** In the form of `foldKey`. */
  readonly folded?: string;
  /** The beginning of `folded`, where an index has that instead of the whole. */
  readonly beginning?: string;
  /** Says by way of an index that the field is later than something. */
  readonly later?: (test: (sql: string) => string) => string;
}

/** How it is said that some value of a list is like this. */
type List = (condition: Condition<string>, draft: Draft) => string;

/** What a condition can speak of. */
export interface Scope {
  readonly cellOf: (field: string, draft: Draft) => Cell | undefined;
  readonly listOf: (field: string) => List | undefined;
}

const scopeOf = (cells: ReadonlyMap<string, Cell>, lists: ReadonlyMap<string, List> = new Map()): Scope => ({
  cellOf: (field) => cells.get(field),
  listOf: (field) => lists.get(field),
});

const text = (sql: string, folded?: string): Cell => ({ sql, type: 'text', ...(folded !== undefined && { folded }) });

/** Characters of a name in an index. An entry may have 2,704 bytes, a name more. */
const INDEXED_CHARACTERS = 500;

/** What an index of names has of one. */
export const beginningOf = (name: string): string => `left(${name}, ${INDEXED_CHARACTERS})`;

const groupName: Cell = {
  ...text('g.display_name', 'g.display_name_key'),
  beginning: beginningOf('g.display_name_key'),
};

const foldedAscii = (sql: string): string => `lower(${sql} COLLATE "C")`;

/** SQL folds ASCII as JavaScript does. What holds more is in `folds` where that makes a difference. */
const foldedText = (alias: string, name: string): string =>
  foldedAscii(`COALESCE(${alias}.folds ->> '${name}', ${alias}.${name})`);

const keptCells = (alias: string): [string, Cell][] => [
  ['id', { sql: `${alias}.id`, type: 'uuid' }],
  ['version', { sql: `${alias}.version`, type: 'integer' }],
  ['createdAt', { sql: `${alias}.created_at`, type: 'timestamptz' }],
  ['updatedAt', { sql: `${alias}.updated_at`, type: 'timestamptz' }],
];

/** Parts of a value of a `jsonb` list are read by a path, which is a parameter like others. */
const valueScope: Scope = {
  cellOf(part, draft) {
    const path = draft.add(part === ITSELF ? [] : [part], 'text[]');
    return text(`(e.exact #>> ${path})`, foldedAscii(`(e.folded #>> ${path})`));
  },
  listOf: () => undefined,
};

/** Whether the texts that a condition compares are folded: all of them, none, or some and others not. */
function foldingsOf(condition: Condition<string>): readonly boolean[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.flatMap(foldingsOf);
    case 'not':
      return foldingsOf(condition.term);
    case 'compare':
      return typeof condition.operand === 'string' ? [condition.folded === true] : [];
    default:
      return [];
  }
}

/** A list in one column. */
function jsonbList(name: string, alias = 'u'): List {
  const exact = `${alias}.${name}`;
  const folded = `COALESCE(${alias}.folds -> '${name}', ${alias}.${name})`;
  const valuesFor = (foldings: readonly boolean[]): string => {
    if (foldings.includes(true) && foldings.includes(false)) {
      return `ROWS FROM (jsonb_array_elements(${exact}), jsonb_array_elements(${folded})) AS e (exact, folded)`;
    }
    // Reading one list takes half as long.
    const values = foldings.includes(true) ? folded : exact;
    return `(SELECT x AS exact, x AS folded FROM jsonb_array_elements(${values}) AS v (x)) e`;
  };
  return (condition, draft) =>
    `EXISTS (SELECT FROM ${valuesFor(foldingsOf(condition))} WHERE ${draft.compile(condition, valueScope)})`;
}

/** Keys of addresses that somebody has to have of whom a condition on one of them holds. */
function addressesNeeded(condition: Condition<string>): string[] {
  if (condition.kind === 'and') return condition.terms.flatMap(addressesNeeded);
  if (condition.kind !== 'compare') return [];
  const { field, operator, operand, folded } = condition;
  return field === 'value' && operator === '=' && folded && typeof operand === 'string' ? [foldKey(operand)] : [];
}

const tables = { u: 'users', g: 'groups' } as const;

/**
 * Rows that have all of these keys in an index of lists of keys. Such an index has no statistics of rare keys: PostgreSQL
 * expects one row in 200, and would walk all rows in the order of a list that shows few. So the rows are found by themselves.
 */
function rowsWithKeys(
  alias: keyof typeof tables,
  keysOf: (row: string) => string,
  keys: readonly string[],
  draft: Draft,
): string {
  const wanted = keys.map((key) => draft.add(key, 'text')).join(', ');
  return (
    `${alias}.id = ANY (ARRAY (SELECT k.id FROM ${tables[alias]} k ` +
    `WHERE k.tenant_id = ${draft.tenant()} AND k.deleted_at IS NULL AND ${keysOf('k')} @> ARRAY[${wanted}]))`
  );
}

const eachEmail = jsonbList('emails');

/** E-mail addresses have an index of their keys. What it finds is looked at more closely where more is asked. */
const emails: List = (condition, draft) => {
  const keys = addressesNeeded(condition);
  if (keys.length === 0) return eachEmail(condition, draft);
  const found = rowsWithKeys(
    'u',
    (row) => `email_keys(COALESCE(${row}.folds -> 'emails', ${row}.emails))`,
    keys,
    draft,
  );
  return condition.kind === 'compare' ? found : `${found} AND ${eachEmail(condition, draft)}`;
};

/** The texts that parts of a value need to be of which a condition holds. */
function partsNeeded(condition: Condition<string>): Readonly<Record<string, string>> {
  if (condition.kind === 'and') return Object.assign({}, ...condition.terms.map(partsNeeded)) as Record<string, string>;
  if (condition.kind !== 'compare' || condition.folded || condition.operator !== '=') return {};
  return typeof condition.operand === 'string' ? { [condition.field]: condition.operand } : {};
}

/** The key of an `externalId` in its index. A domain holds no space, so that no two have one key. */
export const externalIdKey = (tenantId: string, domain: string, value: string): string =>
  `${tenantId} ${domain} ${value}`;

/** Identifiers have an index of their keys: tenant, provisioning domain and value. */
function externalIds(alias: keyof typeof tables): List {
  const each = jsonbList('external_ids', alias);
  return (condition, draft) => {
    const { domain, value } = partsNeeded(condition);
    if (domain === undefined || value === undefined) return each(condition, draft);
    const key = externalIdKey(draft.tenantId, domain, value);
    const found = rowsWithKeys(alias, (row) => `external_id_keys(${row}.tenant_id, ${row}.external_ids)`, [key], draft);
    const isWhole = condition.kind === 'and' && condition.terms.length === 2;
    return isWhole ? found : `${found} AND ${each(condition, draft)}`;
  };
}

/** One that `m` names: a column of it, or more than one. */
const userNamed = (sql: string): string =>
  `(SELECT ${sql} FROM users n WHERE n.tenant_id = m.tenant_id AND n.id = m.member_id)`;
const groupNamed = (sql: string): string =>
  `(SELECT ${sql} FROM groups n WHERE n.tenant_id = m.tenant_id AND n.id = m.member_id)`;
const memberNamed = (user: string, group: string): string =>
  `CASE m.member_type WHEN 'User' THEN ${userNamed(user)} ELSE ${groupNamed(group)} END`;

const memberScope = scopeOf(
  new Map<string, Cell>([
    ['id', { sql: 'm.member_id', type: 'uuid' }],
    ['type', text('m.member_type', foldedAscii('m.member_type'))],
    [
      'display',
      text(
        memberNamed('COALESCE(n.display_name, n.user_name)', 'n.display_name'),
        memberNamed(`COALESCE(${foldedText('n', 'display_name')}, n.user_name_key)`, 'n.display_name_key'),
      ),
    ],
  ]),
);

const members: List = (condition, draft) =>
  `EXISTS (SELECT FROM group_members m WHERE m.tenant_id = g.tenant_id AND m.group_id = g.id AND ${draft.compile(condition, memberScope)})`;

const groupScope = scopeOf(
  new Map<string, Cell>([...keptCells('g'), ['displayName', groupName]]),
  new Map([
    ['externalIds', externalIds('g')],
    ['members', members],
  ]),
);

const membershipCells: readonly [string, Cell][] = [
  ['id', { sql: 'g.id', type: 'uuid' }],
  ['display', groupName],
];

const membershipScope = scopeOf(new Map([...membershipCells, ['direct', { sql: 'i.direct', type: 'boolean' }]]));
const membershipGroupScope = scopeOf(new Map(membershipCells));

/** What is left of a condition on a membership of which it is known whether it is direct. */
function whereDirect(condition: Condition<string>, direct: boolean): Condition<string> {
  switch (condition.kind) {
    case 'and':
      return allOf(...condition.terms.map((term) => whereDirect(term, direct)));
    case 'or':
      return anyOf(...condition.terms.map((term) => whereDirect(term, direct)));
    case 'not':
      return negationOf(whereDirect(condition.term, direct));
    case 'compare':
      return condition.field === 'direct' ? constant(condition.operand === direct) : condition;
    default:
      return condition;
  }
}

/**
 * The groups that a user is a member of, itself or through others. They are followed downwards, from those that may be
 * meant: that is done once, and not for each user.
 */
const groups: List = (condition, draft) => {
  const tenant = draft.tenant();
  const meant = anyOf(whereDirect(condition, true), whereDirect(condition, false));
  return (
    'u.id IN (WITH RECURSIVE inside (group_id, through) AS (' +
    `SELECT g.id, g.id FROM groups g WHERE g.tenant_id = ${tenant} AND g.deleted_at IS NULL AND ${draft.compile(meant, membershipGroupScope)} ` +
    'UNION SELECT i.group_id, m.member_id FROM inside i ' +
    `JOIN group_members m ON m.tenant_id = ${tenant} AND m.group_id = i.through AND m.member_type = 'Group') ` +
    'SELECT i.member_id FROM (SELECT i.group_id, m.member_id, bool_or(i.group_id = i.through) AS direct FROM inside i ' +
    `JOIN group_members m ON m.tenant_id = ${tenant} AND m.group_id = i.through GROUP BY i.group_id, m.member_id) i ` +
    `JOIN groups g ON g.tenant_id = ${tenant} AND g.id = i.group_id WHERE ${draft.compile(condition, membershipScope)})`
  );
};

const userScope = scopeOf(
  new Map<string, Cell>([
    ...userColumns
      .filter(({ type }) => type !== 'jsonb')
      .map(({ attribute, name, type }): [string, Cell] => [
        attribute,
        type === 'timestamptz' ? { sql: `u.${name}`, type } : text(`u.${name}`, foldedText('u', name)),
      ]),
    ['userName', text('u.user_name', 'u.user_name_key')],
    ['primaryEmail', text(`(${ofPrimary('u.emails', 'value')})`, 'u.email_key')],
    ['primaryRole', text(primaryRole)],
    ['shownName', text(shownName)],
    ['shownType', text(shownType)],
    ...keptCells('u'),
    [
      'updatedAt',
      {
        sql: 'u.updated_at',
        type: 'timestamptz',
        // An index on the time of every write would make every write dearer. History has one, and the same times. The
        // column itself is asked too: where most users are later, it is what leaves few to look up.
        later: (test) =>
          `${test('u.updated_at')} AND EXISTS (SELECT FROM user_history h WHERE h.tenant_id = u.tenant_id AND h.user_id = u.id AND ${test('h.at')})`,
      },
    ],
  ]),
  new Map<string, List>([
    ...userColumns
      .filter(({ type }) => type === 'jsonb')
      .map(({ attribute, name }): [string, List] => [attribute, jsonbList(name)]),
    ['emails', emails],
    ['externalIds', externalIds('u')],
    ['groups', groups],
  ]),
);

/** By the name that rows have in a statement: `users u`, `groups g`, `group_members m`. */
export const scopes = { u: userScope, g: groupScope, m: memberScope } as const;
