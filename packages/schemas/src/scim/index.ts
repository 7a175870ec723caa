import type { GroupWithMembers } from '../canonical/group.ts';
import type { User } from '../canonical/user.ts';
import { DirectoryError } from '../canonical/error.ts';
import { dialect } from '../contract/dialect.ts';
import type { Exchange, Operation } from '../contract/operation.ts';
import type { ScimResourceType } from './attribute.ts';
import { ScimBulkRequest } from './bulk.ts';
import { fail, ScimErrorMessage } from './error.ts';
import { groupType, comparableGroup } from './group.ts';
import { MAX_BULK_OPERATIONS } from './limits.ts';
import { receiveListing, receiveQuery } from './listing.ts';
import { readMessage, readPatchRequest } from './message.ts';
import * as operations from './operations.ts';
import { dronahqMounts, profileOf } from './profile.ts';
import type { Reading } from './reading.ts';
import { readReplacement, readResource } from './resource.ts';
import { urns } from './urn.ts';
import { ScimSearchRequest } from './search.ts';
import { encodeProfile, userType } from './user.ts';

export * from './operations.ts';
export { referencesIn, resolveReferences, ScimBulkOperation, type ScimBulkResult, withoutReferences } from './bulk.ts';
export { conditionOf, memberCondition, type FilterContext } from './condition.ts';
export type { ScimSchemaDocument } from './discovery.ts';
export { resourceTypeDocuments, schemaDocuments, serviceProviderConfig } from './discovery.ts';
export { ScimError, ScimErrorMessage, type ScimType } from './error.ts';
export { ScimGroup, groupType } from './group.ts';
export { scimGroupPatch, scimGroupReplacement } from './group-patch.ts';
export { PatchOperation, readBulkOperation, readPatchRequest, ScimPatchRequest } from './message.ts';
export { applyOperations, withoutReadOnly } from './patch.ts';
export { profileOf, profiles, profileSwitches, type Profile, type ProfileSwitch } from './profile.ts';
export { rangeOf } from './list.ts';
export { type Reading, readingBy } from './reading.ts';
export { memberDetail, type ScimListing, scimListQuery, scimRootQuery } from './query.ts';
export { sampleProfile } from './sample-profile.ts';
export { scimDraft, scimPatch, scimReplacement } from './apply-to-user.ts';
export { encodeUser, scimPaths, ScimUser, ScimUserDraft, userType } from './user.ts';

type Reads = (body: unknown, reading: Reading) => unknown;

const readsSearch =
  (type?: ScimResourceType): Reads =>
  (body, reading) => {
    const message = readMessage(
      body,
      ScimSearchRequest,
      { message: urns.searchRequest, ...(type && { type }) },
      reading,
    );
    return receiveListing(message, reading.profile);
  };

/** A request with more operations than may be is refused as a whole (RFC 7644 3.7.4). */
function readBulk(body: unknown, reading: Reading): unknown {
  const message = readMessage(body, ScimBulkRequest, { message: urns.bulkRequest }, reading);
  const { Operations } = message;
  if (Array.isArray(Operations) && Operations.length > MAX_BULK_OPERATIONS) {
    throw new DirectoryError('payload_too_large', `A bulk request may hold ${MAX_BULK_OPERATIONS} operations`);
  }
  return message;
}

type Operations = typeof operations;
type WithBody = {
  [Id in keyof Operations]: Operations[Id] extends { readonly body: unknown } ? Id : never;
}[keyof Operations];

/** How the body of each operation is brought to the form that its schema describes. */
const reads: Readonly<Record<WithBody, Reads>> = {
  createUser: (body, reading) => readResource(body, userType, reading),
  replaceUser: (body, reading) => readReplacement(body, userType, reading),
  patchUser: (body, reading) => readPatchRequest(body, userType, reading),
  searchUsers: readsSearch(userType),
  createGroup: (body, reading) => readResource(body, groupType, reading),
  replaceGroup: (body, reading) => readReplacement(body, groupType, reading),
  patchGroup: (body, reading) => readPatchRequest(body, groupType, reading),
  searchGroups: readsSearch(groupType),
  search: readsSearch(),
  bulk: readBulk,
};

/** By which rules a request is read, and where what it ignores is reported. */
export const readingOf = ({
  mount,
  profile,
  domain,
  ignored,
}: Pick<Exchange, 'mount' | 'profile' | 'domain' | 'ignored'>): Reading => ({
  profile: profileOf(mount, profile),
  domain,
  ignored,
});

/** What can be done in a bulk request. */
export const bulkRoutes = [
  operations.createUser,
  operations.replaceUser,
  operations.patchUser,
  operations.deleteUser,
  operations.createGroup,
  operations.replaceGroup,
  operations.patchGroup,
  operations.deleteGroup,
] as const satisfies readonly Operation[];

/** SCIM 2.0, at its own mount and where DronaHQ expects it. */
export const scim = dialect({
  name: 'scim',
  title: 'SCIM 2.0',
  description:
    'The user directory as a SCIM 2.0 service provider (RFC 7643, RFC 7644), with what Okta, Entra ID, Keycloak and DronaHQ need besides.',
  mounts: ['/scim/v2', ...dronahqMounts],
  mediaTypes: ['application/scim+json', 'application/json'],
  operations: { ...operations },
  tags: [
    { name: 'Users', description: 'Users (RFC 7643 4.1).', paths: ['/Users', '/Me'] },
    { name: 'Groups', description: 'Groups and their members (RFC 7643 4.2).', paths: ['/Groups'] },
    { name: 'Search', description: 'Queries over all resource types (RFC 7644 3.4.3).', paths: ['/.search'] },
    { name: 'Bulk', description: 'Many operations in one request (RFC 7644 3.7).', paths: ['/Bulk'] },
    {
      name: 'Discovery',
      description: 'What this service provider supports (RFC 7644 4).',
      paths: ['/', '/ServiceProviderConfig', '/ResourceTypes', '/Schemas'],
    },
  ],
  reportsIgnored: true,
  // RFC 7644 3.14 and 3.7 print weak tags in `If-Match` and `version`, and proxies that compress weaken tags.
  tagComparison: 'weak',
  error: ScimErrorMessage,
  fail,
  toComparable(resource: User | GroupWithMembers, reader) {
    if (!('userName' in resource)) return comparableGroup(resource, reader);
    // Derived from the extensions that hold a value, and so no change of its own.
    const { schemas: _, ...attributes } = encodeProfile(resource, reader.domain);
    return attributes;
  },
  receive(body, exchange) {
    const read: Reads | undefined = reads[exchange.operation.id as WithBody];
    return read?.(body, readingOf(exchange)) ?? body;
  },
  receiveQuery: (query, { mount, profile }) => receiveQuery(query, profileOf(mount, profile)),
});
