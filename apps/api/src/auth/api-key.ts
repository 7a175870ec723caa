import { createHash, randomBytes } from 'node:crypto';

/** What is stored of a key. A key is at least 32 random characters, so that a slow hash would add nothing. */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** A new key: 256 random bits. */
export function generateApiKey(): string {
  return `stele_${randomBytes(32).toString('base64url')}`;
}
