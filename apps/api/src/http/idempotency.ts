import { createHash } from 'node:crypto';
import { DirectoryError } from '@stele/schemas/canonical';
import type { StoredAnswer } from '../directory/access.ts';

/** A request that names itself. */
export interface KeyedRequest {
  readonly tenantId: string;
  /** Of credential, operation and key: what one client calls a change says nothing about another's. */
  readonly keyHash: Buffer;
  /** Of method, URL and body. */
  readonly fingerprint: Buffer;
}

export interface Claim extends KeyedRequest {
  readonly token: string;
}

/** What is known of a key: nothing, so that it is now claimed; the answer; that it is for another request; or that its request is under way. */
export type ClaimOutcome =
  | { readonly claim: Claim }
  | { readonly answer: StoredAnswer }
  | { readonly refused: 'idempotency_key_reused' | 'request_in_progress' };

/** Remembers the answers to requests with an `Idempotency-Key`, for 24 hours. */
export abstract class IdempotencyStore {
  /** @param lease milliseconds after which a claim without an answer may be taken over: its request cannot be under way any more */
  abstract claim(request: KeyedRequest, lease: number): Promise<ClaimOutcome>;
  /** Claims the items of a request on many, and answers with what was done of them before, by the hash of their key. */
  abstract claimItems(claim: Claim, keyHashes: readonly Buffer[]): Promise<ReadonlyMap<string, StoredAnswer>>;
  /** Keeps the answers to items that wrote nothing, by the hash of their key. */
  abstract keepItems(
    claim: Claim,
    answers: readonly (readonly [keyHash: Buffer, answer: StoredAnswer])[],
  ): Promise<void>;
  /** Forgets items, once the answer to their whole request is kept. */
  abstract forgetItems(claim: Claim, keyHashes: readonly Buffer[]): Promise<void>;
  /** Keeps the answer of a request that wrote nothing, or whose write could not keep it. */
  abstract keep(claim: Claim, answer: StoredAnswer): Promise<void>;
  /** Lets the key be used again: its request was refused and changed nothing. */
  abstract release(claim: Claim): Promise<void>;
}

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Reads `Idempotency-Key`. */
export function parseIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && KEY.test(header)) return header;
  throw new DirectoryError('bad_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters');
}

/** SHA-256 over parts, each with its length before it, so that no two lists of parts run together. */
export function hashParts(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest();
}
