import { DirectoryError, entityTag, isUncertain, onceFor } from '@stele/schemas/canonical';
import {
  type Dialect,
  type Exchange,
  IgnoredNames,
  isConditional,
  isPreviewable,
  isUnsafe,
  MAX_BODY,
  type Operation,
  parseWire,
  Preview,
  type Reader,
} from '@stele/schemas/contract';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Access, StoredAnswer } from '../directory/access.ts';
import type { BodyLease, BodyLimits } from './body-limits.ts';
import { hasBody, parseJson, readBytes } from './body-reader.ts';
import { parseForm, partsOf } from './form.ts';
import { itemsOf, type KeyedItems, replayRecordOf } from './item-memory.ts';
import type { Connections } from './connections.ts';
import { isNotModified, parseIfMatch, parseIfNoneMatch } from './etag.ts';
import { type Claim, hashParts, type IdempotencyStore, type KeyedRequest, parseIdempotencyKey } from './idempotency.ts';
import { checkMediaType, responseTypeOf } from './media-type.ts';
import { parsePrefer, type ReturnPreference } from './prefer.ts';
import { previewOf } from './preview.ts';
import { decodeQuery } from './query.ts';
import { routesOf } from './routes.ts';

/** What every request may need of the server. */
export interface Serving {
  /** What absolute links in the response to a request begin with, without a slash at the end. */
  publicUrlOf(request: FastifyRequest): string;
  /** Whether answers are held against their schema: everywhere but in production. */
  readonly checksAnswers: boolean;
  /** Milliseconds in which every request is answered, and one on many items. */
  readonly deadline: number;
  readonly batchDeadline: number;
  /** Milliseconds that a request may still take after its deadline, for the statement that it waits for. */
  readonly grace: number;
  readonly requiresIfMatch: boolean;
  readonly idempotency: IdempotencyStore;
  readonly connections: Connections;
  readonly bodyLimits: BodyLimits;
  /** Refuses a request that has no answer when its time, in milliseconds from now, is over. */
  expectAnswer(request: FastifyRequest, reply: FastifyReply, time: number): void;
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
  publicUrl: string;
  base: string;
  ignored: IgnoredNames;
  maxBodyOf: (operation: Operation) => number;
  isMinimal: boolean;
  params: unknown;
  query: unknown;
  body: unknown;
}) => unknown;

/** What an operation on one version of one resource returns. */
type Versioned = Parameters<typeof entityTag>[0];

const NO_BYTES = new Uint8Array();

/** Of an operation without query parameters, in a dialect that ignores none. */
const NO_QUERY = z.strictObject({});

