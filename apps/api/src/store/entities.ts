import type { CompatibilityProfile, Scope, Tenant } from '@stele/schemas/canonical';
import { EntitySchema } from 'typeorm';
import { userColumns } from './user-columns.ts';

const time = { type: 'timestamptz', precision: 3 } as const;
const now = { ...time, default: () => 'now()' } as const;

export const TenantTable = new EntitySchema<Tenant>({
  name: 'tenant',
  tableName: 'tenants',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'tenants_pkey' },
    name: { type: 'text' },
    createdAt: { name: 'created_at', ...now },
  },
  uniques: [{ name: 'tenants_name_key', columns: ['name'] }],
});

/** A secret that was replaced, in JSON. */
export interface PreviousSecret {
  /** SHA-256 in hex. */
  readonly key_hash: string;
  /** ISO 8601. */
  readonly expires_at: string;
}

export interface ApiKeyRow {
  id: string;
  tenantId: string;
  name: string;
  /** SHA-256 of the key. Keys are random, so that a fast hash is enough. */
  keyHash: Buffer;
  scopes: Scope[];
  profile: CompatibilityProfile;
  domain: string;
  /** It came from the settings. */
  given: boolean;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  /** Secrets before rotations. Some may have ended. */
  previousSecrets: PreviousSecret[];
}

export const ApiKeyTable = new EntitySchema<ApiKeyRow>({
  name: 'api_key',
  tableName: 'api_keys',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'api_keys_pkey' },
    tenantId: { name: 'tenant_id', type: 'uuid' },
    name: { type: 'text' },
    keyHash: { name: 'key_hash', type: 'bytea' },
    scopes: { type: 'text', array: true },
    createdAt: { name: 'created_at', ...now },
    profile: { type: 'text', default: 'default' },
    domain: { type: 'text', default: 'default' },
    given: { type: 'boolean', default: false },
    expiresAt: { name: 'expires_at', ...time, nullable: true },
    revokedAt: { name: 'revoked_at', ...time, nullable: true },
    lastUsedAt: { name: 'last_used_at', ...time, nullable: true },
    previousSecrets: { name: 'previous_secrets', type: 'jsonb', default: '[]' },
  },
  uniques: [{ name: 'api_keys_key_hash_key', columns: ['keyHash'] }],
  indices: [{ name: 'api_keys_created_at', columns: ['tenantId', 'createdAt', 'id'] }],
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
    created_at: time,
    updated_at: time,
    deleted_at: { ...time, nullable: true },
    user_name_key: { type: 'text' },
    email_key: { type: 'text', nullable: true },
    password_hash: { type: 'text', nullable: true },
    /** SHA-256 of the token that confirms `pending_email`; none until its message is sent. */
    pending_email_token: { type: 'bytea', nullable: true },
    pending_email_expires_at: { ...time, nullable: true },
    /** By column, texts that PostgreSQL would not fold as the application does, folded. */
    folds: { type: 'jsonb', nullable: true },
    ...Object.fromEntries(
      userColumns.map(({ attribute, name, type }) => [
        name,
        {
          type,
          nullable: attribute !== 'userName' && attribute !== 'status',
          ...(type === 'timestamptz' ? time : {}),
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
    { name: 'users_email_key', columns: ['tenant_id', 'email_key'] },
    { name: 'users_created_at', columns: ['tenant_id', 'created_at', 'id'] },
    // Of an expression, as `users_email_keys` is: its migration describes it.
    { name: 'users_employee_number', columns: ['tenant_id', 'enterprise_employee_number'], synchronize: false },
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
    at: time,
    credential_id: { type: 'uuid' },
    dialect: { type: 'text' },
    operation: { type: 'text' },
    request_id: { type: 'text' },
    /** Old and new value by attribute, unassigned ones left out; of a password only that it changed. */
    changes: { type: 'jsonb' },
    seq: { type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS' },
    actor: { type: 'text', nullable: true },
  },
  indices: [
    { name: 'user_history_at', columns: ['tenant_id', 'at'] },
    { name: 'user_history_seq', columns: ['tenant_id', 'seq'] },
  ],
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
    locked_until: time,
    created_at: time,
    answer: { type: 'jsonb', nullable: true },
  },
  indices: [{ name: 'idempotency_keys_created_at', columns: ['created_at'] }],
});

export const GroupTable = new EntitySchema<object>({
  name: 'group',
  tableName: 'groups',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'groups_pkey' },
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'groups_pkey' },
    version: { type: 'integer' },
    created_at: time,
    updated_at: time,
    deleted_at: { ...time, nullable: true },
    display_name: { type: 'text' },
    display_name_key: { type: 'text' },
    /** One for each provisioning domain: `[{"domain": …, "value": …}]`. */
    external_ids: { type: 'jsonb', nullable: true },
  },
  indices: [
    // Of an expression: its migration describes it.
    { name: 'groups_display_name_key', columns: ['tenant_id', 'display_name_key'], synchronize: false },
    { name: 'groups_created_at', columns: ['tenant_id', 'created_at', 'id'] },
  ],
});

/** What no two groups of a provisioning domain share: `externalId` and name, of groups that are not deleted. */
export const GroupExternalId = new EntitySchema<object>({
  name: 'group_external_id',
  tableName: 'group_external_ids',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'group_external_ids_pkey' },
    group_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'group_external_ids_pkey' },
    domain: { type: 'text', primary: true, primaryKeyConstraintName: 'group_external_ids_pkey' },
    external_id: { type: 'text' },
    display_name_key: { type: 'text' },
  },
  indices: [
    // Of an expression: its migration describes it.
    {
      name: 'group_external_ids_key',
      columns: ['tenant_id', 'domain', 'external_id', 'display_name_key'],
      unique: true,
      synchronize: false,
    },
  ],
});

