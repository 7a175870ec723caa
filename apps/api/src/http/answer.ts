import { errorStatus, type DirectoryError } from '@stele/schemas/canonical';
import { acceptField, type Dialect, mediaTypesOf } from '@stele/schemas/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isCoded, responseTypeOf } from './media-type.ts';
import { dialectAt, routeAt } from './routes.ts';

/** A refusal as it goes over the wire: the same for a handler, the framework and a bare socket. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** RFC 6750 3: how to authenticate, and what is wrong with how it was done. */
function challengeOf({ code, message, details }: DirectoryError): Record<string, string> {
  const said =
    details.scope === undefined
      ? details.invalidToken && { error: 'invalid_token', error_description: message.replaceAll(/[^ !#-[\]-~]/g, '') }
      : { error: 'insufficient_scope', scope: details.scope };
  if (code !== 'unauthorized' && !said) return {};
  const parameters = Object.entries({ realm: 'stele', ...said }).map(([name, value]) => `${name}="${value}"`);
  return { 'www-authenticate': `Bearer ${parameters.join(', ')}` };
}

/**
 * Formats an error as a dialect does, with the headers that HTTP asks for.
 * @param accept what the request prefers, where it could be read
 */
export function sayRefusal(dialect: Dialect, error: DirectoryError, accept?: string): Refusal {
  const { retryAfter, allow } = error.details;
  return {
    status: errorStatus[error.code],
    headers: {
      'content-type': `${responseTypeOf(dialect, accept)}; charset=utf-8`,
      'cache-control': 'no-store',
      ...challengeOf(error),
      ...(allow && { allow: allow.join(', ') }),
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    },
    body: JSON.stringify(dialect.fail(error)),
  };
}

/**
 * How an error is logged: a failure, of the server or of what it depends on, as an error; a limit that was reached as a
 * warning. What is rejected on purpose is not logged, `not_implemented` neither.
 */
export function levelOf({ code, cause }: DirectoryError): 'error' | 'warn' | undefined {
  if (code === 'internal_error') return 'error';
  if (code === 'unavailable') return cause === undefined ? 'warn' : 'error';
  return undefined;
}

/** Answers a request with a refusal, in the dialect of its URL. */
export function refuse(request: FastifyRequest, reply: FastifyReply, error: DirectoryError): void {
  const level = levelOf(error);
  if (level) request.log[level]({ err: error, requestId: request.id }, error.message);
  const { status, headers, body } = sayRefusal(dialectAt(request.url), error, request.headers.accept);
  reply
    .code(status)
    .headers({ ...headers, ...acceptedOf(request, error) })
    .send(body);
}

/** RFC 9110 15.5.16: which coding or media types a body may have, where it had another one. */
function acceptedOf({ method, url, headers }: FastifyRequest, { code }: DirectoryError): Record<string, string> {
  if (code !== 'unsupported_media_type') return {};
  if (isCoded(headers)) return { 'accept-encoding': 'identity' };
  const route = routeAt(method, url);
  return route ? { [acceptField(method)]: mediaTypesOf(route.dialect, route.operation).join(', ') } : {};
}
