import { dialect } from '../contract/dialect.ts';
import type { Operation } from '../contract/operation.ts';
import type { ScimResourceType } from './attribute.ts';
import { fail, ScimErrorMessage } from './error.ts';
import { readPatchRequest } from './message.ts';
import { createUser, patchUser, readUser } from './operations.ts';
import { dronahqMounts, profileOf, type Profile } from './profile.ts';
import { project } from './projection.ts';
import { readResource } from './resource.ts';
import { encodeProfile, userType } from './user.ts';
import { isObject } from './json.ts';

export { ScimError, ScimErrorMessage, type ScimType } from './error.ts';
export { ScimGroup, groupType } from './group.ts';
export { PatchOperation, ScimPatchRequest, readPatchRequest } from './message.ts';
export { createUser, patchUser, readUser } from './operations.ts';
export { applyOperations } from './patch.ts';
export { profileOf, profiles, type Profile } from './profile.ts';
export { scimDraft, scimPatch } from './revise.ts';
export { carries, encodeUser, ScimUser, ScimUserDraft, userType } from './user.ts';

const operations = { createUser, readUser, patchUser };

type Reads = (body: unknown, profile: Profile) => unknown;

/** How the body of each operation is brought to the form that its schema describes. */
const reads = new Map<Operation, Reads>([
  [createUser, (body, profile) => readResource(body, userType, profile)],
  [patchUser, readPatchRequest],
]);

/** The resource type that the answer of each operation is. */
const answers = new Map<Operation, ScimResourceType>(Object.values(operations).map((each) => [each, userType]));

/** SCIM 2.0, at its own mount and where DronaHQ expects it. */
export const scim = dialect({
  name: 'scim',
  title: 'SCIM 2.0',
  description:
    'The user directory as a SCIM 2.0 service provider (RFC 7643, RFC 7644), with what Okta, Entra ID, Keycloak and DronaHQ need besides.',
  mounts: ['/scim/v2', ...dronahqMounts],
  mediaTypes: ['application/scim+json', 'application/json'],
  operations,
  error: ScimErrorMessage,
  fail,
  portray(user) {
    // Derived from the extensions that hold a value, and so no change of its own.
    const { schemas: _, ...attributes } = encodeProfile(user);
    return attributes;
  },
  receive(body, { operation, mount, profile }) {
    return reads.get(operation)?.(body, profileOf(mount, profile)) ?? body;
  },
  present(body, { operation, mount, publicUrl, query }) {
    const type = answers.get(operation);
    if (!type || !isObject(body) || !isObject(body['meta'])) return body;
    const location = `${publicUrl}${mount}${type.endpoint}/${String(body['id'])}`;
    return project({ ...body, meta: { ...body['meta'], location } }, query, type);
  },
});
