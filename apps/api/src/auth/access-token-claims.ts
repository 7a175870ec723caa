import type { Scope } from '@stele/schemas/canonical';
import type { JWTPayload } from 'jose';
import { z } from 'zod';
import { invalidToken } from './access-token-error.ts';

/** What a token can give. Who runs the directory has a key of their own: `operator` is in no token. */
const grantable = ['read', 'write', 'admin'] as const satisfies readonly Scope[];

/** What names somebody or something, and can be stored and looked for. */
export const Name = z.string().regex(/^[^\p{Cc}\p{Cs}]{1,255}$/u);

/** RFC 6749 3.3: words with spaces between them. Okta sends `scp` as an array, Entra ID as words. */
const Words = z.union([z.string().transform((text) => text.split(' ')), z.array(z.string())]);

const Claims = z.object({
  // RFC 9068 2.2: required. Whether it is over was checked with the signature.
  exp: z.number(),
  sub: Name.nullish(),
  client_id: Name.nullish(),
  azp: Name.nullish(),
  scope: Words.nullish(),
  scp: Words.nullish(),
  // RFC 7800: whoever presents the token has to prove that they hold a key, which is not asked for here. Taken without
  // the proof, the token of a client that is protected by DPoP (RFC 9449) or TLS (RFC 8705) would be worth stealing.
  cnf: z.never().optional(),
});

/** What is read from the claims of a verified token. */
export interface AccessTokenClaims {
  readonly subject: string;
  readonly scopes: readonly Scope[];
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** Reads the claims of a verified token. */
export function readClaims(payload: JWTPayload): AccessTokenClaims {
  const { data, error } = Claims.safeParse(payload);
  if (error) throw invalidToken(`The claim ${String(error.issues[0]?.path[0])} of the access token is not accepted`);
  // Of a client that acts for itself, some issuers say only which one it is.
  const subject = data.sub ?? data.client_id ?? data.azp;
  if (subject == null) throw invalidToken('The access token has no subject (sub) and no client');
  const words = new Set([...(data.scope ?? []), ...(data.scp ?? [])]);
  return { subject, scopes: grantable.filter((scope) => words.has(scope)), expiresAt: data.exp };
}
