import { ProvisioningDomain } from '@stele/schemas/canonical';
import { z } from 'zod';

/** How a token may be signed. Whoever checks such a signature could not have made it: there is no `none` and no HS256. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** A URL whose content comes as its owner sent it: by TLS, or without leaving the machine. */
export const SecureUrl = z.union(
  [
    z.url({ protocol: /^https$/ }),
    z.url({ protocol: /^http$/, hostname: /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/ }),
  ],
  { error: 'must be an https URL, or an http URL of a loopback host' },
);

/** An OpenID provider whose access tokens are accepted, and whose users they may touch. */
export const OAuthIssuer = z
  .strictObject({
    /** Compared as it is written: a slash at its end counts. */
    issuer: SecureUrl.refine((url) => !/[?#]|\/\/[^/]*@/.test(url), {
      error: 'must have neither a query nor a fragment nor a user',
    }),
    audience: z.string().min(1),
    /** The name or id of the one tenant that all tokens are for. */
    tenant: z.string().min(1).exactOptional(),
    /** The claim in which each token names its tenant. */
    tenant_claim: z.string().min(1).exactOptional(),
    algorithms: z
      .array(z.enum(algorithms))
      .min(1)
      .default([...algorithms]),
    /** The provisioning domain of all tokens; that of an API key, where the provider had one before. */
    domain: ProvisioningDomain.exactOptional(),
  })
  .refine(({ tenant, tenant_claim }) => (tenant === undefined) !== (tenant_claim === undefined), {
    error: 'must have either tenant or tenant_claim',
  })
  .refine(({ issuer, domain }) => domain !== undefined || ProvisioningDomain.safeParse(issuer).success, {
    error: 'must have a domain, because the issuer is too long for one or not all ASCII',
  });
export type OAuthIssuer = z.output<typeof OAuthIssuer>;

/** Every provider, each once. */
export const OAuthIssuers = z
  .array(OAuthIssuer)
  .refine((issuers) => new Set(issuers.map(({ issuer }) => issuer)).size === issuers.length, {
    error: 'must not name an issuer twice',
  });
