import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import {
  defined,
  difference,
  DirectoryError,
  type User,
  type UserDraft,
  type UserQuery,
  type UserRevision,
} from '@stele/schemas/canonical';
import { v7 as uuidv7 } from 'uuid';
import type { Access } from './access.ts';
import { hashPassword, isPassword } from './password.ts';
import { Turns } from './turns.ts';
import { type UserChange, UserStore } from './user-store.ts';

/** How often a write starts again when another replica was faster, before it locks the row. */
const MAX_TRIES = 4;

/** Milliseconds to wait at most before the second try; doubled for each one after it. */
const JITTER = 4;

/** The rules of the directory and its one write path, whatever dialect a request came in. */
@Injectable()
export class Directory {
  private readonly turns = new Turns();

  constructor(@Inject(UserStore) private readonly store: UserStore) {}

  async get(access: Access, id: string): Promise<User> {
    const user = await this.store.find(access, id);
    if (!user) throw new DirectoryError('not_found', 'There is no such user');
    return user;
  }

  list(access: Access, query: UserQuery): Promise<User[]> {
    return this.store.list(access, query);
  }

  async create(access: Access, { password, ...profile }: UserDraft): Promise<User> {
    const now = new Date();
    const user: User = { ...profile, id: uuidv7(), version: 1, createdAt: now, updatedAt: now };
    await this.store.insert(access, user, password === undefined ? undefined : await hashPassword(password));
    return user;
  }

  /**
   * Changes one user to what `change` makes of it. `change` is pure: it is called again on the newer user when another
   * write came first. What it leaves as it was is left alone; when that is everything, nothing moves.
   */
  revise(access: Access, id: string, change: (user: User) => UserRevision): Promise<User> {
    return this.turns.take(`${access.tenantId} ${id}`, access.deadline, async () => {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        if (tries > 0) await sleep(Math.random() * JITTER * 2 ** tries);
        const before = await this.get(access, id);
        const planned = await this.plan(access, before, change);
        if (!planned) return before;
        if (await this.store.update(access, planned)) return planned.after;
        // With If-Match there is no second try: the version to start from is gone.
        if (Array.isArray(access.ifMatch)) throw new DirectoryError('precondition_failed', 'Another write came first');
      }
      const user = await this.store.updateLocked(access, id, (before) => this.plan(access, before, change));
      if (!user) throw new DirectoryError('not_found', 'There is no such user');
      return user;
    });
  }

  /** What a write is to store, or nothing when it changes nothing. */
  private async plan(
    access: Access,
    before: User,
    change: (user: User) => UserRevision,
  ): Promise<UserChange | undefined> {
    if (Array.isArray(access.ifMatch) && !access.ifMatch.includes(before.version)) {
      throw new DirectoryError('precondition_failed', `The user is at version ${before.version}`);
    }
    const revision = change(before);
    const { password, ...patch } = difference(before, revision);
    const { password: _secret, ...profile } = revision;
    const secret =
      password !== undefined && (await this.isNewPassword(access, before.id, password)) ? password : undefined;
    if (access.preview) {
      access.preview(before, { ...profile, ...defined({ password: secret }) });
      return undefined;
    }
    if (secret === undefined && Object.keys(patch).length === 0) return undefined;
    const after: User = { ...profile, version: before.version + 1, updatedAt: laterThan(before.updatedAt) };
    const passwordHash = secret === undefined ? undefined : await hashPassword(secret);
    return { before, after, patch, ...defined({ passwordHash }) };
  }

  /** Setting the password that is set already changes nothing. */
  private async isNewPassword(access: Access, id: string, password: string): Promise<boolean> {
    return !(await isPassword(await this.store.passwordHash(access, id), password));
  }
}

/** Now, or just after `time` when a clock was set back: `updatedAt` never goes backwards. */
function laterThan(time: Date): Date {
  return new Date(Math.max(Date.now(), time.getTime() + 1));
}
