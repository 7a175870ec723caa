import { errorStatus, type DirectoryError } from '@stele/schemas/canonical';
import type { Dialect } from '@stele/schemas/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { dialectAt } from './routes.ts';

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

/** Says a refusal in a dialect's words, with the headers that HTTP asks for. */
export function sayRefusal(dialect: Dialect, error: DirectoryError): Refusal {
  const { retryAfter, allow } = error.details;
  return {
    status: errorStatus[error.code],
    headers: {
      'content-type': `${dialect.mediaTypes[0]}; charset=utf-8`,
      'cache-control': 'no-store',
      ...challengeOf(error),
      ...(allow && { allow: allow.join(', ') }),
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    },
    body: JSON.stringify(dialect.fail(error)),
  };
}

/** Answers a request with a refusal, in the dialect of its URL. */
export function refuse(request: FastifyRequest, reply: FastifyReply, error: DirectoryError): void {
  if (errorStatus[error.code] >= 500) request.log.error({ err: error, requestId: request.id }, error.message);
  const { status, headers, body } = sayRefusal(dialectAt(request.url), error);
  reply.code(status).headers(headers).send(body);
}
