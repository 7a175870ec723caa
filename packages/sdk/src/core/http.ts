import { assertNumber, isVisible } from './check.ts';
import {
  apiError,
  ConnectionError,
  malformedAnswer,
  SteleError,
  steleError,
  TimeoutError,
  type Explanation,
} from './error.ts';
import { encodeForm, type FormFile } from './form.ts';
import { encodeJson, parseJson } from './json.ts';
import { logged, type Content, type Exchange, type Log, type LogEntry, type Request } from './log.ts';
import type { CallLog } from './logger.ts';
import type { ChangeOptions, Preview, RequestOptions, WriteOptions } from './options.ts';
import { ApiPromise, type Answer } from './promise.ts';
import { pauseAfter } from './retry.ts';
import { targetBelow, targetOf } from './target.ts';
import { within } from './time.ts';
import type { Fetch, WebSignal } from './web.ts';

/** The shape of the generated operations. */
export interface Operation {
  method: string;
  path: string;
  params?: object;
  query?: object;
  body?: unknown;
  response: unknown;
}

type InQuery<Op> = Op extends { query: infer Query }
  ? object extends Query
    ? { query?: Query }
    : { query: Query }
  : object;

/** What an operation is called with. */
export type Input<Op extends Operation> = Pick<Op, keyof Op & ('params' | 'body')> &
  InQuery<Op> &
  Pick<AnyInput, 'reads' | 'isForm' | 'prefer'>;
export type Body<Op extends { body: unknown }> = Op['body'];
export type Query<Op extends { query: object }> = Op['query'];
export type Result<Op extends Operation> = ApiPromise<Op['response']>;
/** The operation, with what it would change in the place of its response. */
export type Previewed<Op extends Operation> = Omit<Op, 'response'> & { response: Preview };

interface AnyInput {
  readonly params?: object | undefined;
  readonly query?: object | undefined;
  readonly body?: unknown;
  /** It changes nothing, whatever its verb: nobody has to remember that it was asked. */
  readonly reads?: true;
  /** The body is a form, and what it holds are files. */
  readonly isForm?: true;
  /** RFC 7240: what the response is. */
  readonly prefer?: 'preview' | 'minimal' | undefined;
}

/** A request that no method has. */
export interface SteleRequest {
  method: string;
  /** Below the client's `url`: `/v1/users?per_page=10`. A URL that begins with the client's `url`, such as a link of a response, too. */
  path: string;
  /** More parameters of the query: `{ filter: { role: 'admin' } }` is `filter[role]=admin`. */
  query?: object;
  /** Encoded as JSON. A `Blob`, bytes, `FormData` and `URLSearchParams` are sent as they are. */
  body?: unknown;
}

/** What is sent, before it is encoded. */
interface Draft extends Omit<AnyInput, 'params' | 'query' | 'reads'> {
  readonly reads: boolean;
  readonly method: string;
  readonly target: string;
  /** Whether the response may be something else than JSON. */
  readonly isAny?: true;
}

/** An input, or how it is made from the caller's arguments: what that throws is an error of the call. */
export type Given<What> = What | (() => What);

/** Where to, as whom, and by which means. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  readonly fetch: Fetch;
  readonly timeout: number;
  readonly retries: number;
  readonly maxRetryAfter: number;
  readonly userAgent: string | undefined;
  readonly log: Log | undefined;
  readonly callLog: CallLog | undefined;
}

/** What the transport has to know of a dialect. */
export interface Voice {
  readonly mediaType: string;
  /** Reads an error body. It may be anything. */
  explain(body: unknown): Explanation;
}

/**
 * The ETag of a condition. The directory's tags are strong; a proxy that compresses weakens them (RFC 9110 8.8.3.3), and v1 and
 * NERM compare strongly.
 */
