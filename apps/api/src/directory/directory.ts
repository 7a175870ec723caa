import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import {
  assertName,
  defined,
  difference,
  DirectoryError,
  EMAIL_TOKEN_MS,
  type HistoryEntry,
  type HistoryPage,
  type HistoryQuery,
  type HistorySearch,
  primaryEmail,
  type User,
  type UserDraft,
  type UserPage,
  type UserPatch,
  type UserQuery,
  type UserRevision,
  withPrimaryValue,
} from '@stele/schemas/canonical';
import { v7 as uuidv7 } from 'uuid';
import { type Access, assertPreconditions } from './request-context.ts';
import { Cursors } from './cursor.ts';
import { isLate, timedOut } from './deadline.ts';
import { hashPassword, isPassword } from './password.ts';
import { MailDispatcher } from './mail-dispatcher.ts';
import { Turns } from './keyed-mutex.ts';
import { type Mail, type PendingEmail, type StoredHash, type UserChange, UserStore } from './user-store.ts';
import { replayRecordOf, unchanged, type WriteResult, written } from './write-result.ts';

/** Milliseconds between two messages to an address that waits. */
const RESEND_INTERVAL_MS = 60_000;

/** How often a write starts again when another replica was faster, before it locks the row. */
const MAX_TRIES = 4;

/** Milliseconds to wait at most before the second try; doubled for each one after it. */
const JITTER = 4;

type PlanOf = (before: User, storedHash: StoredHash) => Promise<UserChange | undefined>;

export abstract class DirectoryOptions {
  /** Whether a new address has to be confirmed by its owner. */
  abstract readonly emailVerification: 'off' | 'required';
  /** What hashing one password takes. */
  abstract readonly passwordMemoryKib: number;
}

/** One of several changes that belong together. */
export interface Revision {
  readonly access: Access;
  readonly id: string;
  readonly change: (user: User) => UserRevision;
}

/** The rules of the directory and its one write path, whatever dialect a request came in. */
@Injectable()
export class Directory {
  /** How a dialect that is no trusted directory writes an address. */
  readonly emailVerification: DirectoryOptions['emailVerification'];
  private readonly turns = new Turns();

  constructor(
    @Inject(UserStore) private readonly store: UserStore,
    @Inject(Cursors) private readonly cursors: Cursors,
    @Inject(MailDispatcher) private readonly dispatcher: MailDispatcher,
    @Inject(DirectoryOptions) private readonly options: DirectoryOptions,
  ) {
    this.emailVerification = options.emailVerification;
  }

  async get(access: Access, id: string): Promise<User> {
    const user = await this.store.find(access, id);
    if (!user) throw notFound();
    return user;
  }

  find(access: Access, id: string): Promise<User | undefined> {
    return this.store.find(access, id);
  }

  async list(access: Access, { cursor, ...query }: UserQuery): Promise<UserPage> {
    const list = `${access.tenantId} users ${JSON.stringify(query.where ?? {})}`;
    const after =
      cursor === undefined ? {} : ({ after: cursor === '' ? 'none' : this.cursors.open(cursor, list) } as const);
    const { users, total, more } = await this.store.list(access, { ...query, ...after });
    const last = users.at(-1);
    return { users, total, ...(more && last && { next: this.cursors.seal(last, list) }) };
  }

  /** What was written to anybody of the tenant, also to those who are deleted. */
  searchHistory(access: Access, search: HistorySearch): Promise<HistoryPage> {
    return this.store.searchHistory(access, search);
  }

  /** Also of a user that is deleted. */
  async history(access: Access, id: string, query: HistoryQuery): Promise<HistoryEntry[]> {
    const entries = await this.store.history(access, id, query);
    if (!entries) throw notFound();
    return entries;
  }

  /** @param passwordHash of a password that was hashed already */
  async create(access: Access, { password, ...profile }: UserDraft, passwordHash?: string): Promise<WriteResult<User>> {
    assertName('userName', profile.userName);
    // Of several that come together, the first is the oldest, whoever is hashed sooner.
    const now = new Date();
    const user: User = { ...profile, id: uuidv7(), version: 1, createdAt: now, updatedAt: now };
    const hash = password === undefined ? passwordHash : await this.hash(access, password);
    if (isLate(access.deadline)) throw timedOut();
    await this.store.insert(access, user, hash, replayRecordOf(access, user));
    return written(access, user);
  }

