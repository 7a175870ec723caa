import { emptyDraft, foldKey, type Membership, primaryEmail, type User } from '@stele/schemas/canonical';
import type { UserChange } from '../directory/user-store.ts';
import { foldsOf, isFoldedOtherwise } from './folds.ts';
import { columnOf, type UserColumn, userColumns } from './user-columns.ts';

/** A row of the users' table, as PostgreSQL writes it in JSON. */
export type UserRow = Readonly<Record<string, unknown>>;

/** The user of a row. */
export function userOf(row: UserRow): User {
  const user = {
    ...emptyDraft(''),
    id: row['id'] as string,
    version: row['version'] as number,
    createdAt: new Date(row['created_at'] as string),
    updatedAt: new Date(row['updated_at'] as string),
  };
  for (const { name, path, type } of userColumns) {
    const value = row[name];
    if (value !== null) assign(user, path, type === 'timestamptz' ? new Date(value as string) : value);
  }
  return user;
}

/** The user of a row that was read with its groups. */
export function userWithGroupsOf(row: UserRow, groups: unknown): User {
  return { ...userOf(row), groups: (groups ?? []) as Membership[] };
}

function assign(target: object, path: readonly string[], value: unknown): void {
  let group = target as Record<string, unknown>;
  for (let depth = 0; depth < path.length - 1; depth++) group = group[path[depth]!] as Record<string, unknown>;
  group[path.at(-1)!] = value;
}

function valueAt(user: User, column: UserColumn): unknown {
  let value: unknown = user;
  for (const key of column.path) value = (value as Record<string, unknown>)[key];
  return value;
}

/** An empty list is unassigned, and so null. */
const cellOf = (value: unknown): unknown => (Array.isArray(value) && value.length === 0 ? null : (value ?? null));

const emailKeyOf = (user: User): string | null => {
  const email = primaryEmail(user);
  return email === undefined ? null : foldKey(email);
};

/** What a write stores, by column, and what its history row says of it, by attribute. */
export interface RowChange {
  readonly columns: Readonly<Record<string, unknown>>;
  readonly changes: Readonly<Record<string, unknown>>;
}

/** Of a password history says only that it changed. */
const passwordChange = (passwordHash: string | undefined): Record<string, unknown> =>
  passwordHash === undefined ? {} : { password: {} };

/** Every column of a new user. */
export function rowOf(tenantId: string, user: User, passwordHash: string | undefined): RowChange {
  const columns: Record<string, unknown> = {
    tenant_id: tenantId,
    id: user.id,
    version: user.version,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
    user_name_key: foldKey(user.userName),
    email_key: emailKeyOf(user),
    password_hash: passwordHash ?? null,
    folds: foldsOf(user),
  };
  const changes = passwordChange(passwordHash);
  for (const column of userColumns) {
    const value = valueAt(user, column);
    const cell = cellOf(value);
    columns[column.name] = cell;
    if (cell !== null) changes[column.attribute] = { new: value };
  }
  return { columns, changes };
}

/** The columns that a deletion sets; its history says what was there. */
function removalOf({ before, after }: UserChange): RowChange {
  const changes: Record<string, unknown> = {};
  for (const column of userColumns) {
    const value = valueAt(before, column);
    if (cellOf(value) !== null) changes[column.attribute] = { old: value };
  }
  return { columns: { deleted_at: after.updatedAt, password_hash: null, ...noToken }, changes };
}

/** A token confirms the address that it was sent to, and no other. */
const noToken = { pending_email_token: null, pending_email_expires_at: null };

/** The columns that a change sets. */
export function rowChangeOf(change: UserChange): RowChange {
  if (change.removed) return removalOf(change);
  const { before, after, patch, passwordHash } = change;
  let refolds = false;
  const columns: Record<string, unknown> = {};
  const changes = passwordChange(passwordHash);
  for (const attribute of Object.keys(patch)) {
    const column = columnOf.get(attribute)!;
    const value = valueAt(after, column);
    const old = valueAt(before, column);
    columns[column.name] = cellOf(value);
    changes[attribute] = { old, new: value };
    refolds ||= isFoldedOtherwise(old) || isFoldedOtherwise(value);
  }
  if (refolds) columns['folds'] = foldsOf(after);
  if ('userName' in patch) columns['user_name_key'] = foldKey(after.userName);
  if ('emails' in patch) columns['email_key'] = emailKeyOf(after);
  if ('pendingEmail' in patch) Object.assign(columns, noToken);
  if (passwordHash !== undefined) columns['password_hash'] = passwordHash;
  return { columns, changes };
}
