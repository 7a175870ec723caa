import { z } from 'zod';
import { ProvisioningDomain } from './external-id.ts';
import { scopes } from './scope.ts';

/** How far the SCIM of a credential follows what clients send rather than the RFC. */
export const CompatibilityProfile = z.enum(['default', 'strict', 'interop', 'dronahq']);
export type CompatibilityProfile = z.infer<typeof CompatibilityProfile>;

/** An API key as it is kept: of its secret there is a hash elsewhere. */
export const ApiKey = z.strictObject({
  /** UUIDv7. */
  id: z.guid(),
  tenantId: z.guid(),
  /** For people; need not be unique. */
  name: z.string().min(1).max(255),
  scopes: z.array(z.enum(scopes)).min(1),
  profile: CompatibilityProfile,
  /** Whose `externalId` it reads and writes. Keys of one identity provider share it. */
  domain: ProvisioningDomain,
  /** When it stops opening anything; without it, never. */
  expiresAt: z.date().exactOptional(),
  createdAt: z.date(),
  /** When its older secrets end, of those that are still valid, the first first. */
  previousEnds: z.array(z.date()),
  /** To the minute or so. */
  lastUsedAt: z.date().exactOptional(),
});
export type ApiKey = z.infer<typeof ApiKey>;

/** What an API key is made from. */
export interface ApiKeyDraft extends Pick<ApiKey, 'name' | 'scopes' | 'profile' | 'expiresAt'> {
  /** The domain of the key with this id. */
  readonly domainOf: (id: string) => string;
}

/** A key that was just made, and what its owner has to send: shown this once. */
export interface IssuedApiKey {
  readonly apiKey: ApiKey;
  readonly secret: string;
}
