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
import { UserStore } from './user-store.ts';

/** How often a write starts again when others were faster, before it gives up as unavailable. */
const MAX_TRIES = 16;

/** The rules of the directory and its one write path, whatever dialect a request came in. */
@Injectable()
export class Directory {
  constructor(@Inject(UserStore) private readonly store: UserStore) {}

  async get(access: Access, id: string): Promise<User> {
    const user = await this.store.find(access.tenantId, id);
    if (!user) throw new DirectoryError('not_found', 'There is no such user');
    return user;
  }

  list(access: Access, query: UserQuery): Promise<User[]> {
    return this.store.list(access.tenantId, query);
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
  async revise(access: Access, id: string, change: (user: User) => UserRevision): Promise<User> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const before = await this.get(access, id);
      if (access.ifMatch !== undefined && access.ifMatch !== 'any' && !access.ifMatch.includes(before.version)) {
        throw new DirectoryError('precondition_failed', `The user is at version ${before.version}`);
      }
      const revision = change(before);
      const { password, ...patch } = difference(before, revision);
      const passwordHash = await this.newPasswordHash(access, id, password);
      if (passwordHash === undefined && Object.keys(patch).length === 0) return before;
      const { password: _secret, ...profile } = revision;
      const after: User = { ...profile, version: before.version + 1, updatedAt: laterThan(before.updatedAt) };
      if (await this.store.update(access, { before, after, patch, ...defined({ passwordHash }) })) return after;
      if (access.ifMatch !== undefined && access.ifMatch !== 'any') {
        throw new DirectoryError('precondition_failed', 'Another write came first');
      }
    }
    throw new DirectoryError('unavailable', 'Too many writes at once to this user', { retryAfter: 1 });
  }

  /** The hash to store, or none when no password is set or it is the one that is stored already. */
  private async newPasswordHash(access: Access, id: string, password: string | undefined): Promise<string | undefined> {
    if (password === undefined) return undefined;
    const stored = await this.store.passwordHash(access.tenantId, id);
    return (await isPassword(stored, password)) ? undefined : await hashPassword(password);
  }
}

/** Now, or just after `time` when a clock was set back: `updatedAt` never goes backwards. */
function laterThan(time: Date): Date {
  return new Date(Math.max(Date.now(), time.getTime() + 1));
}
