import { Inject, Injectable } from '@nestjs/common';
import { defined, DirectoryError, type User } from '@stele/schemas/canonical';
import { parseWire } from '@stele/schemas/contract';
import {
  encodeNermItem,
  changeNermUser,
  draftNermUser,
  type NermItemResult,
  NermUserChange,
  nermUserId,
  NermUserWish,
  placeOfChange,
  placeOfWish,
  toNermItemError,
} from '@stele/schemas/nerm';
import pMap from 'p-map';
import type { Access } from '../directory/request-context.ts';
import type { Item, Place, Rename } from '../directory/batch.ts';
import { Directory } from '../directory/directory.ts';
import type { WriteResult } from '../directory/write-result.ts';
import type { JobKind, JobKinds } from '../jobs/job-kind.ts';

/** One user of a bulk request as it may wait in a job: what is to be done, without its secret; or why it cannot be. */
export type Prepared =
  | { readonly user: unknown; readonly passwordHash?: string }
  | { readonly rejected: NermItemResult };

type Hash = (password: string) => Promise<string>;

/** Passwords of one request that are hashed at a time, so that others get in between. */
const CONCURRENCY = 2;

/** What is done to each user of one kind of bulk request. */
interface BulkKind<Wish> {
  read(given: unknown, hash: Hash): Promise<{ readonly user: Wish; readonly passwordHash?: string }>;
  placeOf(wish: Wish): Place;
  renameOf?(directory: Directory, wish: Wish): Rename | undefined;
  write(directory: Directory, access: Access, wish: Wish, passwordHash?: string): Promise<WriteResult<User>>;
}

const creation: BulkKind<NermUserWish> = {
  async read(given, hash) {
    const { password, ...user } = parseWire(NermUserWish, given);
    return { user, ...(password !== undefined && { passwordHash: await hash(password) }) };
  },
  placeOf: placeOfWish,
  write: (directory, access, user, passwordHash) => directory.create(access, draftNermUser({ user }), passwordHash),
};

const change: BulkKind<NermUserChange> = {
  read: async (given) => ({ user: parseWire(NermUserChange, given) }),
  placeOf: placeOfChange,
  renameOf(directory, change) {
    const { data: id } = nermUserId.safeParse(change.id);
    if (id === undefined || change.login === undefined) return undefined;
    return { directory, id, userName: change.login, change: (user) => changeNermUser(user, change) };
  },
  async write(directory, access, change) {
    // An identifier of a foreign shape names nobody, here as in a path.
    const { data: id } = nermUserId.safeParse(change.id);
    if (id === undefined) throw new DirectoryError('not_found', 'There is no such user');
    return directory.revise(access, id, (user) => changeNermUser(user, change));
  },
};

export type BulkName = 'create_users' | 'update_users';

const kinds: Readonly<Record<BulkName, BulkKind<unknown>>> = { create_users: creation, update_users: change };

/** Many users in one request: at once, or as a job. */
@Injectable()
export class NermBulk implements JobKinds {
  readonly byName: Readonly<Record<string, JobKind>>;

  constructor(@Inject(Directory) private readonly directory: Directory) {
    this.byName = Object.fromEntries(
      (Object.keys(kinds) as BulkName[]).map((name): [string, JobKind] => [
        name,
        {
          itemOf: (prepared) => this.itemOf(name, prepared as Prepared, encodeNermItem),
          toItemError: (prepared, error) => this.toItemError(prepared as Prepared, error),
        },
      ]),
    );
  }

  /** Reads each user by itself. */
  prepare(access: Access, name: BulkName, users: readonly unknown[]): Promise<Prepared[]> {
    const hash: Hash = (password) => this.directory.hash(access, password);
    return pMap(users, (given) => this.read(name, given, hash), { concurrency: CONCURRENCY });
  }

  private async read(name: BulkName, given: unknown, hash: Hash): Promise<Prepared> {
    try {
      return await kinds[name].read(given, hash);
    } catch (error) {
      if (!(error instanceof DirectoryError) || error.code === 'unavailable') throw error;
      return { rejected: toNermItemError(given, error) };
    }
  }

  itemOf<Outcome>(name: BulkName, prepared: Prepared, encode: (user: User) => Outcome): Item<Outcome> {
    if ('rejected' in prepared) return { kind: 'rejected', run: () => Promise.reject(unreadable()), encode };
    const kind = kinds[name];
    const { user, passwordHash } = prepared;
    return {
      ...kind.placeOf(user),
      ...defined({ rename: kind.renameOf?.(this.directory, user) }),
      run: (access) => kind.write(this.directory, access, user, passwordHash),
      encode,
    };
  }

  toItemError(prepared: Prepared, error: DirectoryError): NermItemResult {
    return 'rejected' in prepared ? prepared.rejected : toNermItemError(prepared.user, error);
  }
}

const unreadable = () => new DirectoryError('validation_error', 'Invalid request parameters');
