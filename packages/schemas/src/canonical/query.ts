import type { Condition } from './condition.ts';
import type { User } from './user.ts';

/** What a list is ordered by. Those alike in it stand in order of creation. */
export interface SortOrder {
  /** A field that conditions know. */
  readonly field: string;
  /** Of a list: the part by which its primary value, or else its first one, is ordered. */
  readonly part?: string;
  /** Of a list: orders by the value of which this part is this text. */
  readonly of?: { readonly part: string; readonly text: string };
  readonly descending: boolean;
  /** Where those stand that have nothing to be ordered by; at the end unless it is said. */
  readonly missingFirst?: boolean;
}

/** Which part of a list. */
export interface ListQuery {
  /** Everything unless it is said. */
  readonly where?: Condition;
  /** In order of creation unless it is said. */
  readonly sort?: SortOrder;
  /** Entries to pass over. */
  readonly offset?: number;
  /**
   * Begins after the page whose `next` this is; '' begins at the first. A walk by cursor is in order of creation, and
   * meets everybody once who is there all the time, whatever is written meanwhile.
   */
  readonly cursor?: string;
  readonly limit: number;
}

export type UserQuery = ListQuery;

export interface UserPage {
  readonly users: readonly User[];
  /** How many users there are on all pages. */
  readonly total: number;
  /** The cursor of the next page, when there may be one. Of a walk by cursor alone. */
  readonly next?: string;
}
