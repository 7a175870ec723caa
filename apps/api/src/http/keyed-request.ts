import type { FastifyRequest } from 'fastify';
import type { KeyedRequest } from '../idempotency/idempotency-store.ts';
import { hashParts, parseIdempotencyKey } from '../idempotency/key.ts';
import { partsOf } from './multipart-body.ts';
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

/** The response to a repetition. */
export const replayedResponse = (stored: unknown): HttpResponse =>
  withField(stored as HttpResponse, 'idempotent-replayed', 'true');
