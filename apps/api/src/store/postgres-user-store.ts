import { Inject, Injectable } from '@nestjs/common';
import {
  DirectoryError,
  type HistoryEntry,
  type HistoryPage,
  type HistoryQuery,
  type HistorySearch,
  type User,
  type UserPatch,
} from '@stele/schemas/canonical';
import { v7 as uuidv7 } from 'uuid';
import type { Access } from '../directory/request-context.ts';
import type { ReplayRecord } from '../idempotency/idempotency-store.ts';
import {
  type LockedChange,
  type LockedUpdate,
  type PendingEmail,
  type Reading,
  type StoredHash,
  type UserChange,
  type UserList,
  type UserListQuery,
  UserStore,
} from '../directory/user-store.ts';
import { Batcher } from './batcher.ts';
import { Database, type Query, type Row, type Statement } from './database.ts';
import { leaveAll } from './postgres-group-store.ts';
import { type HistoryRow, recordedWriteOf } from './history-row.ts';
import { countHistory, searchHistory } from './history-statement.ts';
import { type BoundStatement, countOf, listOf, seenLength } from './list-statement.ts';
import { holdClaim, takenOver } from './replay-record.ts';
import { Statistics } from './statistics.ts';
import { rowChangeOf, rowOf, userOf, type UserRow, userWithGroupsOf } from './user-row.ts';
import {
  type BatchedChange,
  findPasswordHash,
  findPendingEmail,
  findUser,
  findUserForUpdate,
  findUsers,
  findUsersWithGroups,
  findUserWithGroups,
  findUserWithGroupsForUpdate,
  findVerification,
  insertMail,
  insertUser,
  listHistory,
  lockPendingEmail,
  lockUserForDeletion,
  memberships,
  releaseUserName,
  selected,
  updateUser,
  updateUsers,
} from './user-statements.ts';

/** Statements of a kind under way at once: one, so that as much as possible shares the next. */
const LANES = 1;

/** Milliseconds that a statement takes at most when nothing is wrong; a slower one is left alone, with these beside it. */
const PATIENCE = 20;
const MOST = 4;

/** Until everything that arrived in this turn of the event loop is there: some microseconds. */
const gather = (begin: () => void): void => void setImmediate(begin);

/** Users of one statement at most. */
const BATCH_SIZE = 64;

/** Requests that wait for a lane at most, before more are told to come back. */
const CAPACITY = 4096;

interface Write {
  readonly access: Access;
  readonly change: UserChange;
}

interface Read {
  readonly tenantId: string;
  readonly id: string;
}

const uniqueAttributes = ['userName'] as const satisfies (keyof UserPatch)[];

const keyOf = (tenantId: string, id: string): string => `${tenantId} ${id}`;

export abstract class UserStoreOptions {
  /** Whether writes and reads that arrive together share statements. */
  abstract readonly groupCommit: boolean;
}

