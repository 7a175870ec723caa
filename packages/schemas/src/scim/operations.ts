import { z } from 'zod';
import { encoder, operation, type Operation } from '../contract/operation.ts';
import { ScimPatchRequest } from './message.ts';
import { dronahqMounts, profileOf } from './profile.ts';
import { projectionOf, shows } from './projection.ts';
import { encodeUser, ScimUser, ScimUserDraft, ScimUserPart, userType } from './user.ts';
import type { GroupWithMembers } from '../canonical/group.ts';
import type { User } from '../canonical/user.ts';
import { resourceTypes, ScimResourceTypeDocument, ScimSchemaDocument, ScimServiceProviderConfig } from './discovery.ts';
import { encodeGroup, groupType, ScimGroup, ScimGroupDraft, ScimGroupPart } from './group.ts';
import { listOf, listParameters } from './list.ts';
import { documentEncoder, documentsEncoder, encodeResource, listEncoder, resourceEncoder } from './response.ts';
import { ScimBulkEnvelope, ScimBulkRequest, ScimBulkResponse, type ScimBulkResult } from './bulk.ts';
import { ScimSearchRequest } from './search.ts';
import { urns } from './urn.ts';

/** Written in lower case, and read in any (RFC 9562 4). */
const id = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);

const params = z.strictObject({
  id: id.meta({ description: 'The user, as a UUID.', example: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55' }),
});

const groupParams = z.strictObject({
  id: id.meta({ description: 'The group, as a UUID.', example: '01979f2e-5a10-7c33-8d5e-0c2b7b1e9a01' }),
});

const users = { type: userType, whole: ScimUser, part: ScimUserPart, encode: encodeUser };
const groups = { type: groupType, whole: ScimGroup, part: ScimGroupPart, encode: encodeGroup };

const scimUser = resourceEncoder(users);

const projectionParameters = {
  attributes: z
    .string()
    .meta({
      description: 'Attributes to return, with commas between: names, parts, or names after the URN of their schema.',
      example: 'userName,emails.value',
    })
    .exactOptional(),
  excludedAttributes: z
    .string()
    .meta({ description: 'Attributes to leave out, with commas between.', example: 'photos,x509Certificates' })
    .exactOptional(),
};

const projection = z.object(projectionParameters);
const listing = z.object({ ...listParameters, ...projectionParameters });

/** Whether a response shows the groups of users. */
const showsGroups: NonNullable<Operation['memberships']> = (asked) =>
  shows('groups', projectionOf(asked), userType, profileOf(asked.mount, asked.profile));

/** The groups that a client repeats in a PATCH are compared with those that are there, whatever the response shows. */
const showsOrNamesGroups: NonNullable<Operation['memberships']> = (asked) =>
  showsGroups(asked) || /groups/i.test(JSON.stringify(asked.body));

/** DronaHQ documents 200 for everything that succeeds. */
const okAtDronahq = Object.fromEntries(dronahqMounts.map((mount) => [mount, 200])) as Record<string, 200>;

export const readUser = operation({
  id: 'readUser',
  method: 'GET',
  path: '/Users/{id}',
  scope: 'read',
  summary: 'Read a user',
  description:
    'Returns one user. `attributes` and `excludedAttributes` select its attributes; `id` and `schemas` are always returned.',
  params,
  query: projection,
  status: 200,
  response: scimUser,
  alternatives: [ScimUserPart],
  memberships: showsGroups,
  versioned: true,
  errors: ['not_found'],
});

export const createUser = operation({
  id: 'createUser',
  method: 'POST',
  path: '/Users',
  scope: 'write',
  summary: 'Create a user',
  description:
    'Creates a user from a whole resource. Read-only attributes are ignored; `null` and `[]` mean unassigned. A `userName` that exists is 409 `uniqueness`; an `externalId` is not unique, and belongs to the provisioning domain of the credential (RFC 7643 3.1).',
  query: projection,
  body: ScimUserDraft,
  status: 201,
  statusAt: okAtDronahq,
  response: scimUser,
  alternatives: [ScimUserPart],
  memberships: showsGroups,
  versioned: true,
  located: readUser,
  errors: ['conflict'],
});

export const patchUser = operation({
  id: 'patchUser',
  method: 'PATCH',
  path: '/Users/{id}',
  scope: 'write',
  summary: 'Change part of a user',
  description:
    'Applies operations in order, all of them or none (RFC 7644 3.5.2). Attributes that no operation touches stay as they are; a PATCH that changes nothing succeeds and leaves version and `lastModified` alone. On the DronaHQ mounts the body may also be a partial user.',
  params,
  query: projection,
  body: ScimPatchRequest,
  status: 200,
  response: scimUser,
  alternatives: [ScimUserPart],
  memberships: showsOrNamesGroups,
  versioned: true,
  minimal: true,
  errors: ['not_found', 'conflict'],
});

export const replaceUser = operation({
  id: 'replaceUser',
  method: 'PUT',
  path: '/Users/{id}',
  scope: 'write',
  summary: 'Replace a user',
  description:
    'Writes a whole resource (RFC 7644 3.5.1): what it leaves out is cleared, but for `active`, the `externalId` of other provisioning domains, the password, and extensions that `schemas` does not name. Read-only attributes are ignored. It never creates.',
  params,
  query: projection,
  body: ScimUserDraft,
  status: 200,
  response: scimUser,
  alternatives: [ScimUserPart],
  memberships: showsGroups,
  versioned: true,
  errors: ['not_found', 'conflict'],
});

export const deleteUser = operation({
  id: 'deleteUser',
  method: 'DELETE',
  path: '/Users/{id}',
  scope: 'write',
  summary: 'Delete a user',
  description: 'The `userName` is free again at once. The user leaves every group.',
  params,
  status: 204,
  versioned: true,
  errors: ['not_found'],
});

const userList = listEncoder(listOf('ScimUserList', ScimUser), [users], (user: User, exchange) =>
  encodeResource(users, user, exchange),
);
const userPartList = listOf('ScimUserPartList', ScimUserPart);

export const listUsers = operation({
  id: 'listUsers',
  method: 'GET',
  path: '/Users',
  scope: 'read',
  summary: 'List users',
  description: 'Shows the users to which a filter applies (RFC 7644 3.4.2), by index or by cursor (RFC 9865).',
  query: listing,
  status: 200,
  response: userList,
  alternatives: [userPartList],
  memberships: showsGroups,
  errors: [],
});

export const searchUsers = operation({
  id: 'searchUsers',
  method: 'POST',
  path: '/Users/.search',
  safe: true,
  scope: 'read',
  summary: 'Search for users',
  description: 'A list of users whose parameters are in the body (RFC 7644 3.4.3).',
  body: ScimSearchRequest,
  status: 200,
  response: userList,
  alternatives: [userPartList],
  memberships: showsGroups,
  errors: [],
});

const scimGroup = resourceEncoder(groups);

export const readGroup = operation({
  id: 'readGroup',
  method: 'GET',
  path: '/Groups/{id}',
  scope: 'read',
  resource: 'group',
  summary: 'Read a group',
  description: 'Returns one group. `excludedAttributes=members` leaves out a long list.',
  params: groupParams,
  query: projection,
  status: 200,
  response: scimGroup,
  alternatives: [ScimGroupPart],
  versioned: true,
  errors: ['not_found'],
});

export const createGroup = operation({
  id: 'createGroup',
  method: 'POST',
  path: '/Groups',
  scope: 'write',
  resource: 'group',
  summary: 'Create a group',
  description:
    'Creates a group. Members are users and groups that exist. The `displayName` and `externalId` of another group of the provisioning domain are 409 `uniqueness`; without an `externalId` the name may exist.',
  query: projection,
  body: ScimGroupDraft,
  largeBody: true,
  status: 201,
  statusAt: okAtDronahq,
  response: scimGroup,
  alternatives: [ScimGroupPart],
  versioned: true,
  located: readGroup,
  errors: ['conflict'],
});

export const replaceGroup = operation({
  id: 'replaceGroup',
  method: 'PUT',
  path: '/Groups/{id}',
  scope: 'write',
  resource: 'group',
  summary: 'Replace a group',
  description:
    'Writes a whole group: its members are those of the list, and no others. The `externalId` of other provisioning domains stays. It never creates.',
  params: groupParams,
  query: projection,
  body: ScimGroupDraft,
  largeBody: true,
  status: 200,
  response: scimGroup,
  alternatives: [ScimGroupPart],
  versioned: true,
  errors: ['not_found', 'conflict'],
});

export const patchGroup = operation({
  id: 'patchGroup',
  method: 'PATCH',
  path: '/Groups/{id}',
  scope: 'write',
  resource: 'group',
  summary: 'Change part of a group',
  description:
    'Applies operations in order, all of them or none. Members are added and removed as whole values, at a cost that does not depend on the number of members. The response is therefore 204, unless `attributes` or `Prefer: return=representation` requests the group. On the DronaHQ mounts the body may also be a partial group.',
  params: groupParams,
  query: projection,
  body: ScimPatchRequest,
  largeBody: true,
  status: 200,
  response: scimGroup,
  alternatives: [ScimGroupPart],
  versioned: true,
  statusAt: okAtDronahq,
  minimalUnless: 'attributes',
  errors: ['not_found', 'conflict'],
});

export const deleteGroup = operation({
  id: 'deleteGroup',
  method: 'DELETE',
  path: '/Groups/{id}',
  scope: 'write',
  resource: 'group',
  summary: 'Delete a group',
  description: 'Its members stay, and it leaves the groups that it was a member of.',
  params: groupParams,
  status: 204,
  statusAt: okAtDronahq,
  versioned: true,
  errors: ['not_found'],
});

const groupList = listEncoder(listOf('ScimGroupList', ScimGroup), [groups], (group: GroupWithMembers, exchange) =>
  encodeResource(groups, group, exchange),
);
const groupPartList = listOf('ScimGroupPartList', ScimGroupPart);

export const listGroups = operation({
  id: 'listGroups',
  method: 'GET',
  path: '/Groups',
  scope: 'read',
  summary: 'List groups',
  description: 'Shows the groups to which a filter applies (RFC 7644 3.4.2), by index or by cursor (RFC 9865).',
  query: listing,
  status: 200,
  response: groupList,
  alternatives: [groupPartList],
  errors: [],
});

export const searchGroups = operation({
  id: 'searchGroups',
  method: 'POST',
  path: '/Groups/.search',
  safe: true,
  scope: 'read',
  summary: 'Search for groups',
  description: 'A list of groups whose parameters are in the body (RFC 7644 3.4.3).',
  body: ScimSearchRequest,
  status: 200,
  response: groupList,
  alternatives: [groupPartList],
  errors: [],
});

const resourceList = listOf('ScimResourceList', z.union([ScimUser, ScimGroup]));

/** Users and groups, which of them first a list says. */
type Found = { readonly user: User } | { readonly group: GroupWithMembers };

export const search = operation({
  id: 'search',
  method: 'POST',
  path: '/.search',
  safe: true,
  scope: 'read',
  summary: 'Search for users and groups',
  description:
    'A list of users and then of groups (RFC 7644 3.4.3), by index. An attribute that a kind of resource lacks has no value there.',
  body: ScimSearchRequest,
  status: 200,
  response: listEncoder(resourceList, [users, groups], (each: Found, exchange) =>
    'user' in each ? encodeResource(users, each.user, exchange) : encodeResource(groups, each.group, exchange),
  ),
  alternatives: [listOf('ScimResourcePartList', z.union([ScimUserPart, ScimGroupPart]))],
  memberships: showsGroups,
  errors: [],
});

export const bulk = operation({
  id: 'bulk',
  method: 'POST',
  path: '/Bulk',
  scope: 'write',
  summary: 'Do many operations',
  description:
    'Applies each operation by itself (RFC 7644 3.7), after those that it refers to by `bulkId`. With an `Idempotency-Key`, an interrupted request can be sent again: no operation is applied twice.',
  body: ScimBulkRequest,
  envelope: ScimBulkEnvelope,
  items: (body: z.output<typeof ScimBulkEnvelope>) => body.Operations,
  largeBody: true,
  status: 200,
  response: encoder(ScimBulkResponse, (results: ScimBulkResult[]) => ({
    schemas: [urns.bulkResponse] as [typeof urns.bulkResponse],
    Operations: results,
  })),
  errors: [],
});

const config = documentEncoder(ScimServiceProviderConfig, () => '/ServiceProviderConfig');
const typeDocument = documentEncoder(ScimResourceTypeDocument, ({ id }) => `/ResourceTypes/${id}`);
const schemaDocument = documentEncoder(ScimSchemaDocument, ({ id }) => `/Schemas/${id}`);

const ScimLinks = z
  .strictObject({
    links: z
      .record(z.string(), z.string())
      .meta({ description: 'Absolute URLs, by name.', example: { Users: 'https://stele.example.com/scim/v2/Users' } }),
  })
  .meta({ id: 'ScimLinks', description: 'Where the endpoints of the service are.' });

/** What there is below the base URL. `Me` is not: credentials belong to clients. */
const endpoints = [
  '/ServiceProviderConfig',
  '/ResourceTypes',
  '/Schemas',
  ...resourceTypes.map(({ endpoint }) => endpoint),
  '/Bulk',
  '/.search',
] as const;

export const readLinks = operation({
  id: 'readLinks',
  method: 'GET',
  path: '/',
  scope: 'read',
  open: true,
  summary: 'Read where the endpoints are',
  description: 'Lists the endpoints below the base URL, for a client or a browser that is sent to it.',
  status: 200,
  response: encoder(ScimLinks, (base: string) => ({
    links: { self: base, ...Object.fromEntries(endpoints.map((path) => [path.slice(1), base + path])) },
  })),
  errors: [],
});

export const readServiceProviderConfig = operation({
  id: 'readServiceProviderConfig',
  method: 'GET',
  path: '/ServiceProviderConfig',
  scope: 'read',
  open: true,
  summary: 'Get the features of this service provider',
  description: 'RFC 7643 5, with the pagination of RFC 9865.',
  status: 200,
  response: config,
  errors: [],
});

const named = (description: string, example: string) =>
  z.strictObject({ id: z.string().meta({ description, example }) });

const filterless = z.object({
  filter: z
    .string()
    .exactOptional()
    .meta({ description: 'Not applied here: it is rejected with 403.', example: 'id pr' }),
});

export const listResourceTypes = operation({
  id: 'listResourceTypes',
  method: 'GET',
  path: '/ResourceTypes',
  scope: 'read',
  summary: 'List the kinds of resources',
  description: 'RFC 7643 6.',
  query: filterless,
  status: 200,
  response: documentsEncoder(listOf('ScimResourceTypeList', ScimResourceTypeDocument), typeDocument),
  errors: [],
});

export const readResourceType = operation({
  id: 'readResourceType',
  method: 'GET',
  path: '/ResourceTypes/{id}',
  scope: 'read',
  summary: 'Describe a kind of resources',
  description: 'RFC 7643 6.',
  params: named('Its name.', 'User'),
  status: 200,
  response: typeDocument,
  errors: ['not_found'],
});

export const listSchemas = operation({
  id: 'listSchemas',
  method: 'GET',
  path: '/Schemas',
  scope: 'read',
  summary: 'List the schemas',
  description: 'RFC 7643 7.',
  query: filterless,
  status: 200,
  response: documentsEncoder(listOf('ScimSchemaList', ScimSchemaDocument), schemaDocument),
  errors: [],
});

export const readSchema = operation({
  id: 'readSchema',
  method: 'GET',
  path: '/Schemas/{id}',
  scope: 'read',
  summary: 'Describe a schema',
  description: 'RFC 7643 7.',
  params: named('Its URN.', urns.user),
  status: 200,
  response: schemaDocument,
  errors: ['not_found'],
});

export const readMe = operation({
  id: 'readMe',
  method: 'GET',
  path: '/Me',
  scope: 'read',
  summary: 'Read the user of the credential',
  description: 'Credentials belong to clients and not to users: 501 (RFC 7644 3.11).',
  status: 200,
  response: scimUser,
  errors: ['not_implemented'],
});
