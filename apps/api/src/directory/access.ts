import { type CompatibilityProfile, DirectoryError, type Scope } from '@stele/schemas/canonical';

/** The versions that a write may start from: any that exists, or one of a list. Listing none refuses every version. */
export type Precondition = 'any' | readonly number[];

/** An answer as it went over the wire. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** A claimed `Idempotency-Key`: the answer to its request is to be kept in the same commit as what it writes. */
export interface ReplayRecord {
  /** SHA-256 of credential, operation and key. */
  readonly keyHash: Buffer;
  /** Of this claim; a later claim of the same key has another one. */
  readonly token: string;
  /** The answer, once it is known what the resource will be. */
  answerTo(resource: unknown): StoredAnswer;
  /** Set by the store when the answer was committed. */
  kept: boolean;
}

/** What was done of a request on many items before it was interrupted, and how the rest is remembered. */
export interface ItemMemory {
  /** The answer to an item that was dealt with. */
  answerTo(index: number): StoredAnswer | undefined;
  /** For an item that writes: its answer is kept in the same commit. */
  replayRecord(index: number, answerTo: (resource: unknown) => StoredAnswer): ReplayRecord;
  /** Keeps the answers to items that wrote nothing, before what comes after them is begun. */
  keep(answers: ReadonlyMap<number, StoredAnswer>): Promise<void>;
  /** Some items are still to be done; of an uncertain one nobody knows whether it was. */
  leave(uncertain: boolean): void;
  readonly isLeft: boolean;
}

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
  /** When the answer is due, on the clock of `performance.now`. What is not begun by then is not done. */
  readonly deadline: number;
  /** Users are read with the groups that they are members of. */
  readonly memberships?: true;
  /** What `If-Match` says. */
  readonly ifMatch?: Precondition;
  /** What `If-None-Match` says: the versions that a write may not start from. */
  readonly ifNoneMatch?: Precondition;
  /** Encodes the response to a write, given the resource as it will be. Called before the commit: what it throws undoes the write. */
  readonly encode?: (resource: object) => void;
  readonly replayRecord?: ReplayRecord;
  /** Of a request on many items that has a key. */
  readonly items?: ItemMemory;
  /** Told of each item of such a request that failed through no fault of the caller. */
  readonly onItemFailure?: (error: DirectoryError) => void;
  /** Gets what a write would do, in place of its being done. */
  readonly preview?: (before: unknown, after: unknown) => void;
}

const holds = (condition: Precondition, version: number): boolean => condition === 'any' || condition.includes(version);

/** Refuses a write that may not start from this version. */
export function assertPreconditions(
  { ifMatch = 'any', ifNoneMatch = [] }: Pick<Access, 'ifMatch' | 'ifNoneMatch'>,
  what: string,
  { version }: { readonly version: number },
): void {
  if (holds(ifMatch, version) && !holds(ifNoneMatch, version)) return;
  throw new DirectoryError('precondition_failed', `The ${what} is at version ${version}`);
}