/** Users and their history in PostgreSQL, by statements that are prepared once for each connection. */
@Injectable()
export class PostgresUserStore extends UserStore {
  private readonly reads: Batcher<Read, User | undefined>;
  private readonly readsWithGroups: Batcher<Read, User | undefined>;
  private readonly writes: Batcher<Write, boolean>;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Statistics) private readonly statistics: Statistics,
    @Inject(UserStoreOptions) options: UserStoreOptions,
  ) {
    super();
    const sharing = options.groupCommit
      ? { lanes: LANES, patience: PATIENCE, most: MOST, size: BATCH_SIZE, capacity: CAPACITY, gather }
      : { lanes: Number.POSITIVE_INFINITY, size: 1, capacity: CAPACITY };
    this.reads = new Batcher({ ...sharing, run: (items) => this.readAll(items, findUser, findUsers) });
    this.readsWithGroups = new Batcher({
      ...sharing,
      run: (items) => this.readAll(items, findUserWithGroups, findUsersWithGroups),
    });
    this.writes = new Batcher({
      ...sharing,
      keyOf: ({ access, change }) => keyOf(access.tenantId, change.after.id),
      run: (items) => this.writeAll(items),
    });
  }

  override find({ tenantId, deadline, memberships }: Reading, id: string): Promise<User | undefined> {
    return (memberships ? this.readsWithGroups : this.reads).submit({ tenantId, id }, deadline);
  }

  override async list({ tenantId, memberships: wanted }: Access, query: UserListQuery): Promise<UserList> {
    const part = listOf('u', tenantId, query, wanted ? `${selected}, ${memberships}` : selected);
    const { rows } = await this.database.query(part, part.values);
    const users = rows.slice(0, query.limit).map(userOfRow);
    const total = seenLength(query, rows.length) ?? (await this.count(tenantId, query));
    return { users, more: rows.length > query.limit, total };
  }

  private async count(tenantId: string, query: UserListQuery): Promise<number> {
    const count = query.where ? countOf('u', tenantId, query.where) : countAll(tenantId);
    const { rows } = await this.database.query(count, count.values);
    return rows[0]![0] as number;
  }

  override async history({ tenantId }: Access, id: string, query: HistoryQuery): Promise<HistoryEntry[] | undefined> {
    const { rows } = await this.database.query(listHistory, [tenantId, id, query.after, query.limit]);
    if (rows.length > 0 || query.after === 0) return rows.length > 0 ? rows.map(historyEntryOf) : undefined;
    const first = await this.database.query(listHistory, [tenantId, id, 0, 1]);
    return first.rows.length > 0 ? [] : undefined;
  }

  override async searchHistory({ tenantId }: Access, search: HistorySearch): Promise<HistoryPage> {
    const found = searchHistory(tenantId, search);
    const { rows } = await this.database.query(found, found.values);
    const entries = rows.map(historyEntryOf);
    if (!search.counted) return { entries };
    const count = countHistory(tenantId, search);
    return { entries, total: (await this.database.query(count, count.values)).rows[0]![0] as number };
  }

  override async pendingEmail({ tenantId }: Access, id: string): Promise<PendingEmail | undefined> {
    return pendingEmailOf((await this.database.query(findPendingEmail, [tenantId, id])).rows[0]);
  }

  override async resendVerification(
    { tenantId }: Access,
    id: string,
    assertAllowed: (pending: PendingEmail | undefined) => asserts pending is PendingEmail,
  ): Promise<void> {
    await this.database.transaction(async (query) => {
      const pending = pendingEmailOf((await query(lockPendingEmail, [tenantId, id])).rows[0]);
      if (pending && (await query(findVerification, [tenantId, id, pending.email])).rows.length > 0) return;
      assertAllowed(pending);
      await query(insertMail, [tenantId, uuidv7(), id, 'email_verification', pending.email, new Date()]);
    });
  }

  override async passwordHash({ tenantId }: Access, id: string): Promise<string | undefined> {
    const { rows } = await this.database.query(findPasswordHash, [tenantId, id]);
    return (rows[0]?.[0] as string | null | undefined) ?? undefined;
  }

  override async insert(
    access: Access,
    user: User,
    passwordHash: string | undefined,
    replay: ReplayRecord | undefined,
  ): Promise<void> {
    const { columns, changes } = rowOf(access.tenantId, user, passwordHash);
    const replayCells = replayCellsOf(replay);
    const { rowCount } = await this.database.query(insertUser(replayCells.length > 0), [
      ...Object.values(columns).map(parameterOf),
      ...historyOf(access, user.updatedAt, changes),
      ...replayCells,
    ]);
    if (rowCount === 0) throw takenOver();
    this.statistics.grew(1);
  }

  override update(access: Access, change: UserChange): Promise<boolean> {
    if (change.removed) return this.database.transaction((query) => removeOne(query, { access, change }));
    if (change.mails) return this.database.transaction((query) => writeOne(query, { access, change }));
    // Two statements that each change several unique values may wait for each other, whatever their order of rows.
    if (uniqueAttributes.some((name) => name in change.patch)) return writeOne(this.database.query, { access, change });
    return this.writes.submit({ access, change }, access.deadline);
  }

  override updateLocked(
    access: Access,
    id: string,
    changeOf: (user: User, storedHash: StoredHash) => Promise<UserChange | undefined>,
  ): Promise<LockedUpdate | undefined> {
    return this.database.transaction(async (query) => {
      await holdClaim(query, access.tenantId, access.claim);
      const { before, change } = await lockOne(query, { access, id, changeOf });
      if (!change) return before && { user: before, isWritten: false };
      if (!(await (change.removed ? removeOne : writeOne)(query, { access, change }))) throw takenOver();
      return { user: change.after, isWritten: true };
    });
  }

  override updateTogether(changes: readonly LockedChange[]): Promise<User[]> {
    return this.database.transaction(async (query) => {
      for (const { access } of changes.toSorted(byKeyHash)) await holdClaim(query, access.tenantId, access.claim);
      const locked = new Map<string, Locked>();
      for (const each of changes.toSorted((left, right) => (left.id < right.id ? -1 : 1))) {
        locked.set(each.id, await lockOne(query, each));
      }
      const results = changes.map(({ access, id }) => ({ access, ...locked.get(id)! }));
      const writes = results.flatMap(({ access, change }) => (change ? [{ access, change }] : []));
      for (const { access, change } of writes) await query(releaseUserName, [access.tenantId, change.after.id]);
      for (const write of writes) if (!(await writeOne(query, write))) throw takenOver();
      return results.map(({ before, change }) => {
        if (!before) throw new DirectoryError('not_found', 'There is no such user');
        return change?.after ?? before;
      });
    });
  }

  private async readAll(items: readonly Read[], one: Statement, many: Statement): Promise<(User | undefined)[]> {
    if (items.length === 1) {
      const { rows } = await this.database.query(one, [items[0]!.tenantId, items[0]!.id]);
      return [rows[0] && userOfRow(rows[0])];
    }
    const { rows } = await this.database.query(many, [
      items.map(({ tenantId }) => tenantId),
      items.map(({ id }) => id),
    ]);
    const found = new Map(
      (rows as unknown as [UserRow][]).map((row) => [
        keyOf(row[0]['tenant_id'] as string, row[0]['id'] as string),
        row,
      ]),
    );
    return items.map(({ tenantId, id }) => {
      const row = found.get(keyOf(tenantId, id));
      return row && userOfRow(row);
    });
  }

  private async writeAll(items: readonly Write[]): Promise<boolean[]> {
    if (items.length === 1) return [await writeOne(this.database.query, items[0]!)];
    const columns = new Set<string>();
    const batch = items.map(({ access, change }): BatchedChange => {
      const row = rowChangeOf(change);
      for (const column of Object.keys(row.columns)) columns.add(column);
      return {
        t: access.tenantId,
        i: change.after.id,
        v: change.before.version,
        a: change.after.updatedAt,
        s: row.columns,
        k: access.credentialId,
        d: access.dialect,
        o: access.operation,
        r: access.requestId,
        h: row.changes,
        ...(access.actor !== undefined && { l: access.actor }),
        ...(change.replay && {
          n: `\\x${change.replay.keyHash.toString('hex')}`,
          x: change.replay.token,
          y: change.replay.value,
        }),
      };
    });
    // In the order in which they are locked.
    batch.sort((left, right) => (left.t + left.i < right.t + right.i ? -1 : 1));
    const isKeyed = items.some(({ change }) => change.replay);
    const statement = updateUsers([...columns].toSorted(), isKeyed);
    const { rows } = await this.database.query(statement, [JSON.stringify(batch)]);
    const written = new Set(rows.map(([tenantId, id]) => keyOf(tenantId as string, id as string)));
    return items.map(({ access, change }) => written.has(keyOf(access.tenantId, change.after.id)));
  }
}

