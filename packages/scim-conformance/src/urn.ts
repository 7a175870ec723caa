const core = 'urn:ietf:params:scim:schemas:core:2.0';
const messages = 'urn:ietf:params:scim:api:messages:2.0';

export const urns = {
  user: `${core}:User`,
  group: `${core}:Group`,
  enterprise: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  serviceProviderConfig: `${core}:ServiceProviderConfig`,
  resourceType: `${core}:ResourceType`,
  error: `${messages}:Error`,
  listResponse: `${messages}:ListResponse`,
  patchOp: `${messages}:PatchOp`,
  searchRequest: `${messages}:SearchRequest`,
  bulkRequest: `${messages}:BulkRequest`,
  bulkResponse: `${messages}:BulkResponse`,
} as const;
