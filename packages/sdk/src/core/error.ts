import type { WebHeaders } from './web.ts';

/** Everything that the SDK throws, except the reason of an aborted signal. */
export class SteleError extends Error {
  override readonly name: string = 'SteleError';
  /** How many requests the call sent before it gave up. 0: nothing was sent. */
  readonly attempts: number;

  constructor(message: string, { attempts = 0, ...options }: ErrorOptions & { readonly attempts?: number } = {}) {
    super(attempts > 1 ? `${message} (after ${attempts} attempts)` : message, options);
    this.attempts = attempts;
  }
}

/** No answer: the server cannot be reached, or the connection broke. `cause` says how. */
export class ConnectionError extends SteleError {
  override readonly name = 'ConnectionError';
}

/** No answer in time. Whether the server did what was asked is not known. */
export class TimeoutError extends SteleError {
  override readonly name = 'TimeoutError';
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
}

const codes: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  408: 'request_timeout',
  409: 'conflict',
  412: 'precondition_failed',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  417: 'expectation_failed',
  422: 'idempotency_key_reused',
  428: 'precondition_required',
  429: 'rate_limited',
  431: 'headers_too_large',
  500: 'internal_error',
  501: 'not_implemented',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

/** RFC 9110 10.2.3: seconds, or a date. */
function secondsUntil(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter);
  const seconds = Math.ceil((Date.parse(retryAfter) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/** The server answered, and its answer is a refusal. The subclasses tell the kinds apart. */
export class ApiError extends SteleError {
  override readonly name: string = 'ApiError';
  /** The HTTP status. */
  readonly status: number;
  /** What to branch on: the `error` of v1, the `scimType` of SCIM, else a word that stands for the status. */
  readonly code: string;
  /** For each field that is wrong, why. Empty where the server names none. */
  readonly details: Readonly<Record<string, readonly string[]>>;
  /** The name of this exchange in the server's logs. */
  readonly requestId: string | undefined;
  /** Seconds after which another try makes sense, where the server says so. */
  readonly retryAfter: number | undefined;
  /** The body: parsed if it is JSON, text otherwise. */
  readonly body: unknown;
  readonly headers: WebHeaders;

  constructor({ call, status, headers, body, code, message, details, attempts }: Refusal) {
    super(`${call}: ${status} ${message ?? code ?? codes[status] ?? 'unexpected answer'}`, { attempts });
    this.status = status;
    this.code = code ?? codes[status] ?? `http_${status}`;
    this.details = details ?? {};
    this.requestId = headers.get('x-request-id') ?? undefined;
    this.retryAfter = secondsUntil(headers.get('retry-after'));
    this.body = body;
    this.headers = headers;
  }
}

/** The request is wrong as it stands: `details` names the fields. Any 4xx that has no class of its own. */
export class BadRequestError extends ApiError {
  override readonly name = 'BadRequestError';
}

/** 401: the key is missing, wrong, expired or revoked. */
export class UnauthorizedError extends ApiError {
  override readonly name = 'UnauthorizedError';
}

/** 403: the key is good and lacks the scope. */
export class ForbiddenError extends ApiError {
  override readonly name = 'ForbiddenError';
}

/** 404: no such user, key or tenant, as far as this key may see. */
export class NotFoundError extends ApiError {
  override readonly name = 'NotFoundError';
}

/** 409: a value that must be unique is taken, or the first call with this `idempotencyKey` is still under way. */
export class ConflictError extends ApiError {
  override readonly name = 'ConflictError';
}

/** 412: the user has changed since the version in `ifMatch`. Nothing was written. */
export class PreconditionFailedError extends ApiError {
  override readonly name = 'PreconditionFailedError';
}

/** 429: too many calls; `retryAfter` says how long to wait. */
export class RateLimitedError extends ApiError {
  override readonly name = 'RateLimitedError';
}

/** 502, 503, 504: nobody could do the work just now. */
export class UnavailableError extends ApiError {
  override readonly name = 'UnavailableError';
}

/** Any other 5xx: the server failed. */
export class InternalError extends ApiError {
  override readonly name = 'InternalError';
}

const classes: Readonly<Record<number, typeof ApiError>> = {
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  409: ConflictError,
  412: PreconditionFailedError,
  429: RateLimitedError,
  502: UnavailableError,
  503: UnavailableError,
  504: UnavailableError,
};

const otherwise = (status: number): typeof ApiError =>
  status >= 500 ? InternalError : status >= 400 ? BadRequestError : ApiError;

/** The error of the class that belongs to the status. */
export function apiError(refusal: Refusal): ApiError {
  const Class = classes[refusal.status] ?? otherwise(refusal.status);
  return new Class(refusal);
}
