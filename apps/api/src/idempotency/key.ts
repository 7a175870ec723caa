import { createHash } from 'node:crypto';
import { DirectoryError } from '@stele/schemas/canonical';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Reads `Idempotency-Key`. */
export function parseIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && KEY.test(header)) return header;
  throw new DirectoryError('bad_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters');
}

/** SHA-256 over parts, each with its length before it, so that no two lists of parts have the same hash. */
export function hashParts(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest();
}
