import type { User } from './user.ts';

/** What a list of users can be ordered by. `email` and `role` are those that dialects with a single one show. */
export type UserSortKey = 'userName' | 'email' | 'givenName' | 'familyName' | 'role' | 'createdAt' | 'updatedAt';

/** What a list of users can be filtered by, for equality. User names and addresses compare folded (`foldKey`). */
export type UserFilterKey = Exclude<UserSortKey, 'createdAt' | 'updatedAt'> | 'externalId';

/** Which users, and which part of them. */
export interface UserQuery {
  /** What each user has to hold. */
  readonly filter?: Readonly<Partial<Record<UserFilterKey, string>>>;
  /** In order of creation unless it is said. Users alike in it stand in order of creation. */
  readonly sort?: UserSortKey;
  readonly descending?: boolean;
  /** Users to pass over. */
  readonly offset?: number;
  /**
   * Begins after the page whose `next` this is; '' begins at the first. A walk by cursor is in order of creation, and
   * meets everybody once who is there all the time, whatever is written meanwhile.
   */
  readonly cursor?: string;
  readonly limit: number;
}

export interface UserPage {
  readonly users: readonly User[];
  /** How many users there are on all pages. */
  readonly total: number;
  /** The cursor of the next page, when there may be one. Of a walk by cursor alone. */
  readonly next?: string;
}
