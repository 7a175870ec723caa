// Generated from the operations of @stele/schemas by `pnpm generate`. Do not edit.

/** Every operation of nerm: Stele lifecycle API. */
export interface NermOperations {
  /** Create a user. Creates one user, `Active` unless a status is given. */
  createUser: {
    method: 'POST';
    path: '/user';
    body: NermUserDraft;
    response: NermUserAnswer;
  };
  /** Read a user by id. Shows one user that is not deleted. */
  readUser: {
    method: 'GET';
    path: '/users/{id}';
    params: {
      /** The identifier of the user. */
      id: string;
    };
    response: NermUserAnswer;
  };
  /** Update a user by id. Changes the attributes that are given and leaves the others as they are. A change that changes nothing succeeds and leaves the ETag as it is. */
  updateUser: {
    method: 'PATCH';
    path: '/users/{id}';
    params: {
      /** The identifier of the user. */
      id: string;
    };
    body: NermUserPatch;
    response: NermUserAnswer;
  };
}
/** The user to create, in the wrapper that NERM gives a user. */
export interface NermUserDraft {
  /** The user to create. */
  user: {
    /** The display name. Kept as written; it is never split into given and family name. */
    name: string;
    /** The primary e-mail address. */
    email: string;
    /** Which kind of lifecycle user this is. */
    type: 'NeprofileUser' | 'NeaccessUser';
    /** The lifecycle profile that the user belongs to. Write only; `null` clears it. */
    profile_id?: string | null;
    /** The job title; `null` clears it. */
    title?: string | null;
    /** Whether the user may sign in, is yet to, or may not any more. */
    status?: 'Active' | 'Pending' | 'Disabled';
    /** The name to sign in with. Unique among users that are not deleted, whatever its case or Unicode form. */
    login: string;
    /** Gives the user the role `admin`, or takes it away. Write only. */
    admin?: boolean;
    /** Names of groups, joined by commas, that roles are derived from; `null` clears them. */
    group_strings?: string | null;
    /** Region for numbers and dates; `null` clears it. */
    locale?: string | null;
    /** The language to speak to the user; `null` clears it. */
    preferred_language?: string | null;
    /** The identity in SailPoint that this user mirrors; `null` clears it. */
    sailpoint_identity_id?: string | null;
    /** At least 8 characters; required unless the type is `NeprofileUser`. Stored as an argon2id hash and never shown. */
    password?: string;
  };
}
/** The user, in its wrapper. */
export interface NermUserAnswer {
  user: NermUser;
}
/** A user as the lifecycle API shows it. */
export interface NermUser {
  /** The identifier, a UUID. */
  id: string;
  /** The same identifier as 32 hexadecimal digits. */
  uid: string;
  /** The display name; where none was written, the formatted name, else given and family name, else the login. */
  name: string;
  /** The primary e-mail address, or `null` when a user from another dialect has none. */
  email: string | null;
  /** Which kind of lifecycle user this is. */
  type: 'NeprofileUser' | 'NeaccessUser';
  /** The job title, or `null`. */
  title: string | null;
  /** Whether the user may sign in, is yet to, or may not any more. */
  status: 'Active' | 'Pending' | 'Disabled';
  /** The name to sign in with. Unique among users that are not deleted, whatever its case or Unicode form. */
  login: string;
  /** When the user last signed in (UTC), or `null`. */
  last_login: string | null;
  /** When the user accepted cookies (UTC), or `null`. */
  cookies_accepted_at: string | null;
  /** The language to speak to the user, or `null`. */
  preferred_language: string | null;
  /** Region for numbers and dates, or `null`. */
  locale: string | null;
  /** Names of groups joined by commas, or `null`. */
  group_strings: string | null;
  /** The identity in SailPoint that this user mirrors, or `null`. */
  sailpoint_identity_id: string | null;
}
/** The attributes to change, in the wrapper that NERM gives a user. */
export interface NermUserPatch {
  /** The attributes to change. One that is left out stays as it is. */
  user: {
    /** When given, the identifier of the path once more. */
    id?: string;
    /** The display name. Kept as written; it is never split into given and family name. */
    name?: string;
    /** The primary e-mail address. */
    email?: string;
    /** Which kind of lifecycle user this is. */
    type?: 'NeprofileUser' | 'NeaccessUser';
    /** The lifecycle profile that the user belongs to. Write only; `null` clears it. */
    profile_id?: string | null;
    /** The job title; `null` clears it. */
    title?: string | null;
    /** Whether the user may sign in, is yet to, or may not any more. */
    status?: 'Active' | 'Pending' | 'Disabled';
    /** The name to sign in with. Unique among users that are not deleted, whatever its case or Unicode form. */
    login?: string;
    /** Gives the user the role `admin`, or takes it away. Write only. */
    admin?: boolean;
    /** Names of groups, joined by commas, that roles are derived from; `null` clears them. */
    group_strings?: string | null;
    /** Region for numbers and dates; `null` clears it. */
    locale?: string | null;
    /** The language to speak to the user; `null` clears it. */
    preferred_language?: string | null;
    /** The identity in SailPoint that this user mirrors; `null` clears it. */
    sailpoint_identity_id?: string | null;
  };
}

/** A refusal. Nothing was changed. */
export interface NermError {
  /** What is wrong, for a person. */
  error: string;
  /** For each attribute that is wrong, why. */
  errors?: {
    [k: string]: string;
  };
}
