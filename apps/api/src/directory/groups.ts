import { Inject, Injectable } from '@nestjs/common';
import {
  assertName,
  DirectoryError,
  type Group,
  type GroupHistoryEntry,
  type GroupPage,
  type GroupQuery,
  type GroupRevision,
  type GroupWithMembers,
  type HistoryQuery,
  type MemberDetail,
} from '@stele/schemas/canonical';
import { v7 as uuidv7 } from 'uuid';
import { type Access, assertPreconditions } from './request-context.ts';
import { Cursors } from './cursor.ts';
import { type GroupReplay, GroupStore } from './group-store.ts';
import { replayRecordOf, unchanged, type WriteResult, written } from './write-result.ts';

/** The rules of groups, whatever dialect a request came in. */
@Injectable()
export class Groups {
  constructor(
    @Inject(GroupStore) private readonly store: GroupStore,
    @Inject(Cursors) private readonly cursors: Cursors,
  ) {}

  async get(access: Access, id: string, members: MemberDetail): Promise<GroupWithMembers> {
    return found(await this.store.find(access, id, members));
  }

  async list(access: Access, { cursor, ...query }: GroupQuery): Promise<GroupPage> {
    const list = `${access.tenantId} groups ${JSON.stringify(query.where ?? {})}`;
    const after =
      cursor === undefined ? {} : ({ after: cursor === '' ? 'none' : this.cursors.open(cursor, list) } as const);
    const { groups, total, more } = await this.store.list(access, { ...query, ...after });
    const last = groups.at(-1);
    return { groups, total, ...(more && last && { next: this.cursors.seal(last, list) }) };
  }

  /** Also of a group that is deleted. */
  async history(access: Access, id: string, query: HistoryQuery): Promise<readonly GroupHistoryEntry[]> {
    return found(await this.store.history(access, id, query));
  }

  async create(
    access: Access,
    { profile, members }: GroupRevision,
    detail: MemberDetail,
  ): Promise<WriteResult<GroupWithMembers>> {
    assertName('displayName', profile.displayName);
    const now = new Date();
    const group: Group = { ...profile, id: uuidv7(), version: 1, createdAt: now, updatedAt: now };
    return written(access, await this.store.insert(access, group, members, detail, replayOf(access)));
  }

  /** Changes one group to what `change` makes of it. What changes nothing moves nothing. */
  async revise(
    access: Access,
    id: string,
    members: MemberDetail,
    change: (group: Group) => GroupRevision,
  ): Promise<WriteResult<GroupWithMembers>> {
    const changeOf = (group: Group) => {
      assertPreconditions(access, 'group', group);
      const revision = change(group);
      assertName('displayName', revision.profile.displayName, group.displayName);
      return revision;
    };
    const { group, isWritten, preview } = found(
      await this.store.update(access, id, members, changeOf, replayOf(access)),
    );
    return { ...(isWritten ? written(access, group) : unchanged(group)), ...(preview && { preview }) };
  }

  async remove(access: Access, id: string): Promise<WriteResult<Group>> {
    const check = (group: Group) => assertPreconditions(access, 'group', group);
    return written(access, found(await this.store.remove(access, id, check, replayOf(access))));
  }
}

const replayOf =
  (access: Access): GroupReplay =>
  (group) =>
    replayRecordOf(access, group);

const notFound = () => new DirectoryError('not_found', 'There is no such group', { resource: 'group' });

function found<Found>(group: Found | undefined): Found {
  if (group === undefined) throw notFound();
  return group;
}
