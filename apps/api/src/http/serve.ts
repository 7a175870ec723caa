import { DirectoryError, isUncertain, type User, type UserRevision } from '@stele/schemas/canonical';
import {
  type Dialect,
  type Exchange,
  isConditional,
  isUnsafe,
  type Operation,
  parseWire,
  Preview,
} from '@stele/schemas/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Access, Remembrance, StoredAnswer } from '../directory/access.ts';
import { parseJson, readBytes } from './body-reader.ts';
import type { Connections } from './connections.ts';
import { etagOf, isNotModified, parseIfMatch } from './etag.ts';
import { type Claim, hashParts, type IdempotencyStore, parseIdempotencyKey } from './idempotency.ts';
import { checkMediaType } from './media-type.ts';
import { parsePrefer } from './prefer.ts';
import { previewOf } from './preview.ts';
import { routesOf } from './routes.ts';

/** What every request may need of the server. */
export interface Serving {
  /** What absolute links begin with, without a slash at its end. */
  readonly publicUrl: string;
  /** Whether answers are held against their schema: everywhere but in production. */
  readonly checksAnswers: boolean;
  /** Milliseconds in which every request is answered. */
  readonly deadline: number;
  readonly requiresIfMatch: boolean;
  readonly idempotency: IdempotencyStore;
  readonly connections: Connections;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly stele: Serving;
  }
  interface FastifyRequest {
    /** When the answer is due, on the clock of `performance.now`, and what says so when it is. */
    due: number;
    dueTimer: NodeJS.Timeout | undefined;
  }
}

/** A handler as the way of a request sees it: parsed parts in, what the operation encodes out. */
export type AnyHandler = (input: {
  access: Access;
  mount: string;
  params: unknown;
  query: unknown;
  body: unknown;
}) => unknown;

const NO_BYTES = new Uint8Array();