/** A user of a row, with its groups where these were read too. */
function userOfRow([row, groups]: Row): User {
  return groups === undefined ? userOf(row as UserRow) : userWithGroupsOf(row as UserRow, groups);
}

interface Locked {
  readonly before: User | undefined;
  readonly change: UserChange | undefined;
}

/** Locks one user, and plans its change. */
async function lockOne(query: Query, { access, id, changeOf }: LockedChange): Promise<Locked> {
  const find = access.memberships ? findUserWithGroupsForUpdate : findUserForUpdate;
  const { rows } = await query(find, [access.tenantId, id]);
  const before = rows[0] && userOfRow(rows[0]);
  // Of the row that is locked: another query here would wait for a connection that is held by one which waits for this row.
  const row = rows[0]?.[0] as UserRow | undefined;
  const storedHash: StoredHash = async () => (row?.['password_hash'] as string | null | undefined) ?? undefined;
  return { before, change: before && (await changeOf(before, storedHash)) };
}

const noHash = Buffer.alloc(0);

const byKeyHash = (left: LockedChange, right: LockedChange): number =>
  Buffer.compare(left.access.claim?.keyHash ?? noHash, right.access.claim?.keyHash ?? noHash);

/** Deletes one user, who leaves every group. */
async function removeOne(query: Query, write: Write): Promise<boolean> {
  const { access, change } = write;
  const { before, after, replay } = change;
  await holdClaim(query, access.tenantId, replay);
  const { rowCount } = await query(lockUserForDeletion, [access.tenantId, after.id, before.version]);
  if (rowCount === 0) return false;
  await leaveAll(query, access, after.id, after.updatedAt);
  if (!(await writeOne(query, write))) throw takenOver();
  return true;
}