  /** What is kept of a password. Many take their time: who has none left gets none. */
  async hash({ deadline }: Pick<Access, 'deadline'>, password: string): Promise<string> {
    if (isLate(deadline)) throw timedOut();
    return hashPassword(password, this.options.passwordMemoryKib);
  }

  /**
   * Changes one user to what `change` makes of it. `change` is pure: it is called again on the newer user when another
   * write came first. What it leaves as it was is left alone; when that is everything, nothing moves.
   */
  revise(access: Access, id: string, change: (user: User) => UserRevision): Promise<WriteResult<User>> {
    if (access.isPreview) return this.preview(access, id, change);
    return this.write(access, id, (before, storedHash) => this.plan(before, change, storedHash));
  }

  /** Changes several users in one transaction: all, or none. Their user names may change places. */
  async reviseTogether(revisions: readonly Revision[]): Promise<User[]> {
    const users = await this.store.updateTogether(
      revisions.map(({ access, id, change }) => ({
        access,
        id,
        changeOf: this.checked(access, (before, storedHash) => this.plan(before, change, storedHash)),
      })),
    );
    this.dispatcher.wake();
    return users;
  }

  /** Deletes one user. The user name is free again at once; the history stays. */
  async remove(access: Access, id: string): Promise<WriteResult<User>> {
    return this.write(access, id, async (before) => ({
      before,
      after: nextOf(before, before),
      patch: {},
      removed: true,
    }));
  }

  /** Makes the address that waits the primary one, when the token is the one that was sent to it. */
  async verifyEmail(access: Access, id: string, token: string): Promise<WriteResult<User>> {
    const pending = await this.store.pendingEmail(access, id);
    const confirmed = pending && isToken(token, pending) ? pending.email : undefined;
    return this.revise(access, id, ({ pendingEmail, ...user }) => {
      if (confirmed === undefined || pendingEmail !== confirmed) throw wrongToken();
      return { ...user, emails: withPrimaryValue(user.emails, confirmed) };
    });
  }

  /** Sends the message with a token to the address that waits again, once a minute at most. */
  async resendEmailVerification(access: Access, id: string): Promise<WriteResult<User>> {
    const user = await this.get(access, id);
    access.encode?.(user);
    await this.store.resendVerification(access, id, assertResendable);
    this.dispatcher.wake();
    return unchanged(user);
  }

  /** A plan whose preconditions hold, and whose response can be encoded. */
  private checked(access: Access, planOf: PlanOf): PlanOf {
    return async (before, storedHash) => {
      assertPreconditions(access, 'user', before);
      const planned = await planOf(before, storedHash);
      const replay = planned && replayRecordOf(access, planned.after);
      return replay ? { ...planned, replay } : planned;
    };
  }

