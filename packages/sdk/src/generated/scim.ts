// Generated from the operations of @stele/schemas by `pnpm generate`. Do not edit.

/** Every operation of scim: SCIM 2.0. */
export interface ScimOperations {
  /** Do many operations. Does each operation alone (RFC 7644 3.7), in an order in which each finds what it refers to by `bulkId`. With an `Idempotency-Key`, a request that was interrupted can be sent again: what was done is not done twice. */
  bulk: {
    method: 'POST';
    path: '/scim/v2/Bulk';
    body: ScimBulkRequest;
    response: ScimBulkResponse;
  };
  /** Create a group. Creates a group. Members are users and groups that exist. */
  createGroup: {
    method: 'POST';
    path: '/scim/v2/Groups';
    query: {
      /** Attributes to return, with commas between: names, parts, or names after the URN of their schema. */
      attributes?: string;
      /** Attributes to leave out, with commas between. */
      excludedAttributes?: string;
    };
    body: ScimGroupDraft;
    response: ScimGroup;
  };
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
  /** Delete a group. Its members stay, and it leaves the groups that it was a member of. */
  deleteGroup: {
    method: 'DELETE';
    path: '/scim/v2/Groups/{id}';
    params: {
      /** The group, as a UUID in lower case. */
      id: string;
    };
    response: void;
  };
  /** Delete a user. The `userName` is free again at once. The user leaves every group. */
  deleteUser: {
    method: 'DELETE';
    path: '/scim/v2/Users/{id}';
    params: {
      /** The user, as a UUID in lower case. */
      id: string;
    };
    response: void;
  };
  /** List groups. Shows the groups to which a filter applies (RFC 7644 3.4.2), by index or by cursor (RFC 9865). */
  listGroups: {
    method: 'GET';
    path: '/scim/v2/Groups';
    query: {
      /** Resources to which this applies (RFC 7644 3.4.2.2). */
      filter?: string;
      /** The attribute to order by; else they stand in order of creation. */
      sortBy?: string;
      /** Default `ascending`. */
      sortOrder?: 'ascending' | 'descending';
      /** Which resource comes first, from 1. What is less counts as 1. */
      startIndex?: number;
      /** Resources at most. Default 100. By index, a negative one counts as 0 and one above 1000 as 1000; with a cursor, one outside 1 to 1000 is 400 `invalidCount` (RFC 9865). */
      count?: number;
      /** Empty for the first page, then the `nextCursor` of the one before (RFC 9865). */
      cursor?: string;
      /** Attributes to return, with commas between: names, parts, or names after the URN of their schema. */
      attributes?: string;
      /** Attributes to leave out, with commas between. */
      excludedAttributes?: string;
    };
    response: ScimGroupList;
  };
  /** List the kinds of resources. RFC 7643 6. */
  listResourceTypes: {
    method: 'GET';
    path: '/scim/v2/ResourceTypes';
    query: {
      /** Not applied here: it is rejected with 403. */
      filter?: string;
    };
    response: ScimResourceTypeList;
  };
  /** List the schemas. RFC 7643 7. */
  listSchemas: {
    method: 'GET';
    path: '/scim/v2/Schemas';
    query: {
      /** Not applied here: it is rejected with 403. */
      filter?: string;
    };
    response: ScimSchemaList;
  };
  /** List users. Shows the users to which a filter applies (RFC 7644 3.4.2), by index or by cursor (RFC 9865). */
  listUsers: {
    method: 'GET';
    path: '/scim/v2/Users';
    query: {
      /** Resources to which this applies (RFC 7644 3.4.2.2). */
      filter?: string;
      /** The attribute to order by; else they stand in order of creation. */
      sortBy?: string;
      /** Default `ascending`. */
      sortOrder?: 'ascending' | 'descending';
      /** Which resource comes first, from 1. What is less counts as 1. */
      startIndex?: number;
      /** Resources at most. Default 100. By index, a negative one counts as 0 and one above 1000 as 1000; with a cursor, one outside 1 to 1000 is 400 `invalidCount` (RFC 9865). */
      count?: number;
      /** Empty for the first page, then the `nextCursor` of the one before (RFC 9865). */
      cursor?: string;
      /** Attributes to return, with commas between: names, parts, or names after the URN of their schema. */
      attributes?: string;
      /** Attributes to leave out, with commas between. */
      excludedAttributes?: string;
    };
    response: ScimUserList;
  };
  /** Change part of a group. Applies operations in order, all of them or none. Members come and go whole, at a cost that does not depend on how many there are; so the answer is 204, unless `attributes` or `Prefer: return=representation` asks for one. On the DronaHQ mounts the body may also be a partial group. */
  patchGroup: {
    method: 'PATCH';
    path: '/scim/v2/Groups/{id}';
    params: {
      /** The group, as a UUID in lower case. */
      id: string;
    };
    query: {
      /** Attributes to return, with commas between: names, parts, or names after the URN of their schema. */
      attributes?: string;
      /** Attributes to leave out, with commas between. */
      excludedAttributes?: string;
    };
    body: ScimPatchRequest;
    response: ScimGroup;
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
  /** Read a group. Answers with one group. `excludedAttributes=members` spares a long list. */
  readGroup: {
    method: 'GET';
    path: '/scim/v2/Groups/{id}';
    params: {
      /** The group, as a UUID in lower case. */
      id: string;
    };
    query: {
      /** Attributes to return, with commas between: names, parts, or names after the URN of their schema. */
      attributes?: string;
      /** Attributes to leave out, with commas between. */
      excludedAttributes?: string;
    };
    response: ScimGroup;
  };
  /** Read where the endpoints are. Lists the endpoints below the base URL, for a client or a browser that is sent to it. */
  readLinks: {
    method: 'GET';
    path: '/scim/v2/';
    response: ScimLinks;
  };
  /** Read the user of the credential. Credentials belong to clients and not to users: 501 (RFC 7644 3.11). */
  readMe: {
    method: 'GET';
    path: '/scim/v2/Me';
    response: ScimUser;
  };
  /** Describe a kind of resources. RFC 7643 6. */
  readResourceType: {
    method: 'GET';
    path: '/scim/v2/ResourceTypes/{id}';
    params: {
      /** Its name. */
      id: string;
    };
    response: ScimResourceType;
  };
  /** Describe a schema. RFC 7643 7. */
  readSchema: {
    method: 'GET';
    path: '/scim/v2/Schemas/{id}';
    params: {
      /** Its URN. */
      id: string;
    };
    response: ScimSchema;
  };
  /** Say what this service provider can do. RFC 7643 5, with the pagination of RFC 9865. */
  readServiceProviderConfig: {
    method: 'GET';
    path: '/scim/v2/ServiceProviderConfig';
    response: ScimServiceProviderConfig;
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
  /** Replace a group. Writes a whole group: its members are those of the list, and no others. It never creates. */
  replaceGroup: {
    method: 'PUT';
    path: '/scim/v2/Groups/{id}';
    params: {
      /** The group, as a UUID in lower case. */
      id: string;
    };
    query: {
      /** Attributes to return, with commas between: names, parts, or names after the URN of their schema. */
      attributes?: string;
      /** Attributes to leave out, with commas between. */
      excludedAttributes?: string;
    };
    body: ScimGroupDraft;
    response: ScimGroup;
  };
  /** Replace a user. Writes a whole resource (RFC 7644 3.5.1): what it leaves out is cleared, but for `active`, the password, and extensions that `schemas` does not name. Read-only attributes are ignored. It never creates. */
  replaceUser: {
    method: 'PUT';
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
    body: ScimUserDraft;
    response: ScimUser;
  };
  /** Search for users and groups. A list of users and then of groups (RFC 7644 3.4.3), by index. An attribute that a kind of resource lacks has no value there. */
  search: {
    method: 'POST';
    path: '/scim/v2/.search';
    body: ScimSearchRequest;
    response: ScimResourceList;
  };
  /** Search for groups. A list of groups whose parameters are in the body (RFC 7644 3.4.3). */
  searchGroups: {
    method: 'POST';
    path: '/scim/v2/Groups/.search';
    body: ScimSearchRequest;
    response: ScimGroupList;
  };
  /** Search for users. A list of users whose parameters are in the body (RFC 7644 3.4.3). */
  searchUsers: {
    method: 'POST';
    path: '/scim/v2/Users/.search';
    body: ScimSearchRequest;
    response: ScimUserList;
  };
}
/** Operations that are sent together and judged one by one. */
export interface ScimBulkRequest {
  /** Names this message. */
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'];
  /** How many operations may fail before the rest is left undone. All are tried unless it is said. */
  failOnErrors?: number;
  /** The operations, at most 1000. */
  Operations: ScimBulkOperation[];
}
/** One operation. */
export interface ScimBulkOperation {
  /** What to do. */
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Where, below the base URL. */
  path: string;
  /** A name for what this POST creates; `bulkId:…` stands for its id in other operations. */
  bulkId?: string;
  /** The version to change, as in `If-Match`. */
  version?: string;
  /** The body. */
  data?: unknown;
}
/** What became of each operation. */
export interface ScimBulkResponse {
  /** Names this message. */
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'];
  /** One for each operation that was tried, in their order. */
  Operations: ScimBulkResult[];
}
/** What became of one operation. */
export interface ScimBulkResult {
  /** The address of the resource; none of one that was not created. */
  location?: string;
  /** What was to be done. */
  method: string;
  /** The name that the operation gave. */
  bulkId?: string;
  /** The entity tag of the resource. */
  version?: string;
  /** The HTTP status, as a string. */
  status: string;
  /** Why it was refused. */
  response?: unknown;
}
/** A group to create. Read-only attributes are ignored. */
export interface ScimGroupDraft {
  /** The core schema. */
  schemas: string[];
  /** The identifier that the client uses. Unique among resources that are not deleted. */
  externalId?: string;
  /** The name to show. */
  displayName: string;
  /** Users and groups that belong to the group. */
  members?: {
    /** Identifier of the member. */
    value?: string;
    /** Address of the member. */
    $ref?: string;
    /** Whether the member is a user or a group. */
    type?: string;
    /** Name of the member; the server keeps it. */
    display?: string;
  }[];
}
/** A group of users and groups. */
export interface ScimGroup {
  /** The core schema. */
  schemas: string[];
  /** Given by the server, never reused. A UUID. */
  id: string;
  /** The identifier that the client uses. Unique among resources that are not deleted. */
  externalId?: string;
  /** What the server knows about the resource. */
  meta: {
    /** The name of the resource type. */
    resourceType: 'Group';
    /** When the resource was created, UTC. */
    created: string;
    /** When a write last changed it, UTC. */
    lastModified: string;
    /** Its own address. */
    location?: string;
    /** The entity tag, for `If-Match` and `If-None-Match`. */
    version: string;
  };
  /** The name to show. */
  displayName: string;
  /** Users and groups that belong to the group. */
  members?: {
    /** Identifier of the member. */
    value?: string;
    /** Address of the member. */
    $ref?: string;
    /** Whether the member is a user or a group. */
    type?: string;
    /** Name of the member; the server keeps it. */
    display?: string;
  }[];
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
  /** E-mail addresses, as they were sent; their form is not checked. */
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
  /** When the user last signed in. Read-only. */
  lastLogin?: string;
  /** When the user accepted cookies. Read-only. */
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
  /** E-mail addresses, as they were sent; their form is not checked. */
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
/** Part of a list of resources. */
export interface ScimGroupList {
  /** Names this message. */
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'];
  /** How many resources the list holds on all pages. */
  totalResults: number;
  /** Which of them comes first here; none in a walk by cursor. */
  startIndex?: number;
  /** How many are here. */
  itemsPerPage: number;
  /** The cursor of the next page (RFC 9865). */
  nextCursor?: string;
  /** The resources. */
  Resources: ScimGroup[];
}
/** Part of a list of resources. */
export interface ScimResourceTypeList {
  /** Names this message. */
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'];
  /** How many resources the list holds on all pages. */
  totalResults: number;
  /** Which of them comes first here; none in a walk by cursor. */
  startIndex?: number;
  /** How many are here. */
  itemsPerPage: number;
  /** The cursor of the next page (RFC 9865). */
  nextCursor?: string;
  /** The resources. */
  Resources: ScimResourceType[];
}
/** A kind of resource (RFC 7643 6). */
export interface ScimResourceType {
  /** Names the schema of this document. */
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'];
  /** The name again. */
  id: string;
  /** What `meta.resourceType` says. */
  name: string;
  /** What it is, for people. */
  description: string;
  /** Where the resources are, below the base URL. */
  endpoint: string;
  /** The core schema. */
  schema: string;
  /** Extensions that a resource may have. */
  schemaExtensions: {
    /** The schema of the extension. */
    schema: string;
    /** Whether each resource has it. */
    required: boolean;
  }[];
  /** What the server knows about it. */
  meta: {
    /** What this is. */
    resourceType: 'ResourceType';
    /** Its own address. */
    location?: string;
  };
}
/** Part of a list of resources. */
export interface ScimSchemaList {
  /** Names this message. */
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'];
  /** How many resources the list holds on all pages. */
  totalResults: number;
  /** Which of them comes first here; none in a walk by cursor. */
  startIndex?: number;
  /** How many are here. */
  itemsPerPage: number;
  /** The cursor of the next page (RFC 9865). */
  nextCursor?: string;
  /** The resources. */
  Resources: ScimSchema[];
}
/** A schema (RFC 7643 7). */
export interface ScimSchema {
  /** Names the schema of this document. */
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'];
  /** The URN. */
  id: string;
  /** Its name, for people. */
  name: string;
  /** What it is, for people. */
  description: string;
  /** The attributes and their characteristics. */
  attributes: ScimSchemaAttribute[];
  /** What the server knows about it. */
  meta: {
    /** What this is. */
    resourceType: 'Schema';
    /** Its own address. */
    location?: string;
  };
}
/** An attribute and its characteristics (RFC 7643 7). */
export interface ScimSchemaAttribute {
  /** What it is called. */
  name: string;
  /** Its data type. */
  type: string;
  /** Whether it holds a list. */
  multiValued: boolean;
  /** What it is, for people. */
  description: string;
  /** Whether a resource must have it. */
  required: boolean;
  /** Whether case matters where it is compared. */
  caseExact: boolean;
  /** Whether and when it can be written. */
  mutability: string;
  /** When answers hold it. */
  returned: string;
  /** Among what it is unique. */
  uniqueness: string;
  /** Suggested values, which bind nobody. */
  canonicalValues?: string[];
  /** What a reference may refer to. */
  referenceTypes?: string[];
  /** The parts of a complex attribute. */
  subAttributes?: ScimSubAttribute[];
}
/** A part of a complex attribute. */
export interface ScimSubAttribute {
  /** What it is called. */
  name: string;
  /** Its data type. */
  type: string;
  /** Whether it holds a list. */
  multiValued: boolean;
  /** What it is, for people. */
  description: string;
  /** Whether a resource must have it. */
  required: boolean;
  /** Whether case matters where it is compared. */
  caseExact: boolean;
  /** Whether and when it can be written. */
  mutability: string;
  /** When answers hold it. */
  returned: string;
  /** Among what it is unique. */
  uniqueness: string;
  /** Suggested values, which bind nobody. */
  canonicalValues?: string[];
  /** What a reference may refer to. */
  referenceTypes?: string[];
}
/** Part of a list of resources. */
export interface ScimUserList {
  /** Names this message. */
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'];
  /** How many resources the list holds on all pages. */
  totalResults: number;
  /** Which of them comes first here; none in a walk by cursor. */
  startIndex?: number;
  /** How many are here. */
  itemsPerPage: number;
  /** The cursor of the next page (RFC 9865). */
  nextCursor?: string;
  /** The resources. */
  Resources: ScimUser[];
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
/** Where the endpoints of the service are. */
export interface ScimLinks {
  /** Absolute URLs, by name. */
  links: {
    [k: string]: string;
  };
}
/** What this service provider can do (RFC 7643 5). */
export interface ScimServiceProviderConfig {
  /** Names the schema of this document. */
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'];
  /** PATCH. */
  patch: {
    /** Whether it is. */
    supported: boolean;
  };
  /** Many operations in one request. */
  bulk: {
    /** Whether it is. */
    supported: boolean;
    /** Operations of one request at most. */
    maxOperations: number;
    /** Bytes of one request at most. */
    maxPayloadSize: number;
  };
  /** Filters in lists. */
  filter: {
    /** Whether it is. */
    supported: boolean;
    /** Resources of one answer at most. */
    maxResults: number;
  };
  /** Passwords that a client may write. */
  changePassword: {
    /** Whether it is. */
    supported: boolean;
  };
  /** Sorted lists. */
  sort: {
    /** Whether it is. */
    supported: boolean;
  };
  /** Entity tags. */
  etag: {
    /** Whether it is. */
    supported: boolean;
  };
  /** How lists are divided (RFC 9865 4). */
  pagination: {
    /** Whether lists can be walked by cursor. */
    cursor: boolean;
    /** Whether lists can be read by index. */
    index: boolean;
    /** What a request gets that asks for neither. */
    defaultPaginationMethod: 'cursor' | 'index';
    /** Resources of a page, unless the client says. */
    defaultPageSize: number;
    /** Resources of a page at most. */
    maxPageSize: number;
  };
  /** How clients authenticate. */
  authenticationSchemes: {
    /** The kind of scheme. */
    type: 'oauthbearertoken';
    /** Its name. */
    name: string;
    /** What it is. */
    description: string;
    /** Where it is specified. */
    specUri: string;
    /** Whether it is the preferred one. */
    primary: boolean;
  }[];
  /** What the server knows about it. */
  meta: {
    /** What this is. */
    resourceType: 'ServiceProviderConfig';
    /** Its own address. */
    location?: string;
  };
}
/** What to search for. */
export interface ScimSearchRequest {
  /** Names this message. */
  schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'];
  /** Resources to which this applies (RFC 7644 3.4.2.2). */
  filter?: string;
  /** The attribute to order by; else they stand in order of creation. */
  sortBy?: string;
  /** Default `ascending`. */
  sortOrder?: 'ascending' | 'descending';
  /** Which resource comes first, from 1. What is less counts as 1. */
  startIndex?: number;
  /** Resources at most. Default 100. By index, a negative one counts as 0 and one above 1000 as 1000; with a cursor, one outside 1 to 1000 is 400 `invalidCount` (RFC 9865). */
  count?: number;
  /** Empty for the first page, then the `nextCursor` of the one before (RFC 9865). */
  cursor?: string;
  /** Attributes to return. */
  attributes?: string[];
  /** Attributes to leave out. */
  excludedAttributes?: string[];
}
/** Part of a list of resources. */
export interface ScimResourceList {
  /** Names this message. */
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'];
  /** How many resources the list holds on all pages. */
  totalResults: number;
  /** Which of them comes first here; none in a walk by cursor. */
  startIndex?: number;
  /** How many are here. */
  itemsPerPage: number;
  /** The cursor of the next page (RFC 9865). */
  nextCursor?: string;
  /** The resources. */
  Resources: (ScimUser | ScimGroup)[];
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
    | 'sensitive'
    | 'invalidCursor'
    | 'expiredCursor'
    | 'invalidCount';
  /** What is wrong and where, for the person who mends the call. */
  detail: string;
}