async function writeOne(query: Query, { access, change }: Write): Promise<boolean> {
  const { columns, changes } = rowChangeOf(change);
  const replayCells = replayCellsOf(change.replay);
  const { rowCount } = await query(updateUser(Object.keys(columns), replayCells.length > 0), [
    access.tenantId,
    change.after.id,
    change.before.version,
    change.after.updatedAt,
    ...Object.values(columns).map(parameterOf),
    ...historyOf(access, change.after.updatedAt, changes),
    ...replayCells,
  ]);
  const written = rowCount === 1;
  if (written) await post(query, access.tenantId, change);
  return written;
}

function pendingEmailOf(row: Row | undefined): PendingEmail | undefined {
  const [email, tokenHash, expiresAt] = (row ?? []) as [string | null, Buffer | null, Date | null];
  return email == null ? undefined : { email, tokenHash, expiresAt };
}

/** Puts what a change asks to be sent beside it. */
async function post(query: Query, tenantId: string, { after, mails = [] }: UserChange): Promise<void> {
  for (const { kind, recipient } of mails) {
    await query(insertMail, [tenantId, uuidv7(), after.id, kind, recipient, after.updatedAt]);
  }
}

/** All of a tenant's users are counted already. */
const countAll = (tenantId: string): BoundStatement => ({
  text: 'SELECT COALESCE(sum(count), 0)::integer FROM user_counts WHERE tenant_id = $1',
  values: [tenantId],
});

function historyEntryOf(row: Row): HistoryEntry {
  const columns = row as unknown as HistoryRow;
  return { ...recordedWriteOf(columns), userId: columns[1] };
}

/** `pg` would make a PostgreSQL array of a list; the columns that hold lists are `jsonb`. */
const parameterOf = (cell: unknown): unknown => (Array.isArray(cell) ? JSON.stringify(cell) : cell);

function historyOf(access: Access, at: Date, changes: object): unknown[] {
  const { credentialId, dialect, operation, requestId, actor = null } = access;
  return [at, credentialId, dialect, operation, requestId, JSON.stringify(changes), actor];
}

/** The parameters that store a replay record. */
function replayCellsOf(replay: ReplayRecord | undefined): unknown[] {
  return replay ? [replay.keyHash, replay.token, JSON.stringify(replay.value)] : [];
}
