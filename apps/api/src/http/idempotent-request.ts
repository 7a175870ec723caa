import { DirectoryError, isUncertain } from '@stele/schemas/canonical';
import type { Operation } from '@stele/schemas/contract';
import type { FastifyRequest } from 'fastify';
import { partsOf } from './form.ts';
import { type Claim, hashParts, type IdempotencyStore, type KeyedRequest, parseIdempotencyKey } from './idempotency.ts';
import type { KeyedItems } from './item-memory.ts';
import type { RequestInput } from './read-input.ts';
import type { ServedOperation } from './served-operation.ts';
import { type HttpResponse, withField } from './to-response.ts';

/** The key of a request that has one and changes something, and what the request asks for. */
export function keyedRequest(
  { dialect, operation, isUnsafe }: ServedOperation,
  request: FastifyRequest,
  { bytes, form }: RequestInput,
): KeyedRequest | undefined {
  const { method, url, headers } = request;
  const key = isUnsafe ? parseIdempotencyKey(headers['idempotency-key']) : undefined;
  if (key === undefined) return undefined;
  const { id, tenantId } = request.credential!;
  return {
    tenantId,
    keyHash: hashParts(id, dialect.name, operation.id, key),
    // What is preferred and on which condition is part of what is asked.
    fingerprint: hashParts(
      method,
      url,
      String(headers['prefer'] ?? ''),
      headers['if-match'] ?? '',
      headers['if-none-match'] ?? '',
      ...(form ? partsOf(form) : [bytes]),
    ),
  };
}

/** The claim of a key that is new, or the response to the first request with it. */
export async function begin(
  store: IdempotencyStore,
  request: KeyedRequest,
  lease: number,
): Promise<{ readonly claim: Claim } | { readonly response: HttpResponse }> {
  const outcome = await store.claim(request, lease);
  if ('answer' in outcome) return { response: withField(outcome.answer, 'idempotent-replayed', 'true') };
  if ('refused' in outcome) throw keyError(outcome.refused);
  return outcome;
}

/** Releases the key of a request that failed, unless its change may have been made: then it stays claimed for its lease. */
export async function abandon(store: IdempotencyStore, claim: Claim, error: unknown): Promise<void> {
  // When the key cannot be released, the first error is the one to report.
  if (!isUncertain(error)) await store.release(claim).catch(() => {});
}

/**
 * Stores the response to a request whose write did not. One with items that are still to be done can be sent again: at
 * once, or, where it is not known what was done, when its claim has run out.
 */
export async function conclude(
  store: IdempotencyStore,
  claim: Claim,
  items: KeyedItems | undefined,
  response: HttpResponse,
): Promise<void> {
  if (items?.left === 'uncertain') return;
  if (items?.left === 'some') return store.release(claim);
  await store.keep(claim, response);
  await items?.forget();
}

/** A secret is shown once: the response that is stored lacks it. */
export function withoutSecret(response: HttpResponse, { shownOnce }: Operation): HttpResponse {
  if (shownOnce === undefined || response.body === null) return response;
  const { [shownOnce]: _secret, ...rest } = JSON.parse(response.body) as Record<string, unknown>;
  return { ...response, body: JSON.stringify(rest) };
}

function keyError(code: 'idempotency_key_reused' | 'request_in_progress'): DirectoryError {
  return code === 'request_in_progress'
    ? new DirectoryError(code, 'The first request with this Idempotency-Key has no answer yet', { retryAfter: 1 })
    : new DirectoryError(code, 'This Idempotency-Key was used for another request');
}
