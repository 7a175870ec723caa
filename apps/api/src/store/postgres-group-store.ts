import { Inject, Injectable } from '@nestjs/common';
import {
  DirectoryError,
  type ExternalId,
  foldKey,
  type Group,
  type GroupHistoryEntry,
  type GroupProfile,
  type GroupRevision,
  type GroupWithMembers,
  type HistoryQuery,
  type Member,
  type MemberChange,
  type MemberDetail,
  sameValue,
} from '@stele/schemas/canonical';
import { validate } from 'uuid';
import { timedOut } from '../directory/deadline.ts';
import type { Access } from '../directory/request-context.ts';
import {
  type GroupList,
  type GroupListQuery,
  type GroupReplay,
  GroupStore,
  type GroupUpdate,
} from '../directory/group-store.ts';
import type { WritePreview } from '../directory/write-result.ts';
import { compile } from './condition.ts';
import { externalIdKey } from './condition-fields.ts';
import { Database, type Query, type Row, type Statement } from './database.ts';
import { readGroupHistory } from './group-history.ts';
import {
  addMembers,
  deleteGroup,
  findGroup,
  findMembersByName,
  insertGroup,
  leaveGroups,
  lockContainers,
  lockGroup,
  lockGroupForDeletion,
  lockGroups,
  lockUsers,
  recordGroup,
  removeMembers,
  removeOtherMembers,
  reserveExternalIds,
  selectedGroup,
  updateGroup,
} from './group-statements.ts';
import { type IdRange, idRanges } from './id-ranges.ts';
import { countOf, listOf, seenLength, ListParameters } from './list-statement.ts';
import { LocksChanged } from './failure.ts';
import { holdClaim, keepReplayRecord } from './replay-record.ts';
import { Statistics } from './statistics.ts';

/** A row of the groups' table, as PostgreSQL writes it in JSON. */
interface GroupRow {
  readonly id: string;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly display_name: string;
  readonly external_ids: ExternalId[] | null;
}

function groupOf([row, members]: Row): GroupWithMembers {
  const { id, version, created_at, updated_at, display_name, external_ids } = row as GroupRow;
  return {
    id,
    version,
    createdAt: new Date(created_at),
    updatedAt: new Date(updated_at),
    displayName: display_name,
    externalIds: external_ids ?? [],
    ...(members !== null && { members: members as Member[] }),
  };
}

/** Who came to a group, and who left it, in the end. */
class Movement {
  private readonly net = new Map<string, 1 | -1>();

  came(ids: readonly string[]): void {
    for (const id of ids) this.note(id, 1);
  }

  left(ids: readonly string[]): void {
    for (const id of ids) this.note(id, -1);
  }

  /** Coming back is as good as staying. */
  private note(id: string, way: 1 | -1): void {
    if (this.net.get(id) === -way) this.net.delete(id);
    else this.net.set(id, way);
  }

  get changes(): object {
    const of = (way: 1 | -1) => [...this.net].filter(([, each]) => each === way).map(([id]) => id);
    const [added, removed] = [of(1), of(-1)];
    if (added.length + removed.length === 0) return {};
    return { members: { ...(added.length > 0 && { added }), ...(removed.length > 0 && { removed }) } };
  }
}

/** Ends a transaction whose outcome was only to be seen. */
class Previewed extends Error {
  constructor(
    readonly group: GroupWithMembers,
    readonly preview: WritePreview,
  ) {
    super();
  }
}

const idsOf = (changes: readonly MemberChange[]): string[] => [
  ...new Set(changes.flatMap((each) => (each.kind === 'add' || each.kind === 'replace' ? each.ids : []))),
];

const memberError = (message: string) =>
  new DirectoryError('validation_error', 'Invalid request parameters', {
    issues: [{ path: ['members'], rule: 'invalid', message }],
  });

const member = (id: string) => memberError(`${JSON.stringify(id)} names no user or group`);

const isAssigned = (value: unknown): boolean => value !== undefined && !(Array.isArray(value) && value.length === 0);

/** Old and new value of each attribute that differs, none where there is no value. */
function profileChanges(before: Partial<GroupProfile>, after: GroupProfile): Record<string, object> {
  const names = ['displayName', 'externalIds'] as const;
  return Object.fromEntries(
    names
      .filter((name) => (isAssigned(before[name]) || isAssigned(after[name])) && !sameValue(before[name], after[name]))
      .map((name) => [
        name,
        {
          ...(isAssigned(before[name]) && { old: before[name] }),
          ...(isAssigned(after[name]) && { new: after[name] }),
        },
      ]),
  );
}

