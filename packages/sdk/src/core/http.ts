import manifest from '../../package.json' with { type: 'json' };
import { apiError, ConnectionError, SteleError, TimeoutError, type Explanation } from './error.ts';
import { encodeForm, type FormFile } from './form.ts';
import { parseJson } from './json.ts';
import { logged, type Content, type Exchange, type Log, type Request } from './log.ts';
import type { ChangeOptions, RequestOptions, WriteOptions } from './options.ts';
import { ApiPromise, type Answer } from './promise.ts';
import { pauseAfter } from './retry.ts';
import { targetOf } from './target.ts';
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
  Pick<AnyInput, 'reads' | 'isForm'>;
export type Body<Op extends { body: unknown }> = Op['body'];
export type Query<Op extends { query: object }> = Op['query'];
export type Result<Op extends Operation> = ApiPromise<Op['response']>;

interface AnyInput {
  readonly params?: object | undefined;
  readonly query?: object | undefined;
  readonly body?: unknown;
  /** It changes nothing, whatever its verb: nobody has to remember that it was asked. */
  readonly reads?: true;
  /** The body is a form, and what it holds are files. */
  readonly isForm?: true;
}

/** Where to, as whom, and by which means. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  readonly fetch: Fetch;
  readonly timeout: number;
  readonly retries: number;
  readonly log: Log | undefined;
}

/** What the transport has to know of a dialect. */
export interface Voice {
  readonly mediaType: string;
  /** Reads an error body. It may be anything. */
  explain(body: unknown): Explanation;
}

/** Browsers say who they are themselves, and asking them to say otherwise costs a preflight. */
const isBrowser = 'document' in globalThis || 'importScripts' in globalThis;

const agent = isBrowser ? {} : { 'User-Agent': `stele-sdk/${manifest.version}` };

function ifMatchHeader(options: WriteOptions): Record<string, string> {
  if (!('ifMatch' in options)) return {};
  const etag = typeof options.ifMatch === 'string' ? options.ifMatch : options.ifMatch?.etag;
  if (!etag) throw new SteleError('ifMatch was given without an ETag; nothing was sent');
  return { 'If-Match': etag };
}

/** RFC 9110 9.2.1: reading changes nothing. Everything else is named, so that to send it again does nothing twice. */
function idempotencyHeader(reads: boolean, { idempotencyKey }: ChangeOptions): Record<string, string> {
  if (reads) return {};
  if (idempotencyKey === undefined) return { 'Idempotency-Key': crypto.randomUUID() };
  if (/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) return { 'Idempotency-Key': idempotencyKey };
  throw new SteleError('idempotencyKey must be 1 to 255 visible ASCII characters; nothing was sent');
}

async function contentOf({ body, isForm }: AnyInput, mediaType: string): Promise<Content | undefined> {
  if (body === undefined) return undefined;
  return isForm
    ? encodeForm(body as Readonly<Record<string, FormFile>>)
    : { type: mediaType, body: JSON.stringify(body) };
}

/** Of a call, in errors: the query may be long. */
const nameOf = ({ method, target }: Pick<Request, 'method' | 'target'>): string =>
  `${method} ${target.split('?', 1)[0]}`;

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
    const answer = this.#call(method, path, input, options) as Promise<Answer<Op['response']>>;
    return new ApiPromise(() => answer);
  }

  async #call(method: string, path: string, input: AnyInput, options: WriteOptions): Promise<Answer<unknown>> {
    const request = await this.#request(method, path, input, options);
    const { signal, timeout = this.#connection.timeout, retries = this.#connection.retries } = options;
    if (!(retries >= 0)) throw new SteleError('retries must be 0 or more');
    let attempts = 0;
    const late = () => new TimeoutError(`${nameOf(request)}: no answer within ${timeout} ms`, { attempts });
    return within({ signal, timeout, late }, async (time) => {
      for (;;) {
        attempts += 1;
        try {
          return this.#read(request, await this.#attempt(request, attempts, time.signal), attempts);
        } catch (error) {
          const pause = attempts > retries ? undefined : pauseAfter(error, attempts);
          if (pause === undefined || pause >= time.left()) throw error;
          await time.pass(pause);
        }
      }
    });
  }

  async #request(method: string, path: string, input: AnyInput, options: WriteOptions): Promise<Request> {
    const { params, query, reads = method === 'GET' } = input;
    const { mediaType } = this.#voice;
    // Once for all attempts: what has the same name has to be the same, byte for byte.
    const content = await contentOf(input, mediaType);
    const headers = new Headers({
      Accept: mediaType,
      Authorization: `Bearer ${this.#connection.token}`,
      ...agent,
      ...(content && { 'Content-Type': content.type }),
      ...idempotencyHeader(reads, options),
      ...ifMatchHeader(options),
    });
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    const target = targetOf(path, params, query);
    return { method, target, headers, body: content?.body };
  }

  #attempt(request: Request, attempt: number, signal: WebSignal): Promise<Exchange> {
    const { log, token } = this.#connection;
    const exchange = this.#exchange(request, attempt, signal);
    return log ? logged(log, { ...request, attempt, token }, exchange) : exchange;
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
      const call = nameOf({ method, target });
      throw new ConnectionError(`${call}: no answer from ${new URL(url).host}`, { cause, attempts });
    }
  }

  #read(request: Request, { response, text }: Exchange, attempts: number): Answer<unknown> {
    const answer = {
      response,
      etag: response.headers.get('etag') ?? undefined,
      requestId: response.headers.get('x-request-id') ?? undefined,
      warning: response.headers.get('stele-warning') ?? undefined,
    };
    if (response.status === 204) return { ...answer, data: undefined };
    const parsed = parseJson(text);
    if (response.ok && parsed) return { ...answer, data: parsed.value };
    throw apiError({
      call: nameOf(request),
      attempts,
      status: response.status,
      headers: response.headers,
      ...(parsed ? { body: parsed.value, ...this.#voice.explain(parsed.value) } : { body: text }),
      ...(response.ok ? { code: 'malformed_answer', message: 'the answer is not JSON' } : {}),
    });
  }
}
