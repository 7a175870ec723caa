/** A request with an `Idempotency-Key`. */
export interface KeyedRequest {
  readonly tenantId: string;
  /** SHA-256 of credential, operation and key. */
  readonly keyHash: Buffer;
  /** SHA-256 of what the request asks for: another request with the key has another one. */
  readonly fingerprint: Buffer;
}

/** A key that is claimed: a write of its request stores a replay record in the same commit, or is not made. */
export interface IdempotencyClaim {
  readonly keyHash: Buffer;
  /** Of this claim: a later claim of the same key has another one. */
  readonly token: string;
}

/** The claim of a request, of which the claims of its items are made. */
export interface RequestClaim extends KeyedRequest, IdempotencyClaim {}

/** What a repetition of a request gets, and the claim under which it is stored. */
export interface ReplayRecord extends IdempotencyClaim {
  /** JSON that only its writer understands. */
  readonly value: unknown;
}

/** The key was new, and is claimed; or there is a replay record; or the key has another request, or one in progress. */
export type ClaimOutcome =
  | { readonly claim: RequestClaim }
  | { readonly replay: unknown }
  | { readonly error: 'idempotency_key_reused' | 'request_in_progress' };

/** Stores claims of keys, and replay records for 24 hours. */
export abstract class IdempotencyStore {
  /** @param lease milliseconds after which a claim without a replay record is free: its request cannot be in progress any more */
  abstract claim(request: KeyedRequest, lease: number): Promise<ClaimOutcome>;
  /** Claims the items of a request, and returns the replay records of those that were done before, by the hex hash of their key. */
  abstract claimItems(claim: RequestClaim, keyHashes: readonly Buffer[]): Promise<ReadonlyMap<string, unknown>>;
  /** Stores the replay records of items that wrote nothing. */
  abstract storeItems(
    claim: RequestClaim,
    records: readonly (readonly [keyHash: Buffer, value: unknown])[],
  ): Promise<void>;
  /** Deletes items, once the replay record of their whole request is stored. */
  abstract deleteItems(claim: RequestClaim, keyHashes: readonly Buffer[]): Promise<void>;
  /** Stores the replay record of a request that wrote nothing, or whose write could not store it. */
  abstract keep(claim: RequestClaim, value: unknown): Promise<void>;
  /** Deletes a claim, so that the key can be used again: its request failed and changed nothing. */
  abstract release(claim: RequestClaim): Promise<void>;
}
