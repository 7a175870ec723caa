import type {
  HistoryEntry,
  HistoryPage,
  HistoryQuery,
  HistorySearch,
  User,
  UserPatch,
  UserQuery,
} from '@stele/schemas/canonical';
import type { ReplayRecord } from '../idempotency/idempotency-store.ts';
import type { Access } from './request-context.ts';

/** A change that has passed every rule: one user as it was and as it is to be. */
export interface UserChange {
  readonly before: User;
  /** Holds the next version and its time. */
  readonly after: User;
  /** What differs between the two, without a password. */
  readonly patch: UserPatch;
  readonly passwordHash?: string;
  /** The user is deleted. */
  readonly removed?: true;
  /** To be sent once the change is committed. */
  readonly mails?: readonly Mail[];
  /** Stored in the same commit: a change whose claim is gone is not made. */
  readonly replay?: ReplayRecord;
}

/** A message that a change asks for. */
export interface Mail {
  readonly kind: 'email_verification' | 'email_change_notice';
  readonly recipient: string;
}

/** Where in the order of creation a user stands. */
export interface UserPosition {
  readonly createdAt: Date;
  readonly id: string;
}

/** Which users, as the store understands it: a cursor is a position. */
export type UserListQuery = Omit<UserQuery, 'cursor'> & {
  /** Of a walk in order of creation: begins after this one, or at the first. */
  readonly after?: UserPosition | 'none';
};

/** The part of a list that was asked for, and how long the whole list is. */
export interface UserList {
  readonly users: readonly User[];
  readonly total: number;
  /** Of a walk in order of creation: whether there are more after these. */
  readonly more: boolean;
}

/** Reads the hash of a user's password, when it is needed. */
export type StoredHash = () => Promise<string | undefined>;

/** What confirms an address that waits. */
export interface PendingEmail {
  readonly email: string;
  /** SHA-256; none until the message is sent. */
  readonly tokenHash: Buffer | null;
  readonly expiresAt: Date | null;
}

/** What of an access decides what is read. */
export type Reading = Pick<Access, 'tenantId' | 'deadline' | 'memberships'>;

/** A change that is planned once the user is locked; `changeOf` returns nothing when nothing is to change. */
export interface LockedChange {
  readonly access: Access;
  readonly id: string;
  readonly changeOf: (user: User, storedHash: StoredHash) => Promise<UserChange | undefined>;
}

/** A user as it is, and whether a change was made. */
export interface LockedUpdate {
  readonly user: User;
  readonly isWritten: boolean;
}

/** Keeps users and their history. Each write is one statement: the user and its history row, or neither. */
export abstract class UserStore {
  abstract find(access: Reading, id: string): Promise<User | undefined>;
  abstract list(access: Access, query: UserListQuery): Promise<UserList>;
  /** Also of a user that is deleted; none when there never was such a user. */
  abstract history(access: Access, id: string, query: HistoryQuery): Promise<HistoryEntry[] | undefined>;
  abstract searchHistory(access: Access, search: HistorySearch): Promise<HistoryPage>;
  abstract pendingEmail(access: Access, id: string): Promise<PendingEmail | undefined>;
  /**
   * Queues another message with a token for the address that waits, unless one is queued already. `assertAllowed` throws
   * where none may be sent.
   */
  abstract resendVerification(
    access: Access,
    id: string,
    assertAllowed: (pending: PendingEmail | undefined) => asserts pending is PendingEmail,
  ): Promise<void>;
  abstract passwordHash(access: Access, id: string): Promise<string | undefined>;
  abstract insert(
    access: Access,
    user: User,
    passwordHash: string | undefined,
    replay: ReplayRecord | undefined,
  ): Promise<void>;
  /** Whether it was written: it is not when the stored version is no longer the one of `before`. */
  abstract update(access: Access, change: UserChange): Promise<boolean>;
  /**
   * Changes a user while no other write can come first, and answers with what is then there. For writers that others
   * overtook too often; `changeOf` answers nothing when nothing is to change.
   */
  abstract updateLocked(
    access: Access,
    id: string,
    changeOf: (user: User, storedHash: StoredHash) => Promise<UserChange | undefined>,
  ): Promise<LockedUpdate | undefined>;
  /**
   * Changes several users in one transaction, and returns them in the order of the changes. User names that they pass to
   * each other are free. Throws `not_found` where one of them is missing.
   */
  abstract updateTogether(changes: readonly LockedChange[]): Promise<User[]>;
}