/** The way of every request to an operation: parse what it declares, call the handler, encode what that returns. */
export function serve(dialect: Dialect, operation: Operation, handler: AnyHandler) {
  const mounts = new Map(routesOf(dialect, operation).map((route) => [route.url, route.mount]));
  const schemas = compiled(operation);
  const conditional = isConditional(operation);
  const unsafe = isUnsafe(operation);
  const { response } = operation;
  const encode = response && ((value: unknown) => response.encode(value as never));
  const locate = operation.located && locatorOf(operation.located);

  /** The answer to what a handler returned. */
  function answerTo(result: unknown, exchange: Exchange, { publicUrl, checksAnswers }: Serving): StoredAnswer {
    const headers: Record<string, string> = { 'cache-control': 'no-store' };
    if (operation.versioned) headers['etag'] = etagOf((result as { version: number }).version);
    const status = operation.statusAt?.[exchange.mount] ?? operation.status;
    if (!response || !encode) return { status, headers, body: null };
    const wire = encode(result);
    if (checksAnswers) response.schema.parse(wire);
    if (locate) headers['location'] = publicUrl + exchange.mount + locate(wire as Record<string, unknown>);
    return { status, headers, body: bodyOf(dialect.present ? dialect.present(wire, exchange) : wire, headers) };
  }

  /** Bodies are JSON in the dialect's own media type. */
  function bodyOf(wire: unknown, headers: Record<string, string>): string {
    headers['content-type'] = `${dialect.mediaTypes[0]}; charset=utf-8`;
    return JSON.stringify(wire);
  }

  async function respond(self: unknown, request: FastifyRequest): Promise<StoredAnswer> {
    const serving = request.server.stele;
    const { headers } = request;
    const credential = request.credential!;
    const mount = mounts.get(request.routeOptions.url!)!;
    const exchange: Exchange = {
      operation,
      mount,
      publicUrl: serving.publicUrl,
      query: request.query as Record<string, unknown>,
    };
    if (operation.body) checkMediaType(headers, dialect, operation);
    const bytes = operation.body ? await readBytes(request.raw) : NO_BYTES;

    const key = unsafe ? parseIdempotencyKey(headers['idempotency-key']) : undefined;
    let claim: Claim | undefined;
    if (key !== undefined) {
      const outcome = await serving.idempotency.claim({
        tenantId: credential.tenantId,
        keyHash: hashParts(credential.id, dialect.name, operation.id, key),
        // What is preferred and on which condition is part of what is asked.
        fingerprint: hashParts(
          request.method,
          request.url,
          String(headers['prefer'] ?? ''),
          headers['if-match'] ?? '',
          bytes,
        ),
      });
      if ('answer' in outcome) return replayed(outcome.answer);
      if ('refused' in outcome) throw keyRefusal(outcome.refused);
      claim = outcome.claim;
    }

    try {
      const ifMatch = conditional ? parseIfMatch(headers['if-match']) : undefined;
      const preference = operation.method === 'PATCH' ? parsePrefer(headers['prefer']) : undefined;
      if (conditional && ifMatch === undefined && serving.requiresIfMatch && preference !== 'preview') {
        throw new DirectoryError('precondition_required', 'This directory asks for If-Match');
      }
      let preview: Preview | undefined;
      const answerOf = (user: unknown): StoredAnswer => {
        const answer = answerTo(user, exchange, serving);
        return preference === 'minimal' && operation.minimal ? minimal(answer) : answer;
      };
      const remembrance = claim && remembranceOf(claim, answerOf);
      const access: Access = {
        tenantId: credential.tenantId,
        credentialId: credential.id,
        dialect: dialect.name,
        operation: operation.id,
        requestId: request.id,
        deadline: request.due,
        ...(ifMatch !== undefined && { ifMatch }),
        ...(remembrance && { remembrance }),
        ...(preference === 'preview' && {
          preview: (before: User, after: UserRevision) => {
            preview = previewOf(dialect, encode!, before, after);
          },
        }),
      };
      const result = await handler.call(self, {
        access,
        mount,
        params: schemas.params && parseParams(schemas.params, request.params),
        query: schemas.query && parseWire(schemas.query, request.query),
        body: schemas.body && parseBody(schemas.body, bytes, exchange),
      });
      if (operation.method === 'GET' && operation.versioned) {
        const { version } = result as { version: number };
        if (isNotModified(headers['if-none-match'], version)) {
          return { status: 304, headers: { 'cache-control': 'no-store', etag: etagOf(version) }, body: null };
        }
      }
      const answer = preview ? previewed(preview, result, exchange, serving) : answerOf(result);
      if (claim && !remembrance!.kept) await serving.idempotency.keep(claim, answer);
      return answer;
    } catch (error) {
      // While nobody knows whether the database has committed, the key stays claimed. So it does for its lease when it
      // cannot be let go; the first error is the one to tell.
      if (claim && !isUncertain(error)) await serving.idempotency.release(claim).catch(() => {});
      throw error;
    }
  }

  function parseBody(schema: z.ZodType, bytes: Uint8Array, exchange: Exchange): unknown {
    const body = parseJson(bytes);
    return parseWire(schema, dialect.receive ? dialect.receive(body, exchange) : body);
  }

  function previewed(preview: Preview, result: unknown, exchange: Exchange, { checksAnswers }: Serving): StoredAnswer {
    if (checksAnswers) Preview.parse(preview);
    const headers: Record<string, string> = {
      'cache-control': 'no-store',
      'preference-applied': 'return=preview',
      etag: etagOf((result as { version: number }).version),
    };
    return {
      status: operation.statusAt?.[exchange.mount] ?? operation.status,
      headers,
      body: bodyOf(preview, headers),
    };
  }

  return async function served(this: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { status, headers, body } = await respond(this, request);
    if (!reply.sent)
      reply
        .code(status)
        .headers(headers)
        .send(body ?? undefined);
  };
}

/** RFC 7240 4.2: the success alone, without the body and what describes it. */
function minimal(answer: StoredAnswer): StoredAnswer {
  const { 'content-type': _type, ...headers } = answer.headers;
  return { status: 204, headers: { ...headers, 'preference-applied': 'return=minimal' }, body: null };
}

const replayed = (answer: StoredAnswer): StoredAnswer => ({
  ...answer,
  headers: { ...answer.headers, 'idempotent-replayed': 'true' },
});

function remembranceOf(claim: Claim, answerTo: (user: User) => StoredAnswer): Remembrance {
  return { keyHash: claim.keyHash, token: claim.token, answerTo, kept: false };
}

function keyRefusal(code: 'idempotency_key_reused' | 'request_in_progress'): DirectoryError {
  return code === 'request_in_progress'
    ? new DirectoryError(code, 'The first request with this Idempotency-Key has no answer yet', { retryAfter: 1 })
    : new DirectoryError(code, 'This Idempotency-Key was used for another request');
}

/** What comes in is checked by code that zod makes once for each schema. */
function compiled({ params, query, body }: Operation) {
  return {
    params: params && z.compile(params),
    query: query && z.compile(query),
    body: body && z.compile(body),
  };
}

/** RFC 9110 10.2.2: the path of the operation that reads what was created; every resource calls its identifier `id`. */
function locatorOf(read: Operation): (wire: Record<string, unknown>) => string {
  return (wire) => read.path.replace(/\{\w+\}/, String(wire['id']));
}

/** An identifier of a foreign shape names nothing, like one that was never given out. */
function parseParams(schema: z.ZodType, params: unknown): unknown {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  throw new DirectoryError('not_found', 'There is nothing of this identifier');
}
