import { assertFunction, isVisible } from './core/check.ts';
import { SteleError } from './core/error.ts';
import { Http, limitsOf, type Connection, type SteleRequest } from './core/http.ts';
import type { Log } from './core/log.ts';
import type { WriteOptions } from './core/options.ts';
import { assertNoBrowser, userAgent, type AppInfo } from './core/platform.ts';
import type { ApiPromise } from './core/promise.ts';
import type { Fetch } from './core/web.ts';
import { NermAuditTrail } from './nerm/audit-trail.ts';
import { NermJobs } from './nerm/jobs.ts';
import { NermUsers } from './nerm/users.ts';
import { nermVoice } from './nerm/voice.ts';
import { Scim } from './scim/scim.ts';
import { scimVoice } from './scim/voice.ts';
import { V1ApiKeys } from './v1/api-keys.ts';
import { V1Tenants } from './v1/tenants.ts';
import { V1Users } from './v1/users.ts';
import { v1Voice } from './v1/voice.ts';

export interface SteleOptions {
  /** Where the directory answers, without the path of a dialect: `https://stele.example.com`. */
  url: string;
  /** An API key or an access token. It is sent to `url` and appears nowhere else. */
  token: string;
  /** Used in place of the platform's `fetch`: for a proxy, a test, a log. */
  fetch?: Fetch;
  /** Milliseconds after which a call ends, all its attempts and waits included. Default 30 000. */
  timeout?: number;
  /** How often a call that failed in passing is tried again. Default 2. */
  retries?: number;
  /** Milliseconds of `Retry-After` up to which a call waits and tries again. Default 60 000. */
  maxRetryAfter?: number;
  /** Your application, which is added to `User-Agent`. */
  appInfo?: AppInfo;
  /** Allow a token in a page, where the user can read it. */
  dangerouslyAllowBrowser?: boolean;
  /** Told of every attempt of every call, without anything secret: for finding out what goes on. */
  log?: Log;
}

/** The base of every URL. What is wrong with it is said without repeating it: it may hold a password. */
function baseUrl(text: unknown): string {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw new SteleError('url must be an http or https URL');
  if (url.username || url.password) throw new SteleError('url must not hold a user name or password; pass a token');
  if (url.search || url.hash) throw new SteleError('url must end with its path');
  return url.href.replace(/\/+$/, '');
}

/** A value that cannot be a header would be quoted by the error that `fetch` throws, so it is refused before. */
function bearer(token: unknown): string {
  if (!isVisible(token)) throw new SteleError('token must be one or more visible ASCII characters');
  return token;
}

/** Where the options of all clients become a connection. */
export function connect(options: SteleOptions): Connection {
  const { url, token, fetch, timeout = 30_000, retries = 2, maxRetryAfter = 60_000, log, ...more } = options ?? {};
  assertNoBrowser(more.dangerouslyAllowBrowser);
  return {
    url: baseUrl(url),
    token: bearer(token),
    // Looked up at each call, so that a `fetch` that is replaced later is used.
    fetch: assertFunction('fetch', fetch) ?? platformFetch,
    ...limitsOf({ timeout, retries, maxRetryAfter }),
    userAgent: userAgent(more.appInfo),
    log: assertFunction('log', log),
  };
}

const platformFetch: Fetch = (...request) => {
  if (typeof globalThis.fetch === 'function') return globalThis.fetch(...request);
  throw new SteleError('this platform has no fetch; pass one as `fetch`');
};

/**
 * One user directory, in three dialects.
 *
 * @example
 * const stele = new Stele({ url: 'https://stele.example.com', token });
 * const user = await stele.v1.users.update(id, { role: 'admin' });
 */
export class Stele {
  /** The REST API. */
  readonly v1: { readonly users: V1Users; readonly apiKeys: V1ApiKeys; readonly tenants: V1Tenants };
  /** SCIM 2.0. */
  readonly scim: Scim;
  /** The SailPoint NERM lifecycle API. */
  readonly nerm: { readonly users: NermUsers; readonly jobs: NermJobs; readonly auditEvents: NermAuditTrail };

  readonly #url: string;
  readonly #http: Readonly<Record<'v1' | 'scim' | 'nerm', Http>>;

  constructor(options: SteleOptions) {
    const connection = connect(options);
    this.#url = connection.url;
    const v1 = new Http(connection, v1Voice);
    this.v1 = { users: new V1Users(v1), apiKeys: new V1ApiKeys(v1), tenants: new V1Tenants(v1) };
    const scim = new Http(connection, scimVoice);
    this.scim = new Scim(scim);
    const nerm = new Http(connection, nermVoice);
    this.nerm = { users: new NermUsers(nerm), jobs: new NermJobs(nerm), auditEvents: new NermAuditTrail(nerm) };
    this.#http = { v1, scim, nerm };
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
