import { Inject, Injectable } from '@nestjs/common';
import { emptyDraft, foldKey, primaryEmail, type User, type UserQuery } from '@stele/schemas/canonical';
import type { QueryConfig, QueryResult } from 'pg';
import { DataSource } from 'typeorm';
import type { Access } from '../directory/access.ts';
import { type UserChange, UserStore } from '../directory/user-store.ts';
import { poolOf } from './data-source.ts';
import { storeFailure } from './failure.ts';
import { columnOf, type UserColumn, userColumns } from './user-columns.ts';

/** How many texts of the update, one for each set of changed columns, are prepared under a name. */
const MAX_NAMED_UPDATES = 64;

const columnNames = userColumns.map((column) => column.name).join(', ');
const selectUsers = `SELECT id, version, created_at, updated_at, ${columnNames} FROM users WHERE tenant_id = $1 AND deleted_at IS NULL`;

type Row = readonly unknown[];

/** Column values after the user's own, in the order of `selectUsers`. */
const OWN_COLUMNS = 4;

function userOf(row: Row): User {
  const user = {
    ...emptyDraft(''),
    id: row[0] as string,
    version: row[1] as number,
    createdAt: row[2] as Date,
    updatedAt: row[3] as Date,
  };
  for (let index = 0; index < userColumns.length; index++) {
    const value = row[index + OWN_COLUMNS];
    if (value !== null) assign(user, userColumns[index]!.path, value);
  }
  return user;
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

/** What a column stores: an empty list is unassigned, and so null. */
function stored(column: UserColumn, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (column.type !== 'jsonb') return value;
  return (value as unknown[]).length === 0 ? null : JSON.stringify(value);
}

const emailKey = (user: User): string | null => {
  const email = primaryEmail(user);
  return email === undefined ? null : foldKey(email);
};

interface Column {
  readonly name: string;
  readonly value: unknown;
}

/** Users and their history in PostgreSQL, by statements that are prepared once for each connection. */
@Injectable()
export class PostgresUserStore extends UserStore {
  private readonly pool;
  /** Names of the prepared updates by their text. */
  private readonly updateNames = new Map<string, string>();

  constructor(@Inject(DataSource) dataSource: DataSource) {
    super();
    this.pool = poolOf(dataSource);
  }

  override async find(tenantId: string, id: string): Promise<User | undefined> {
    const { rows } = await this.query({
      name: 'find-user',
      text: `${selectUsers} AND id = $2`,
      values: [tenantId, id],
    });
    return rows[0] && userOf(rows[0]);
  }

  override async list(tenantId: string, query: UserQuery): Promise<User[]> {
    const { rows } = await this.query({
      name: 'list-users',
      text: `${selectUsers} AND ($2::text IS NULL OR user_name_key = $2) AND ($3::text IS NULL OR external_id = $3) ORDER BY created_at, id LIMIT $4`,
      values: [
        tenantId,
        query.userName === undefined ? null : foldKey(query.userName),
        query.externalId ?? null,
        query.limit,
      ],
    });
    return rows.map(userOf);
  }

  override async passwordHash(tenantId: string, id: string): Promise<string | undefined> {
    const { rows } = await this.query({
      name: 'find-password-hash',
      text: 'SELECT password_hash FROM users WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL',
      values: [tenantId, id],
    });
    return (rows[0]?.[0] as string | null | undefined) ?? undefined;
  }

  override async insert(access: Access, user: User, passwordHash: string | undefined): Promise<void> {
    const changes: Record<string, unknown> = passwordHash === undefined ? {} : { password: {} };
    const columns: Column[] = [
      { name: 'tenant_id', value: access.tenantId },
      { name: 'id', value: user.id },
      { name: 'version', value: user.version },
      { name: 'created_at', value: user.createdAt },
      { name: 'updated_at', value: user.updatedAt },
      { name: 'user_name_key', value: foldKey(user.userName) },
      { name: 'email_key', value: emailKey(user) },
      { name: 'password_hash', value: passwordHash ?? null },
    ];
    for (const column of userColumns) {
      const value = valueAt(user, column);
      const cell = stored(column, value);
      columns.push({ name: column.name, value: cell });
      if (cell !== null) changes[column.attribute] = { new: value };
    }
    await this.query({
      name: 'insert-user',
      text: `WITH written AS (INSERT INTO users (${columns.map(({ name }) => name).join(', ')}) VALUES (${parameters(1, columns.length)}) RETURNING tenant_id, id, version) ${insertHistory(columns.length + 1)}`,
      values: [...columns.map(({ value }) => value), ...historyValues(access, user.updatedAt, changes)],
    });
  }

  override async update(access: Access, { before, after, patch, passwordHash }: UserChange): Promise<boolean> {
    const changes: Record<string, unknown> = passwordHash === undefined ? {} : { password: {} };
    const columns: Column[] = [{ name: 'updated_at', value: after.updatedAt }];
    for (const attribute of Object.keys(patch)) {
      const column = columnOf.get(attribute)!;
      const value = valueAt(after, column);
      columns.push({ name: column.name, value: stored(column, value) });
      changes[attribute] = { old: valueAt(before, column), new: value };
    }
    if ('userName' in patch) columns.push({ name: 'user_name_key', value: foldKey(after.userName) });
    if ('emails' in patch) columns.push({ name: 'email_key', value: emailKey(after) });
    if (passwordHash !== undefined) columns.push({ name: 'password_hash', value: passwordHash });
    const assignments = columns.map(({ name }, index) => `${name} = $${index + 4}`).join(', ');
    const text = `WITH written AS (UPDATE users SET version = version + 1, ${assignments} WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL RETURNING tenant_id, id, version) ${insertHistory(columns.length + 4)}`;
    const { rowCount } = await this.query({
      ...this.updateName(text),
      text,
      values: [
        access.tenantId,
        after.id,
        before.version,
        ...columns.map(({ value }) => value),
        ...historyValues(access, after.updatedAt, changes),
      ],
    });
    return rowCount === 1;
  }

  private updateName(text: string): { name?: string } {
    const known = this.updateNames.get(text);
    if (known !== undefined) return { name: known };
    if (this.updateNames.size >= MAX_NAMED_UPDATES) return {};
    const name = `update-user-${this.updateNames.size}`;
    this.updateNames.set(text, name);
    return { name };
  }

  private async query(config: QueryConfig): Promise<QueryResult<unknown[]>> {
    try {
      return await this.pool.query({ ...config, rowMode: 'array' });
    } catch (error) {
      throw storeFailure(error);
    }
  }
}

function parameters(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `$${first + index}`).join(', ');
}

const HISTORY_COLUMNS = ['at', 'credential_id', 'dialect', 'operation', 'request_id', 'changes'] as const;

/** Records the row that `written` holds, if it holds one. */
function insertHistory(first: number): string {
  const casts = ['timestamptz', 'uuid', 'text', 'text', 'text', 'jsonb'];
  const values = HISTORY_COLUMNS.map((_, index) => `$${first + index}::${casts[index]}`).join(', ');
  return `INSERT INTO user_history (tenant_id, user_id, version, ${HISTORY_COLUMNS.join(', ')}) SELECT tenant_id, id, version, ${values} FROM written`;
}

function historyValues(access: Access, at: Date, changes: object): unknown[] {
  return [at, access.credentialId, access.dialect, access.operation, access.requestId, JSON.stringify(changes)];
}
