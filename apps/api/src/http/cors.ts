import cors from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendError } from './error-response.ts';
import { unroutedError } from './to-directory-error.ts';

/** Response fields that a program in a browser may read beside those that the Fetch standard names. */
export const EXPOSED_FIELDS = [
  ...['Accept-Encoding', 'Accept-Patch', 'Accept-Post', 'Accept', 'Allow', 'Content-Location', 'ETag'],
  ...['Idempotent-Replayed', 'Location', 'Preference-Applied', 'RateLimit', 'RateLimit-Policy', 'Retry-After'],
  ...['Stele-Ignored', 'Stele-Warning', 'WWW-Authenticate', 'X-Request-Id'],
];

/** Seconds for which a browser may use the response to a preflight again. */
const MAX_AGE = 600;

/**
 * Lets programs in browsers of these origins call the API. Credentials of the browser, such as cookies, stay out: a key is
 * sent in `Authorization`. Has to come before other hooks, so that errors can be read too.
 */
export async function allowOrigins(fastify: FastifyInstance, origins: readonly string[]): Promise<void> {
  const isAllowed = (origin: string) => origins.includes('*') || origins.includes(origin);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    if (request.method === 'OPTIONS' && !(isPreflight(request) && isAllowed(request.headers.origin!))) {
      sendError(request, reply, unroutedError(request));
      return;
    }
    done();
  });
  await fastify.register(cors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_FIELDS,
    maxAge: MAX_AGE,
  });
}

/** The Fetch standard, "CORS-preflight request". */
const isPreflight = ({ headers }: FastifyRequest): boolean =>
  headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
