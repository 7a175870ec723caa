import { connect, type SteleOptions } from '../core/connect.ts';
import { Http } from '../core/http.ts';
import { Scim } from './scim.ts';
import { scimVoice } from './voice.ts';

export type { SteleOptions } from '../core/connect.ts';
export type { List } from '../core/list.ts';
export type { ApiPromise } from '../core/promise.ts';
export type {
  ChangeOptions,
  MinimalOptions,
  Preview,
  PreviewOptions,
  RequestOptions,
  Versioned,
  WriteOptions,
} from '../core/options.ts';
export type { ScimBulkOptions, ScimBulkOutcome, ScimBulkOutcomes } from './bulk.ts';
export type { ScimResourceTypes, ScimSchemas } from './discovery.ts';
export type { ScimGroups } from './groups.ts';
export type { ScimList, ScimListQuery, ScimPage } from './list.ts';
export { operations, type ScimGroupAttributes, type ScimPatch, type ScimUserAttributes } from './patch.ts';
export type { ScimChangeOptions, ScimPart, ScimReadOptions, ScimWriteOptions } from './projection.ts';
export type { Scim } from './scim.ts';
export type { ScimUsers } from './users.ts';
export type * from '../generated/scim.ts';

/**
 * SCIM 2.0 alone, in a smaller bundle than `Stele`.
 *
 * @example
 * const user = await new ScimClient({ url: 'https://stele.example.com', token }).users.get(id);
 */
export class ScimClient extends Scim {
  constructor(options: SteleOptions) {
    super(new Http(connect(options), scimVoice));
  }
}
