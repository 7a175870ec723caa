import { hash, randomBytes } from 'node:crypto';

/** What is stored of a key: SHA-256, in hex. A key is at least 32 random characters; a slow hash would add nothing. */
export function hashApiKey(key: string): string {
  return hash('sha256', key);
}

/** A new key: 256 random bits. */
export function generateApiKey(): string {
  return `stele_${randomBytes(32).toString('base64url')}`;
}
