/** Schema and message URNs of RFC 7643 and RFC 7644, and the one of Stele's own extension. */
export const urns = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  enterprise: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  lifecycle: 'urn:ietf:params:scim:schemas:extension:stele:lifecycle:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  patchOp: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
  error: 'urn:ietf:params:scim:api:messages:2.0:Error',
  listResponse: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  searchRequest: 'urn:ietf:params:scim:api:messages:2.0:SearchRequest',
  bulkRequest: 'urn:ietf:params:scim:api:messages:2.0:BulkRequest',
  bulkResponse: 'urn:ietf:params:scim:api:messages:2.0:BulkResponse',
  schema: 'urn:ietf:params:scim:schemas:core:2.0:Schema',
  resourceType: 'urn:ietf:params:scim:schemas:core:2.0:ResourceType',
  serviceProviderConfig: 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
} as const;

const olderEnterprise = ['1.0', '1.0:User', '2.0', '2.0:User'].map(
  (version) => [`urn:scim:schemas:extension:enterprise:${version}`.toLowerCase(), [urns.enterprise]] as const,
);

/** URNs of SCIM 1.1 and of drafts of SCIM 2.0, in lower case, and the URNs that stand for the same in RFC 7643. */
export const olderUrns: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  // SCIM 1.1 had one URN for users and groups.
  ['urn:scim:schemas:core:1.0', [urns.user, urns.group]],
  ['urn:scim:schemas:core:2.0', [urns.user, urns.group]],
  ['urn:scim:schemas:core:2.0:user', [urns.user]],
  ['urn:scim:schemas:core:2.0:group', [urns.group]],
  ...olderEnterprise,
]);
