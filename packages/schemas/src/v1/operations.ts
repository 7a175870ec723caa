import { z } from 'zod';
import type { ApiKey } from '../canonical/api-key.ts';
import type { GroupHistoryEntry, HistoryEntry } from '../canonical/history.ts';
import type { Tenant } from '../canonical/tenant.ts';
import type { User } from '../canonical/user.ts';
import { encoder, operation } from '../contract/operation.ts';
import {
  encodeV1ApiKey,
  encodeV1IssuedApiKey,
  V1ApiKey,
  V1ApiKeyDraft,
  V1ApiKeyPage,
  V1ApiKeyPatch,
  V1IssuedApiKey,
  V1Rotation,
} from './api-key.ts';
import { V1Batch, V1BatchEnvelope, type V1BatchResult, V1BatchResults } from './batch.ts';
import {
  encodeV1GroupHistoryEntry,
  encodeV1HistoryEntry,
  V1GroupHistory,
  V1History,
  V1HistoryQuery,
} from './history.ts';
import { v1ApiKeyId, v1GroupId, v1TenantId, v1UserId } from './identifier.ts';
import { encodeV1UserPage, V1UserPage, V1UserQuery } from './list.ts';
import { encodePage, type Paged, V1PageQuery } from './page.ts';
import { encodeV1Tenant, V1Tenant, V1TenantDraft, V1TenantPage } from './tenant.ts';
import { encodeV1User, V1EmailToken, V1Password, V1User, V1UserDraft, V1UserPatch } from './user.ts';

const params = z.strictObject({
  user_id: v1UserId.meta({
    description: 'The identifier of the user.',
    example: 'usr_01hzxrphnke7jrvvzhvhsvq5bm',
  }),
});

const v1User = encoder(V1User, (user: User) => encodeV1User(user));

export const readUser = operation({
  id: 'readUser',
  method: 'GET',
  path: '/users/{user_id}',
  scope: 'read',
  summary: 'Read a user',
  description: 'Shows one user that is not deleted.',
  params,
  status: 200,
  response: v1User,
  versioned: true,
  errors: ['not_found'],
});

export const createUser = operation({
  id: 'createUser',
  method: 'POST',
  path: '/users',
  scope: 'write',
  summary: 'Create a user',
  description: 'Creates an active user. The default of `role` is `user`.',
  body: V1UserDraft,
  status: 201,
  response: v1User,
  versioned: true,
  located: readUser,
  errors: ['conflict'],
});

export const updateUser = operation({
  id: 'updateUser',
  method: 'PATCH',
  path: '/users/{user_id}',
  scope: 'write',
  summary: 'Change part of a user',
  description:
    'Changes the fields that are given and leaves the others as they are. A change that changes nothing succeeds and moves neither `updated_at` nor the ETag. The password has an operation of its own.',
  params,
  body: V1UserPatch,
  accepts: ['application/merge-patch+json'],
  status: 200,
  response: v1User,
  versioned: true,
  minimal: true,
  errors: ['not_found', 'conflict'],
});

export const setPassword = operation({
  id: 'setPassword',
  method: 'PUT',
  path: '/users/{user_id}/password',
  scope: 'write',
  summary: "Set a user's password",
  description: 'Replaces the password. It is stored as an argon2id hash and can be read nowhere.',
  params,
  body: V1Password,
  status: 204,
  versioned: true,
  errors: ['not_found'],
});

export const deleteUser = operation({
  id: 'deleteUser',
  method: 'DELETE',
  path: '/users/{user_id}',
  scope: 'write',
  summary: 'Delete a user',
  description: 'The username is free again at once. The history stays, and can be read.',
  params,
  status: 204,
  versioned: true,
  errors: ['not_found'],
});

export const listUsers = operation({
  id: 'listUsers',
  method: 'GET',
  path: '/users',
  scope: 'read',
  summary: 'List users',
  description: 'Shows users that are not deleted, a page at a time: by number, or by cursor where there are many.',
  query: V1UserQuery,
  status: 200,
  response: encoder(V1UserPage, encodeV1UserPage),
  errors: [],
});