  /** The one write path. `planOf` answers nothing when nothing is to change. */
  private write(access: Access, id: string, planOf: PlanOf): Promise<WriteResult<User>> {
    const checked = this.checked(access, planOf);
    return this.turns.take(`${access.tenantId} ${id}`, access.deadline, async () => {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        if (tries > 0) await sleep(Math.random() * JITTER * 2 ** tries);
        const before = await this.get(access, id);
        const planned = await checked(before, () => this.store.passwordHash(access, id));
        if (!planned) return unchanged(before);
        if (await this.store.update(access, planned)) {
          if (planned.mails) this.dispatcher.wake();
          return written(access, planned.after);
        }
        // With expected versions there is no second try: the version to start from is gone.
        if (Array.isArray(access.expectedVersions))
          throw new DirectoryError('precondition_failed', 'Another write came first');
      }
      const update = await this.store.updateLocked(access, id, checked);
      if (!update) throw notFound();
      this.dispatcher.wake();
      return update.isWritten ? written(access, update.user) : unchanged(update.user);
    });
  }

  /** What `change` would do. */
  private async preview(access: Access, id: string, change: (user: User) => UserRevision): Promise<WriteResult<User>> {
    const before = await this.get(access, id);
    assertPreconditions(access, 'user', before);
    const { profile, password } = await this.compare(before, change, () => this.store.passwordHash(access, id));
    return { ...unchanged(before), preview: { before, after: { ...profile, ...defined({ password }) } } };
  }

  /** What a change of attributes is to store, or nothing when it changes nothing. */
  private async plan(
    before: User,
    change: (user: User) => UserRevision,
    storedHash: StoredHash,
  ): Promise<UserChange | undefined> {
    const { profile, patch, password } = await this.compare(before, change, storedHash);
    if (password === undefined && Object.keys(patch).length === 0) return undefined;
    const passwordHash =
      password === undefined ? undefined : await hashPassword(password, this.options.passwordMemoryKib);
    return {
      before,
      after: nextOf(before, profile),
      patch,
      ...defined({ passwordHash, mails: mailsOf(before, patch) }),
    };
  }

  /** What `change` makes of a user, and what of that is new. */
  private async compare(
    before: User,
    change: (user: User) => UserRevision,
    storedHash: StoredHash,
  ): Promise<{ readonly profile: User; readonly patch: UserPatch; readonly password: string | undefined }> {
    const revision = withoutStaleEmail(before, change(before));
    assertName('userName', revision.userName, before.userName);
    const { password, ...patch } = difference(before, revision);
    const { password: _secret, ...profile } = revision;
    // Setting the password that is set already changes nothing.
    const isNew = password !== undefined && !(await isPassword(await storedHash(), password));
    return { profile, patch, password: isNew ? password : undefined };
  }
}

/** The user as the next version of `before`. */
function nextOf(before: User, user: User): User {
  return { ...user, version: before.version + 1, updatedAt: laterThan(before.updatedAt) };
}

/** An address that waits is void once another one became the primary. */
function withoutStaleEmail(before: User, revision: UserRevision): UserRevision {
  const { pendingEmail, ...rest } = revision;
  const isStale =
    pendingEmail !== undefined &&
    pendingEmail === before.pendingEmail &&
    primaryEmail(revision) !== primaryEmail(before);
  return isStale ? rest : revision;
}

/** A new address is asked whether it is its owner's, and the old one is told. */
function mailsOf(before: User, { pendingEmail }: UserPatch): Mail[] | undefined {
  if (pendingEmail == null) return undefined;
  const old = primaryEmail(before);
  return [
    { kind: 'email_verification', recipient: pendingEmail },
    ...(old === undefined ? [] : [{ kind: 'email_change_notice', recipient: old } as const]),
  ];
}

function assertResendable(pending: PendingEmail | undefined): asserts pending is PendingEmail {
  if (!pending) throw new DirectoryError('bad_request', 'No e-mail address of this user waits for its confirmation');
  const sentAt = pending.expiresAt ? pending.expiresAt.getTime() - EMAIL_TOKEN_MS : 0;
  const wait = sentAt + RESEND_INTERVAL_MS - Date.now();
  if (wait <= 0) return;
  throw new DirectoryError('rate_limited', 'The message was sent less than a minute ago', {
    retryAfter: Math.ceil(wait / 1000),
  });
}

function isToken(token: string, { tokenHash, expiresAt }: PendingEmail): boolean {
  const hashed = createHash('sha256').update(token).digest();
  return tokenHash !== null && expiresAt !== null && expiresAt > new Date() && timingSafeEqual(hashed, tokenHash);
}

const notFound = () => new DirectoryError('not_found', 'There is no such user');

const wrongToken = () =>
  new DirectoryError('validation_error', 'Invalid request parameters', {
    issues: [
      { path: ['token'], rule: 'invalid', message: 'is not the newest token, was used, or is older than 24 hours' },
    ],
  });

/** Now, or just after `time` when a clock was set back: `updatedAt` never goes backwards. */
function laterThan(time: Date): Date {
  return new Date(Math.max(Date.now(), time.getTime() + 1));
}
