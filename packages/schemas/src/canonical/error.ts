/**
 * Every way in which a request can be refused, and its HTTP status. A dialect gives each its own words; below the HTTP
 * room nobody knows a status.
 */
export const errorStatus = {
  validation_error: 400,
  invalid_parameter: 400,
  malformed_body: 400,
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  route_not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  request_in_progress: 409,
  too_many_secrets: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  uri_too_long: 414,
  unsupported_media_type: 415,
  expectation_failed: 417,
  idempotency_key_reused: 422,
  precondition_required: 428,
  rate_limited: 429,
  headers_too_large: 431,
  internal_error: 500,
  not_implemented: 501,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** What is said of a value that is not there. Some dialects have one word for all three. */
export const missing = { absent: 'is required', null: 'must not be null', blank: 'must not be blank' } as const;

/** What the directory keeps. */
export type Resource = 'user' | 'group' | 'API key' | 'tenant' | 'job' | 'avatar';

/** One thing that is wrong with what was sent: where, and which rule it breaks. */
export interface Issue {
  /** Names of the wire, outermost first: `['user', 'email']`. Empty for the whole. */
  readonly path: readonly (string | number)[];
  /** The attribute of the directory that the path names, where no dialect was asked for its own name. */
  readonly attribute?: 'userName' | 'displayName';
  /** What kind of rule: the value is missing, the field is not known here, or the value breaks a rule of its field. */
  readonly rule: 'required' | 'unknown' | 'invalid';
  readonly message: string;
}

export interface ErrorDetails {
  readonly issues?: readonly Issue[];
  /** What is not there, or in conflict; a user unless it is said. */
  readonly resource?: Resource;
  /** The user's attribute that a conflict is about. */
  readonly attribute?: 'userName' | 'externalId';
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number;
  /** Methods that the path does have. */
  readonly allow?: readonly string[];
  /** A credential was sent, and is not valid (RFC 6750 3.1). */
  readonly invalidToken?: boolean;
  /** The scope that is missing. */
  readonly scope?: string;
  /** The database did not say whether it wrote: the change may have been made all the same. */
  readonly uncertain?: boolean;
  readonly cause?: unknown;
}

/** A refusal, told apart by its code. The message helps the caller to mend the call; nothing depends on its words. */
export class DirectoryError extends Error {
  override readonly name: string = 'DirectoryError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.details = details;
  }
}

/** Whether a change that failed may have been made all the same: the database did not answer, so that nobody knows. */
export function isUncertain(error: unknown): boolean {
  return error instanceof DirectoryError && error.details.uncertain === true;
}
