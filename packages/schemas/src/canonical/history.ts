import type { UserAttribute } from './attribute.ts';
import type { Member } from './group.ts';
import type { User } from './user.ts';

/** One accepted write to one user or group. */
export interface RecordedWrite {
  /** Grows with time: of two writes to one resource the later one has the greater. */
  readonly seq: number;
  /** Of the resource after the write. */
  readonly version: number;
  readonly at: Date;
  /** The credential; an API key unless there is an `actor`. */
  readonly credentialId: string;
  /** The subject of an access token. */
  readonly actor?: string;
  readonly dialect: string;
  readonly operation: string;
  readonly requestId: string;
}

/** One accepted write to one user. */
export interface HistoryEntry extends RecordedWrite {
  readonly userId: string;
  /** Old and new value by attribute, unassigned ones left out; of a password only that it changed. */
  readonly changes: HistoryChanges;
}

export type HistoryChanges = Readonly<
  Partial<Record<UserAttribute | 'password', { readonly old?: unknown; readonly new?: unknown }>>
>;

/** One accepted write to one group. */
export interface GroupHistoryEntry extends RecordedWrite {
  /** As of a user. */
  readonly changes: HistoryChanges;
  /** The members that came, and those that left; absent where none did. */
  readonly added?: MovedMembers;
  readonly removed?: MovedMembers;
}

/** Members that came or left in one write. */
export interface MovedMembers {
  readonly total: number;
  /** The first of them, up to `MAX_MOVED_MEMBERS`. */
  readonly members: readonly Required<Pick<Member, 'id' | 'type'>>[];
}

/** Members that an entry lists, of those that came and of those that left. A write may move some 100,000. */
export const MAX_MOVED_MEMBERS = 1000;

/** What a write did to its user as a whole. */
export type HistoryKind = 'create' | 'update' | 'delete';

/** The first write makes a user. The last one may leave nothing, not even the name that every user has. */
export function historyKindOf({ version, changes: { userName } }: HistoryEntry): HistoryKind {
  if (version === 1) return 'create';
  return userName !== undefined && !('new' in userName) ? 'delete' : 'update';
}

/** Which entries of one user or group, in the order of time. */
export interface HistoryQuery {
  /** Entries with a greater `seq`. */
  readonly after: number;
  readonly limit: number;
}

/** Which entries of all users of a tenant, and which part of them. Everything that is said has to hold. */
export interface HistorySearch {
  readonly userId?: string;
  readonly kind?: HistoryKind;
  /** Of users of this type, as it is now or was last. */
  readonly userType?: User['lifecycle']['type'];
  /** Written at this time or later, and before that one. */
  readonly from?: Date;
  readonly before?: Date;
  /** The newest first. */
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
  /** Whether all that are found are counted. */
  readonly counted: boolean;
}

export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** How many there are on all pages, where they were counted. */
  readonly total?: number;
}
