// Generated from the operations of @stele/schemas by `pnpm generate`. Do not edit.

/** Every operation of scim: SCIM 2.0. */
export interface ScimOperations {
  /** Do many operations. Applies each operation by itself (RFC 7644 3.7), after those that it refers to by `bulkId`. With an `Idempotency-Key`, an interrupted request can be sent again: no operation is applied twice. */
  bulk: {
    method: 'POST';
    path: '/scim/v2/Bulk';
    body: ScimBulkRequest;
    response: ScimBulkResponse;
  };
  /** Create a group. Creates a group. Members are users and groups that exist. The `displayName` and `externalId` of another group of the provisioning domain are 409 `uniqueness`; without an `externalId` the name may exist. */
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
  /** Create a user. Creates a user from a whole resource. Read-only attributes are ignored; `null` and `[]` mean unassigned. A `userName` that exists is 409 `uniqueness`; an `externalId` is not unique, and belongs to the provisioning domain of the credential (RFC 7643 3.1). */
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
      /** The group, as a UUID. */
      id: string;
    };
    response: void;
  };
  /** Delete a user. The `userName` is free again at once. The user leaves every group. */
  deleteUser: {
    method: 'DELETE';
    path: '/scim/v2/Users/{id}';
    params: {
      /** The user, as a UUID. */
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
      /** Empty for the first page, then the `nextCursor` of the one before (RFC 9865). Without `startIndex` and `sortBy`. */
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
      /** Empty for the first page, then the `nextCursor` of the one before (RFC 9865). Without `startIndex` and `sortBy`. */
      cursor?: string;
      /** Attributes to return, with commas between: names, parts, or names after the URN of their schema. */
      attributes?: string;
      /** Attributes to leave out, with commas between. */
      excludedAttributes?: string;
    };
    response: ScimUserList;
  };
  /** Change part of a group. Applies operations in order, all of them or none. Members are added and removed as whole values, at a cost that does not depend on the number of members. The response is therefore 204, unless `attributes` or `Prefer: return=representation` requests the group. On the DronaHQ mounts the body may also be a partial group. */
  patchGroup: {
    method: 'PATCH';
    path: '/scim/v2/Groups/{id}';
    params: {
      /** The group, as a UUID. */
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
      /** The user, as a UUID. */
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
  /** Read a group. Returns one group. `excludedAttributes=members` leaves out a long list. */
  readGroup: {
    method: 'GET';
    path: '/scim/v2/Groups/{id}';
    params: {
      /** The group, as a UUID. */
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
  /** Get the features of this service provider. RFC 7643 5, with the pagination of RFC 9865. */
  readServiceProviderConfig: {
    method: 'GET';
    path: '/scim/v2/ServiceProviderConfig';
    response: ScimServiceProviderConfig;
  };
  /** Read a user. Returns one user. `attributes` and `excludedAttributes` select its attributes; `id` and `schemas` are always returned. */
  readUser: {
    method: 'GET';
    path: '/scim/v2/Users/{id}';
    params: {
      /** The user, as a UUID. */
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
  /** Replace a group. Writes a whole group: its members are those of the list, and no others. The `externalId` of other provisioning domains stays. It never creates. */
  replaceGroup: {
    method: 'PUT';
    path: '/scim/v2/Groups/{id}';
    params: {
      /** The group, as a UUID. */
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
  /** Replace a user. Writes a whole resource (RFC 7644 3.5.1): what it leaves out is cleared, but for `active`, the `externalId` of other provisioning domains, the password, and extensions that `schemas` does not name. Read-only attributes are ignored. It never creates. */
  replaceUser: {
    method: 'PUT';
    path: '/scim/v2/Users/{id}';
    params: {
      /** The user, as a UUID. */
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
  /** The number of errors after which the remaining operations are not applied. Default: all operations are applied. */
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
/** The result of each operation. */
export interface ScimBulkResponse {
  /** Names this message. */
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'];
  /** One for each operation that was tried, in their order. */
  Operations: ScimBulkResult[];
}
/** The result of one operation. */
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
  /** The error of an operation that failed. */
  response?: unknown;
}
/** A group to create. Read-only attributes are ignored. The profiles `strict` and `interop` require the URN of the core schema in `schemas`; the others also take a body without it. */
export interface ScimGroupDraft {
  /** The core schema. */
  schemas: string[];
  /** The identifier that the provisioning domain of the client uses. Each domain has its own, and sees no other. */
  externalId?: string;
  /** A human-readable name for the Group. REQUIRED. */
  displayName: string;
  /** A list of members of the Group. */
  members?: {
    /** Identifier of the member of this Group. */
    value?: string;
    /** The URI corresponding to a SCIM resource that is a member of this Group. */
    $ref?: string;
    /** A label indicating the type of resource, e.g., 'User' or 'Group'. */
    type?: string;
    /** Name of the member, set by the server. */
    display?: string;
  }[];
}
/** Group */
export interface ScimGroup {
  /** The core schema. */
  schemas: string[];
  /** Given by the server, never reused. A UUID. */
  id: string;
  /** The identifier that the provisioning domain of the client uses. Each domain has its own, and sees no other. */
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
  /** A human-readable name for the Group. REQUIRED. */
  displayName: string;
  /** A list of members of the Group. */
  members?: {
    /** Identifier of the member of this Group. */
    value?: string;
    /** The URI corresponding to a SCIM resource that is a member of this Group. */
    $ref?: string;
    /** A label indicating the type of resource, e.g., 'User' or 'Group'. */
    type?: string;
    /** Name of the member, set by the server. */
    display?: string;
  }[];
}
/** A user to create. Read-only attributes are ignored. The profiles `strict` and `interop` require the URN of the core schema in `schemas`; the others also take a body without it. */
export interface ScimUserDraft {
  /** The core schema, and the extensions that hold a value. */
  schemas: string[];
  /** The identifier that the provisioning domain of the client uses. Each domain has its own, and sees no other. */
  externalId?: string;
  /** Unique identifier for the User, typically used by the user to directly authenticate to the service provider. Each User MUST include a non-empty userName value. This identifier MUST be unique across the service provider's entire set of Users. REQUIRED. */
  userName: string;
  /** The components of the user's real name. Providers MAY return just the full name as a single string in the formatted sub-attribute, or they MAY return just the individual component attributes using the other sub-attributes, or they MAY return both. If both variants are returned, they SHOULD be describing the same name, with the formatted name indicating how the component attributes should be combined. */
  name?: {
    /** The full name, including all middle names, titles, and suffixes as appropriate, formatted for display (e.g., 'Ms. Barbara J Jensen, III'). */
    formatted?: string;
    /** The family name of the User, or last name in most Western languages (e.g., 'Jensen' given the full name 'Ms. Barbara J Jensen, III'). */
    familyName?: string;
    /** The given name of the User, or first name in most Western languages (e.g., 'Barbara' given the full name 'Ms. Barbara J Jensen, III'). */
    givenName?: string;
    /** The middle name(s) of the User (e.g., 'Jane' given the full name 'Ms. Barbara J Jensen, III'). */
    middleName?: string;
    /** The honorific prefix(es) of the User, or title in most Western languages (e.g., 'Ms.' given the full name 'Ms. Barbara J Jensen, III'). */
    honorificPrefix?: string;
    /** The honorific suffix(es) of the User, or suffix in most Western languages (e.g., 'III' given the full name 'Ms. Barbara J Jensen, III'). */
    honorificSuffix?: string;
  };
  /** The name of the User, suitable for display to end-users. The name SHOULD be the full name of the User being described, if known. */
  displayName?: string;
  /** The casual way to address the user in real life, e.g., 'Bob' or 'Bobby' instead of 'Robert'. This attribute SHOULD NOT be used to represent a User's username (e.g., 'bjensen' or 'mpepperidge'). */
  nickName?: string;
  /** A fully qualified URL pointing to a page representing the User's online profile. */
  profileUrl?: string;
  /** The user's title, such as "Vice President." */
  title?: string;
  /** Used to identify the relationship between the organization and the user. Typical values used might be 'Contractor', 'Employee', 'Intern', 'Temp', 'External', and 'Unknown', but any value may be used. */
  userType?: string;
  /** Indicates the User's preferred written or spoken language. Generally used for selecting a localized user interface; e.g., 'en_US' specifies the language English and country US. */
  preferredLanguage?: string;
  /** Used to indicate the User's default location for purposes of localizing items such as currency, date time format, or numerical representations. */
  locale?: string;
  /** The User's time zone in the 'Olson' time zone database format, e.g., 'America/Los_Angeles'. */
  timezone?: string;
  /** A Boolean value indicating the User's administrative status. */
  active?: boolean;
  /** The User's cleartext password. This attribute is intended to be used as a means to specify an initial password when creating a new User or to reset an existing User's password. */
  password?: string;
  /** Email addresses for the user. The value SHOULD be canonicalized by the service provider, e.g., 'bjensen@example.com' instead of 'bjensen@EXAMPLE.COM'. Canonical type values of 'work', 'home', and 'other'. */
  emails?: {
    /** Email addresses for the user. The value SHOULD be canonicalized by the service provider, e.g., 'bjensen@example.com' instead of 'bjensen@EXAMPLE.COM'. Canonical type values of 'work', 'home', and 'other'. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function, e.g., 'work' or 'home'. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred mailing address or primary email address. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** Phone numbers for the User. The value SHOULD be canonicalized by the service provider according to the format specified in RFC 3966, e.g., 'tel:+1-201-555-0123'. Canonical type values of 'work', 'home', 'mobile', 'fax', 'pager', and 'other'. */
  phoneNumbers?: {
    /** Phone number of the User. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function, e.g., 'work', 'home', 'mobile'. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred phone number or primary phone number. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** Instant messaging addresses for the User. */
  ims?: {
    /** Instant messaging address for the User. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function, e.g., 'aim', 'gtalk', 'xmpp'. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred messenger or primary messenger. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** URLs of photos of the User. */
  photos?: {
    /** URL of a photo of the User. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function, i.e., 'photo' or 'thumbnail'. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred photo or thumbnail. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** A physical mailing address for this User. Canonical type values of 'work', 'home', and 'other'. This attribute is a complex type with the following sub-attributes. */
  addresses?: {
    /** The full mailing address, formatted for display or use with a mailing label. This attribute MAY contain newlines. */
    formatted?: string;
    /** The full street address component, which may include house number, street name, P.O. box, and multi-line extended street address information. This attribute MAY contain newlines. */
    streetAddress?: string;
    /** The city or locality component. */
    locality?: string;
    /** The state or region component. */
    region?: string;
    /** The zip code or postal code component. */
    postalCode?: string;
    /** The country name component. */
    country?: string;
    /** A label indicating the attribute's function, e.g., 'work' or 'home'. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** A list of entitlements for the User that represent a thing the User has. */
  entitlements?: {
    /** The value of an entitlement. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** A list of roles for the User that collectively represent who the User is, e.g., 'Student', 'Faculty'. */
  roles?: {
    /** The value of a role. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** A list of certificates issued to the User. */
  x509Certificates?: {
    /** The value of an X.509 certificate. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'?: ScimEnterpriseUser;
  'urn:ietf:params:scim:schemas:extension:stele:lifecycle:2.0:User'?: ScimLifecycleUser;
}
/** Enterprise User */
export interface ScimEnterpriseUser {
  /** Numeric or alphanumeric identifier assigned to a person, typically based on order of hire or association with an organization. */
  employeeNumber?: string;
  /** Identifies the name of a cost center. */
  costCenter?: string;
  /** Identifies the name of an organization. */
  organization?: string;
  /** Identifies the name of a division. */
  division?: string;
  /** Identifies the name of a department. */
  department?: string;
  /** The User's manager. A complex type that optionally allows service providers to represent organizational hierarchy by referencing the 'id' attribute of another User. */
  manager?: {
    /** The id of the SCIM resource representing the User's manager. REQUIRED. */
    value?: string;
    /** The URI of the SCIM resource representing the User's manager. REQUIRED. */
    $ref?: string;
    /** The displayName of the User's manager. OPTIONAL and READ-ONLY. */
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
  /** The identifier that the provisioning domain of the client uses. Each domain has its own, and sees no other. */
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
  /** Unique identifier for the User, typically used by the user to directly authenticate to the service provider. Each User MUST include a non-empty userName value. This identifier MUST be unique across the service provider's entire set of Users. REQUIRED. */
  userName: string;
  /** The components of the user's real name. Providers MAY return just the full name as a single string in the formatted sub-attribute, or they MAY return just the individual component attributes using the other sub-attributes, or they MAY return both. If both variants are returned, they SHOULD be describing the same name, with the formatted name indicating how the component attributes should be combined. */
  name?: {
    /** The full name, including all middle names, titles, and suffixes as appropriate, formatted for display (e.g., 'Ms. Barbara J Jensen, III'). */
    formatted?: string;
    /** The family name of the User, or last name in most Western languages (e.g., 'Jensen' given the full name 'Ms. Barbara J Jensen, III'). */
    familyName?: string;
    /** The given name of the User, or first name in most Western languages (e.g., 'Barbara' given the full name 'Ms. Barbara J Jensen, III'). */
    givenName?: string;
    /** The middle name(s) of the User (e.g., 'Jane' given the full name 'Ms. Barbara J Jensen, III'). */
    middleName?: string;
    /** The honorific prefix(es) of the User, or title in most Western languages (e.g., 'Ms.' given the full name 'Ms. Barbara J Jensen, III'). */
    honorificPrefix?: string;
    /** The honorific suffix(es) of the User, or suffix in most Western languages (e.g., 'III' given the full name 'Ms. Barbara J Jensen, III'). */
    honorificSuffix?: string;
  };
  /** The name of the User, suitable for display to end-users. The name SHOULD be the full name of the User being described, if known. */
  displayName?: string;
  /** The casual way to address the user in real life, e.g., 'Bob' or 'Bobby' instead of 'Robert'. This attribute SHOULD NOT be used to represent a User's username (e.g., 'bjensen' or 'mpepperidge'). */
  nickName?: string;
  /** A fully qualified URL pointing to a page representing the User's online profile. */
  profileUrl?: string;
  /** The user's title, such as "Vice President." */
  title?: string;
  /** Used to identify the relationship between the organization and the user. Typical values used might be 'Contractor', 'Employee', 'Intern', 'Temp', 'External', and 'Unknown', but any value may be used. */
  userType?: string;
  /** Indicates the User's preferred written or spoken language. Generally used for selecting a localized user interface; e.g., 'en_US' specifies the language English and country US. */
  preferredLanguage?: string;
  /** Used to indicate the User's default location for purposes of localizing items such as currency, date time format, or numerical representations. */
  locale?: string;
  /** The User's time zone in the 'Olson' time zone database format, e.g., 'America/Los_Angeles'. */
  timezone?: string;
  /** A Boolean value indicating the User's administrative status. */
  active?: boolean;
  /** Email addresses for the user. The value SHOULD be canonicalized by the service provider, e.g., 'bjensen@example.com' instead of 'bjensen@EXAMPLE.COM'. Canonical type values of 'work', 'home', and 'other'. */
  emails?: {
    /** Email addresses for the user. The value SHOULD be canonicalized by the service provider, e.g., 'bjensen@example.com' instead of 'bjensen@EXAMPLE.COM'. Canonical type values of 'work', 'home', and 'other'. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function, e.g., 'work' or 'home'. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred mailing address or primary email address. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** Phone numbers for the User. The value SHOULD be canonicalized by the service provider according to the format specified in RFC 3966, e.g., 'tel:+1-201-555-0123'. Canonical type values of 'work', 'home', 'mobile', 'fax', 'pager', and 'other'. */
  phoneNumbers?: {
    /** Phone number of the User. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function, e.g., 'work', 'home', 'mobile'. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred phone number or primary phone number. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** Instant messaging addresses for the User. */
  ims?: {
    /** Instant messaging address for the User. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function, e.g., 'aim', 'gtalk', 'xmpp'. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred messenger or primary messenger. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** URLs of photos of the User. */
  photos?: {
    /** URL of a photo of the User. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function, i.e., 'photo' or 'thumbnail'. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute, e.g., the preferred photo or thumbnail. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** A physical mailing address for this User. Canonical type values of 'work', 'home', and 'other'. This attribute is a complex type with the following sub-attributes. */
  addresses?: {
    /** The full mailing address, formatted for display or use with a mailing label. This attribute MAY contain newlines. */
    formatted?: string;
    /** The full street address component, which may include house number, street name, P.O. box, and multi-line extended street address information. This attribute MAY contain newlines. */
    streetAddress?: string;
    /** The city or locality component. */
    locality?: string;
    /** The state or region component. */
    region?: string;
    /** The zip code or postal code component. */
    postalCode?: string;
    /** The country name component. */
    country?: string;
    /** A label indicating the attribute's function, e.g., 'work' or 'home'. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** A list of groups to which the user belongs, either through direct membership, through nested groups, or dynamically calculated. */
  groups?: {
    /** The identifier of the User's group. */
    value?: string;
    /** The URI of the corresponding 'Group' resource to which the user belongs. */
    $ref?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function, e.g., 'direct' or 'indirect'. */
    type?: string;
  }[];
  /** A list of entitlements for the User that represent a thing the User has. */
  entitlements?: {
    /** The value of an entitlement. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** A list of roles for the User that collectively represent who the User is, e.g., 'Student', 'Faculty'. */
  roles?: {
    /** The value of a role. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute. The primary attribute value 'true' MUST appear no more than once. */
    primary?: boolean;
  }[];
  /** A list of certificates issued to the User. */
  x509Certificates?: {
    /** The value of an X.509 certificate. */
    value?: string;
    /** A human-readable name, primarily used for display purposes. READ-ONLY. */
    display?: string;
    /** A label indicating the attribute's function. */
    type?: string;
    /** A Boolean value indicating the 'primary' or preferred attribute value for this attribute. The primary attribute value 'true' MUST appear no more than once. */
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
  /** The value of `meta.resourceType`. */
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
  /** When responses contain it. */
  returned: string;
  /** Among what it is unique. */
  uniqueness: string;
  /** Suggested values. Other values are valid too. */
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
  /** When responses contain it. */
  returned: string;
  /** Among what it is unique. */
  uniqueness: string;
  /** Suggested values. Other values are valid too. */
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
  /** The changes, in order. Only tolerant profiles take none. */
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
    /** The maximum number of resources in a response. */
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
    /** The default number of resources of a page. */
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
  /** Empty for the first page, then the `nextCursor` of the one before (RFC 9865). Without `startIndex` and `sortBy`. */
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

/** The error of a request (RFC 7644 3.12). */
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
