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

/** Says a refusal in a dialect's words, with the headers that HTTP asks for. */
export function sayRefusal(dialect: Dialect, error: DirectoryError): Refusal {
  const { retryAfter, allow, scope } = error.details;
  return {
    status: errorStatus[error.code],
    headers: {
      'content-type': `${dialect.mediaTypes[0]}; charset=utf-8`,
      'cache-control': 'no-store',
      ...(error.code === 'unauthorized' && { 'www-authenticate': 'Bearer realm="stele"' }),
      ...(scope !== undefined && {
        'www-authenticate': `Bearer realm="stele", error="insufficient_scope", scope="${scope}"`,
      }),
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
