import { setTimeout as wait } from 'node:timers/promises';

export interface Answer {
  /** Method and path, as a remark names them. */
  readonly call: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly body: unknown;
}

export interface Ask {
  /** Sent as JSON, or as it is when it is text. */
  readonly body?: unknown;
  /** None goes out where a value is empty. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends a wait before the request is sent again. */
  readonly stop?: AbortSignal;
}

/** There is no answer, or none in time. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

export interface ClientOptions {
  /** The base URL of the service. */
  readonly url: string;
  readonly token: string;
  /** Milliseconds that one request may take. */
  readonly timeout: number;
  /** In place of the platform's. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Times that a request is sent again because of 429, and the longest wait in seconds. */
const PATIENCE = { tries: 5, seconds: 60 };

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Plain HTTP with one SCIM service: what it answers is given as it came. */
export class Client {
  readonly url: string;
  readonly #token: string;
  readonly #timeout: number;
  readonly #fetch: typeof globalThis.fetch;

  constructor({ url, token, timeout, fetch = globalThis.fetch }: ClientOptions) {
    this.url = url.replace(/\/+$/, '');
    this.#token = token;
    this.#timeout = timeout;
    this.#fetch = fetch;
  }

  async send(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#once(method, path, ask);
      if (answer.status !== 429 || tries === PATIENCE.tries) return answer;
      const seconds = Number(answer.headers.get('retry-after') ?? 1);
      const milliseconds = Math.min(Number.isNaN(seconds) ? 1 : seconds, PATIENCE.seconds) * 1000;
      await wait(milliseconds, undefined, ask.stop && { signal: ask.stop });
    }
  }

  async #once(method: string, path: string, { body, headers }: Ask): Promise<Answer> {
    const call = `${method} ${path}`;
    const sent = {
      accept: 'application/scim+json',
      authorization: `Bearer ${this.#token}`,
      ...(body !== undefined && { 'content-type': 'application/scim+json' }),
      ...headers,
    };
    try {
      const response = await this.#fetch(this.url + path, {
        method,
        headers: Object.entries(sent).filter(([, value]) => value !== ''),
        redirect: 'manual',
        signal: AbortSignal.timeout(this.#timeout),
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { call, status: response.status, headers: response.headers, text, body: parse(text) };
    } catch (error) {
      throw new NoAnswerError(`${call}: ${reasonOf(error)}`, { cause: error });
    }
  }
}

/** `fetch` wraps what went wrong. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
