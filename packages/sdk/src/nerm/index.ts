import { connect, type SteleOptions } from '../core/connect.ts';
import { Http } from '../core/http.ts';
import { Nerm } from './nerm.ts';
import { nermVoice } from './voice.ts';

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
export type { NermAuditTrail, NermAuditTrailQuery } from './audit-trail.ts';
export type { NermBulkAccepted, NermBulkDone, NermBulkOptions, NermBulkOutcome, NermUserOutcome } from './bulk.ts';
export type { NermJobs, NermJobWaitOptions } from './jobs.ts';
export type { NermUsers } from './users.ts';
export type * from '../generated/nerm.ts';

/**
 * The NERM lifecycle API alone, in a smaller bundle than `Stele`.
 *
 * @example
 * const user = await new NermClient({ url: 'https://stele.example.com', token }).users.get(id);
 */
export class NermClient extends Nerm {
  constructor(options: SteleOptions) {
    super(new Http(connect(options), nermVoice));
  }
}
