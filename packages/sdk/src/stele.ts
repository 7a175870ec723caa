import { connect, type SteleOptions } from './core/connect.ts';
import { Http, type SteleRequest } from './core/http.ts';
import type { WriteOptions } from './core/options.ts';
import type { ApiPromise } from './core/promise.ts';
import { Nerm } from './nerm/nerm.ts';
import { nermVoice } from './nerm/voice.ts';
import { Scim } from './scim/scim.ts';
import { scimVoice } from './scim/voice.ts';
import { V1 } from './v1/v1.ts';
import { v1Voice } from './v1/voice.ts';

/**
 * One user directory, in three dialects.
 *
 * @example
 * const stele = new Stele({ url: 'https://stele.example.com', token });
 * const user = await stele.v1.users.update(id, { role: 'admin' });
 */
export class Stele {
  /** The REST API. */
  readonly v1: V1;
  /** SCIM 2.0. */
  readonly scim: Scim;
  /** The SailPoint NERM lifecycle API. */
  readonly nerm: Nerm;

  readonly #url: string;
  readonly #http: Readonly<Record<'v1' | 'scim' | 'nerm', Http>>;

  constructor(options: SteleOptions) {
    const connection = connect(options);
    const http = {
      v1: new Http(connection, v1Voice),
      scim: new Http(connection, scimVoice),
      nerm: new Http(connection, nermVoice),
    };
    this.#url = connection.url;
    this.#http = http;
    this.v1 = new V1(http.v1);
    this.scim = new Scim(http.scim);
    this.nerm = new Nerm(http.nerm);
  }

  /**
   * Send any request, with the token, the retries and the errors of the methods. The response is parsed if it is JSON, else
   * its text. The path decides the dialect, and with it the content type.
   *
   * @example
   * const { data } = await stele.request<V1UserPage>({ method: 'GET', path: '/v1/users', query: { per_page: 10 } });
   */
  request<Data = unknown>(request: SteleRequest, options?: WriteOptions): ApiPromise<Data> {
    const path: unknown = request?.path;
    const [, dialect] = /^\/(v1|scim)\//.exec(String(path).replace(this.#url, '')) ?? [];
    return this.#http[dialect === 'v1' || dialect === 'scim' ? dialect : 'nerm'].request(request, options);
  }
}
