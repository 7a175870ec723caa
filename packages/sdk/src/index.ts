export { Stele } from './stele.ts';
export type { SteleOptions } from './core/connect.ts';
export * from './errors.ts';
export { ApiPromise, type Answer } from './core/promise.ts';
export type { List } from './core/list.ts';
export type { Log, LogEntry, LoggedMessage } from './core/log.ts';
export type { Logger, LogLevel } from './core/logger.ts';
export type { SteleRequest } from './core/http.ts';
export type {
  ChangeOptions,
  MinimalOptions,
  Preview,
  PreviewOptions,
  RequestOptions,
  Versioned,
  WriteOptions,
} from './core/options.ts';
export type { AppInfo } from './core/platform.ts';
export type { Fetch, WebBlob } from './core/web.ts';
export type { NermAuditTrail, NermAuditTrailQuery } from './nerm/audit-trail.ts';
export type { NermBulkAccepted, NermBulkDone, NermBulkOptions, NermBulkOutcome, NermUserOutcome } from './nerm/bulk.ts';
export type { Nerm } from './nerm/nerm.ts';
export type { NermJobs, NermJobWaitOptions } from './nerm/jobs.ts';
export type { NermUsers } from './nerm/users.ts';
export type { ScimBulkOptions, ScimBulkOutcome, ScimBulkOutcomes } from './scim/bulk.ts';
export type { ScimResourceTypes, ScimSchemas } from './scim/discovery.ts';
export type { ScimGroups } from './scim/groups.ts';
export type { ScimList, ScimListQuery, ScimPage } from './scim/list.ts';
export { operations, type ScimGroupAttributes, type ScimPatch, type ScimUserAttributes } from './scim/patch.ts';
export type { ScimChangeOptions, ScimPart, ScimReadOptions, ScimWriteOptions } from './scim/projection.ts';
export type { Scim } from './scim/scim.ts';
export type { ScimUsers } from './scim/users.ts';
export type { V1ApiKeys } from './v1/api-keys.ts';
export type { V1BatchOutcome, V1BatchOutcomes } from './v1/batch.ts';
export type { V1Groups } from './v1/groups.ts';
export type { V1Tenants } from './v1/tenants.ts';
export type { V1 } from './v1/v1.ts';
export type { V1Users } from './v1/users.ts';
export type * from './generated/nerm.ts';
export type * from './generated/scim.ts';
export type * from './generated/v1.ts';
