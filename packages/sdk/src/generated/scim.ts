// Generated from the operations of @stele/schemas by `pnpm generate`. Do not edit.

/** Every operation of scim: SCIM 2.0. */
export interface ScimOperations {
  /** Create a user. Creates a user from a whole resource. Read-only attributes are ignored; `null` and `[]` mean unassigned. A `userName` or `externalId` that exists is refused with `uniqueness`. */
  createUser: {
    method: 'POST';
    path: '/scim/v2/Users';
    query: {
      /** Attributes to return, with commas between: names, parts, or names after the URN of their schema. */
      attributes?: string;
      /** Attributes to leave out, with commas between. */
      excludedAttributes?: string;
    };
    body: ScimUserDraft;
    response: ScimUser;
  };
  /** Read a user. Answers with one user. `attributes` and `excludedAttributes` choose what of it; `id` and `schemas` always come. */
  readUser: {
    method: 'GET';
    path: '/scim/v2/Users/{id}';
    params: {
      /** The user, as a UUID in lower case. */
      id: string;
    };
    query: {
      /** Attributes to return, with commas between: names, parts, or names after the URN of their schema. */
      attributes?: string;
      /** Attributes to leave out, with commas between. */
      excludedAttributes?: string;
    };
    response: ScimUser;
  };
  /** Change part of a user. Applies operations in order, all of them or none (RFC 7644 3.5.2). Attributes that no operation touches stay as they are; a PATCH that changes nothing succeeds and leaves version and `lastModified` alone. On the DronaHQ mounts the body may also be a partial user. */
  patchUser: {
    method: 'PATCH';
    path: '/scim/v2/Users/{id}';
    params: {
      /** The user, as a UUID in lower case. */
      id: string;
    };
    query: {
      /** Attributes to return, with commas between: names, parts, or names after the URN of their schema. */
      attributes?: string;
      /** Attributes to leave out, with commas between. */
      excludedAttributes?: string;
    };
    body: ScimPatchRequest;
    response: ScimUser;
  };
}
/** A user to create. Read-only attributes are ignored. */
export interface ScimUserDraft {
  /** The core schema, and the extensions that hold a value. */
  schemas: string[];
  /** The identifier that the client uses. Unique among resources that are not deleted. */
  externalId?: string;
  /** Unique among users that are not deleted, whatever its case; stored as written. */
  userName: string;
  /** The parts of the name. */
  name?: {
    /** The full name as it is shown. */
    formatted?: string;
    /** Last name. */
    familyName?: string;
    /** First name. */
    givenName?: string;
    /** Middle names. */
    middleName?: string;
    /** Title before the name. */
    honorificPrefix?: string;
    /** Suffix after the name. */
    honorificSuffix?: string;
  };
  /** The name to show. */
  displayName?: string;
  /** The casual name. */
  nickName?: string;
  /** A page about the user. */
  profileUrl?: string;
  /** Job title. */
  title?: string;
  /** Relation to the organization. */
  userType?: string;
  /** As in the HTTP field Accept-Language; not checked against a registry. */
  preferredLanguage?: string;
  /** For numbers, dates and currency; not checked against a registry. */
  locale?: string;
  /** IANA time zone; not checked against a registry. */
  timezone?: string;
  /** True only when the user is active: false is pending or disabled. */
  active?: boolean;
  /** Written and never read. It is stored as a hash. */
  password?: string;
  /** E-mail addresses, as they were written. */
  emails?: {
    /** An e-mail address. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Telephone numbers. */
  phoneNumbers?: {
    /** A telephone number; RFC 3966 is recommended and not enforced. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Instant messaging addresses. */
  ims?: {
    /** An instant messaging address. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Pictures of the user. */
  photos?: {
    /** Address of a picture. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Postal addresses. */
  addresses?: {
    /** The whole address as it is printed; may hold line breaks. */
    formatted?: string;
    /** Street, house number, or post box; may hold line breaks. */
    streetAddress?: string;
    /** City or town. */
    locality?: string;
    /** State or region. */
    region?: string;
    /** Postal code. */
    postalCode?: string;
    /** Country; ISO 3166-1 alpha-2 is recommended and not enforced. */
    country?: string;
    /** What the address is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Entitlements. */
  entitlements?: {
    /** A thing that the user has a right to. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Roles of the user in the service. */
  roles?: {
    /** A role. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Certificates of the user. */
  x509Certificates?: {
    /** A certificate, DER in base64. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'?: ScimEnterpriseUser;
  'urn:ietf:params:scim:schemas:extension:stele:lifecycle:2.0:User'?: ScimLifecycleUser;
}
/** What an enterprise knows of its people. */
export interface ScimEnterpriseUser {
  /** Number or code of the employee; often in order of hiring. */
  employeeNumber?: string;
  /** Name of a cost center. */
  costCenter?: string;
  /** Name of an organization. */
  organization?: string;
  /** Name of a division. */
  division?: string;
  /** Name of a department. */
  department?: string;
  /** The manager of the user. */
  manager?: {
    /** Identifier of the manager. */
    value?: string;
    /** Address of the manager. */
    $ref?: string;
    /** Name of the manager. */
    displayName?: string;
  };
}
/** What a lifecycle manager (SailPoint NERM) knows of a user. */
export interface ScimLifecycleUser {
  /** Which kind of lifecycle user this is; absent means NeprofileUser. */
  type?: 'NeprofileUser' | 'NeaccessUser';
  /** Identifier of the lifecycle profile. */
  profileId?: string;
  /** Names of groups, as the lifecycle client wrote them. */
  groupStrings?: string[];
  /** Identifier of the identity in SailPoint. */
  sailpointIdentityId?: string;
  /** When the user last signed in. */
  lastLogin?: string;
  /** When the user accepted cookies. */
  cookiesAcceptedAt?: string;
}
/** A user (RFC 7643 4.1) with the enterprise and the lifecycle extension. */
export interface ScimUser {
  /** The core schema, and the extensions that hold a value. */
  schemas: string[];
  /** Given by the server, never reused. A UUID. */
  id: string;
  /** The identifier that the client uses. Unique among resources that are not deleted. */
  externalId?: string;
  /** What the server knows about the resource. */
  meta: {
    /** The name of the resource type. */
    resourceType: 'User';
    /** When the resource was created, UTC. */
    created: string;
    /** When a write last changed it, UTC. */
    lastModified: string;
    /** Its own address. */
    location?: string;
    /** The entity tag, for `If-Match` and `If-None-Match`. */
    version: string;
  };
  /** Unique among users that are not deleted, whatever its case; stored as written. */
  userName: string;
  /** The parts of the name. */
  name?: {
    /** The full name as it is shown. */
    formatted?: string;
    /** Last name. */
    familyName?: string;
    /** First name. */
    givenName?: string;
    /** Middle names. */
    middleName?: string;
    /** Title before the name. */
    honorificPrefix?: string;
    /** Suffix after the name. */
    honorificSuffix?: string;
  };
  /** The name to show. */
  displayName?: string;
  /** The casual name. */
  nickName?: string;
  /** A page about the user. */
  profileUrl?: string;
  /** Job title. */
  title?: string;
  /** Relation to the organization. */
  userType?: string;
  /** As in the HTTP field Accept-Language; not checked against a registry. */
  preferredLanguage?: string;
  /** For numbers, dates and currency; not checked against a registry. */
  locale?: string;
  /** IANA time zone; not checked against a registry. */
  timezone?: string;
  /** True only when the user is active: false is pending or disabled. */
  active?: boolean;
  /** E-mail addresses, as they were written. */
  emails?: {
    /** An e-mail address. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Telephone numbers. */
  phoneNumbers?: {
    /** A telephone number; RFC 3966 is recommended and not enforced. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Instant messaging addresses. */
  ims?: {
    /** An instant messaging address. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Pictures of the user. */
  photos?: {
    /** Address of a picture. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Postal addresses. */
  addresses?: {
    /** The whole address as it is printed; may hold line breaks. */
    formatted?: string;
    /** Street, house number, or post box; may hold line breaks. */
    streetAddress?: string;
    /** City or town. */
    locality?: string;
    /** State or region. */
    region?: string;
    /** Postal code. */
    postalCode?: string;
    /** Country; ISO 3166-1 alpha-2 is recommended and not enforced. */
    country?: string;
    /** What the address is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Groups that the user is a member of. Membership changes through the group. */
  groups?: {
    /** Identifier of the group. */
    value?: string;
    /** Address of the group. */
    $ref?: string;
    /** Name of the group. */
    display?: string;
    /** Whether the user is a member itself, or through another group. */
    type?: string;
  }[];
  /** Entitlements. */
  entitlements?: {
    /** A thing that the user has a right to. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Roles of the user in the service. */
  roles?: {
    /** A role. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  /** Certificates of the user. */
  x509Certificates?: {
    /** A certificate, DER in base64. */
    value?: string;
    /** A name for people to read. */
    display?: string;
    /** What the value is for. */
    type?: string;
    /** The preferred value. At most one of the list; setting one unsets the others. */
    primary?: boolean;
  }[];
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'?: ScimEnterpriseUser;
  'urn:ietf:params:scim:schemas:extension:stele:lifecycle:2.0:User'?: ScimLifecycleUser;
}
/** Changes to one resource. */
export interface ScimPatchRequest {
  /** Names this message. */
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
  /** The changes, in order. */
  Operations: ScimPatchOperation[];
}
/** One change. Operations apply in order, and all of them or none. */
export interface ScimPatchOperation {
  /** What to do at the target. */
  op: 'add' | 'remove' | 'replace';
  /** The target: an attribute, some values of it, or a part of these. Without it the value holds attributes. A remove needs one. */
  path?: string;
  /** The new value. `null` and `[]` clear. In a remove it lists the values of a multi-valued attribute to remove. */
  value?: unknown;
}

/** Why the request was refused. */
export interface ScimError {
  /** Names this message. */
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'];
  /** The HTTP status, as a string. */
  status: string;
  /** The rule that was broken, where RFC 7644 has a word for it. */
  scimType?:
    | 'invalidFilter'
    | 'tooMany'
    | 'uniqueness'
    | 'mutability'
    | 'invalidSyntax'
    | 'invalidPath'
    | 'noTarget'
    | 'invalidValue'
    | 'invalidVers'
    | 'sensitive';
  /** What is wrong and where, for the person who mends the call. */
  detail: string;
}
