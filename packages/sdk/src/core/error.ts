import type { WebHeaders } from './web.ts';

/** One for the process: every copy of this package, ESM or CommonJS, marks its errors with it. */
const KINDS = Symbol.for('@stele/sdk/error-kinds');

interface SteleErrorOptions extends ErrorOptions {
  readonly attempts?: number;
  readonly retryAfterMs?: number | undefined;
}

/** Everything that the SDK throws, except the reason of an aborted signal. */
export class SteleError extends Error {
  /** The name of the class, which survives minification. */
  static readonly kind: string = 'SteleError';

  override readonly name: string;
  /** How many requests the call sent before it ended. 0: nothing was sent. */
  readonly attempts: number;
  /** Milliseconds to wait before the call is repeated, where the server requires it. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { attempts = 0, retryAfterMs, ...options }: SteleErrorOptions = {}) {
    super(attempts > 1 ? `${message} (after ${attempts} attempts)` : message, options);
    this.name = new.target.kind;
    this.attempts = attempts;
    this.retryAfterMs = retryAfterMs;
  }

  /**
   * Whether a value is an error of this class, also when it comes from another copy of this package. `instanceof` is false
   * where one module imports the package and another one requires it.
   *
   * @example
   * if (NotFoundError.is(error)) console.log(error.requestId);
   */
  static is<Class extends ErrorClass>(this: Class, value: unknown): value is InstanceType<Class> {
    if (!Object.hasOwn(this, 'kind')) return value instanceof this;
    // Not `instanceof Object`: the value may come from another realm, such as that of a test runner.
    const kinds = typeof value === 'object' && value !== null && KINDS in value ? value[KINDS] : undefined;
    return Array.isArray(kinds) && kinds.includes(this.kind);
  }

  /** The kinds of the class and of the classes that it extends. */
  protected get [KINDS](): readonly string[] {
    const kinds: string[] = [];
    for (let Class = this.constructor as ErrorClass; Class.kind; Class = Object.getPrototypeOf(Class) as ErrorClass) {
      kinds.push(Class.kind);
    }
    return kinds;
  }

  /** Whether the same call may succeed later without a change. Use an `idempotencyKey` of your own to repeat a write. */
  get isRetryable(): boolean {
    return false;
  }
}

type ErrorClass = (abstract new (...args: never[]) => SteleError) & { readonly kind: string };

/** The error if it is one of this package, else one that has it as its cause. */
export function steleError(error: unknown, attempts = 0): SteleError {
  if (error instanceof SteleError) return error;
  return new SteleError(error instanceof Error ? error.message : 'unknown error', { cause: error, attempts });
}

/** Calls a function; what it throws becomes a `SteleError`. */
export function guarded<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw steleError(error);
  }
}

/** Codes of connections that fail in the same way each time: host names, certificates, TLS versions, invalid requests. */
const PERMANENT =
  /^(ENOTFOUND$|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_|ERR_SSL_|ERR_INVALID_|UND_ERR_INVALID_ARG|UND_ERR_NOT_SUPPORTED|UND_ERR_REQ_CONTENT_LENGTH_MISMATCH)/;

/** Whether a failure of `fetch` has a cause that another attempt does not change. */
function isPermanent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    PERMANENT.test(String((error as { code?: unknown }).code)) ||
    error.message === 'bad port' ||
    isPermanent(error.cause)
  );
}

/** No response: the server cannot be reached, or the connection broke. `cause` is the error of `fetch`. */
export class ConnectionError extends SteleError {
  static override readonly kind: string = 'ConnectionError';

  override get isRetryable(): boolean {
    return !isPermanent(this.cause);
  }
}

/** No response in time. Whether the server did what was asked is not known. */
export class TimeoutError extends SteleError {
  static override readonly kind: string = 'TimeoutError';

  override get isRetryable(): boolean {
    return true;
  }
}

