import type { User, UserRevision } from '@stele/schemas/canonical';

/** The versions that a write may start from: any that exists, or one of a list. Listing none refuses every version. */
export type Precondition = 'any' | readonly number[];

/** An answer as it went over the wire. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** A claimed `Idempotency-Key`: the answer to its request is to be kept in the same commit as what it writes. */
export interface Remembrance {
  /** SHA-256 of credential, operation and key. */
  readonly keyHash: Buffer;
  /** Of this claim; a later claim of the same key has another one. */
  readonly token: string;
  /** The answer, once it is known what the user will be. */
  answerTo(user: User): StoredAnswer;
  /** Set by the store when the answer was committed. */
  kept: boolean;
}

/** Who asks, through which operation. A user outside the tenant does not exist for it. */
export interface Access {
  readonly tenantId: string;
  readonly credentialId: string;
  readonly dialect: string;
  readonly operation: string;
  readonly requestId: string;
  /** When the answer is due, on the clock of `performance.now`. What is not begun by then is not done. */
  readonly deadline: number;
  /** What `If-Match` says. */
  readonly ifMatch?: Precondition;
  readonly remembrance?: Remembrance;
  /** Gets what a write would do, in place of its being done. */
  readonly preview?: (before: User, after: UserRevision) => void;
}