/** The way of every request to an operation: parse what it declares, call the handler, encode what that returns. */
export function serve(dialect: Dialect, operation: Operation, handler: AnyHandler) {
  const mounts = new Map(routesOf(dialect, operation).map((route) => [route.url, route.mount]));
  const schemas = compiled(dialect, operation);
  const conditional = isConditional(operation);
  const unsafe = isUnsafe(operation);
  const parameters = operation.query?.shape ?? {};
  const { response } = operation;
  const encode = response && ((value: unknown, reader: Reader) => response.encode(value as never, reader));
  const locate = operation.located && locatorOf(operation.located);
  const isBatch = operation.envelope !== undefined;
  const countItems = operation.envelope && itemCounter(operation.envelope);

  /** The answer to what a handler returned. */
  function answerTo(result: unknown, exchange: Exchange, type: string, serving: Serving): StoredAnswer {
    const { checksAnswers } = serving;
    const headers: Record<string, string> = { 'cache-control': 'no-store', ...ignoredField(exchange) };
    if (operation.versioned && operation.method !== 'DELETE') headers['etag'] = entityTag(result as Versioned);
    if (operation.warns) Object.assign(headers, warningOf(result));
    const status = operation.statusAt?.[exchange.mount] ?? operation.status;
    if (!response || !encode) return { status, headers, body: null };
    const wire = encode(result, exchange);
    if (checksAnswers) response.schema.parse(wire);
    if (locate) headers['location'] = exchange.publicUrl + exchange.mount + locate(wire as Record<string, unknown>);
    Object.assign(headers, contentLocationOf(wire, exchange), contentTypeOf(type));
    return { status, headers, body: JSON.stringify(dialect.present ? dialect.present(wire, exchange) : wire) };
  }

  function contentLocationOf(wire: unknown, exchange: Exchange): Record<string, string> {
    const location = dialect.locate?.(wire, exchange);
    return location === undefined ? {} : { 'content-location': location };
  }

  async function respond(self: unknown, request: FastifyRequest, memory: BodyLease): Promise<StoredAnswer> {
    const serving = request.server.stele;
    const { headers } = request;
    const credential = request.credential!;
    const deadline = isBatch ? serving.batchDeadline : serving.deadline;
    const mount = mounts.get(request.routeOptions.url!)!;
    const exchange: { -readonly [Key in keyof Exchange]: Exchange[Key] } = {
      operation,
      mount,
      profile: credential.profile,
      domain: credential.domain,
      publicUrl: serving.publicUrlOf(request),
      query: request.query as Record<string, unknown>,
      ignored: new IgnoredNames(),
    };
    if (dialect.reportsIgnored) {
      for (const name of Object.keys(exchange.query)) if (!Object.hasOwn(parameters, name)) exchange.ignored.add(name);
    }
    exchange.query = dialect.receiveQuery?.(exchange.query, exchange) ?? exchange.query;
    const type = responseTypeOf(dialect, headers.accept);
    const bytes =
      operation.body && hasBody(headers)
        ? await readBytes(request.raw, serving.bodyLimits.of(operation), {
            begin: () => checkMediaType(headers, dialect, operation),
            reserve: memory.reserve,
          })
        : NO_BYTES;
    const isLarge = bytes.length > MAX_BODY;
    const form = operation.form && (await parseForm(bytes, headers['content-type'] ?? '', operation.form.maxSize));

    const key = unsafe ? parseIdempotencyKey(headers['idempotency-key']) : undefined;
    let claim: Claim | undefined;
    if (key !== undefined) {
      const keyed: KeyedRequest = {
        tenantId: credential.tenantId,
        keyHash: hashParts(credential.id, dialect.name, operation.id, key),
        // What is preferred and on which condition is part of what is asked.
        fingerprint: hashParts(
          request.method,
          request.url,
          String(headers['prefer'] ?? ''),
          headers['if-match'] ?? '',
          headers['if-none-match'] ?? '',
          ...(operation.form ? partsOf(form!) : [bytes]),
        ),
      };
      const outcome = await serving.idempotency.claim(keyed, deadline + serving.grace);
      if ('answer' in outcome) return replayed(outcome.answer);
      if ('refused' in outcome) throw keyRefusal(outcome.refused);
      claim = outcome.claim;
    }

    try {
      const ifMatch = conditional ? parseIfMatch(headers['if-match'], dialect.tagComparison) : undefined;
      const ifNoneMatch = conditional ? parseIfNoneMatch(headers['if-none-match']) : undefined;
      const preference = operation.method === 'PATCH' ? parsePrefer(headers['prefer']) : undefined;
      if (conditional && ifMatch === undefined && serving.requiresIfMatch && preference !== 'preview') {
        throw new DirectoryError('precondition_required', 'This directory asks for If-Match');
      }
      if (preference === 'preview' && !isPreviewable(operation)) {
        throw new DirectoryError('bad_request', 'This operation has no preview');
      }
      if (isBatch && headers['if-match'] !== undefined) {
        throw new DirectoryError(
          'bad_request',
          'A request on many has no version of its own: If-Match cannot be heeded',
        );
      }
      let preview: Preview | undefined;
      const isMinimal = isAnsweredMinimally(operation, preference, exchange);
      const applied = appliedPreference(operation, preference, isMinimal);
      const answerOf = onceFor((resource: object): StoredAnswer => {
        const answer = answerTo(resource, exchange, type, serving);
        return withField(isMinimal ? minimal(answer) : answer, 'preference-applied', applied);
      });
      const params = schemas.params && parseParams(schemas.params, request.params, operation);
      const read = form ?? (schemas.body && !(operation.bodyOptional && bytes.length === 0) ? parseJson(bytes) : {});
      // Between the steps of a large body others have their turn.
      if (isLarge) await nextTurn();
      const received = schemas.body && dialect.receive ? dialect.receive(read, exchange) : read;
      if (isLarge) await nextTurn();
      const body = schemas.body && parseBody(schemas.body, received);
      exchange.body = body;
      if (isLarge) await nextTurn();
      const replayRecord =
        claim && !isBatch
          ? replayRecordOf(claim, claim.keyHash, (resource) => answerOf(resource as object))
          : undefined;
      const items = claim && isBatch ? await itemsOf(claim, 0, countItems!(body), serving.idempotency) : undefined;
      const access: Access = {
        tenantId: credential.tenantId,
        credentialId: credential.id,
        scopes: credential.scopes,
        profile: credential.profile,
        domain: credential.domain,
        ...(credential.actor !== undefined && { actor: credential.actor }),
        ...(operation.memberships?.(exchange) && { memberships: true }),
        dialect: dialect.name,
        operation: operation.id,
        requestId: request.id,
        deadline: request.due,
        ...(ifMatch !== undefined && { ifMatch }),
        ...(ifNoneMatch !== undefined && { ifNoneMatch }),
        ...(!isBatch && { encode: (resource: object) => void answerOf(resource) }),
        ...(replayRecord && { replayRecord }),
        ...(items && { items }),
        ...(isBatch && {
          onItemFailure: (error: DirectoryError) =>
            request.log.error({ err: error, requestId: request.id }, error.message),
        }),
        ...(preference === 'preview' && {
          preview: (before: unknown, after: unknown) => {
            preview = previewOf(dialect, encode!, exchange, before, after);
          },
        }),
      };
      const result = await handler.call(self, {
        access,
        mount,
        publicUrl: exchange.publicUrl,
        base: exchange.publicUrl + mount,
        ignored: exchange.ignored,
        maxBodyOf: (each) => serving.bodyLimits.of(each),
        isMinimal,
        params,
        query:
          schemas.query &&
          parseWire(schemas.query, decodeQuery(operation.query ?? NO_QUERY, exchange.query), 'invalid_parameter'),
        body,
      });
      if (operation.method === 'GET' && operation.versioned) {
        const etag = entityTag(result as Versioned);
        if (isNotModified(headers['if-none-match'], etag)) {
          // RFC 9110 15.4.5: `Content-Location` where a 200 would have it.
          const location = contentLocationOf(encode?.(result, exchange), exchange);
          return { status: 304, headers: { 'cache-control': 'no-store', etag, ...location }, body: null };
        }
      }
      const answer = preview ? previewed(preview, result, exchange, type, serving) : answerOf(result as object);
      if (claim && !replayRecord?.kept)
        await conclude(claim, items, withoutSecret(answer, operation), serving.idempotency);
      return answer;
    } catch (error) {
      // While nobody knows whether the database has committed, the key stays claimed. So it does for its lease when it
      // cannot be let go; the first error is the one to tell.
      if (claim && !isUncertain(error)) await serving.idempotency.release(claim).catch(() => {});
      throw error;
    }
  }

  /** What only asks for something is a query that has a body. */
  const parseBody = (schema: z.ZodType, body: unknown): unknown =>
    parseWire(schema, body, operation.safe ? 'invalid_parameter' : 'validation_error');

  function previewed(
    preview: Preview,
    result: unknown,
    exchange: Exchange,
    type: string,
    { checksAnswers }: Serving,
  ): StoredAnswer {
    if (checksAnswers) Preview.parse(preview);
    const headers: Record<string, string> = {
      'cache-control': 'no-store',
      ...ignoredField(exchange),
      'preference-applied': 'return=preview',
      etag: entityTag(result as Versioned),
      ...contentTypeOf(type),
    };
    return {
      status: operation.statusAt?.[exchange.mount] ?? operation.status,
      headers,
      body: JSON.stringify(preview),
    };
  }

  return async function served(this: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (isBatch) request.server.stele.expectAnswer(request, reply, request.server.stele.batchDeadline);
    const memory = request.server.stele.bodyLimits.lease(request.credential!.tenantId);
    try {
      const { status, headers, body } = await respond(this, request, memory);
      if (!reply.sent)
        reply
          .code(status)
          .headers(headers)
          .send(body ?? undefined);
    } finally {
      memory.release();
    }
  };
}