/** What a dialect's error body says, in words that all dialects share. */
export interface Explanation {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly details?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** One answer that refuses, as it came over the wire. */
export interface Refusal extends Explanation {
  /** Method and path of the call. */
  readonly call: string;
  readonly status: number;
  readonly headers: WebHeaders;
  readonly body: unknown;
  readonly attempts: number;
  readonly cause?: unknown;
}

/** Days of the week and months, as `Retry-After` may name them. */
const DAY = '(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?';
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const TIME = '\\d\\d:\\d\\d:\\d\\d';

/** RFC 9110 5.6.7: IMF-fixdate, and the two obsolete formats that a recipient must accept. */
const HTTP_DATE = new RegExp(
  `^${DAY}(?:, \\d\\d ${MONTH} \\d{4} ${TIME} GMT|, \\d\\d-${MONTH}-\\d\\d ${TIME} GMT| ${MONTH} [ \\d]\\d ${TIME} \\d{4})$`,
);

/** RFC 9110 10.2.3: whole seconds, or a date. Anything else is ignored. `Date.parse` would take `1.5` for a date. */
function millisecondsUntil(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  if (!HTTP_DATE.test(retryAfter)) return undefined;
  // The third format has no time zone: it is UTC.
  const milliseconds = Date.parse(retryAfter.endsWith('GMT') ? retryAfter : `${retryAfter} GMT`) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

/** The server responded with an error. The subclasses are its kinds. */
export class ApiError extends SteleError {
  static override readonly kind: string = 'ApiError';
  /** The HTTP status. */
  readonly status: number;
  /** What to branch on: the `error` of v1, the `scimType` of SCIM, else a word for the status. */
  readonly code: string;
  /** For each field that is wrong, the reasons. Empty where the server names none. */
  readonly details: Readonly<Record<string, readonly string[]>>;
  /** The name of this exchange in the server's logs. */
  readonly requestId: string | undefined;
  /** Seconds to wait before the call is repeated, where the server requires it. */
  readonly retryAfter: number | undefined;
  /** The body: parsed if it is JSON, text otherwise. */
  readonly body: unknown;
  readonly headers: WebHeaders;

  constructor({ call, status, headers, body, code, message, details, attempts, cause }: Refusal) {
    const word = kindOf(status).code;
    super(`${call}: ${status} ${message ?? code ?? word ?? 'unexpected response'}`, {
      attempts,
      ...(cause !== undefined && { cause }),
      retryAfterMs: millisecondsUntil(headers.get('retry-after')),
    });
    this.status = status;
    this.code = code ?? word ?? `http_${status}`;
    this.details = details ?? {};
    this.requestId = headers.get('x-request-id') ?? undefined;
    this.retryAfter = this.retryAfterMs === undefined ? undefined : Math.ceil(this.retryAfterMs / 1000);
    this.body = body;
    this.headers = headers;
  }

  override get isRetryable(): boolean {
    // 409: the first request with this Idempotency-Key is in flight. A conflict that lasts has no Retry-After.
    return RETRYABLE.has(this.status) || (this.status === 409 && this.retryAfterMs !== undefined);
  }
}

/** The request is wrong as it stands: `details` names the fields. Also any 4xx that has no class of its own. */
export class BadRequestError extends ApiError {
  static override readonly kind: string = 'BadRequestError';
}

/** 401: the key is missing, wrong, expired or revoked. */
export class UnauthorizedError extends ApiError {
  static override readonly kind: string = 'UnauthorizedError';
}

/** 403: the key is valid and lacks the scope. */
export class ForbiddenError extends ApiError {
  static override readonly kind: string = 'ForbiddenError';
}

/** 404: no such user, key or tenant, as far as this key may see. */
export class NotFoundError extends ApiError {
  static override readonly kind: string = 'NotFoundError';
}

/** 405: the resource does not have this method. */
export class MethodNotAllowedError extends BadRequestError {
  static override readonly kind: string = 'MethodNotAllowedError';
}

/** 406: the server has no media type that `Accept` allows. */
export class NotAcceptableError extends BadRequestError {
  static override readonly kind: string = 'NotAcceptableError';
}

/** 408: the request did not arrive in time. */
export class RequestTimeoutError extends BadRequestError {
  static override readonly kind: string = 'RequestTimeoutError';
}

/** 409: a value that must be unique is taken, or the first call with this `idempotencyKey` is in flight. */
export class ConflictError extends ApiError {
  static override readonly kind: string = 'ConflictError';
}

/** 412: the resource has changed since the version in `ifMatch`. Nothing was written. */
export class PreconditionFailedError extends ApiError {
  static override readonly kind: string = 'PreconditionFailedError';
}

/** 413: the body is larger than the server allows. */
export class PayloadTooLargeError extends BadRequestError {
  static override readonly kind: string = 'PayloadTooLargeError';
}

/** 414: the query is too long; `search` of SCIM has none. */
export class UriTooLongError extends BadRequestError {
  static override readonly kind: string = 'UriTooLongError';
}

/** 415: the server does not read this content type. */
export class UnsupportedMediaTypeError extends BadRequestError {
  static override readonly kind: string = 'UnsupportedMediaTypeError';
}

/** 417: the header `Expect` cannot be met. */
export class ExpectationFailedError extends BadRequestError {
  static override readonly kind: string = 'ExpectationFailedError';
}

/** 422: this `idempotencyKey` belongs to another request. */
export class UnprocessableContentError extends BadRequestError {
  static override readonly kind: string = 'UnprocessableContentError';
}

/** 425: the server does not accept this request in TLS early data. */
export class TooEarlyError extends BadRequestError {
  static override readonly kind: string = 'TooEarlyError';
}

/** 428: the server requires `ifMatch` on writes. */
export class PreconditionRequiredError extends BadRequestError {
  static override readonly kind: string = 'PreconditionRequiredError';
}

/** 429: too many calls; wait for `retryAfter` seconds. */
export class RateLimitedError extends ApiError {
  static override readonly kind: string = 'RateLimitedError';
}

/** 431: the headers are larger than the server allows. */
export class HeadersTooLargeError extends BadRequestError {
  static override readonly kind: string = 'HeadersTooLargeError';
}

/** 500, and any 5xx that has no class of its own: the server failed. */
export class InternalError extends ApiError {
  static override readonly kind: string = 'InternalError';
}

/** 501: the server does not have this operation. */
export class NotImplementedError extends InternalError {
  static override readonly kind: string = 'NotImplementedError';
}

/** 502, 503, 504, and 520 to 529 of a CDN: the server is not available now. */
export class UnavailableError extends ApiError {
  static override readonly kind: string = 'UnavailableError';
}

const kinds: Readonly<Record<number, Kind>> = {
  400: { Class: BadRequestError, code: 'bad_request' },
  401: { Class: UnauthorizedError, code: 'unauthorized' },
  403: { Class: ForbiddenError, code: 'forbidden' },
  404: { Class: NotFoundError, code: 'not_found' },
  405: { Class: MethodNotAllowedError, code: 'method_not_allowed' },
  406: { Class: NotAcceptableError, code: 'not_acceptable' },
  408: { Class: RequestTimeoutError, code: 'request_timeout' },
  409: { Class: ConflictError, code: 'conflict' },
  412: { Class: PreconditionFailedError, code: 'precondition_failed' },
  413: { Class: PayloadTooLargeError, code: 'payload_too_large' },
  414: { Class: UriTooLongError, code: 'uri_too_long' },
  415: { Class: UnsupportedMediaTypeError, code: 'unsupported_media_type' },
  417: { Class: ExpectationFailedError, code: 'expectation_failed' },
  422: { Class: UnprocessableContentError, code: 'idempotency_key_reused' },
  425: { Class: TooEarlyError, code: 'too_early' },
  428: { Class: PreconditionRequiredError, code: 'precondition_required' },
  429: { Class: RateLimitedError, code: 'rate_limited' },
  431: { Class: HeadersTooLargeError, code: 'headers_too_large' },
  500: { Class: InternalError, code: 'internal_error' },
  501: { Class: NotImplementedError, code: 'not_implemented' },
};

interface Kind {
  readonly Class: typeof ApiError;
  readonly code?: string;
}

/** The statuses of a gateway or a CDN (520 to 529, Cloudflare) whose origin failed. */
const isGateway = (status: number): boolean => (status >= 502 && status <= 504) || (status >= 520 && status <= 529);

/** Statuses after which the same request may succeed. */
const RETRYABLE: ReadonlySet<number> = new Set([
  408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 528, 529,
]);

function kindOf(status: number): Kind {
  const known = kinds[status];
  if (known) return known;
  if (isGateway(status)) return { Class: UnavailableError, code: 'unavailable' };
  if (status >= 500) return { Class: InternalError };
  return { Class: status >= 400 ? BadRequestError : ApiError };
}

/** The error of the class that belongs to the status. */
export const apiError = (refusal: Refusal): ApiError => new (kindOf(refusal.status).Class)(refusal);

/** The error of a success whose body is not what the operation returns. */
export const malformedAnswer = (answer: Omit<Refusal, keyof Explanation>): ApiError =>
  apiError({ ...answer, code: 'malformed_answer', message: 'the response has an unexpected body' });