export const batchUsers = operation({
  id: 'batchUsers',
  method: 'POST',
  path: '/users/batch',
  scope: 'write',
  summary: 'Create, update and delete many users',
  description:
    'Applies each operation by itself, with the result that they would have one after the other. One that is rejected does not affect the others. With an `Idempotency-Key`, an interrupted batch can be sent again: no operation is applied twice.',
  body: V1Batch,
  envelope: V1BatchEnvelope,
  items: (body: z.output<typeof V1BatchEnvelope>) => body.operations,
  status: 200,
  response: encoder(V1BatchResults, (results: V1BatchResult[]) => ({ results })),
  errors: [],
});

export const verifyEmail = operation({
  id: 'verifyEmail',
  method: 'POST',
  path: '/users/{user_id}/email-verification',
  scope: 'write',
  summary: 'Confirm a new e-mail address',
  description:
    'Makes `pending_email` the `email`. The token is in the message to the new address. It is valid once, for 24 hours, until another address is requested.',
  params,
  body: V1EmailToken,
  status: 200,
  response: v1User,
  versioned: true,
  errors: ['not_found'],
});

export const resendEmailVerification = operation({
  id: 'resendEmailVerification',
  method: 'POST',
  path: '/users/{user_id}/email-verification/resend',
  scope: 'write',
  summary: 'Send the verification message again',
  description:
    'Sends another message with a new token to `pending_email`, once a minute at most. Tokens of earlier messages become invalid. 400 when no address waits for its confirmation.',
  params,
  status: 200,
  response: v1User,
  versioned: true,
  errors: ['not_found'],
});

export const readHistory = operation({
  id: 'readHistory',
  method: 'GET',
  path: '/users/{user_id}/history',
  scope: 'read',
  summary: "Read a user's history",
  description: 'Lists each accepted write to a user, in any dialect, the oldest first. A deletion is the last.',
  params,
  query: V1HistoryQuery,
  status: 200,
  response: encoder(V1History, (entries: readonly HistoryEntry[]) => ({ data: entries.map(encodeV1HistoryEntry) })),
  errors: ['not_found'],
});

export const readGroupHistory = operation({
  id: 'readGroupHistory',
  method: 'GET',
  path: '/groups/{group_id}/history',
  scope: 'read',
  resource: 'group',
  summary: "Read a group's history",
  description:
    'Shows each accepted write to a group and its members, the oldest first. Deletion is the last. A page ends early where its entries are large: the first empty page is the end.',
  params: z.strictObject({
    group_id: v1GroupId.meta({
      description: 'The identifier of the group, or the UUID that SCIM shows.',
      example: 'grp_01hzxrphnke7jrvvzhvhsvq5bm',
    }),
  }),
  query: V1HistoryQuery,
  status: 200,
  response: encoder(V1GroupHistory, (entries: readonly GroupHistoryEntry[]) => ({
    data: entries.map(encodeV1GroupHistoryEntry),
  })),
  errors: ['not_found'],
});

const keyParams = z.strictObject({
  key_id: v1ApiKeyId.meta({ description: 'The identifier of the key.', example: 'key_01hzxrphnke7jrvvzhvhsvq5bm' }),
});

const apiKey = encoder(V1ApiKey, encodeV1ApiKey);
const issuedApiKey = encoder(V1IssuedApiKey, encodeV1IssuedApiKey);

export const readApiKey = operation({
  id: 'readApiKey',
  method: 'GET',
  path: '/api-keys/{key_id}',
  scope: 'admin',
  resource: 'API key',
  summary: 'Read an API key',
  description: 'Shows one key of the tenant that is not revoked.',
  params: keyParams,
  status: 200,
  response: apiKey,
  errors: ['not_found'],
});

export const listApiKeys = operation({
  id: 'listApiKeys',
  method: 'GET',
  path: '/api-keys',
  scope: 'admin',
  summary: 'List API keys',
  description: 'Shows the keys of the tenant that are not revoked, the oldest first.',
  query: V1PageQuery,
  status: 200,
  response: encoder(V1ApiKeyPage, (page: Paged<ApiKey>, exchange) => encodePage(page, encodeV1ApiKey, exchange)),
  errors: [],
});

export const createApiKey = operation({
  id: 'createApiKey',
  method: 'POST',
  path: '/api-keys',
  scope: 'admin',
  resource: 'API key',
  summary: 'Make an API key',
  description: 'Makes a key for this tenant, with scopes that the caller has. Its `key` is shown this once.',
  body: V1ApiKeyDraft,
  status: 201,
  response: issuedApiKey,
  shownOnce: 'key',
  located: readApiKey,
  errors: [],
});

