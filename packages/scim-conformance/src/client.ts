import { setTimeout as wait } from 'node:timers/promises';
import { ConformanceError } from './errors.ts';
import type { Exchange } from './types.ts';

export interface ScimResponse {
  /** Method and path, as a reason names them. */
  readonly call: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is not JSON. */
  readonly body: unknown;
}

export interface RequestOptions {
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown;
  /** A header with an empty value is not sent. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the wait before a retry, and a GET in flight. A request that may create something is not cancelled: what it created has to be deleted. */
  readonly signal?: AbortSignal;
  /** Called for each request, also for those that are sent again. */
  readonly onExchange?: (exchange: Exchange) => void;
}

/** No response arrived, or none in time. */
export class NoResponseError extends Error {
  override readonly name = 'NoResponseError';
}

export interface ClientOptions {
  /** The base URL of the service. */
  readonly url: string;
  /** A bearer token. */
  readonly token?: string | undefined;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds that one request may take. */
  readonly timeoutMs: number;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Values that are replaced by `<redacted>` in what is reported. */
  readonly secrets?: readonly string[];
}

/** How often a request is sent that the server rejects with 429. */
const MAX_ATTEMPTS = 5;
const MAX_RETRY_AFTER_SECONDS = 60;
/** Characters of a body that are reported. */
const MAX_BODY_CHARS = 10_000;
/** A shorter value would be replaced in texts that have nothing to do with it. */
const MIN_SECRET_CHARS = 8;
const REDACTED = '<redacted>';
const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'set-cookie']);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The base URL without the slashes at its end. Throws where no path can be appended to it. */
function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ConformanceError('invalid_url', `${JSON.stringify(text)} is not an http or https URL`);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new ConformanceError('invalid_url', 'the base URL has a user, a query or a fragment');
  }
  return text.replace(/\/+$/, '');
}

/** Sends HTTP requests to one SCIM service. Every status is a response: only a missing response is an error. */
export class Client {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #callerHeaders: ReadonlySet<string>;
  readonly #secrets: readonly string[];
  readonly #timeoutMs: number;
  readonly #fetch: typeof globalThis.fetch;

  constructor({ url, token, headers = {}, timeoutMs, fetch = globalThis.fetch, secrets = [] }: ClientOptions) {
    this.url = baseUrl(url);
    this.#headers = {
      accept: 'application/scim+json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...lowerCaseNames(headers),
    };
    this.#callerHeaders = new Set(Object.keys(lowerCaseNames(headers)));
    this.#secrets = [token ?? '', ...secrets, ...Object.values(headers)].filter(
      ({ length }) => length >= MIN_SECRET_CHARS,
    );
    this.#timeoutMs = timeoutMs;
    this.#fetch = fetch;
  }

  async send(method: string, path: string, options: RequestOptions = {}): Promise<ScimResponse> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#sendOnce(method, path, options);
      if (response.status !== 429 || attempt === MAX_ATTEMPTS) return response;
      const seconds = Number(response.headers.get('retry-after') ?? 1);
      const milliseconds = Math.min(Number.isNaN(seconds) ? 1 : seconds, MAX_RETRY_AFTER_SECONDS) * 1000;
      await wait(milliseconds, undefined, options.signal && { signal: options.signal });
    }
  }

  /** The text without the secrets of the caller. */
  readonly redact = (text: string): string =>
    this.#secrets.reduce((redacted, secret) => redacted.replaceAll(secret, REDACTED), text);

  async #sendOnce(method: string, path: string, options: RequestOptions): Promise<ScimResponse> {
    const { body, signal, onExchange } = options;
    const call = `${method} ${path}`;
    const headers = this.#headersFor(options);
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const request = this.#requestOf(method, path, headers, text);
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    try {
      const response = await this.#fetch(this.url + path, {
        method,
        headers,
        redirect: 'manual',
        signal: signal && method === 'GET' ? AbortSignal.any([signal, timeout]) : timeout,
        ...(text !== undefined && { body: text }),
      });
      const received = await response.text();
      onExchange?.({
        request,
        response: {
          status: response.status,
          headers: this.#reported(response.headers),
          body: this.#reportedBody(received),
        },
      });
      return { call, status: response.status, headers: response.headers, text: received, body: parse(received) };
    } catch (error) {
      onExchange?.({ request, error: reasonOf(error) });
      throw new NoResponseError(`${call}: ${reasonOf(error)}`, { cause: error });
    }
  }

  #headersFor({ body, headers = {} }: RequestOptions): [string, string][] {
    const all = {
      ...this.#headers,
      ...(body !== undefined && { 'content-type': 'application/scim+json' }),
      ...lowerCaseNames(headers),
    };
    return Object.entries(all).filter(([, value]) => value !== '');
  }

  #requestOf(method: string, path: string, headers: [string, string][], body: string | undefined): Exchange['request'] {
    return {
      method,
      url: this.redact(this.url + path),
      headers: this.#reported(headers),
      ...(body !== undefined && { body: this.#reportedBody(body) }),
    };
  }

  #reported(headers: Iterable<[string, string]>): Record<string, string> {
    const isSecret = (name: string) => SECRET_HEADERS.has(name) || this.#callerHeaders.has(name);
    return Object.fromEntries(
      [...headers].map(([name, value]) => [name, isSecret(name) ? REDACTED : this.redact(value)]),
    );
  }

  #reportedBody(text: string): string {
    const redacted = this.redact(text);
    return redacted.length > MAX_BODY_CHARS ? `${redacted.slice(0, MAX_BODY_CHARS)}…` : redacted;
  }
}

const lowerCaseNames = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** `fetch` wraps the error of the connection. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no response in time';
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
