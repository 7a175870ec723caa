import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DirectoryError } from '@stele/schemas/canonical';
import { type FastifyHttpOptions, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { AppModule } from './app.module.ts';
import { assertEveryRouteHasScope } from './auth/assert-routes-have-scope.ts';
import { timedOut } from './directory/deadline.ts';
import { sendError } from './http/error-response.ts';
import { respondToClientError, respondToUnhandled, recordUrl } from './http/socket-errors.ts';
import { BodyLimits } from './http/body-limits.ts';
import { Connections } from './http/in-flight-requests.ts';
import { allowOrigins } from './http/cors.ts';
import { IdempotencyStore } from './idempotency/idempotency-store.ts';
import { describeError } from './http/log.ts';
import { hasBody } from './http/json-body.ts';
import { forwardedUrl, listeningUrl } from './http/public-url.ts';
import { toDirectoryError } from './http/to-directory-error.ts';
import { requestIdOf } from './http/request-id.ts';
import type { Serving } from './http/serving.ts';
import type { Settings } from './settings.ts';

/** Milliseconds in which a request has to arrive. Fastify would leave it at none. */
const REQUEST_TIMEOUT = 30_000;

/** Longer than any URL that Node's parser lets through: identifiers are judged by their schema alone. */
const MAX_PARAM_LENGTH = 65_536;

/** The whole API over one migrated database, not yet listening. */
export async function createApp(settings: Settings, databaseUrl: string): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter(fastifyOptions(settings));
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.over(databaseUrl, settings, adapter.getInstance().log),
    adapter,
    { bodyParser: false, logger: false, abortOnError: false },
  );

  try {
    assertEveryRouteHasScope(app);
  } catch (error) {
    await app.close();
    throw error;
  }

  const fastify = adapter.getInstance();
  const serving = servingOf(settings, fastify.server, app.get(IdempotencyStore));
  fastify.decorate('stele', serving);
  fastify.decorateRequest('isCounted', false);
  fastify.decorateRequest('due', 0);
  fastify.decorateRequest('dueTimer');
  serving.connections.watch(fastify.server);
  respondToUnhandled(fastify.server);
  fastify.removeAllContentTypeParsers();
  // The body stays unread until the key is known to be good; the body reader takes it from the socket.
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));
  if (settings.STELE_CORS_ORIGINS) await allowOrigins(fastify, settings.STELE_CORS_ORIGINS);
  addHooks(fastify, serving);
  return app;
}

function fastifyOptions(settings: Settings): FastifyHttpOptions<Server> & { skipMiddie: true } {
  return {
    logger: { level: settings.STELE_LOG_LEVEL, serializers: { err: describeError } },
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: REQUEST_TIMEOUT,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    trustProxy: settings.STELE_TRUST_PROXY ?? false,
    skipMiddie: true,
    // Node's own 400 for a request without `Host` has no body: the check is below.
    http: { requireHostHeader: false },
    genReqId: ({ headers }) => requestIdOf(headers),
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id);
      sendError(request, reply, toDirectoryError(error));
    },
    clientErrorHandler: respondToClientError,
  };
}

function servingOf(settings: Settings, server: Server, idempotency: IdempotencyStore): Serving {
  return {
    publicUrlOf: publicUrls(settings, server),
    checksResponses: settings.NODE_ENV !== 'production',
    deadline: settings.STELE_REQUEST_DEADLINE,
    batchDeadline: settings.STELE_BATCH_DEADLINE,
    // One statement may be under way at the deadline, and wait for a connection before.
    grace: settings.STELE_STATEMENT_TIMEOUT + settings.STELE_ACQUIRE_TIMEOUT,
    requiresIfMatch: settings.STELE_REQUIRE_IF_MATCH,
    idempotency,
    connections: new Connections(),
    bodyLimits: new BodyLimits(settings.STELE_MAX_LARGE_BODY),
    setDeadline(request, reply, time) {
      clearTimeout(request.dueTimer);
      request.due = performance.now() + time;
      // What is in flight then may go on; its own response is not sent any more.
      request.dueTimer = setTimeout(() => sendError(request, reply, timedOut()), time);
    },
  };
}

/** Counts the requests in flight, and gives each its deadline. */
function addHooks(fastify: FastifyInstance, serving: Serving): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    if (lacksHost(request)) {
      sendError(request, reply, new DirectoryError('bad_request', 'The header Host is missing'));
      return;
    }
    if (serving.connections.full && !isHealth(request)) {
      sendError(request, reply, new DirectoryError('unavailable', 'Too many requests at once', { retryAfter: 1 }));
      return;
    }
    serving.connections.enter(request.socket);
    request.isCounted = true;
    serving.setDeadline(request, reply, serving.deadline);
    if (hasBody(request.headers)) recordUrl(request.socket, request.url);
    done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    clearTimeout(request.dueTimer);
    if (request.isCounted) serving.connections.leave(request.socket);
    request.isCounted = false;
    if (serving.connections.draining) reply.header('connection', 'close');
    done(null, payload);
  });
}

/** Whoever watches over the process asks also when there is no room for anybody else. */
const isHealth = ({ routeOptions }: FastifyRequest): boolean =>
  /^\/(?:livez|readyz|metrics)$/.test(routeOptions.url ?? '');

/** RFC 9112 3.2: only HTTP/1.0 has requests without `Host`. */
const lacksHost = ({ raw, headers }: FastifyRequest): boolean =>
  headers.host === undefined && raw.httpVersion !== '1.0';

/** What links in the response to a request begin with. */
function publicUrls({ STELE_PUBLIC_URL, STELE_TRUST_PROXY }: Settings, server: Server): Serving['publicUrlOf'] {
  if (STELE_PUBLIC_URL !== undefined) return () => STELE_PUBLIC_URL;
  // Known once the server listens, and needed by no request before that.
  let listening: string | undefined;
  const own = () => (listening ??= listeningUrl(server.address() as AddressInfo));
  if (STELE_TRUST_PROXY === undefined) return own;
  const isTrusted = proxyAddr.compile([...STELE_TRUST_PROXY]);
  return ({ raw }) => (isTrusted(raw.socket.remoteAddress ?? '', 0) ? forwardedUrl(raw) : undefined) ?? own();
}