export const updateApiKey = operation({
  id: 'updateApiKey',
  method: 'PATCH',
  path: '/api-keys/{key_id}',
  scope: 'admin',
  resource: 'API key',
  summary: 'Change the provisioning domain of an API key',
  description:
    'The key then finds, shows and writes the `externalId` values of this domain, on every replica within 5 seconds. Values that it wrote before stay in its previous domain. `Stele-Warning` reports a previous domain without another API key.',
  params: keyParams,
  body: V1ApiKeyPatch,
  status: 200,
  response: apiKey,
  warns: true,
  errors: ['not_found'],
});

export const rotateApiKey = operation({
  id: 'rotateApiKey',
  method: 'POST',
  path: '/api-keys/{key_id}/rotate',
  scope: 'admin',
  resource: 'API key',
  summary: 'Replace what an API key opens with',
  description:
    'Makes a new `key` for the same identifier, shown this once. The one until now goes on for a while, so that clients can change over, and so do those from before earlier rotations, each until the end that it was given. At most 4 secrets are valid at a time: one more rotation with an overlap is 409 `too_many_secrets`. The provisioning domain stays.',
  params: keyParams,
  body: V1Rotation,
  bodyOptional: true,
  status: 200,
  response: issuedApiKey,
  shownOnce: 'key',
  errors: ['not_found', 'too_many_secrets'],
});

export const revokeApiKey = operation({
  id: 'revokeApiKey',
  method: 'DELETE',
  path: '/api-keys/{key_id}',
  scope: 'admin',
  resource: 'API key',
  summary: 'Revoke an API key',
  description:
    'Requests with the key get 401, on every replica within 5 seconds. `Stele-Warning` reports a provisioning domain without another API key: its `externalId` values stay, and a key that is created with this `domain` finds them again.',
  params: keyParams,
  status: 204,
  warns: true,
  errors: ['not_found'],
});

const tenantParams = z.strictObject({
  tenant_id: v1TenantId.meta({
    description: 'The identifier of the tenant.',
    example: 'tnt_01hzxrphnke7jrvvzhvhsvq5bm',
  }),
});

const tenant = encoder(V1Tenant, (value: Tenant) => encodeV1Tenant(value));

export const readTenant = operation({
  id: 'readTenant',
  method: 'GET',
  path: '/tenants/{tenant_id}',
  scope: 'operator',
  resource: 'tenant',
  summary: 'Read a tenant',
  description: 'Shows one tenant.',
  params: tenantParams,
  status: 200,
  response: tenant,
  errors: ['not_found'],
});

export const listTenants = operation({
  id: 'listTenants',
  method: 'GET',
  path: '/tenants',
  scope: 'operator',
  summary: 'List tenants',
  description: 'Shows every tenant, the oldest first.',
  query: V1PageQuery,
  status: 200,
  response: encoder(V1TenantPage, (page: Paged<Tenant>, exchange) => encodePage(page, encodeV1Tenant, exchange)),
  errors: [],
});

export const createTenant = operation({
  id: 'createTenant',
  method: 'POST',
  path: '/tenants',
  scope: 'operator',
  resource: 'tenant',
  summary: 'Make a tenant',
  description: 'Makes an empty directory beside the others. Its first key comes from `createTenantApiKey`.',
  body: V1TenantDraft,
  status: 201,
  response: tenant,
  located: readTenant,
  errors: ['conflict'],
});

export const createTenantApiKey = operation({
  id: 'createTenantApiKey',
  method: 'POST',
  path: '/tenants/{tenant_id}/api-keys',
  scope: 'operator',
  resource: 'tenant',
  summary: 'Make an API key for a tenant',
  description: 'Makes a key for another tenant, with any scopes: usually the first, which makes the others.',
  params: tenantParams,
  body: V1ApiKeyDraft,
  status: 201,
  response: issuedApiKey,
  shownOnce: 'key',
  errors: ['not_found'],
});

export const operations = {
  createUser,
  readUser,
  updateUser,
  deleteUser,
  listUsers,
  batchUsers,
  setPassword,
  verifyEmail,
  resendEmailVerification,
  readHistory,
  readGroupHistory,
  createApiKey,
  readApiKey,
  listApiKeys,
  updateApiKey,
  rotateApiKey,
  revokeApiKey,
  createTenant,
  readTenant,
  listTenants,
  createTenantApiKey,
};
