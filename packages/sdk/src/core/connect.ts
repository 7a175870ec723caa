import { assertFunction, isVisible } from './check.ts';
import { SteleError } from './error.ts';
import { limitsOf, type Connection } from './http.ts';
import type { Log } from './log.ts';
import { callLog, type Logger, type LogLevel } from './logger.ts';
import { assertNoBrowser, userAgent, type AppInfo } from './platform.ts';
import type { Fetch } from './web.ts';

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
  /**
   * Which lines about calls are logged: `error` is calls that fail without a response or by the server, `warn` is also
   * other failed calls and attempts that are repeated, `info` is also one line for each attempt, `debug` is also headers and
   * bodies. Nothing secret is in them. Default: the environment variable `STELE_LOG`, else `warn` with a `logger` and `off`
   * without.
   */
  logLevel?: LogLevel | undefined;
  /** Where the lines go, in place of the standard error: `console`, or the logger of your application. */
  logger?: Logger | undefined;
}

/** The base of every URL. The error does not repeat it: it may hold a password. */
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
    callLog: callLog(more),
  };
}

const platformFetch: Fetch = (...request) => {
  if (typeof globalThis.fetch === 'function') return globalThis.fetch(...request);
  throw new SteleError('this platform has no fetch; pass one as `fetch`');
};
