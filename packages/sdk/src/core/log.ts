import { parseJson } from './json.ts';
import { redact } from './redact.ts';
import type { WebHeaders, WebResponse } from './web.ts';

/** One side of an exchange. */
export interface LoggedMessage {
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed. Of what is not JSON only the length is said: what is secret in it cannot be told. */
  readonly body?: unknown;
}

/**
 * One attempt of a call. It holds no secret: neither the token, nor what a field or header holds whose name ends in
 * `password`, `key`, `token`, `secret`, `authorization` or `cookie`, nor the same text anywhere else.
 */
export interface LogEntry {
  /** 1 is the first. */
  readonly attempt: number;
  readonly method: string;
  /** With the query, below the client's `url`. */
  readonly path: string;
  /** Until the whole answer was read, or until it was clear that there is none. */
  readonly milliseconds: number;
  readonly request: LoggedMessage;
  /** Of the answer. */
  readonly status?: number;
  /** The name of this exchange in the server's logs. */
  readonly requestId?: string | undefined;
  readonly response?: LoggedMessage;
  /** Why there was no answer. */
  readonly error?: string;
}

export type Log = (entry: LogEntry) => void;

/** A body as it is sent. */
export interface Content {
  /** With its parameters. */
  readonly type: string;
  readonly body: string | ArrayBuffer;
}

/** What every attempt of a call sends. */
export interface Request {
  readonly method: string;
  /** Path and query, below the client's `url`. */
  readonly target: string;
  readonly headers: WebHeaders;
  readonly body: Content['body'] | undefined;
}

/** An answer, wholly read. */
export interface Exchange {
  readonly response: WebResponse;
  readonly text: string;
}

function said(body: Content['body']): unknown {
  if (typeof body !== 'string') return `[${body.byteLength} bytes that are not JSON]`;
  const { value } = parseJson(body) ?? { value: `[${body.length} characters that are not JSON]` };
  return value;
}

const message = (headers: WebHeaders, body: Content['body'] = ''): LoggedMessage => ({
  headers: Object.fromEntries(headers),
  ...(body === '' ? {} : { body: said(body) }),
});

/** An error with its causes: why `fetch` failed is said by the innermost. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = `${error.name}: ${error.message}`;
  return error.cause === undefined ? said : `${said}; ${reasonOf(error.cause)}`;
}

const answered = ({ response, text }: Exchange) => ({
  status: response.status,
  requestId: response.headers.get('x-request-id') ?? undefined,
  response: message(response.headers, text),
});

/** Tells the log of an attempt, once it has ended. */
export async function logged(
  log: Log,
  { attempt, token, method, target, headers, body }: Request & { readonly attempt: number; readonly token: string },
  exchange: Promise<Exchange>,
): Promise<Exchange> {
  const began = performance.now();
  const outcome = await exchange.then(answered, (error: unknown) => ({ error: reasonOf(error) }));
  const milliseconds = Math.round(performance.now() - began);
  const entry = { attempt, method, path: target, milliseconds, request: message(headers, body), ...outcome };
  try {
    // What the path says in one text is given by name as well, so that a secret in it is found.
    const query = Object.fromEntries(new URLSearchParams(target.split('?')[1]));
    const { query: _, ...told } = redact({ ...entry, query }, [token]) as LogEntry & { query: unknown };
    log(told);
  } catch {
    // What became of the call does not depend on its log.
  }
  return exchange;
}
