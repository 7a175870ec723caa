import type { UserAttribute } from './attribute.ts';

/** One accepted write to one user. */
export interface HistoryEntry {
  /** Grows with time: of two writes to one user the later one has the greater. */
  readonly seq: number;
  readonly userId: string;
  /** Of the user after the write. */
  readonly version: number;
  readonly at: Date;
  /** The credential; an API key unless there is an `actor`. */
  readonly credentialId: string;
  /** The subject of an access token. */
  readonly actor?: string;
  readonly dialect: string;
  readonly operation: string;
  readonly requestId: string;
  /** Old and new value by attribute, unassigned ones left out; of a password only that it changed. */
  readonly changes: HistoryChanges;
}

export type HistoryChanges = Readonly<
  Partial<Record<UserAttribute | 'password', { readonly old?: unknown; readonly new?: unknown }>>
>;

/** Which entries of one user, in the order of time. */
export interface HistoryQuery {
  /** Entries with a greater `seq`. */
  readonly after: number;
  readonly limit: number;
}
