import { hash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { v5 as uuidv5 } from 'uuid';
import { Name, readClaims } from './access-token-claims.ts';
import { invalidToken } from './access-token-error.ts';
import { verifySignature } from './access-token-signature.ts';
import type { Credential } from './credential.ts';
import type { OAuthIssuer } from './issuer.ts';
import { IssuerKeys } from './issuer-keys.ts';
import type { Tenants } from './tenants.ts';

/** Characters. Real tokens have one or two thousand. */
const MAX_LENGTH = 8192;

/** Milliseconds for which a token, or a tenant, that was found good is believed, and how many are. */
const BELIEVED = 60_000;
const MAX_TOKENS = 10_000;
const MAX_TENANTS = 1000;

/** RFC 7515 7.1. The signature is empty when there is none (`"alg": "none"`). */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** In which UUIDs are made of subjects. */
const SUBJECTS = 'b5c9fc1e-9cdb-44a7-97c3-2336bdbdd444';

interface KnownIssuer {
  readonly settings: OAuthIssuer;
  readonly keys: IssuerKeys;
}

/** OAuth 2.0 access tokens that are JWTs, of the issuers in the settings. */
export class AccessTokens {
  private readonly issuers: ReadonlyMap<string, KnownIssuer>;
  /** By the hash of the token, so that it is not kept and is checked but once. */
  private readonly believed = new LRUCache<string, Credential>({ max: MAX_TOKENS });
  private readonly tenants: LRUCache<string, string>;

  /** @param warn is told of an issuer that cannot be reached */
  constructor(
    issuers: readonly OAuthIssuer[],
    tenants: Pick<Tenants, 'find'>,
    warn: (line: string, reason: unknown) => void = () => {},
  ) {
    this.issuers = new Map(
      issuers.map((settings) => [settings.issuer, { settings, keys: new IssuerKeys(settings.issuer, warn) }]),
    );
    this.tenants = new LRUCache({
      max: MAX_TENANTS,
      ttl: BELIEVED,
      fetchMethod: (name: string) => tenants.find(name),
    });
  }

  /**
   * Whether a bearer credential is a token rather than an API key. Without issuers none is: an administrator's key may
   * look like a token, and goes on opening what it opens.
   */
  isToken(bearer: string): boolean {
    return this.issuers.size > 0 && COMPACT_JWS.test(bearer) && hasAlgorithm(bearer);
  }

  /** What a token gives that was found valid within the last minute. */
  remembered(token: string): Credential | undefined {
    return this.believed.get(hashOf(token));
  }

  /** What a valid token gives. */
  async verify(token: string): Promise<Credential> {
    if (token.length > MAX_LENGTH) throw invalidToken(`The access token is longer than ${MAX_LENGTH} characters`);
    const known = this.remembered(token);
    if (known) return known;
    const { settings, keys } = this.issuerOf(token);
    const payload = await verifySignature(token, settings, keys.find);
    const { subject, scopes, expiresAt } = readClaims(payload);
    // An issuer has no fragment, so that no two pairs of issuer and subject are one actor.
    const actor = `${settings.issuer}#${subject}`;
    const credential: Credential = {
      id: uuidv5(actor, SUBJECTS),
      tenantId: await this.tenantOf(settings, payload),
      scopes,
      profile: 'default',
      domain: settings.domain ?? settings.issuer,
      actor,
    };
    const ttl = Math.floor(Math.min(BELIEVED, expiresAt * 1000 - Date.now()));
    // To the cache, 0 is for ever.
    if (ttl > 0) this.believed.set(hashOf(token), credential, { ttl });
    return credential;
  }

  /** The issuer that a token says it is of, which is still to be shown. */
  private issuerOf(token: string): KnownIssuer {
    const issuer = this.issuers.get(claimedIssuer(token) ?? '');
    if (!issuer) throw invalidToken('The access token is of no issuer that is known here');
    return issuer;
  }

  private async tenantOf(settings: OAuthIssuer, payload: JWTPayload): Promise<string> {
    const name = settings.tenant ?? Name.safeParse(payload[settings.tenant_claim!]).data;
    if (name === undefined) throw invalidToken('The access token does not name its tenant');
    const tenantId = await this.tenants.fetch(name);
    if (tenantId === undefined) throw invalidToken('The tenant of the access token is not known');
    return tenantId;
  }
}

const hashOf = (token: string): string => hash('sha256', token);

function hasAlgorithm(token: string): boolean {
  try {
    return typeof decodeProtectedHeader(token).alg === 'string';
  } catch {
    return false;
  }
}

function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch (error) {
    throw invalidToken('The access token cannot be read', error);
  }
}
