import { EntitySchema } from 'typeorm';
import { userColumns } from './user-columns.ts';

export interface TenantRow {
  id: string;
  name: string;
  createdAt: Date;
}

export const Tenant = new EntitySchema<TenantRow>({
  name: 'tenant',
  tableName: 'tenants',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'tenants_pkey' },
    name: { type: 'text' },
    createdAt: { name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' },
  },
  uniques: [{ name: 'tenants_name_key', columns: ['name'] }],
});

export interface ApiKeyRow {
  id: string;
  tenantId: string;
  name: string;
  /** SHA-256 of the key. Keys are random, so that a fast hash is enough. */
  keyHash: Buffer;
  scopes: string[];
  createdAt: Date;
}

export const ApiKey = new EntitySchema<ApiKeyRow>({
  name: 'api_key',
  tableName: 'api_keys',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'api_keys_pkey' },
    tenantId: { name: 'tenant_id', type: 'uuid' },
    name: { type: 'text' },
    keyHash: { name: 'key_hash', type: 'bytea' },
    scopes: { type: 'text', array: true },
    createdAt: { name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' },
  },
  uniques: [{ name: 'api_keys_key_hash_key', columns: ['keyHash'] }],
  foreignKeys: [
    { target: 'tenant', columnNames: ['tenantId'], referencedColumnNames: ['id'], name: 'api_keys_tenant_id_fkey' },
  ],
});

/**
 * The users' table. Rows are read and written by the statements of `PostgresUserStore`; this says what it looks like, so
 * that the migrations can be compared with it.
 */
export const UserTable = new EntitySchema<object>({
  name: 'user',
  tableName: 'users',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'users_pkey' },
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'users_pkey' },
    version: { type: 'integer' },
    created_at: { type: 'timestamptz', precision: 3 },
    updated_at: { type: 'timestamptz', precision: 3 },
    deleted_at: { type: 'timestamptz', precision: 3, nullable: true },
    user_name_key: { type: 'text' },
    email_key: { type: 'text', nullable: true },
    password_hash: { type: 'text', nullable: true },
    ...Object.fromEntries(
      userColumns.map(({ attribute, name, type }) => [
        name,
        {
          type,
          nullable: attribute !== 'userName' && attribute !== 'status',
          ...(type === 'timestamptz' ? { precision: 3 } : {}),
        },
      ]),
    ),
  },
  indices: [
    {
      name: 'users_user_name_key',
      columns: ['tenant_id', 'user_name_key'],
      unique: true,
      where: 'deleted_at IS NULL',
    },
    { name: 'users_external_id', columns: ['tenant_id', 'external_id'], unique: true, where: 'deleted_at IS NULL' },
    { name: 'users_email_key', columns: ['tenant_id', 'email_key'] },
    { name: 'users_created_at', columns: ['tenant_id', 'created_at', 'id'] },
  ],
});

/** One row for each accepted write: what it was, whose it was, and what it changed. Rows are only ever added. */
export const UserHistory = new EntitySchema<object>({
  name: 'user_history',
  tableName: 'user_history',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'user_history_pkey' },
    user_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'user_history_pkey' },
    version: { type: 'integer', primary: true, primaryKeyConstraintName: 'user_history_pkey' },
    at: { type: 'timestamptz', precision: 3 },
    credential_id: { type: 'uuid' },
    dialect: { type: 'text' },
    operation: { type: 'text' },
    request_id: { type: 'text' },
    /** Old and new value by attribute, unassigned ones left out; of a password only that it changed. */
    changes: { type: 'jsonb' },
  },
  indices: [{ name: 'user_history_at', columns: ['tenant_id', 'at'] }],
});

/** The answers to requests with an `Idempotency-Key`; none while the first one is under way. */
export const IdempotencyKey = new EntitySchema<object>({
  name: 'idempotency_key',
  tableName: 'idempotency_keys',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'idempotency_keys_pkey' },
    key_hash: { type: 'bytea', primary: true, primaryKeyConstraintName: 'idempotency_keys_pkey' },
    fingerprint: { type: 'bytea' },
    token: { type: 'uuid' },
    locked_until: { type: 'timestamptz', precision: 3 },
    created_at: { type: 'timestamptz', precision: 3 },
    answer: { type: 'jsonb', nullable: true },
  },
  indices: [{ name: 'idempotency_keys_created_at', columns: ['created_at'] }],
});

export const entities = [Tenant, ApiKey, UserTable, UserHistory, IdempotencyKey];