/** Groups, who belongs to them, and their history in PostgreSQL. */
@Injectable()
export class PostgresGroupStore extends GroupStore {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Statistics) private readonly statistics: Statistics,
  ) {
    super();
  }

  override find(access: Access, id: string, members: MemberDetail): Promise<GroupWithMembers | undefined> {
    return read(this.database.query, access, id, members);
  }

  override history({ tenantId }: Access, id: string, query: HistoryQuery): Promise<GroupHistoryEntry[] | undefined> {
    return readGroupHistory(this.database, tenantId, id, query);
  }

  override async list({ tenantId }: Access, query: GroupListQuery): Promise<GroupList> {
    const part = listOf('g', tenantId, query, selectedGroup(query.members));
    const { rows } = await this.database.query(part, part.values);
    const groups = rows.slice(0, query.limit).map(groupOf);
    const total = seenLength(query, rows.length) ?? (await this.count(tenantId, query));
    return { groups, more: rows.length > query.limit, total };
  }

  private async count(tenantId: string, { where }: GroupListQuery): Promise<number> {
    const count = countOf('g', tenantId, where);
    const { rows } = await this.database.query(count, count.values);
    return rows[0]![0] as number;
  }

  override async insert(
    access: Access,
    group: Group,
    given: readonly MemberChange[],
    detail: MemberDetail,
    replayOf: GroupReplay,
  ): Promise<GroupWithMembers> {
    const created = await this.database.transaction(async (query) => {
      await holdClaim(query, access.tenantId, access.claim);
      const members = (await resolverOf(query, access, given))(given);
      const ids = idsOf(members);
      const groups = await lockUserMembers(query, access, group.id, ids);
      await lockGroupMembers(query, access, groups);
      await query(insertGroup, [access.tenantId, group.id, group.createdAt, ...profileCells(group)]);
      const movement = await applyMembers(query, access, group, members, groups);
      await reserve(query, access, group, { externalIds: [] }, group);
      await record(query, access, group, { ...profileChanges({}, group), ...movement.changes });
      const written = detail === 'none' ? group : (await read(query, access, group.id, detail))!;
      await keepReplayRecord(query, access.tenantId, replayOf(written));
      return written;
    });
    this.statistics.grew(1 + idsOf(given).length);
    return created;
  }

  override async update(
    access: Access,
    id: string,
    members: MemberDetail,
    changeOf: (group: Group) => GroupRevision,
    replayOf: GroupReplay,
  ): Promise<GroupUpdate | undefined> {
    let come = 0;
    const counted = (group: Group): GroupRevision => {
      const revision = changeOf(group);
      come = idsOf(revision.members).length;
      return revision;
    };
    try {
      const update = await this.database.transaction((query) => revise(query, access, id, members, counted, replayOf));
      this.statistics.grew(come);
      return update;
    } catch (error) {
      if (error instanceof Previewed) return { group: error.group, isWritten: false, preview: error.preview };
      throw error;
    }
  }

  override remove(
    access: Access,
    id: string,
    check: (group: Group) => void,
    replayOf: GroupReplay,
  ): Promise<Group | undefined> {
    return this.database.transaction(async (query) => {
      await holdClaim(query, access.tenantId, access.claim);
      const containers = await lockedContainers(query, access, id);
      const before = await readLocked(query, access, id, lockGroupForDeletion);
      if (!before) return undefined;
      check(before);
      const after = nextOf(before, before);
      await leave(query, access, id, after.updatedAt, containers);
      await query(deleteGroup, [access.tenantId, id, after.updatedAt]);
      await reserve(query, access, before, before, { ...before, externalIds: [] });
      await record(query, access, after, { displayName: { old: before.displayName } });
      await keepReplayRecord(query, access.tenantId, replayOf(after));
      return after;
    });
  }
}

async function read(
  query: Query,
  { tenantId }: Access,
  id: string,
  members: MemberDetail,
): Promise<GroupWithMembers | undefined> {
  const { rows } = await query(findGroup(members), [tenantId, id]);
  return rows[0] && groupOf(rows[0]);
}

async function readLocked(
  query: Query,
  { tenantId }: Access,
  id: string,
  lock = lockGroup,
): Promise<Group | undefined> {
  const { rows } = await query(lock, [tenantId, id]);
  return rows[0] && groupOf(rows[0]);
}

