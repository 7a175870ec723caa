import type { ScimPatchOperation, ScimPatchRequest, ScimSearchRequest } from '../generated/scim.ts';

/** Schemas of the resources, by their endpoint. */
export const core = {
  '/Users': 'urn:ietf:params:scim:schemas:core:2.0:User',
  '/Groups': 'urn:ietf:params:scim:schemas:core:2.0:Group',
} as const;

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** The schema of what a request to a path holds. */
export const schemaOf = (method: string, path: string): string =>
  method === 'PATCH' ? PATCH : core[path.startsWith('/Groups') ? '/Groups' : '/Users'];

/** A resource to write. `schemas` is filled in where it is left out. */
export type Draft<Resource extends { schemas: string[] }> = Omit<Resource, 'schemas'> &
  Partial<Pick<Resource, 'schemas'>>;

/** Names the core schema of a resource, and the extensions that it holds. */
export const draft = <Resource extends object>(schema: string, resource: Resource) => ({
  schemas: [schema, ...Object.keys(resource).filter((name) => name.startsWith('urn:'))],
  ...resource,
});

export const patchMessage = (operations: Iterable<ScimPatchOperation>): ScimPatchRequest => ({
  schemas: [PATCH],
  Operations: [...operations],
});

export const searchMessage = (query: object): ScimSearchRequest => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
  ...query,
});
