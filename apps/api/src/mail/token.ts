import { hash, randomBytes } from 'node:crypto';

/** A secret that nobody guesses: 256 random bits, in characters that a link can hold. */
export function makeToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a token: SHA-256. A slow hash would add nothing to 256 random bits. */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
