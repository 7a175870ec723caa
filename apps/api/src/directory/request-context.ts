import { type CompatibilityProfile, DirectoryError, type Scope } from '@stele/schemas/canonical';
import type { BatchReplay } from '../idempotency/batch-replay.ts';
import type { IdempotencyClaim } from '../idempotency/idempotency-store.ts';

/** The versions that a write may start from: any that exists, or one of a list. An empty list rejects every version. */
export type Precondition = 'any' | readonly number[];

/** Who asks, through which operation. A user outside the tenant does not exist for it. */
export interface Access {
  readonly tenantId: string;
  readonly credentialId: string;
  readonly scopes: readonly Scope[];
  readonly profile: CompatibilityProfile;
  /** The provisioning domain of the credential. */
  readonly domain: string;
  /** Issuer and subject of an access token. */
  readonly actor?: string;
  readonly dialect: string;
  readonly operation: string;
  readonly requestId: string;
  /** Milliseconds of `performance.now()` until which the response has to be sent. Work that has not begun by then is not done. */
  readonly deadline: number;
  /** Users are read with the groups that they are members of. */
  readonly memberships?: true;
  /** The versions that a write may start from; absent: every version. */
  readonly expectedVersions?: Precondition;
  /** The versions that a write may not start from; absent: none. */
  readonly excludedVersions?: Precondition;
  /**
   * Encodes the response to a write, given the resource as it will be. Called before the commit: what it throws undoes the
   * write. What it returns is the replay record of a request with a key, and is not looked into.
   */
  readonly encode?: (resource: object) => unknown;
  /** Of a request with a key: the replay record is stored under it, in the same commit as the write. */
  readonly claim?: IdempotencyClaim;
  /** Of a request on many items with a key. */
  readonly items?: BatchReplay;
  /** What the write would do is returned, and nothing is written. */
  readonly isPreview?: true;
}

const holds = (condition: Precondition, version: number): boolean => condition === 'any' || condition.includes(version);

/** Rejects a write that may not start from this version. */
export function assertPreconditions(
  { expectedVersions = 'any', excludedVersions = [] }: Pick<Access, 'expectedVersions' | 'excludedVersions'>,
  what: string,
  { version }: { readonly version: number },
): void {
  if (holds(expectedVersions, version) && !holds(excludedVersions, version)) return;
  throw new DirectoryError('precondition_failed', `The ${what} is at version ${version}`);
}
