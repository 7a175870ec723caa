import type { Scope } from '@stele/schemas/contract';

/** Who a request comes from, and what it may do. */
export interface Credential {
  readonly id: string;
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
}

export abstract class CredentialStore {
  /** @param keyHash as `hashApiKey` gives it */
  abstract findByKeyHash(keyHash: string): Promise<Credential | undefined>;
}
