import { connect, type SteleOptions } from '../core/connect.ts';
import { Http } from '../core/http.ts';
import { V1 } from './v1.ts';
import { v1Voice } from './voice.ts';

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
export type { V1ApiKeys } from './api-keys.ts';
export type { V1BatchOutcome, V1BatchOutcomes } from './batch.ts';
export type { V1Tenants } from './tenants.ts';
export type { V1Users } from './users.ts';
export type * from '../generated/v1.ts';

/**
 * The REST API alone, in a smaller bundle than `Stele`.
 *
 * @example
 * const user = await new V1Client({ url: 'https://stele.example.com', token }).users.get(id);
 */
export class V1Client extends V1 {
  constructor(options: SteleOptions) {
    super(new Http(connect(options), v1Voice));
  }
}
