import { setImmediate as nextTurn } from 'node:timers/promises';
import { DirectoryError } from '@stele/schemas/canonical';
import { type Exchange, IgnoredNames, MAX_BODY, type Operation, parseWire } from '@stele/schemas/contract';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { BodyLease } from './body-limits.ts';
import { hasBody, parseJson, readBytes } from './json-body.ts';
import { type Conditions, readConditions } from './conditions.ts';
import { parseForm } from './multipart-body.ts';
import { checkMediaType, responseTypeOf } from './media-type.ts';
import { decodeQuery } from './query-params.ts';
import { NO_QUERY, type ServedOperation } from './served-operation.ts';

/** A request of which everything but the body is parsed. */
export interface RequestInput extends Conditions {
  readonly exchange: Exchange;
  /** Media type of the response. */
  readonly responseType: string;
  /** The body as it came, empty where there is none. */
  readonly bytes: Uint8Array;
  /** The same as fields, of a `multipart/form-data` body. */
  readonly form: Readonly<Record<string, unknown>> | undefined;
  readonly params: unknown;
  readonly query: unknown;
}

const NO_BYTES = new Uint8Array();

/** Reads a request whose credential is checked. Its body is read to the end, and parsed by `parseBody`. */
export async function readInput(
  served: ServedOperation,
  request: FastifyRequest,
  memory: BodyLease,
): Promise<RequestInput> {
  const { dialect, operation, schemas } = served;
  const { headers } = request;
  const exchange = exchangeOf(served, request);
  const responseType = responseTypeOf(dialect, headers.accept);
  const bytes = operation.body && hasBody(headers) ? await readBody(served, request, memory) : NO_BYTES;
  const form = operation.form && (await parseForm(bytes, headers['content-type'] ?? '', operation.form.maxSize));
  const conditions = readConditions(served, headers, request.server.stele.requiresIfMatch);
  const params = schemas.params && parseParams(schemas.params, request.params, operation);
  const query = schemas.query && parseQuery(schemas.query, exchange);
  return { exchange, responseType, bytes, form, ...conditions, params, query };
}

function exchangeOf({ dialect, operation, mounts }: ServedOperation, request: FastifyRequest): Exchange {
  const { profile, domain } = request.credential!;
  const exchange: Exchange = {
    operation,
    mount: mounts.get(request.routeOptions.url!)!,
    profile,
    domain,
    publicUrl: request.server.stele.publicUrlOf(request),
    query: request.query as Exchange['query'],
    ignored: new IgnoredNames(),
  };
  if (dialect.reportsIgnored) {
    const parameters = operation.query?.shape ?? {};
    for (const name of Object.keys(exchange.query)) if (!Object.hasOwn(parameters, name)) exchange.ignored.add(name);
  }
  return dialect.receiveQuery ? { ...exchange, query: dialect.receiveQuery(exchange.query, exchange) } : exchange;
}

function readBody(
  { dialect, operation }: ServedOperation,
  { raw, headers, server }: FastifyRequest,
  memory: BodyLease,
) {
  return readBytes(raw, server.stele.bodyLimits.of(operation), {
    begin: () => checkMediaType(headers, dialect, operation),
    reserve: memory.reserve,
  });
}

/** A malformed id is one that was never given to a resource. */
function parseParams(schema: z.ZodType, params: unknown, { resource }: Operation): unknown {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  throw new DirectoryError('not_found', 'There is nothing of this identifier', resource && { resource });
}

function parseQuery(schema: z.ZodType, { operation, query }: Exchange): unknown {
  return parseWire(schema, decodeQuery(operation.query ?? NO_QUERY, query), 'invalid_parameter');
}

/** Parses the body of an operation that has one. Between the steps of a large body other requests go on. */
export async function parseBody(
  { dialect, operation, schemas }: ServedOperation,
  { bytes, form, exchange }: RequestInput,
): Promise<unknown> {
  const isLarge = bytes.length > MAX_BODY;
  const read = form ?? (operation.bodyOptional && bytes.length === 0 ? {} : parseJson(bytes));
  if (isLarge) await nextTurn();
  const received = dialect.receive ? dialect.receive(read, exchange) : read;
  if (isLarge) await nextTurn();
  // What only asks for something is a query that has a body.
  const body = parseWire(schemas.body!, received, operation.safe ? 'invalid_parameter' : 'validation_error');
  if (isLarge) await nextTurn();
  return body;
}
