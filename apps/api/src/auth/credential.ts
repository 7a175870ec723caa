import type { CompatibilityProfile, Scope } from '@stele/schemas/canonical';

/** Of a request without a credential for an operation that is open: it belongs to no tenant, and may do nothing else. */
export const ANONYMOUS: Credential = { id: '', tenantId: '', scopes: [], profile: 'default', domain: '' };

/** Who a request comes from, and what it may do. */
export interface Credential {
  /** A UUID, the same for every request of the same client: that of the API key, or of the subject of access tokens. */
  readonly id: string;
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
  readonly profile: CompatibilityProfile;
  /** The provisioning domain, whose `externalId` is meant (RFC 7643 3.1). */
  readonly domain: string;
  /** Issuer and subject of an access token; none of an API key, which its id names. */
  readonly actor?: string;
}