/** The response field that names what was ignored of the request. */
function ignoredField({ ignored }: Exchange): Record<string, string> {
  const names = ignored.toField();
  return names === undefined ? {} : { 'stele-ignored': names };
}

const contentTypeOf = (type: string) => ({ 'content-type': `${type}; charset=utf-8` });

/** What the caller should know about what was done. */
function warningOf(result: unknown): Record<string, string> {
  const { warning } = result as { readonly warning?: string };
  return warning === undefined ? {} : { 'stele-warning': warning };
}

/** Whether a success has no body: by preference (RFC 7240 4.2), or because the request did not ask for one. */
function isAnsweredMinimally(
  { minimal, minimalUnless, statusAt }: Operation,
  preference: ReturnPreference | undefined,
  { mount, query }: Exchange,
): boolean {
  if (preference === 'minimal' && minimal) return true;
  // A mount with a status of its own has the body that belongs to it.
  if (minimalUnless === undefined || statusAt?.[mount] !== undefined) return false;
  return query[minimalUnless] === undefined && preference !== 'representation';
}

/** The success alone, without the body and what describes it. */
function minimal(answer: StoredAnswer): StoredAnswer {
  const { 'content-type': _type, 'content-location': _location, ...headers } = answer.headers;
  return { ...answer, status: 204, headers, body: null };
}