async function revise(
  query: Query,
  access: Access,
  id: string,
  detail: MemberDetail,
  changeOf: (group: Group) => GroupRevision,
  replayOf: GroupReplay,
): Promise<GroupUpdate | undefined> {
  await holdClaim(query, access.tenantId, access.claim);
  const seen = await read(query, access, id, 'none');
  if (!seen) return undefined;
  const planned = changeOf(seen).members;
  const resolve = await resolverOf(query, access, planned);
  const groups = await lockUserMembers(query, access, id, idsOf(resolve(planned)));
  const before = await readLocked(query, access, id);
  if (!before) return undefined;
  await lockGroupMembers(query, access, groups);
  const { profile, members: given } = changeOf(before);
  const members = resolve(given);
  const whole = access.isPreview && (await read(query, access, id, 'default'));
  const after = nextOf(before, { ...profile });
  const movement = await applyMembers(query, access, after, members, groups);
  const changes = { ...profileChanges(before, profile), ...movement.changes };
  if (Object.keys(changes).length === 0 && !access.isPreview) {
    return { group: (await read(query, access, id, detail))!, isWritten: false };
  }
  await query(updateGroup, [access.tenantId, id, after.updatedAt, ...profileCells(profile)]);
  await reserve(query, access, before, before, profile);
  if (whole) throw new Previewed(whole, { before: whole, after: (await read(query, access, id, 'default'))! });
  await record(query, access, after, changes);
  const group = (await read(query, access, id, detail))!;
  await keepReplayRecord(query, access.tenantId, replayOf(group));
  return { group, isWritten: true };
}

const profileCells = ({ displayName, externalIds }: GroupProfile): unknown[] => [
  displayName,
  foldKey(displayName),
  externalIds.length > 0 ? JSON.stringify(externalIds) : null,
];

/**
 * Keeps `externalId` and name of a group unique in each provisioning domain. It is the last lock of a transaction that
 * others may wait for.
 */
async function reserve(
  query: Query,
  { tenantId }: Access,
  { id }: Group,
  before: Partial<GroupProfile>,
  after: GroupProfile,
): Promise<void> {
  const isSame = before.displayName === after.displayName && sameValue(before.externalIds, after.externalIds);
  if (isSame || (before.externalIds?.length === 0 && after.externalIds.length === 0)) return;
  await query(reserveExternalIds, [
    tenantId,
    id,
    foldKey(after.displayName),
    after.externalIds.map(({ domain }) => domain),
    after.externalIds.map(({ value }) => value),
  ]);
}

/** The group as the next version of `before`, now or just after it. */
function nextOf(before: Group, profile: GroupProfile): Group {
  const { displayName, externalIds } = profile;
  return {
    id: before.id,
    version: before.version + 1,
    createdAt: before.createdAt,
    updatedAt: new Date(Math.max(Date.now(), before.updatedAt.getTime() + 1)),
    displayName,
    externalIds,
  };
}

type Resolver = (changes: readonly MemberChange[]) => readonly MemberChange[];

/** Puts ids in the place of other names of members. A name that stands for no member stays as it is. */
async function resolverOf(query: Query, access: Access, changes: readonly MemberChange[]): Promise<Resolver> {
  const names = changes.flatMap((each) => (each.kind !== 'removeWhere' && each.byName ? each.ids : []));
  if (names.length === 0) return (given) => given;
  const ids = new Map<string, string>();
  for (const range of idRanges([...new Set(names)])) {
    if (performance.now() >= access.deadline) throw timedOut();
    const uuids = range.ids.map((each) => (validate(each) ? each : null));
    const { rows } = await query(findMembersByName, [
      access.tenantId,
      range.ids,
      range.ids.map((each) => externalIdKey(access.tenantId, access.domain, each)),
      range.ids.map(foldKey),
      uuids,
    ]);
    const matches = Map.groupBy(rows as [string, string, number][], ([name]) => name);
    for (const [name, [first, second]] of matches) {
      if (second?.[2] === first![2]) throw memberError(`${JSON.stringify(name)} names several users or groups`);
      ids.set(name, first![1]);
    }
  }
  return (given) =>
    given.map((each) =>
      each.kind === 'removeWhere' || !each.byName
        ? each
        : { ...each, ids: each.ids.map((name) => ids.get(name) ?? name) },
    );
}

/** Those of these rows that are there, which cannot be deleted until the end of the transaction. */
const lockExisting = async (query: Query, access: Access, statement: Statement, ids: readonly string[]) =>
  new Set(await runInRanges(query, access, ids, (range) => [statement, [access.tenantId, range.ids]]));

