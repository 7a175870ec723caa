import type { Tenant } from '@stele/schemas/canonical';
import type { Credential } from './credential.ts';
import type { Part, Whole } from './part.ts';

/** Keeps the tenants of the directory. */
export abstract class Tenants {
  /** The id of the tenant that is called so, or has this id. */
  abstract find(nameOrId: string): Promise<string | undefined>;
  abstract get(id: string): Promise<Tenant>;
  abstract list(part: Part): Promise<Whole<Tenant>>;
  /** A name that is taken is a conflict. What `encode` throws prevents the write. */
  abstract create(name: string, encode?: (tenant: Tenant) => void): Promise<Tenant>;
  /** Makes the default tenant, and in it this key with every scope, where they are missing. */
  abstract bootstrap(key: string): Promise<Credential>;
}