/** What `Preference-Applied` reports of a success that is no preview (RFC 7240 3). */
function appliedPreference(
  operation: Operation,
  preference: ReturnPreference | undefined,
  isMinimal: boolean,
): string | undefined {
  const isApplied = isPreviewable(operation) && preference === (isMinimal ? 'minimal' : 'representation');
  return isApplied ? `return=${preference}` : undefined;
}

const withField = (answer: StoredAnswer, name: string, value: string | undefined): StoredAnswer =>
  value === undefined ? answer : { ...answer, headers: { ...answer.headers, [name]: value } };

const replayed = (answer: StoredAnswer): StoredAnswer => withField(answer, 'idempotent-replayed', 'true');

/** How many items a request holds: the one list of its envelope whose values are left as they came. */
function itemCounter(envelope: z.ZodType): (body: unknown) => number {
  const fields = envelope instanceof z.ZodObject ? Object.entries<z.ZodType>(envelope.shape) : [];
  const [name] = fields.find(([, field]) => field instanceof z.ZodArray && field.element instanceof z.ZodUnknown)!;
  return (body) => ((body as Record<string, unknown>)[name] as unknown[]).length;
}

/**
 * Keeps the answer to a request whose write did not. One with items that are still to be done can be sent again: at
 * once, or, where nobody knows what was done, when its claim has run out.
 */
async function conclude(
  claim: Claim,
  items: KeyedItems | undefined,
  answer: StoredAnswer,
  store: IdempotencyStore,
): Promise<void> {
  if (items?.left === 'uncertain') return;
  if (items?.left === 'some') return store.release(claim);
  await store.keep(claim, answer);
  await items?.forget();
}

/** A secret is shown once: the answer that is kept lacks it. */
function withoutSecret(answer: StoredAnswer, { shownOnce }: Operation): StoredAnswer {
  if (shownOnce === undefined || answer.body === null) return answer;
  const { [shownOnce]: _secret, ...rest } = JSON.parse(answer.body) as Record<string, unknown>;
  return { ...answer, body: JSON.stringify(rest) };
}

function keyRefusal(code: 'idempotency_key_reused' | 'request_in_progress'): DirectoryError {
  return code === 'request_in_progress'
    ? new DirectoryError(code, 'The first request with this Idempotency-Key has no answer yet', { retryAfter: 1 })
    : new DirectoryError(code, 'This Idempotency-Key was used for another request');
}

/** What comes in is checked by code that zod makes once for each schema. */
function compiled({ reportsIgnored }: Dialect, { params, query, body, envelope }: Operation) {
  return {
    params: params && z.compile(params),
    query: query ? z.compile(query) : reportsIgnored ? undefined : NO_QUERY,
    body: body && z.compile(envelope ?? body),
  };
}

/** RFC 9110 10.2.2: the path of the operation that reads what was created; every resource calls its identifier `id`. */
function locatorOf(read: Operation): (wire: Record<string, unknown>) => string {
  return (wire) => read.path.replace(/\{\w+\}/, String(wire['id']));
}

/** An identifier of a foreign shape names nothing, like one that was never given out. */
function parseParams(schema: z.ZodType, params: unknown, { resource }: Operation): unknown {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  throw new DirectoryError('not_found', 'There is nothing of this identifier', resource && { resource });
}
