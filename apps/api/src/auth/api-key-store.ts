import type { ApiKey } from '@stele/schemas/canonical';
import type { Part, Whole } from './part.ts';

/** A key as it is found when somebody uses it. */
export interface StoredApiKey extends ApiKey {
  /** SHA-256 of what opens, each with the time until which it does. */
  readonly openers: readonly { readonly keyHash: Buffer; readonly until?: Date }[];
}

/** Secrets of one key that are valid at the same time at most: the newest, and older ones in their overlap. */
export const MAX_SECRETS = 4;

/** Another secret for a key. */
export interface Rotation {
  /** SHA-256 of the new secret. */
  readonly keyHash: Buffer;
  readonly at: Date;
  /** When the secret until now ends; without it, at once. Older ones keep the end that they were given. */
  readonly previousUntil?: Date;
}

/** Whether a key was rotated, and the ends of the older secrets that it had before and that are valid, the first first. */
export interface Rotated {
  readonly done: boolean;
  readonly ends: readonly Date[];
}

/** Keeps API keys, and tells when one changes. Keys that are revoked are not found. */
export abstract class ApiKeyStore {
  abstract findById(id: string): Promise<StoredApiKey | undefined>;
  /** For keys that an administrator gave, which do not say their id. */
  abstract findByHash(keyHash: Buffer): Promise<StoredApiKey | undefined>;
  /** Also whether it came from the settings. */
  abstract get(tenantId: string, id: string): Promise<(ApiKey & { readonly given: boolean }) | undefined>;
  abstract list(tenantId: string, part: Part): Promise<Whole<ApiKey>>;
  /** Whether there is no key at all, in any tenant. */
  abstract isEmpty(): Promise<boolean>;
  abstract insert(apiKey: ApiKey, keyHash: Buffer): Promise<void>;
  /** Gives a key another secret, unless it then had more than `MAX_SECRETS` that are valid. */
  abstract rotate(tenantId: string, id: string, rotation: Rotation): Promise<Rotated | undefined>;
  abstract setDomain(tenantId: string, id: string, domain: string): Promise<ApiKey | undefined>;
  /** Whether some key that is neither revoked nor expired has a provisioning domain. */
  abstract hasDomain(tenantId: string, domain: string): Promise<boolean>;
  abstract revoke(tenantId: string, id: string): Promise<boolean>;
  /** Notes that a key is used. */
  abstract touch(id: string): Promise<void>;
  /** Calls back with the id of a key that changed, and without one when any may have changed unheard. */
  abstract onChange(listener: (id?: string) => void): void;
}
