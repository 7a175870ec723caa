import type { ConformanceReport } from './types.ts';

/**
 * - `invalid_url`: the URL is not an http or https URL, or has a user, a query or a fragment.
 * - `no_connection`: no response, or none in time.
 * - `unauthorized`: 401 or 403 to the first request.
 * - `server_error`: 5xx to the first request.
 * - `not_scim`: the first response is not a list of SCIM users.
 * - `no_checks`: `select` matches no check.
 * - `aborted`: the signal was aborted, or `onResult` threw; `cause` is the reason.
 */
export type ConformanceErrorCode =
  | 'invalid_url'
  | 'no_connection'
  | 'unauthorized'
  | 'server_error'
  | 'not_scim'
  | 'no_checks'
  | 'aborted';

interface Details {
  readonly cause?: unknown;
  readonly status?: number;
  readonly report?: ConformanceReport;
}

/** Why a run did not start or did not finish. A check that fails is no error: it is in the report. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
  readonly code: ConformanceErrorCode;
  /** The status of the response that ended the run. */
  readonly status: number | undefined;
  /** The checks that had run; undefined where none had. */
  readonly report: ConformanceReport | undefined;

  constructor(code: ConformanceErrorCode, message: string, { cause, status, report }: Details = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.report = report;
  }
}
