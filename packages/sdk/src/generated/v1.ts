// Generated from the operations of @stele/schemas by `pnpm generate`. Do not edit.

/** Every operation of v1: Stele REST API. */
export interface V1Operations {
  /** Create a user. Creates an active user. `role` is `user` unless it is given. */
  createUser: {
    method: 'POST';
    path: '/v1/users';
    body: V1UserDraft;
    response: V1User;
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
}
/** A user to create. */
export interface V1UserDraft {
  /** The primary e-mail address. */
  email: string;
  /** The name to sign in with. Kept as written; unique among users that are not deleted, whatever its case or Unicode form. */
  username: string;
  /** At least 8 characters. Stored as an argon2id hash; no answer ever contains it. */
  password: string;
  /** Given name; `null` says there is none. */
  first_name?: string | null;
  /** Family name; `null` says there is none. */
  last_name?: string | null;
  /** The primary role. A user that was given none is a `user`. */
  role?: string;
}
/** A user as v1 shows it. */
export interface V1User {
  /** The identifier: `usr_` and 26 base32 digits (TypeID) of the UUID that the other dialects show. */
  id: string;
  /** The primary e-mail address, or `null` when a user from another dialect has none. */
  email: string | null;
  /** The name to sign in with. Kept as written; unique among users that are not deleted, whatever its case or Unicode form. */
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
}
/** The fields to change. A field that is left out stays as it is. */
export interface V1UserPatch {
  /** The primary e-mail address. */
  email?: string;
  /** The name to sign in with. Kept as written; unique among users that are not deleted, whatever its case or Unicode form. */
  username?: string;
  /** Given name; `null` says there is none. */
  first_name?: string | null;
  /** Family name; `null` says there is none. */
  last_name?: string | null;
  /** The primary role. A user that was given none is a `user`. */
  role?: string;
}
/** The new password. */
export interface V1Password {
  /** At least 8 characters. Stored as an argon2id hash; no answer ever contains it. */
  password: string;
}

/** A refusal. Nothing was changed. */
export interface V1Error {
  /** Which kind of refusal this is. Programs depend on this word alone. */
  error:
    | 'validation_error'
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
    | 'precondition_failed'
    | 'payload_too_large'
    | 'uri_too_long'
    | 'unsupported_media_type'
    | 'idempotency_key_reused'
    | 'precondition_required'
    | 'headers_too_large'
    | 'internal_error'
    | 'unavailable';
  /** What is wrong, for a person. */
  message: string;
  /** For each field that is wrong, which of its rules it breaks. */
  details?: {
    [k: string]: string[];
  };
}
