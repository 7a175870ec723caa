import manifest from '../../package.json' with { type: 'json' };
import { apiError, ConnectionError, SteleError, TimeoutError, type Explanation } from './error.ts';
import type { RequestOptions, WriteOptions } from './options.ts';
import { ApiPromise, type Answer } from './promise.ts';
import type { Fetch, WebResponse } from './web.ts';

/** The shape of the generated operations. */
export interface Operation {
  method: string;
  path: string;
  params?: object;
  query?: object;
  body?: unknown;
  response: unknown;
}

type Query<Op> = Op extends { query: infer Query }
  ? object extends Query
    ? { query?: Query }
    : { query: Query }
  : object;

/** What an operation is called with. */
export type Input<Op extends Operation> = Pick<Op, keyof Op & ('params' | 'body')> & Query<Op>;
export type Body<Op extends { body: unknown }> = Op['body'];
export type Result<Op extends Operation> = ApiPromise<Op['response']>;

interface AnyInput {
  readonly params?: object | undefined;
  readonly query?: object | undefined;
  readonly body?: unknown;
}

/** Where to, as whom, and by which means. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  readonly fetch: Fetch;
  readonly timeout: number;
}

/** What the transport has to know of a dialect. */
export interface Voice {
  readonly mediaType: string;
  /** Reads an error body. It may be anything. */
  explain(body: unknown): Explanation;
}

/** A timer holds 31 bits of milliseconds (25 days); a longer one would fire at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Browsers say who they are themselves, and asking them to say otherwise costs a preflight. */
const isBrowser = 'document' in globalThis || 'importScripts' in globalThis;

const agent = isBrowser ? {} : { 'User-Agent': `stele-sdk/${manifest.version}` };

/** The one place where a path parameter becomes a part of a URL. */
function fillPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name] ?? '';
    // A dot segment, percent-encoded or not, would be resolved and name another resource.
    if (['', '.', '..'].includes(value) || !value.isWellFormed()) {
      throw new SteleError(`${name} must be an identifier, not ${JSON.stringify(value)}`);
    }
    return encodeURIComponent(value);
  });
}

function queryString(query: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(query).filter(([, value]) => value !== undefined);
  return said.length === 0
    ? ''
    : `?${new URLSearchParams(said.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

function ifMatchHeader(options: WriteOptions): Record<string, string> {
  if (!('ifMatch' in options)) return {};
  const etag = typeof options.ifMatch === 'string' ? options.ifMatch : options.ifMatch?.etag;
  if (!etag) throw new SteleError('ifMatch was given without an ETag; nothing was sent');
  return { 'If-Match': etag };
}

function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Makes the calls of one dialect. */
export class Http {
  readonly #connection: Connection;
  readonly #voice: Voice;

  constructor(connection: Connection, voice: Voice) {
    this.#connection = connection;
    this.#voice = voice;
  }

  /** Calls one operation. Verb, path, input and result are those of `Op`; anything else does not compile. */
  call<Op extends Operation>(
    method: Op['method'],
    path: Op['path'],
    input: Input<Op>,
    options: RequestOptions = {},
  ): Result<Op> {
    return new ApiPromise<Op['response']>(this.#call(method, path, input, options));
  }

  async #call(method: string, path: string, input: AnyInput, options: WriteOptions): Promise<Answer<unknown>> {
    const target = fillPath(path, { ...(input.params as Record<string, string>) }) + queryString({ ...input.query });
    const { mediaType } = this.#voice;
    const headers = new Headers({
      Accept: mediaType,
      Authorization: `Bearer ${this.#connection.token}`,
      ...agent,
      ...(input.body === undefined ? {} : { 'Content-Type': mediaType }),
      ...ifMatchHeader(options),
    });
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    const body = input.body === undefined ? {} : { body: JSON.stringify(input.body) };

    const call = `${method} ${target.split('?', 1)[0]}`;
    const { response, text } = await this.#exchange(call, target, { method, headers, ...body }, options);
    const answer = {
      response,
      etag: response.headers.get('etag') ?? undefined,
      requestId: response.headers.get('x-request-id') ?? undefined,
    };
    if (response.status === 204) return { ...answer, data: undefined };
    const parsed = parseJson(text);
    if (response.ok && parsed) return { ...answer, data: parsed.value };
    throw apiError({
      call,
      status: response.status,
      headers: response.headers,
      ...(parsed ? { body: parsed.value, ...this.#voice.explain(parsed.value) } : { body: text }),
      ...(response.ok ? { code: 'malformed_answer', message: 'the answer is not JSON' } : {}),
    });
  }

  /** Sends one request and reads the whole answer, within the time and the signal that the caller gave. */
  async #exchange(
    call: string,
    target: string,
    init: { method: string; headers: Headers; body?: string },
    { signal, timeout = this.#connection.timeout }: RequestOptions,
  ): Promise<{ response: WebResponse; text: string }> {
    if (!(timeout > 0)) throw new SteleError('timeout must be a number of milliseconds above 0');
    signal?.throwIfAborted();
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const late = () => controller.abort(new TimeoutError(`${call}: no answer within ${timeout} ms`));
    const timer = setTimeout(late, Math.min(timeout, LONGEST_TIMEOUT));
    try {
      // A redirect is not followed: it could turn a POST into a GET, and it shows that the URL is wrong.
      const response = await this.#connection.fetch(this.#connection.url + target, {
        ...init,
        redirect: 'manual',
        signal: controller.signal,
      });
      return { response, text: await response.text() };
    } catch (cause) {
      // What `fetch` throws when it is aborted differs between runtimes; the reason does not.
      if (controller.signal.aborted) throw controller.signal.reason;
      throw new ConnectionError(`${call}: no answer from ${new URL(this.#connection.url).host}`, { cause });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }
}
