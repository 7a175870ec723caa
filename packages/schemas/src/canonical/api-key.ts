import { z } from 'zod';
import { scopes } from './scope.ts';

/** How far the SCIM of a credential follows what clients send rather than the RFC. */
export const CompatibilityProfile = z.enum(['default', 'strict', 'interop', 'dronahq']);
export type CompatibilityProfile = z.infer<typeof CompatibilityProfile>;

/** What an API key is made from. */
export const ApiKeyDraft = z.strictObject({
  /** For people; need not be unique. */
  name: z.string().min(1).max(255),
  scopes: z.array(z.enum(scopes)).min(1),
  profile: CompatibilityProfile,
  /** When it stops opening anything; never unless it is said. */
  expiresAt: z.date().exactOptional(),
});
export type ApiKeyDraft = z.infer<typeof ApiKeyDraft>;

/** An API key as it is kept: of its secret there is a hash elsewhere. */
export const ApiKey = ApiKeyDraft.extend({
  /** UUIDv7. */
  id: z.guid(),
  tenantId: z.guid(),
  createdAt: z.date(),
  /** To the minute or so. */
  lastUsedAt: z.date().exactOptional(),
});
export type ApiKey = z.infer<typeof ApiKey>;

/** A key that was just made, and what its owner has to send: shown this once. */
export interface IssuedApiKey {
  readonly apiKey: ApiKey;
  readonly secret: string;
}
