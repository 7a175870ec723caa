// Generated from the operations of @stele/schemas by `pnpm generate`. Do not edit.

/** One change: a user to create, to update, or to delete. */
export type V1BatchOperation =
  | {
      /** A user is created. */
      op: 'create';
      data: V1UserDraft;
    }
  | {
      /** A user is changed in part. */
      op: 'update';
      /** The identifier of the user. */
      id: string;
      data: V1UserPatch;
    }
  | {
      /** A user is deleted. */
      op: 'delete';
      /** The identifier of the user. */
      id: string;
    };

/** Every operation of v1: Stele REST API. */
export interface V1Operations {
  /** Create, update and delete many users. Applies each operation by itself, with the result that they would have one after the other. One that is rejected does not affect the others. With an `Idempotency-Key`, an interrupted batch can be sent again: no operation is applied twice. */
  batchUsers: {
    method: 'POST';
    path: '/v1/users/batch';
    body: V1Batch;
    response: V1BatchResults;
  };
  /** Make an API key. Makes a key for this tenant, with scopes that the caller has. Its `key` is shown this once. */
  createApiKey: {
    method: 'POST';
    path: '/v1/api-keys';
    body: V1ApiKeyDraft;
    response: V1IssuedApiKey;
  };
  /** Make a tenant. Makes an empty directory beside the others. Its first key comes from `createTenantApiKey`. */
  createTenant: {
    method: 'POST';
    path: '/v1/tenants';
    body: V1TenantDraft;
    response: V1Tenant;
  };
  /** Make an API key for a tenant. Makes a key for another tenant, with any scopes: usually the first, which makes the others. */
  createTenantApiKey: {
    method: 'POST';
    path: '/v1/tenants/{tenant_id}/api-keys';
    params: {
      /** The identifier of the tenant. */
      tenant_id: string;
    };
    body: V1ApiKeyDraft;
    response: V1IssuedApiKey;
  };
  /** Create a user. Creates an active user. The default of `role` is `user`. */
  createUser: {
    method: 'POST';
    path: '/v1/users';
    body: V1UserDraft;
    response: V1User;
  };
  /** Delete a user. The username is free again at once. The history stays, and can be read. */
  deleteUser: {
    method: 'DELETE';
    path: '/v1/users/{user_id}';
    params: {
      /** The identifier of the user. */
      user_id: string;
    };
    response: void;
  };
  /** List API keys. Shows the keys of the tenant that are not revoked, the oldest first. */
  listApiKeys: {
    method: 'GET';
    path: '/v1/api-keys';
    query: {
      /** Which page, from 1. Default 1. */
      page?: number;
      /** Entries of one page, at most 100. Default 10. */
      per_page?: number;
    };
    response: V1ApiKeyPage;
  };
  /** List tenants. Shows every tenant, the oldest first. */
  listTenants: {
    method: 'GET';
    path: '/v1/tenants';
    query: {
      /** Which page, from 1. Default 1. */
      page?: number;
      /** Entries of one page, at most 100. Default 10. */
      per_page?: number;
    };
    response: V1TenantPage;
  };
  /** List users. Shows users that are not deleted, a page at a time: by number, or by cursor where there are many. */
  listUsers: {
    method: 'GET';
    path: '/v1/users';
    query: {
      /** Which page, from 1. Default 1. */
      page?: number;
      /** Entries of one page, at most 100. Default 10. */
      per_page?: number;
      /** By `filter[field]=value`, users that have all of these values. User names and e-mail addresses compare whatever their case or Unicode form. */
      filter?: V1UserFilter;
      /** The field to order by. Default `created_at`. */
      sort?: 'created_at' | 'updated_at' | 'username' | 'email' | 'first_name' | 'last_name' | 'role';
      /** Default `asc`. */
      order?: 'asc' | 'desc';
      /** An empty value for the first page, then the value in `links.next`. Not with `page`, `sort` or `order`. Users are listed in order of creation, in the same time at any depth. A user that exists during the whole listing is listed exactly once. */
      cursor?: string;
    };
    response: V1UserPage;
  };
  /** Read an API key. Shows one key of the tenant that is not revoked. */
  readApiKey: {
    method: 'GET';
    path: '/v1/api-keys/{key_id}';
    params: {
      /** The identifier of the key. */
      key_id: string;
    };
    response: V1ApiKey;
  };
  /** Read a group's history. Shows each accepted write to a group and its members, the oldest first. Deletion is the last. A page ends early where its entries are large: the first empty page is the end. */
  readGroupHistory: {
    method: 'GET';
    path: '/v1/groups/{group_id}/history';
    params: {
      /** The identifier of the group, or the UUID that SCIM shows. */
      group_id: string;
    };
    query: {
      /** Entries with a greater `seq`. Default 0: from the first. */
      after?: number;
      /** At most so many. Default 100. */
      limit?: number;
    };
    response: V1GroupHistory;
  };
  /** Read a user's history. Lists each accepted write to a user, in any dialect, the oldest first. A deletion is the last. */
  readHistory: {
    method: 'GET';
    path: '/v1/users/{user_id}/history';
    params: {
      /** The identifier of the user. */
      user_id: string;
    };
    query: {
      /** Entries with a greater `seq`. Default 0: from the first. */
      after?: number;
      /** At most so many. Default 100. */
      limit?: number;
    };
    response: V1History;
  };
  /** Read a tenant. Shows one tenant. */
  readTenant: {
    method: 'GET';
    path: '/v1/tenants/{tenant_id}';
    params: {
      /** The identifier of the tenant. */
      tenant_id: string;
    };
    response: V1Tenant;
  };
  /** Read a user. Shows one user that is not deleted. */
  readUser: {
    method: 'GET';
    path: '/v1/users/{user_id}';
    params: {
      /** The identifier of the user. */
      user_id: string;
    };
    response: V1User;
  };
  /** Send the verification message again. Sends another message with a new token to `pending_email`, once a minute at most. Tokens of earlier messages become invalid. 400 when no address waits for its confirmation. */
  resendEmailVerification: {
    method: 'POST';
    path: '/v1/users/{user_id}/email-verification/resend';
    params: {
      /** The identifier of the user. */
      user_id: string;
    };
    response: V1User;
  };
  /** Revoke an API key. Requests with the key get 401, on every replica within 5 seconds. `Stele-Warning` reports a provisioning domain without another API key: its `externalId` values stay, and a key that is created with this `domain` finds them again. */
  revokeApiKey: {
    method: 'DELETE';
    path: '/v1/api-keys/{key_id}';
    params: {
      /** The identifier of the key. */
      key_id: string;
    };
    response: void;
  };
  /** Replace what an API key opens with. Makes a new `key` for the same identifier, shown this once. The one until now goes on for a while, so that clients can change over, and so do those from before earlier rotations, each until the end that it was given. At most 4 secrets are valid at a time: one more rotation with an overlap is 409 `too_many_secrets`. The provisioning domain stays. */
  rotateApiKey: {
    method: 'POST';
    path: '/v1/api-keys/{key_id}/rotate';
    params: {
      /** The identifier of the key. */
      key_id: string;
    };
    body: V1Rotation;
    response: V1IssuedApiKey;
  };
  /** Set a user's password. Replaces the password. It is stored as an argon2id hash and can be read nowhere. */
  setPassword: {
    method: 'PUT';
    path: '/v1/users/{user_id}/password';
    params: {
      /** The identifier of the user. */
      user_id: string;
    };
    body: V1Password;
    response: void;
  };
  /** Change the provisioning domain of an API key. The key then finds, shows and writes the `externalId` values of this domain, on every replica within 5 seconds. Values that it wrote before stay in its previous domain. `Stele-Warning` reports a previous domain without another API key. */
  updateApiKey: {
    method: 'PATCH';
    path: '/v1/api-keys/{key_id}';
    params: {
      /** The identifier of the key. */
      key_id: string;
    };
    body: V1ApiKeyPatch;
    response: V1ApiKey;
  };
  /** Change part of a user. Changes the fields that are given and leaves the others as they are. A change that changes nothing succeeds and moves neither `updated_at` nor the ETag. The password has an operation of its own. */
  updateUser: {
    method: 'PATCH';
    path: '/v1/users/{user_id}';
    params: {
      /** The identifier of the user. */
      user_id: string;
    };
    body: V1UserPatch;
    response: V1User;
  };
  /** Confirm a new e-mail address. Makes `pending_email` the `email`. The token is in the message to the new address. It is valid once, for 24 hours, until another address is requested. */
  verifyEmail: {
    method: 'POST';
    path: '/v1/users/{user_id}/email-verification';
    params: {
      /** The identifier of the user. */
      user_id: string;
    };
    body: V1EmailToken;
    response: V1User;
  };
}
/** Changes that are sent together and judged one by one. */
export interface V1Batch {
  /** What to do, in this order; at most 1000. */
  operations: V1BatchOperation[];
}
/** A user to create. */
export interface V1UserDraft {
  /** The primary e-mail address. */
  email: string;
  /** The name to sign in with. It is stored as written. It is unique among users that are not deleted; case and Unicode form are ignored. */
  username: string;
  /** At least 8 characters. It is stored as an argon2id hash. No response contains it. */
  password: string;
  /** Given name; `null` if there is none. */
  first_name?: string | null;
  /** Family name; `null` if there is none. */
  last_name?: string | null;
  /** The primary role. A user that was given none is a `user`. */
  role?: string;
}
/** The fields to change. A field that is left out stays as it is. */
export interface V1UserPatch {
  /** The primary e-mail address. */
  email?: string | null;
  /** The name to sign in with. It is stored as written. It is unique among users that are not deleted; case and Unicode form are ignored. */
  username?: string;
  /** Given name; `null` if there is none. */
  first_name?: string | null;
  /** Family name; `null` if there is none. */
  last_name?: string | null;
  /** The primary role. A user that was given none is a `user`. */
  role?: string;
  /** The identifier. Ignored when it is what is shown; another value is 400. */
  id?: string;
  /** When the user was created. Ignored when it is what is shown; another value is 400. */
  created_at?: string;
  /** When the user last changed. Ignored when it is what is shown; another value is 400. */
  updated_at?: string;
  /** The address that waits for its confirmation. Ignored when it is what is shown; another value is 400. */
  pending_email?: string | null;
}
/** The result of each operation. */
export interface V1BatchResults {
  /** One for each operation, in their order. */
  results: V1BatchResult[];
}
/** The result of one operation: the user, or an error. */
export interface V1BatchResult {
  /** The status that the operation has by itself. */
  status: number;
  data?: V1User;
  error?: V1Error;
}
/** A user as v1 shows it. */
export interface V1User {
  /** The identifier: `usr_` and 26 base32 digits (TypeID) of the UUID that the other dialects show. */
  id: string;
  /** The primary e-mail address, or `null` when a user from another dialect has none. */
  email: string | null;
  /** The name to sign in with. It is stored as written. It is unique among users that are not deleted; case and Unicode form are ignored. */
  username: string;
  /** Given name, or `null`. */
  first_name: string | null;
  /** Family name, or `null`. */
  last_name: string | null;
  /** The primary role. A user that was given none is a `user`. */
  role: string;
  /** When the user was created. UTC, to the second. */
  created_at: string;
  /** When the user last changed. UTC, to the second. */
  updated_at: string;
  /** The address that is to be `email` once its owner has confirmed it. There only while it waits. */
  pending_email?: string;
}
/** An error. Nothing was changed. */
export interface V1Error {
  /** The code of the error. Programs should depend on it alone. */
  error:
    | 'validation_error'
    | 'invalid_parameter'
    | 'malformed_body'
    | 'bad_request'
    | 'unauthorized'
    | 'forbidden'
    | 'not_found'
    | 'route_not_found'
    | 'method_not_allowed'
    | 'request_timeout'
    | 'conflict'
    | 'request_in_progress'
    | 'too_many_secrets'
    | 'precondition_failed'
    | 'payload_too_large'
    | 'uri_too_long'
    | 'unsupported_media_type'
    | 'expectation_failed'
    | 'idempotency_key_reused'
    | 'precondition_required'
    | 'rate_limited'
    | 'headers_too_large'
    | 'internal_error'
    | 'not_implemented'
    | 'unavailable';
  /** What is wrong, for a person. */
  message: string;
  /** For each field that is wrong, which of its rules it breaks. */
  details?: {
    [k: string]: string[];
  };
}
/** An API key to make. */
export interface V1ApiKeyDraft {
  /** What it is for. */
  name: string;
  /** A set: order and repetition do not count. `write` includes `read`, `admin` includes both; `operator` makes tenants. A caller cannot grant a scope that it does not have. */
  scopes: ('read' | 'write' | 'admin' | 'operator')[];
  /** How SCIM treats this client: `default` is the RFC and what identity providers really send, `strict` the RFC alone. */
  profile?: 'default' | 'strict' | 'interop' | 'dronahq';
  /** The provisioning domain (RFC 7643 3.1): whose SCIM `externalId` the key finds, shows and writes. Default: the id of the key. Keys of one identity provider should have the same one. */
  domain?: string;
  /** When it is to stop opening anything: a time in the future. Default: never. */
  expires_at?: string | null;
}
/** An API key that was just made. */
export interface V1IssuedApiKey {
  /** The identifier, which is no secret. */
  id: string;
  /** Whose users it opens. */
  tenant_id: string;
  /** What it is for. */
  name: string;
  /** A set: order and repetition do not count. `write` includes `read`, `admin` includes both; `operator` makes tenants. A caller cannot grant a scope that it does not have. */
  scopes: ('read' | 'write' | 'admin' | 'operator')[];
  /** How SCIM treats this client: `default` is the RFC and what identity providers really send, `strict` the RFC alone. */
  profile: 'default' | 'strict' | 'interop' | 'dronahq';
  /** The provisioning domain (RFC 7643 3.1): whose SCIM `externalId` the key finds, shows and writes. Keys of one identity provider share it. */
  domain: string;
  /** When it was made. UTC, to the second. */
  created_at: string;
  /** When it stops opening anything; `null` for never. UTC, to the second. */
  expires_at: string | null;
  /** When it was last used, to the minute or so; `null` for never. UTC, to the second. */
  last_used_at: string | null;
  /** Secrets from before rotations that are still valid, the first to end first. At most 3. */
  previous_secrets: {
    /** When it ends. UTC, to the second. */
    expires_at: string;
  }[];
  /** The secret to send as `Authorization: Bearer`. It is shown once: a response that is replayed for an `Idempotency-Key` does not have it. */
  key?: string;
}
/** A tenant to make. */
export interface V1TenantDraft {
  /** Unique. */
  name: string;
}
/** A directory of users beside others, none of which sees another. */
export interface V1Tenant {
  /** The identifier. */
  id: string;
  /** Unique. */
  name: string;
  /** When it was made. UTC, to the second. */
  created_at: string;
}
/** One page of a list. */
export interface V1ApiKeyPage {
  /** The entries of this page. */
  data: V1ApiKey[];
  meta: V1PageMeta;
  links: V1PageLinks;
}
/** An API key, without what opens. */
export interface V1ApiKey {
  /** The identifier, which is no secret. */
  id: string;
  /** Whose users it opens. */
  tenant_id: string;
  /** What it is for. */
  name: string;
  /** A set: order and repetition do not count. `write` includes `read`, `admin` includes both; `operator` makes tenants. A caller cannot grant a scope that it does not have. */
  scopes: ('read' | 'write' | 'admin' | 'operator')[];
  /** How SCIM treats this client: `default` is the RFC and what identity providers really send, `strict` the RFC alone. */
  profile: 'default' | 'strict' | 'interop' | 'dronahq';
  /** The provisioning domain (RFC 7643 3.1): whose SCIM `externalId` the key finds, shows and writes. Keys of one identity provider share it. */
  domain: string;
  /** When it was made. UTC, to the second. */
  created_at: string;
  /** When it stops opening anything; `null` for never. UTC, to the second. */
  expires_at: string | null;
  /** When it was last used, to the minute or so; `null` for never. UTC, to the second. */
  last_used_at: string | null;
  /** Secrets from before rotations that are still valid, the first to end first. At most 3. */
  previous_secrets: {
    /** When it ends. UTC, to the second. */
    expires_at: string;
  }[];
}
/** Where in the list this page is. */
export interface V1PageMeta {
  /** Entries on all pages together. */
  total: number;
  /** Which page this is, from 1. A walk by cursor has none. */
  page?: number;
  /** Entries of one page. */
  per_page: number;
}
/** URLs of the pages around this one. */
export interface V1PageLinks {
  /** This page. */
  self: string;
  /** The next page; `null` on the last. */
  next: string | null;
  /** The page before; `null` on the first, and in a walk by cursor. */
  prev: string | null;
}
/** One page of a list. */
export interface V1TenantPage {
  /** The entries of this page. */
  data: V1Tenant[];
  meta: V1PageMeta;
  links: V1PageLinks;
}
/** Users that have all of these values. */
export interface V1UserFilter {
  /** Users whose `username` is this. */
  username?: string;
  /** Users whose `email` is this. */
  email?: string;
  /** Users whose `first_name` is this. */
  first_name?: string;
  /** Users whose `last_name` is this. */
  last_name?: string;
  /** Users whose `role` is this. */
  role?: string;
}
/** One page of a list. */
export interface V1UserPage {
  /** The entries of this page. */
  data: V1User[];
  meta: V1PageMeta;
  links: V1PageLinks;
}
/** What was written to a group. */
export interface V1GroupHistory {
  /** The oldest first. */
  data: V1GroupHistoryEntry[];
}
/** One accepted write to a group. */
export interface V1GroupHistoryEntry {
  /** Grows with time. What `after` takes. */
  seq: number;
  /** The version that the write made. */
  version: number;
  /** When it was written. UTC, to the second. */
  at: string;
  /** Whose credential it was: the id of an API key, or issuer and subject of an access token. */
  actor: string;
  /** The dialect that it came in. */
  dialect: string;
  /** The operation of that dialect. */
  operation: string;
  /** The `X-Request-Id` of the request. */
  request_id: string;
  /** Old and new value by field: `display_name`, and `external_ids.` with the provisioning domain. */
  changes: {
    [k: string]: V1Change;
  };
  members?: V1MembersChange;
}
/** Neither value of a password is shown. */
export interface V1Change {
  /** What was there; absent when nothing was. */
  old?: unknown;
  /** What is there; absent when nothing is. */
  new?: unknown;
}
/** The members that one write moved; absent where it moved none. */
export interface V1MembersChange {
  /** The members that came, users as `usr_…` and groups as `grp_…`: the first 1000. Absent when none did. */
  added?: string[];
  /** How many came, also those that are not listed. */
  added_total?: number;
  /** The members that left, users as `usr_…` and groups as `grp_…`: the first 1000. Absent when none did. */
  removed?: string[];
  /** How many left, also those that are not listed. */
  removed_total?: number;
}
/** What was written to a user. */
export interface V1History {
  /** The oldest first. */
  data: V1HistoryEntry[];
}
/** One accepted write. */
export interface V1HistoryEntry {
  /** Grows with time. What `after` takes. */
  seq: number;
  /** The version that the write made. */
  version: number;
  /** When it was written. UTC, to the second. */
  at: string;
  /** Whose credential it was: the id of an API key, or issuer and subject of an access token. */
  actor: string;
  /** The dialect that it came in. */
  dialect: string;
  /** The operation of that dialect. */
  operation: string;
  /** The `X-Request-Id` of the request. */
  request_id: string;
  /** Old and new value by field. What v1 does not carry is there under the name that the directory has for it, such as `title` or `phone_numbers`. */
  changes: {
    [k: string]: V1Change;
  };
}
/** How a key is replaced. */
export interface V1Rotation {
  /** Seconds for which the previous secret stays valid. Default 86400: a day. The end of secrets before that does not change. */
  overlap_seconds?: number;
}
/** The new password. */
export interface V1Password {
  /** At least 8 characters. It is stored as an argon2id hash. No response contains it. */
  password: string;
}
/** What to change in an API key. */
export interface V1ApiKeyPatch {
  /** The provisioning domain (RFC 7643 3.1): whose SCIM `externalId` the key finds, shows and writes. Keys of one identity provider share it. */
  domain: string;
}
/** Proves that the user receives messages at the new address. */
export interface V1EmailToken {
  /** The token in the message to the new address. */
  token: string;
}
