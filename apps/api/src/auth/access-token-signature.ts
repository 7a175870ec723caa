import {
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from 'jose';
import { invalidToken } from './access-token-error.ts';
import type { OAuthIssuer } from './issuer.ts';

/** Seconds by which the clocks of issuer and directory may differ. */
const CLOCK_TOLERANCE = 5;

/** RFC 9068 2.1, and what issuers say that do not follow it. Other types are other things, signed with the same keys. */
const ACCESS_TOKEN_TYPE = /^(?:application\/)?(?:at\+)?jwt$/i;

/** What jose says of a token, and jose and Web Crypto of a key that cannot be used. */
const faults = [errors.JOSEError, TypeError, DOMException];

/** That it is not this key: too weak, or another's. */
const keyFaults = [errors.JWSSignatureVerificationFailed, TypeError];

const messages: Readonly<Record<string, string>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'The access token is signed with an algorithm that is not accepted',
  ERR_JWKS_NO_MATCHING_KEY: 'The access token is signed with a key that its issuer does not have',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'The signature of the access token is wrong',
  ERR_JWT_EXPIRED: 'The access token has expired',
};

/** The claims of a token that this issuer signed for us, and that is valid now. */
export async function verifySignature(
  token: string,
  { issuer, audience, algorithms }: OAuthIssuer,
  findKey: JWTVerifyGetKey,
): Promise<JWTPayload> {
  try {
    const { typ = 'JWT' } = decodeProtectedHeader(token);
    if (!ACCESS_TOKEN_TYPE.test(typ)) throw invalidToken('This token is not an access token');
    return await verifyWithAny(token, findKey, {
      issuer,
      audience,
      algorithms,
      clockTolerance: CLOCK_TOLERANCE,
    });
  } catch (error) {
    throw faults.some((fault) => error instanceof fault) ? invalidToken(messageOf(error), error) : error;
  }
}

/** A token need not name its key: then it is any of those that fit. */
async function verifyWithAny(token: string, findKey: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, findKey, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (reason) {
        if (!keyFaults.some((fault) => reason instanceof fault)) throw reason;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function messageOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `The claim ${error.claim} of the access token is ${error.reason === 'missing' ? 'missing' : 'not accepted'}`;
  }
  const code = error instanceof errors.JOSEError ? error.code : '';
  return messages[code] ?? 'The access token cannot be verified';
}
