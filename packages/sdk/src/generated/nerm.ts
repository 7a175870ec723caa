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
  /** Create multiple users. Creates users. Each is processed by itself, in the order of the request. More than 100, or with `async=true`, are a job: the response has its id, and `GET /job_status` reports its progress. */
  createUsers: {
    method: 'POST';
    path: '/users';
    query: {
      /** Whether to make a job of it. More than 100 users are one in any case. */
      async?: boolean;
    };
    body: NermUsersDraft;
    response: NermUsersResponse | NermJobAccepted;
  };
  /** Delete a user by id. The login is free again at once. The history stays, and can be queried. */
  deleteUser: {
    method: 'DELETE';
    path: '/users/{id}';
    params: {
      /** The identifier of the user. */
      id: string;
    };
    response: NermDeletion;
  };
  /** List users. Shows users that are not deleted and have all of the given values, a part at a time. */
  listUsers: {
    method: 'GET';
    path: '/users';
    query: {
      /** Users in a response, at most 500: a larger limit gives 500. Default 100. */
      limit?: number;
      /** Users to pass over. Default 0. */
      offset?: number;
      /** What to order by, and whether upwards (`asc`, the default) or downwards (`desc`). Without a field, and by default, the order of creation. */
      order?:
        | 'asc'
        | 'desc'
        | 'id'
        | 'id asc'
        | 'id desc'
        | 'created_at'
        | 'created_at asc'
        | 'created_at desc'
        | 'updated_at'
        | 'updated_at asc'
        | 'updated_at desc'
        | 'name'
        | 'name asc'
        | 'name desc'
        | 'login'
        | 'login asc'
        | 'login desc'
        | 'email'
        | 'email asc'
        | 'email desc'
        | 'title'
        | 'title asc'
        | 'title desc'
        | 'status'
        | 'status asc'
        | 'status desc'
        | 'type'
        | 'type asc'
        | 'type desc';
      /** Users who are shown with this name. */
      name?: string;
      /** The user with this login. Case and Unicode form are ignored. */
      login?: string;
      /** Users with this title. */
      title?: string;
      /** Users with this primary e-mail address. Case and Unicode form are ignored. */
      email?: string;
      /** Users with this status; of any status where it is empty. */
      user_status?: 'Active' | 'Pending' | 'Disabled';
      /** Users of this type; of any type where it is empty. */
      type?: 'NeprofileUser' | 'NeaccessUser';
      /** Users that mirror this identity in SailPoint. */
      sailpoint_identity_id?: string;
      /** Whether the response has the length of the list. Default `false`. */
      metadata?: boolean;
    };
    response: NermUserList;
  };
  /** Query for audit events. Finds accepted writes to users, in any dialect. */
  queryAuditEvents: {
    method: 'POST';
    path: '/audit_events/query';
    query: {
      /** Whether the response has the length of the list. Default `false`. */
      metadata?: boolean;
    };
    body: NermAuditQuery;
    response: NermAuditEvents;
  };
  /** Read the URL of an avatar. Shows where the picture of a user is. */
  readAvatar: {
    method: 'GET';
    path: '/users/{id}/avatar';
    params: {
      /** The identifier of the user. */
      id: string;
    };
    response: NermAvatar;
  };
  /** Read the status of a job. Reports the progress of a job and the result of each user so far. A complete job is stored for 30 days. */
  readJob: {
    method: 'GET';
    path: '/job_status';
    query: {
      /** The identifier of the job. */
      job_id: string;
    };
    response: NermJob;
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
  /** Update multiple users. Changes users, each of which is named by its `id`. Each is processed by itself, in the order of the request. More than 100, or with `async=true`, are a job: the response has its id, and `GET /job_status` reports its progress. */
  updateUsers: {
    method: 'PATCH';
    path: '/users';
    query: {
      /** Whether to make a job of it. More than 100 users are one in any case. */
      async?: boolean;
    };
    body: NermUsersPatch;
    response: NermUsersResponse | NermJobAccepted;
  };
  /** Upload an avatar. Stores an image, and makes its URL the primary photo of the user. Other photos of the user stay. The previous image is deleted. */
  writeAvatar: {
    method: 'POST';
    path: '/users/{id}/avatar';
    params: {
      /** The identifier of the user. */
      id: string;
    };
    body: NermAvatarUpload;
    response: NermAvatar;
  };
}
/** The user to create, in the wrapper that NERM gives a user. */
export interface NermUserDraft {
  user: NermUserWish;
}
/** A user to create. */
export interface NermUserWish {
  /** The display name, at most 4096 characters if it changes. It is stored as written, and never split into given and family name. */
  name: string;
  /** The primary e-mail address. */
  email: string;
  /** Which kind of lifecycle user this is. Default `NeprofileUser`. */
  type?: 'NeprofileUser' | 'NeaccessUser';
  /** The lifecycle profile that the user belongs to. `null` clears it. */
  profile_id?: string | null;
  /** The job title; `null` clears it. */
  title?: string | null;
  /** Whether the user may sign in, is yet to, or may not any more. */
  status?: 'Active' | 'Pending' | 'Disabled';
  /** The name to sign in with. It is unique among users that are not deleted; case and Unicode form are ignored. */
  login: string;
  /** Gives the user the role `admin`, or takes it away. */
  admin?: boolean;
  /** The language to speak to the user; `null` clears it. */
  preferred_language?: string | null;
  /** Region for numbers and dates; `null` clears it. */
  locale?: string | null;
  /** Names of groups, at most 1000, joined by commas, that roles are derived from; `null` clears them. */
  group_strings?: string | null;
  /** The identity in SailPoint that this user mirrors; `null` clears it. */
  sailpoint_identity_id?: string | null;
  /** At least 8 characters; required unless the type is `NeprofileUser`. Stored as an argon2id hash and never shown. */
  password?: string;
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
  /** Which kind of lifecycle user this is. Default `NeprofileUser`. */
  type: 'NeprofileUser' | 'NeaccessUser';
  /** The job title, or `null`. */
  title: string | null;
  /** Whether the user may sign in, is yet to, or may not any more. */
  status: 'Active' | 'Pending' | 'Disabled';
  /** The name to sign in with. It is unique among users that are not deleted; case and Unicode form are ignored. */
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
/** Users to create, each by itself. */
export interface NermUsersDraft {
  /** The users to create, at most 1000. */
  users: NermUserWish[];
}
/** The results of the users, in their order. */
export interface NermUsersResponse {
  /** In the order of the request: each user, or why it could not be created or changed. */
  users: (NermUser | NermItemResult)[];
}
/** The result of one user of a bulk request. */
export interface NermItemResult {
  /** The identifier of the user, or `null` where none is known. */
  user_id: string | null;
  /** The login, or `null` where none is known. */
  login: string | null;
  /** Why the user was left as it was; empty when it was not. */
  errors: string[];
}
/** The users wait in a job. */
export interface NermJobAccepted {
  /** What happened, for a person. */
  info: string;
  /** What `GET /job_status` asks for. */
  job_status: {
    /** The identifier of the job. */
    job_id: string;
    /** How far it is. */
    status: 'queued';
  };
  /** The status of this response. */
  status: 200;
}
/** What happened. */
export interface NermDeletion {
  /** What happened, for a person. */
  info: string;
}
/** A part of a list of users. */
export interface NermUserList {
  /** The users of this part. */
  users: NermUser[];
  _metadata?: NermMetadata;
}
/** Which part of the list this is. */
export interface NermMetadata {
  /** The maximum number of entries in a response. */
  limit: number;
  /** Entries before these. */
  offset: number;
  /** Entries of the whole list. */
  total: number;
  /** The path of the next part; `null` at the end. */
  next: string | null;
  /** The path of the part before; `null` at the beginning. */
  previous: string | null;
}
/** Which events of the history, and which part of them. */
export interface NermAuditQuery {
  /** Which events. */
  audit_events: {
    /** All of these have to hold, at most 5 of them. Default: everything. */
    filters?: {
      /** When it happened: `gt`, `lt` or `eq`. A day is one of UTC. */
      created_at?: {
        /** Later than this time, or than the end of this day. A time with an offset, or a day: `2024-10-18` or `10/18/2024`. */
        gt?: string;
        /** Before this time or day. A time with an offset, or a day: `2024-10-18` or `10/18/2024`. */
        lt?: string;
        /** At this time, or on this day. A time with an offset, or a day: `2024-10-18` or `10/18/2024`. */
        eq?: string;
      };
      /** What it happened to. There are events of `User` only; `NeprofileUser` and `NeaccessUser` are events of users of this type. */
      subject_type?: string;
      /** What happened: `ActiveRecordCreate`, `ActiveRecordUpdate`, `ActiveRecordDestroy`. */
      type?: string;
      /** Profile, workflow or step of the event. Events of users have none of them: with any of these nothing is found. */
      data?: {
        [k: string]: unknown;
      };
      /** The identifier of the user, who may be deleted. */
      subject_id?: string;
    };
    /** Events to pass over. Default 0. */
    offset?: number;
    /** Events in a response, at most 100: a larger limit gives 100. Default 100. */
    limit?: number;
    /** What to order by. */
    sort_by?: 'created_at';
    /** In which direction. Default `asc`. */
    order?: 'asc' | 'desc';
  };
}
/** A part of the history. */
export interface NermAuditEvents {
  /** The events of this part. */
  audit_events: NermAuditEvent[];
  /** Which part of all events that were found this is. */
  _metadata?: {
    /** The maximum number of entries in a response. */
    limit: number;
    /** Entries before these. */
    offset: number;
    /** Entries of the whole list. */
    total: number;
  };
}
/** One accepted write to a user. */
export interface NermAuditEvent {
  /** Names the event. Of two writes to one user the later one has the greater. */
  id: string;
  /** When it happened (UTC). */
  created_at: string;
  /** What it happened to. */
  subject_type: 'User';
  /** The identifier of the user. */
  subject_id: string;
  /** What happened. */
  type: 'ActiveRecordCreate' | 'ActiveRecordUpdate' | 'ActiveRecordDestroy';
  /** The circumstances. */
  data: {
    /** The version of the user that it made. */
    version: number;
    /** Whose credential it was: the id of an API key, or issuer and subject of an access token. */
    actor: string;
    /** The dialect that it came in. */
    dialect: string;
    /** The operation of that dialect. */
    operation: string;
    /** The `X-Request-Id` of the request. */
    request_id: string;
    /** Old and new value by attribute, under the names that the lifecycle API has, or else the directory. */
    changes: {
      [k: string]: NermChange;
    };
  };
}
/** Neither value of a password is shown. */
export interface NermChange {
  /** What was there; absent when nothing was. */
  old?: unknown;
  /** What is there; absent when nothing is. */
  new?: unknown;
}
/** The picture of a user. */
export interface NermAvatar {
  /** Where the image is: what the user has as primary photo in SCIM, else the first. */
  url: string;
}
/** The progress of a job, and the results of its users. */
export interface NermJob {
  /** The identifier of the job. */
  uid: string;
  /** Whether all users were processed. */
  status: 'queued' | 'complete';
  /** What is done to each user. */
  job_type: string;
  /** The results of the users that were processed, in the order of the request. */
  job_data: NermItemResult[];
  /** How many users there are. */
  total: number;
  /** The number of users that were processed. */
  done: number;
}
/** The attributes to change, in the wrapper that NERM gives a user. */
export interface NermUserPatch {
  /** The attributes to change. One that is left out stays as it is. */
  user: {
    /** When given, the identifier of the path once more. */
    id?: string;
    /** The display name, at most 4096 characters if it changes. It is stored as written, and never split into given and family name. */
    name?: string;
    /** The primary e-mail address. */
    email?: string | null;
    /** Which kind of lifecycle user this is. Default `NeprofileUser`. */
    type?: 'NeprofileUser' | 'NeaccessUser';
    /** The lifecycle profile that the user belongs to. `null` clears it. */
    profile_id?: string | null;
    /** The job title; `null` clears it. */
    title?: string | null;
    /** Whether the user may sign in, is yet to, or may not any more. */
    status?: 'Active' | 'Pending' | 'Disabled';
    /** The name to sign in with. It is unique among users that are not deleted; case and Unicode form are ignored. */
    login?: string;
    /** Gives the user the role `admin`, or takes it away. */
    admin?: boolean;
    /** The language to speak to the user; `null` clears it. */
    preferred_language?: string | null;
    /** Region for numbers and dates; `null` clears it. */
    locale?: string | null;
    /** Names of groups, at most 1000, joined by commas, that roles are derived from; `null` clears them. */
    group_strings?: string | null;
    /** The identity in SailPoint that this user mirrors; `null` clears it. */
    sailpoint_identity_id?: string | null;
    /** When given, the identifier once more. */
    uid?: string;
    /** When the user last signed in (UTC), or `null`. Read-only: ignored. */
    last_login?: string | null;
    /** When the user accepted cookies (UTC), or `null`. Read-only: ignored. */
    cookies_accepted_at?: string | null;
  };
}
/** Users to change, each by itself. */
export interface NermUsersPatch {
  /** The users to change, at most 1000. */
  users: NermUserChange[];
}
/** The attributes of a user to change. One that is left out stays as it is. */
export interface NermUserChange {
  /** The identifier of the user. */
  id: string;
  /** The display name, at most 4096 characters if it changes. It is stored as written, and never split into given and family name. */
  name?: string;
  /** The primary e-mail address. */
  email?: string | null;
  /** Which kind of lifecycle user this is. Default `NeprofileUser`. */
  type?: 'NeprofileUser' | 'NeaccessUser';
  /** The lifecycle profile that the user belongs to. `null` clears it. */
  profile_id?: string | null;
  /** The job title; `null` clears it. */
  title?: string | null;
  /** Whether the user may sign in, is yet to, or may not any more. */
  status?: 'Active' | 'Pending' | 'Disabled';
  /** The name to sign in with. It is unique among users that are not deleted; case and Unicode form are ignored. */
  login?: string;
  /** Gives the user the role `admin`, or takes it away. */
  admin?: boolean;
  /** The language to speak to the user; `null` clears it. */
  preferred_language?: string | null;
  /** Region for numbers and dates; `null` clears it. */
  locale?: string | null;
  /** Names of groups, at most 1000, joined by commas, that roles are derived from; `null` clears them. */
  group_strings?: string | null;
  /** The identity in SailPoint that this user mirrors; `null` clears it. */
  sailpoint_identity_id?: string | null;
  /** When given, the identifier once more. */
  uid?: string;
  /** When the user last signed in (UTC), or `null`. Read-only: ignored. */
  last_login?: string | null;
  /** When the user accepted cookies (UTC), or `null`. Read-only: ignored. */
  cookies_accepted_at?: string | null;
}
/** The image, as a file of a form. */
export interface NermAvatarUpload {
  /** A PNG, JPEG or WebP image of 1 MiB at most. Its type is determined by its content, not by its name. */
  file: Uint8Array;
}

/** An error. Nothing was changed. */
export interface NermError {
  /** What is wrong, for a person. */
  error: string;
  /** For each attribute that is wrong, why. */
  errors?: {
    [k: string]: string;
  };
}