/** Locks the users among those that are to become members of a group, and answers with the others: groups, or nothing. */
async function lockUserMembers(query: Query, access: Access, id: string, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  if (ids.includes(id)) throw memberError(`${JSON.stringify(id)} is this group: a group cannot be its own member`);
  const malformed = ids.find((each) => !validate(each));
  if (malformed !== undefined) throw member(malformed);
  const users = await lockExisting(query, access, lockUsers, ids);
  return ids.filter((each) => !users.has(each));
}

/** Locks the groups that are to become members of a group, all of which have to be there. */
async function lockGroupMembers(query: Query, access: Access, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const groups = await lockExisting(query, access, lockGroups, ids);
  const unknown = ids.find((each) => !groups.has(each));
  if (unknown !== undefined) throw member(unknown);
}

/** Runs a statement for each range of many ids, and collects the ids that these return. Throws if the deadline is over. */
async function runInRanges(
  query: Query,
  { deadline }: Access,
  ids: readonly string[],
  statementOf: (range: IdRange) => readonly [Statement, unknown[]],
): Promise<string[]> {
  const found: string[][] = [];
  for (const range of idRanges(ids)) {
    if (performance.now() >= deadline) throw timedOut();
    const { rows } = await query(...statementOf(range));
    found.push(rows.map(([id]) => id as string));
  }
  return found.flat();
}

/** Takes the steps one after the other. */
async function applyMembers(
  query: Query,
  access: Access,
  { id, updatedAt }: Group,
  changes: readonly MemberChange[],
  groups: readonly string[],
): Promise<Movement> {
  const movement = new Movement();
  const { tenantId } = access;
  const isGroup = new Set(groups);
  for (const change of changes) {
    if (change.kind === 'removeWhere') {
      const parameters = new ListParameters([tenantId, id]);
      const where = compile(change.condition, 'm', parameters, tenantId);
      const text = `DELETE FROM group_members m WHERE m.tenant_id = $1 AND m.group_id = $2 AND ${where} RETURNING m.member_id`;
      const { rows } = await query({ text }, parameters.values);
      const gone = rows.map(([each]) => each as string);
      const refusal = change.refusal(gone.length);
      if (refusal) throw refusal;
      movement.left(gone);
      continue;
    }
    const ids = change.kind === 'remove' ? change.ids.filter((each) => validate(each)) : change.ids;
    const run = (statementOf: (range: IdRange) => readonly [Statement, unknown[]]) =>
      runInRanges(query, access, ids, statementOf);
    if (change.kind === 'remove') {
      movement.left(await run((range) => [removeMembers, [tenantId, id, range.ids]]));
      continue;
    }
    if (change.kind === 'replace') {
      movement.left(await run(({ from, to, ids: kept }) => [removeOtherMembers, [tenantId, id, kept, from, to]]));
    }
    movement.came(
      await run((range) => {
        const nested = range.ids.filter((each) => isGroup.has(each));
        return [addMembers, [tenantId, id, range.ids, updatedAt, nested]];
      }),
    );
  }
  return movement;
}

async function record(query: Query, access: Access, { id, version, updatedAt }: Group, changes: object): Promise<void> {
  const { tenantId, credentialId, dialect, operation, requestId, actor = null } = access;
  const values = [
    tenantId,
    id,
    version,
    updatedAt,
    credentialId,
    dialect,
    operation,
    requestId,
    JSON.stringify(changes),
  ];
  await query(recordGroup, [...values, actor]);
}

/** Takes a user or group that is deleted, and locked, out of all its groups. */
export async function leaveAll(query: Query, access: Access, memberId: string, at: Date): Promise<void> {
  const groups = await lockedContainers(query, access, memberId);
  if (groups.length > 0) await leave(query, access, memberId, at, groups);
}

async function lockedContainers(query: Query, { tenantId }: Access, memberId: string): Promise<string[]> {
  const { rows } = await query(lockContainers, [tenantId, memberId]);
  return rows.map(([id]) => id as string);
}

/** Takes a user or group that is deleted out of groups that are locked: all that it is a member of, or none. */
async function leave(
  query: Query,
  access: Access,
  memberId: string,
  at: Date,
  groups: readonly string[],
): Promise<void> {
  const { tenantId, credentialId, dialect, operation, requestId, actor = null } = access;
  const values = [tenantId, memberId, at, credentialId, dialect, operation, requestId, actor, groups];
  const { rows } = await query(leaveGroups, values);
  if (rows[0]![0] !== 0) throw new LocksChanged();
}
