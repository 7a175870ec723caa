import type { User, UserPatch, UserQuery } from '@stele/schemas/canonical';
import type { Access } from './access.ts';

/** A change that has passed every rule: one user as it was and as it is to be. */
export interface UserChange {
  readonly before: User;
  /** Holds the next version and its time. */
  readonly after: User;
  /** What differs between the two, without a password. */
  readonly patch: UserPatch;
  readonly passwordHash?: string;
}

/** Keeps users and their history. Each write is one statement: the user and its history row, or neither. */
export abstract class UserStore {
  abstract find(access: Access, id: string): Promise<User | undefined>;
  abstract list(access: Access, query: UserQuery): Promise<User[]>;
  abstract passwordHash(access: Access, id: string): Promise<string | undefined>;
  abstract insert(access: Access, user: User, passwordHash: string | undefined): Promise<void>;
  /** Whether it was written: it is not when the stored version is no longer the one of `before`. */
  abstract update(access: Access, change: UserChange): Promise<boolean>;
  /**
   * Changes a user while no other write can come first, and answers with what is then there. For writers that others
   * overtook too often; `changeOf` answers nothing when nothing is to change.
   */
  abstract updateLocked(
    access: Access,
    id: string,
    changeOf: (user: User) => Promise<UserChange | undefined>,
  ): Promise<User | undefined>;
}