const strongly = (etag: string): string => etag.replace(/(^|, *)W\/(?=")/g, '$1');

function ifMatchHeader(options: WriteOptions): Record<string, string> {
  if (!('ifMatch' in options)) return {};
  const etag = typeof options.ifMatch === 'string' ? options.ifMatch : options.ifMatch?.etag;
  if (!etag) throw new SteleError('ifMatch was given without an ETag; nothing was sent');
  return { 'If-Match': strongly(etag) };
}

/** A UUID of version 4. `randomUUID` is missing on pages without TLS. */
function uuid(): string {
  if ('randomUUID' in crypto && crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** RFC 9110 9.2.1: reading changes nothing. A change has a key, so that the server makes it once however often it is sent. */
function idempotencyHeader(reads: boolean, { idempotencyKey }: ChangeOptions): Record<string, string> {
  if (reads) return {};
  if (idempotencyKey === undefined) return { 'Idempotency-Key': uuid() };
  if (isVisible(idempotencyKey) && idempotencyKey.length <= 255) return { 'Idempotency-Key': idempotencyKey };
  throw new SteleError('idempotencyKey must be 1 to 255 visible ASCII characters; nothing was sent');
}

/** A body that the platform encodes. */
const isEncoded = (body: unknown): body is ConstructorParameters<typeof Response>[0] =>
  ArrayBuffer.isView(body) || [ArrayBuffer, Blob, FormData, URLSearchParams].some((Class) => body instanceof Class);

async function contentOf({ body, isForm, isAny }: Draft, mediaType: string): Promise<Content> {
  if (isAny && isEncoded(body)) {
    const encoded = new Response(body);
    const type = encoded.headers.get('content-type') ?? 'application/octet-stream';
    return { type, body: await encoded.arrayBuffer() };
  }
  return isForm ? encodeForm(body as Readonly<Record<string, FormFile>>) : { type: mediaType, body: encodeJson(body) };
}

/** Header fields of the connection (RFC 9110 7.6.1) and of the message, which are those of the platform. */
const CONNECTION_FIELDS =
  /^(?:connection|content-length|expect|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;

/** Sets the headers of the caller. `undefined` would be sent as the text "undefined", and an error of `set` quotes the value. */
function setHeaders(headers: Headers, own: RequestOptions['headers']): void {
  for (const [name, value] of Object.entries(own ?? {}) as [string, unknown][]) {
    try {
      if (typeof value !== 'string' || CONNECTION_FIELDS.test(name)) throw new TypeError('not a field of the caller');
      headers.set(name, value);
    } catch {
      throw new SteleError(
        `the header ${JSON.stringify(name)} has a name or a value that cannot be sent; nothing was sent`,
      );
    }
  }
}

/** `fetch` would throw only when the request is on its way, as if the connection had failed. */
function assertMethod(method: unknown, body: unknown): asserts method is string {
  if (typeof method !== 'string' || !/^[A-Z]+$/.test(method) || /^(?:CONNECT|TRACE|TRACK)$/.test(method)) {
    throw new SteleError('method must be an HTTP method in upper case');
  }
  if (body !== undefined && /^(?:GET|HEAD)$/.test(method))
    throw new SteleError(`${method} has no body; nothing was sent`);
}

const isSafe = (method: string): boolean => /^(?:GET|HEAD|OPTIONS)$/.test(method);

const definedIn = <Options extends object>(options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;

/** The limits of a call, or of every call of a client. */
export function limitsOf({
  timeout,
  retries,
  maxRetryAfter,
}: Pick<Connection, 'timeout' | 'retries' | 'maxRetryAfter'>) {
  return {
    timeout: assertNumber('timeout', timeout, 'a number of milliseconds above 0', timeout > 0),
    retries: assertNumber('retries', retries, '0 or more', retries >= 0),
    maxRetryAfter: assertNumber('maxRetryAfter', maxRetryAfter, '0 milliseconds or more', maxRetryAfter >= 0),
  };
}

/** Of a call, in errors: the query may be long. */
const nameOf = ({ method, target }: Pick<Request, 'method' | 'target'>): string =>
  `${method} ${target.split('?', 1)[0]}`;

/** How far a call is. */
interface Progress {
  attempts: number;
  /** The log of the last attempt, where there is a log. */
  entry?: LogEntry;
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
    input: Given<Input<Op>>,
    options?: RequestOptions,
  ): Result<Op> {
    const answer = this.#call(() => {
      const { params, query, ...rest }: AnyInput = typeof input === 'function' ? input() : input;
      return { reads: isSafe(method), ...rest, method, target: targetOf(path, params, query) };
    }, options ?? {});
    return new ApiPromise(() => answer);
  }

  /** Sends what no method has. */
  request<Data>(given: SteleRequest, options?: WriteOptions): ApiPromise<Data> {
    const answer = this.#call(() => {
      const { method, path, query, body } = given;
      assertMethod(method, body);
      const target = targetBelow(this.#connection.url, path, query);
      return { method, target, isAny: true, reads: isSafe(method), ...(body !== undefined && { body }) };
    }, options ?? {});
    return new ApiPromise(() => answer as Promise<Answer<Data>>);
  }

  async #call(draft: () => Draft, options: WriteOptions): Promise<Answer<unknown>> {
    const { signal } = options;
    const progress: Progress = { attempts: 0 };
    try {
      const drafted = draft();
      const request = await this.#request(drafted, options);
      return await this.#send(request, options, progress, drafted.isAny);
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error;
      if (progress.entry) this.#connection.callLog?.failure(progress.entry);
      throw steleError(error, progress.attempts);
    }
  }

  #send(request: Request, options: RequestOptions, progress: Progress, isAny?: true): Promise<Answer<unknown>> {
    const { signal } = options;
    const { timeout, retries, maxRetryAfter } = limitsOf({ ...this.#connection, ...definedIn(options) });
    const late = () => new TimeoutError(`${nameOf(request)}: no response within ${timeout} ms`, progress);
    return within({ signal, timeout, late }, async (time) => {
      for (;;) {
        const attempt = (progress.attempts += 1);
        try {
          return this.#read(request, await this.#attempt(request, progress, time.signal), attempt, isAny);
        } catch (error) {
          const pause =
            attempt > retries || time.signal.aborted ? undefined : pauseAfter(error, attempt, maxRetryAfter);
          if (pause === undefined || pause >= time.left()) throw error;
          if (progress.entry) this.#connection.callLog?.retry(progress.entry, pause);
          await time.pass(pause);
        }
      }
    });
  }

  async #request(draft: Draft, options: WriteOptions): Promise<Request> {
    const { method, target, reads, prefer } = draft;
    const { mediaType } = this.#voice;
    // Once for all attempts: requests with one Idempotency-Key must be the same, byte for byte.
    const content = 'body' in draft ? await contentOf(draft, mediaType) : undefined;
    const headers = new Headers({
      Accept: mediaType,
      Authorization: `Bearer ${this.#connection.token}`,
      ...(this.#connection.userAgent && { 'User-Agent': this.#connection.userAgent }),
      ...(prefer && { Prefer: `return=${prefer}` }),
      ...(content && { 'Content-Type': content.type }),
      ...idempotencyHeader(reads, options),
      ...ifMatchHeader(options),
    });
    setHeaders(headers, options.headers);
    return { method, target, headers, body: content?.body };
  }

  #attempt(request: Request, progress: Progress, signal: WebSignal): Promise<Exchange> {
    const { log, callLog, token } = this.#connection;
    const { attempts: attempt } = progress;
    const exchange = this.#exchange(request, attempt, signal);
    if (!log && !callLog) return exchange;
    const write: Log = (entry) => {
      progress.entry = entry;
      callLog?.attempt(entry);
      log?.(entry);
    };
    return logged(write, { ...request, attempt, token }, exchange);
  }

  /** Sends a request once and reads the whole answer. */
  async #exchange({ method, target, headers, body }: Request, attempts: number, signal: WebSignal): Promise<Exchange> {
    const { url, fetch } = this.#connection;
    try {
      const init = { method, headers: new Headers(headers), ...(body === undefined ? {} : { body }), signal };
      // A redirect is not followed: it could turn a POST into a GET, and it shows that the URL is wrong.
      const response = await fetch(url + target, { ...init, redirect: 'manual' });
      return { response, text: await response.text() };
    } catch (cause) {
      // What `fetch` throws when it is aborted differs between runtimes; the reason does not.
      if (signal.aborted) throw signal.reason;
      if (cause instanceof SteleError) throw cause;
      const call = nameOf({ method, target });
      throw new ConnectionError(`${call}: no response from ${new URL(url).host}`, { cause, attempts });
    }
  }

  #read(request: Request, { response, text }: Exchange, attempts: number, isAny?: true): Answer<unknown> {
    const answer = {
      response,
      etag: strongly(response.headers.get('etag') ?? '') || undefined,
      requestId: response.headers.get('x-request-id') ?? undefined,
      warning: response.headers.get('stele-warning') ?? undefined,
    };
    if (response.status === 204) return { ...answer, data: undefined };
    const parsed = parseJson(text);
    if (response.ok && parsed) return { ...answer, data: parsed.value };
    if (response.ok && isAny) return { ...answer, data: text === '' ? undefined : text };
    const { status, headers } = response;
    const refusal = { call: nameOf(request), attempts, status, headers, body: parsed ? parsed.value : text };
    throw response.ok ? malformedAnswer(refusal) : apiError({ ...refusal, ...this.#voice.explain(refusal.body) });
  }
}