/** Who belongs to which group: those who are there alone. */
export const GroupMember = new EntitySchema<object>({
  name: 'group_member',
  tableName: 'group_members',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'group_members_pkey' },
    group_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'group_members_pkey' },
    member_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'group_members_pkey' },
    member_type: { type: 'text' },
    added_at: time,
  },
  indices: [
    { name: 'group_members_member_id', columns: ['tenant_id', 'member_id', 'group_id'] },
    {
      name: 'group_members_nested',
      columns: ['tenant_id', 'member_id', 'group_id'],
      where: "member_type = 'Group'",
    },
    {
      name: 'group_members_groups',
      columns: ['tenant_id', 'group_id', 'member_id'],
      where: "member_type = 'Group'",
    },
  ],
});

/** The same for groups as `user_history` for users. */
export const GroupHistory = new EntitySchema<object>({
  name: 'group_history',
  tableName: 'group_history',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'group_history_pkey' },
    group_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'group_history_pkey' },
    version: { type: 'integer', primary: true, primaryKeyConstraintName: 'group_history_pkey' },
    at: time,
    credential_id: { type: 'uuid' },
    dialect: { type: 'text' },
    operation: { type: 'text' },
    request_id: { type: 'text' },
    changes: { type: 'jsonb' },
    seq: { type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS' },
    actor: { type: 'text', nullable: true },
  },
});

/** Messages that writes asked for, until they are sent. */
export const Outbox = new EntitySchema<object>({
  name: 'outbox',
  tableName: 'outbox',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'outbox_pkey' },
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'outbox_pkey' },
    user_id: { type: 'uuid' },
    kind: { type: 'text' },
    recipient: { type: 'text' },
    created_at: time,
    attempts: { type: 'integer', default: 0 },
    next_attempt_at: time,
    failed_at: { ...time, nullable: true },
    last_error: { type: 'text', nullable: true },
  },
  indices: [{ name: 'outbox_next_attempt_at', columns: ['next_attempt_at'], where: 'failed_at IS NULL' }],
});

/** How many users a tenant has: the sum of its slots. */
export const UserCount = new EntitySchema<object>({
  name: 'user_count',
  tableName: 'user_counts',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'user_counts_pkey' },
    slot: { type: 'smallint', primary: true, primaryKeyConstraintName: 'user_counts_pkey' },
    count: { type: 'bigint' },
  },
});

const exactTime = { type: 'timestamptz' } as const;
const exactNow = { ...exactTime, default: () => 'now()' } as const;

/** The jobs of a tenant, which are done one after the other: when that was done last, and who does it now. */
export const JobQueue = new EntitySchema<object>({
  name: 'job_queue',
  tableName: 'job_queues',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'job_queues_pkey' },
    served_at: exactNow,
    lent_until: exactNow,
    token: { type: 'uuid', nullable: true },
  },
});

/** What was accepted to be done later. */
export const JobTable = new EntitySchema<object>({
  name: 'job',
  tableName: 'jobs',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'jobs_pkey' },
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'jobs_pkey' },
    kind: { type: 'text' },
    /** Who asked for it. */
    access: { type: 'jsonb' },
    total: { type: 'integer' },
    done: { type: 'integer', default: 0 },
    created_at: exactNow,
    finished_at: { ...exactTime, nullable: true },
  },
  indices: [
    { name: 'jobs_waiting', columns: ['tenant_id', 'created_at', 'id'], where: 'finished_at IS NULL' },
    { name: 'jobs_finished_at', columns: ['finished_at'] },
  ],
});

/** The items of jobs: what is to be done until that is done, and then what became of it. */
export const JobItem = new EntitySchema<object>({
  name: 'job_item',
  tableName: 'job_items',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'job_items_pkey' },
    job_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'job_items_pkey' },
    number: { type: 'integer', primary: true, primaryKeyConstraintName: 'job_items_pkey' },
    item: { type: 'jsonb', nullable: true },
    result: { type: 'jsonb', nullable: true },
  },
});

/** Pictures that users may show. */
export const ImageTable = new EntitySchema<object>({
  name: 'image',
  tableName: 'images',
  columns: {
    tenant_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'images_pkey' },
    user_id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'images_pkey' },
    /** Made from the content. */
    id: { type: 'text', primary: true, primaryKeyConstraintName: 'images_pkey' },
    media_type: { type: 'text' },
    bytes: { type: 'bytea' },
    created_at: now,
  },
});

/** What all replicas share and nobody else may know. */
export const Secret = new EntitySchema<object>({
  name: 'secret',
  tableName: 'secrets',
  columns: {
    name: { type: 'text', primary: true, primaryKeyConstraintName: 'secrets_pkey' },
    secret: { type: 'bytea' },
  },
});

export const entities = [
  TenantTable,
  ApiKeyTable,
  UserTable,
  UserHistory,
  GroupTable,
  GroupExternalId,
  GroupMember,
  GroupHistory,
  IdempotencyKey,
  Outbox,
  UserCount,
  JobQueue,
  JobTable,
  JobItem,
  ImageTable,
  Secret,
];
