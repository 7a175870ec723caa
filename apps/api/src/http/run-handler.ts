import type { Exchange, IgnoredNames, Operation } from '@stele/schemas/contract';
import type { FastifyRequest } from 'fastify';
import type { Access } from '../directory/request-context.ts';
import { BatchReplay } from '../idempotency/batch-replay.ts';
import type { RequestClaim } from '../idempotency/idempotency-store.ts';
import type { Run } from '../idempotency/run-once.ts';
import { parseBody, type RequestInput } from './read-input.ts';
import type { ServedOperation } from './served-operation.ts';
import { type HttpResponse, responseContext, responseEncoder, toResponse } from './to-response.ts';

/** What a handler gets: a request, parsed. */
export interface HandlerInput {
  readonly access: Access;
  /** The mount that was called. */
  readonly mount: string;
  /** What absolute links begin with, without a slash at its end. */
  readonly publicUrl: string;
  /** What the addresses of resources begin with there. */
  readonly base: string;
  /** Names in the request that were ignored, for the response field `Stele-Ignored`. */
  readonly ignored: IgnoredNames;
  /** Bytes of the body of an operation at most. */
  readonly maxBodyOf: (operation: Operation) => number;
  /** The response has no body: nothing needs to be read for it. */
  readonly isMinimal: boolean;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** A handler as the pipeline calls it. */
export type AnyHandler = (input: HandlerInput) => unknown;

/** Parses the body, calls the handler and makes the response. */
export async function runHandler(
  served: ServedOperation,
  handler: AnyHandler,
  request: FastifyRequest,
  input: RequestInput,
  claim?: RequestClaim,
): Promise<Run<HttpResponse>> {
  const { operation, isBatch } = served;
  const { stele } = request.server;
  const body = served.schemas.body && (await parseBody(served, input));
  const exchange: Exchange = { ...input.exchange, body };
  const context = responseContext(served, input, exchange, stele.checksResponses);
  const encode = responseEncoder(context);
  const items =
    claim && isBatch
      ? await BatchReplay.claim(stele.idempotency, claim, 0, operation.items!(body as never).length)
      : undefined;
  const { mount, publicUrl, ignored } = exchange;
  const { params, query } = input;
  const returned = await handler({
    access: {
      ...accessOf(served, request, input, exchange),
      ...(isBatch ? items && { items } : { encode, ...(claim && { claim }) }),
    },
    mount,
    publicUrl,
    base: publicUrl + mount,
    ignored,
    maxBodyOf: (each) => stele.bodyLimits.of(each),
    isMinimal: context.isMinimal,
    params,
    query,
    body,
  });
  return toResponse(context, encode, request, returned, items);
}

/** Who sent a request, through which operation and on which conditions. */
function accessOf(
  { dialect, operation }: ServedOperation,
  request: FastifyRequest,
  { expectedVersions, excludedVersions, preference }: RequestInput,
  exchange: Exchange,
): Access {
  const { tenantId, id, scopes, profile, domain, actor } = request.credential!;
  return {
    tenantId,
    credentialId: id,
    scopes,
    profile,
    domain,
    ...(actor !== undefined && { actor }),
    ...(operation.memberships?.(exchange) && { memberships: true }),
    dialect: dialect.name,
    operation: operation.id,
    requestId: request.id,
    deadline: request.due,
    ...(expectedVersions !== undefined && { expectedVersions }),
    ...(excludedVersions !== undefined && { excludedVersions }),
    ...(preference === 'preview' && { isPreview: true }),
  };
}
