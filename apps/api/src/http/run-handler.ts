import type { DirectoryError } from '@stele/schemas/canonical';
import type { Exchange, IgnoredNames, Operation, Preview, Reader } from '@stele/schemas/contract';
import type { FastifyRequest } from 'fastify';
import type { Access } from '../directory/access.ts';
import type { Claim } from './idempotency.ts';
import { itemsOf, type KeyedItems, replayRecordOf } from './item-memory.ts';
import { previewOf } from './preview.ts';
import { parseBody, type RequestInput } from './read-input.ts';
import type { ServedOperation } from './served-operation.ts';
import {
  type HttpResponse,
  notModifiedResponse,
  previewResponse,
  responseContext,
  responseEncoder,
} from './to-response.ts';

/** A handler as the pipeline calls it: parsed input in, what the operation encodes out. */
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

/** The response of a handler, and what of it is stored for a request that is sent again. */
export interface Handled {
  readonly response: HttpResponse;
  /** The write stored the response in its own transaction. */
  readonly isStored: boolean;
  /** Of a request on many items with a key. */
  readonly items: KeyedItems | undefined;
}

/** Parses the body, calls the handler and makes the response. */
export async function runHandler(
  served: ServedOperation,
  handler: AnyHandler,
  request: FastifyRequest,
  input: RequestInput,
  claim?: Claim,
): Promise<Handled> {
  const { dialect, operation, isBatch } = served;
  const { stele } = request.server;
  const body = served.schemas.body && (await parseBody(served, input));
  const exchange: Exchange = { ...input.exchange, body };
  const context = responseContext(served, input, exchange, stele.checksResponses);
  const encode = responseEncoder(context);
  const replayRecord =
    claim && !isBatch ? replayRecordOf(claim, claim.keyHash, (resource) => encode(resource as object)) : undefined;
  const items =
    claim && isBatch ? await itemsOf(claim, 0, operation.items!(body as never).length, stele.idempotency) : undefined;
  const encodeWire = (resource: unknown, reader: Reader) => operation.response!.encode(resource as never, reader);
  let preview: Preview | undefined;
  const access: Access = {
    ...accessOf(request, input, exchange, dialect.name),
    ...(isBatch
      ? { onItemFailure: (error: DirectoryError) => logItemFailure(request, error) }
      : { encode: (resource: object) => void encode(resource) }),
    ...(replayRecord && { replayRecord }),
    ...(items && { items }),
    ...(input.preference === 'preview' && {
      preview: (before: unknown, after: unknown) => {
        preview = previewOf(dialect, encodeWire, exchange, before, after);
      },
    }),
  };
  const { mount, publicUrl, ignored } = exchange;
  const { params, query } = input;
  const result = (await handler({
    access,
    mount,
    publicUrl,
    base: publicUrl + mount,
    ignored,
    maxBodyOf: (each) => stele.bodyLimits.of(each),
    isMinimal: context.isMinimal,
    params,
    query,
    body,
  })) as object;
  const response = preview
    ? previewResponse(context, preview, result)
    : (notModifiedResponse(context, request.headers['if-none-match'], result) ?? encode(result));
  return { response, isStored: replayRecord?.kept === true, items };
}

/** Who sent a request, through which operation and on which conditions. */
function accessOf(
  request: FastifyRequest,
  { ifMatch, ifNoneMatch }: RequestInput,
  exchange: Exchange,
  dialect: string,
): Access {
  const { tenantId, id, scopes, profile, domain, actor } = request.credential!;
  const { operation } = exchange;
  return {
    tenantId,
    credentialId: id,
    scopes,
    profile,
    domain,
    ...(actor !== undefined && { actor }),
    ...(operation.memberships?.(exchange) && { memberships: true }),
    dialect,
    operation: operation.id,
    requestId: request.id,
    deadline: request.due,
    ...(ifMatch !== undefined && { ifMatch }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
  };
}

function logItemFailure(request: FastifyRequest, error: DirectoryError): void {
  request.log.error({ err: error, requestId: request.id }, error.message);
}
