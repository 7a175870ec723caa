import type {
  Group,
  GroupHistoryEntry,
  GroupQuery,
  GroupRevision,
  GroupWithMembers,
  HistoryQuery,
  MemberChange,
  MemberDetail,
} from '@stele/schemas/canonical';
import type { ReplayRecord } from '../idempotency/idempotency-store.ts';
import type { Access } from './request-context.ts';
import type { UserPosition } from './user-store.ts';
import type { WritePreview } from './write-result.ts';

/** Which groups, as the store understands it: a cursor is a position. */
export type GroupListQuery = Omit<GroupQuery, 'cursor'> & {
  /** Of a walk in order of creation: begins after this one, or at the first. */
  readonly after?: UserPosition | 'none';
};

export interface GroupList {
  readonly groups: readonly GroupWithMembers[];
  readonly total: number;
  readonly more: boolean;
}

/** A group as it is, and whether it was changed. */
export interface GroupUpdate {
  readonly group: GroupWithMembers;
  readonly isWritten: boolean;
  /** In place of the change, where a preview was asked for. */
  readonly preview?: WritePreview;
}

/**
 * The replay record of a write to a group, of which the members are known within its transaction alone. Pure, and called
 * before the commit: what it throws undoes the write.
 */
export type GroupReplay = (group: GroupWithMembers) => ReplayRecord | undefined;

/** Keeps groups, who belongs to them, and their history. Each write is one transaction. */
export abstract class GroupStore {
  abstract find(access: Access, id: string, members: MemberDetail): Promise<GroupWithMembers | undefined>;
  abstract list(access: Access, query: GroupListQuery): Promise<GroupList>;
  /** Undefined when there never was such a group. */
  abstract history(access: Access, id: string, query: HistoryQuery): Promise<GroupHistoryEntry[] | undefined>;
  /** Creates a group, and returns it with the members that `detail` asks for. */
  abstract insert(
    access: Access,
    group: Group,
    members: readonly MemberChange[],
    detail: MemberDetail,
    replayOf: GroupReplay,
  ): Promise<GroupWithMembers>;
  /**
   * Changes a group while no other write can come first, and answers with what is then there. `changeOf` may be called
   * more than once.
   */
  abstract update(
    access: Access,
    id: string,
    members: MemberDetail,
    changeOf: (group: Group) => GroupRevision,
    replayOf: GroupReplay,
  ): Promise<GroupUpdate | undefined>;
  /** Deletes a group, which leaves the groups that it was a member of, and answers with its last version. */
  abstract remove(
    access: Access,
    id: string,
    check: (group: Group) => void,
    replayOf: GroupReplay,
  ): Promise<Group | undefined>;
}
