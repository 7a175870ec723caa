import { errorStatus, type DirectoryError } from '@stele/schemas/canonical';
import { acceptField, type Dialect, mediaTypesOf } from '@stele/schemas/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isCoded, responseTypeOf } from './media-type.ts';
import { dialectAt, routeAt } from './routes.ts';

/** An error response: the same for errors of handlers, of the framework and of the HTTP parser. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The `WWW-Authenticate` header (RFC 6750 3). */
function challengeHeader({ code, message, details }: DirectoryError): Record<string, string> {
  const problem =
    details.scope === undefined
      ? details.invalidToken && { error: 'invalid_token', error_description: message.replaceAll(/[^ !#-[\]-~]/g, '') }
      : { error: 'insufficient_scope', scope: details.scope };
  if (code !== 'unauthorized' && !problem) return {};
  const parameters = Object.entries({ realm: 'stele', ...problem }).map(([name, value]) => `${name}="${value}"`);
  return { 'www-authenticate': `Bearer ${parameters.join(', ')}` };
}

/**
 * Formats an error in a dialect, with the headers that HTTP requires.
 * @param accept the `Accept` of the request, if it could be read
 */
export function toErrorResponse(dialect: Dialect, error: DirectoryError, accept?: string): ErrorResponse {
  const { retryAfter, allow } = error.details;
  return {
    status: errorStatus[error.code],
    headers: {
      'content-type': `${responseTypeOf(dialect, accept)}; charset=utf-8`,
      'cache-control': 'no-store',
      ...challengeHeader(error),
      ...(allow && { allow: allow.join(', ') }),
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    },
    body: JSON.stringify(dialect.fail(error)),
  };
}

/**
 * The level at which an error is logged: `error` for a failure of the server or of a service that it uses, `warn` for a limit that
 * was reached. Rejected requests are not logged, also not `not_implemented`.
 */
export function levelOf({ code, cause }: DirectoryError): 'error' | 'warn' | undefined {
  if (code === 'internal_error') return 'error';
  if (code === 'unavailable') return cause === undefined ? 'warn' : 'error';
  return undefined;
}

/** Logs an error, and sends its response in the dialect of the URL. */
export function sendError(request: FastifyRequest, reply: FastifyReply, error: DirectoryError): void {
  const level = levelOf(error);
  if (level) request.log[level]({ err: error, requestId: request.id }, error.message);
  const { status, headers, body } = toErrorResponse(dialectAt(request.url), error, request.headers.accept);
  reply
    .code(status)
    .headers({ ...headers, ...acceptedOf(request, error) })
    .send(body);
}

/** RFC 9110 15.5.16: the codings or media types that a body may have, for a 415. */
function acceptedOf({ method, url, headers }: FastifyRequest, { code }: DirectoryError): Record<string, string> {
  if (code !== 'unsupported_media_type') return {};
  if (isCoded(headers)) return { 'accept-encoding': 'identity' };
  const route = routeAt(method, url);
  return route ? { [acceptField(method)]: mediaTypesOf(route.dialect, route.operation).join(', ') } : {};
}
