import type { WebBlob } from '../core/web.ts';
import type { ApiPromise } from '../core/promise.ts';
import type { Body, Http, Previewed, Query, Result } from '../core/http.ts';
import { List } from '../core/list.ts';
import type { ChangeOptions, Preview, PreviewOptions, RequestOptions, WriteOptions } from '../core/options.ts';
import type { NermOperations as Op, NermUser, NermUserList } from '../generated/nerm.ts';
import { type NermBulkOptions, type NermBulkOutcome, outcomeOf } from './bulk.ts';
import { nextPart } from './page.ts';

/** Users in the lifecycle API. The `user` wrapper that it puts around every body is added and taken off here. */
export class NermUsers {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /**
   * Create a user, `Active` unless a status is given.
   *
   * @example
   * await stele.nerm.users.create({ login: 'jane', name: 'Jane', email: 'jane@example.com', type: 'NeprofileUser' });
   */
  create(user: Body<Op['createUser']>['user'], options?: ChangeOptions): ApiPromise<NermUser> {
    return this.http.call<Op['createUser']>('POST', '/user', { body: { user } }, options).map((answer) => answer.user);
  }

  /**
   * Read one user.
   *
   * @example
   * const { status, last_login } = await stele.nerm.users.get(id);
   */
  get(id: string, options?: RequestOptions): ApiPromise<NermUser> {
    return this.http
      .call<Op['readUser']>('GET', '/users/{id}', { params: { id } }, options)
      .map((answer) => answer.user);
  }

  /**
   * Change some of a user's attributes. Attributes left out stay as they are.
   *
   * @example
   * await stele.nerm.users.update(id, { status: 'Disabled' });
   */
  update(id: string, patch: Body<Op['updateUser']>['user'], options?: WriteOptions): ApiPromise<NermUser> {
    return this.http
      .call<Op['updateUser']>('PATCH', '/users/{id}', { params: { id }, body: { user: patch } }, options)
      .map((answer) => answer.user);
  }

  /**
   * What `update` would change. Nothing is written.
   *
   * @example
   * const { changes } = await stele.nerm.users.preview(id, { status: 'Disabled' });
   */
  preview(id: string, patch: Body<Op['updateUser']>['user'], options?: PreviewOptions): ApiPromise<Preview> {
    return this.http.call<Previewed<Op['updateUser']>>(
      'PATCH',
      '/users/{id}',
      { params: { id }, body: { user: patch }, prefer: 'preview', reads: true },
      options,
    );
  }

  /**
   * Delete a user. The login is free again at once; the history stays.
   *
   * @example
   * await stele.nerm.users.delete(id);
   */
  delete(id: string, options?: WriteOptions): Result<Op['deleteUser']> {
    return this.http.call<Op['deleteUser']>('DELETE', '/users/{id}', { params: { id } }, options);
  }

  /**
   * Users who have all of the given values, a page at a time. A walk over all of them goes by offset: who is written meanwhile
   * may be met twice, or not at all. With `metadata` the pages say how many there are.
   *
   * @example
   * const { users, _metadata } = await stele.nerm.users.list({ order: 'name desc', limit: 20, metadata: true });
   * for await (const user of stele.nerm.users.list({ user_status: 'Pending' })) console.log(user.login);
   */
  list(query: Query<Op['listUsers']> = {}, options?: RequestOptions): List<NermUserList, NermUser> {
    return List.of({
      read: (query) => this.http.call<Op['listUsers']>('GET', '/users', { query }, options),
      query,
      next: (page, query) => nextPart(page, page.users.length, query),
      items: (page) => page.users,
    });
  }

  /**
   * Create up to 1000 users. Each is judged alone: what one is refused for is no error of the call. More than 100, or with
   * `async`, are a job.
   *
   * @example
   * const { users, job } = await stele.nerm.users.createMany(drafts);
   * if (job) await stele.nerm.jobs.wait(job.job_id);
   * else for (const user of users) console.log(user.errors ? user.errors.join() : user.id);
   */
  createMany<Async extends boolean | undefined = undefined>(
    users: Body<Op['createUsers']>['users'],
    options?: NermBulkOptions<Async>,
  ): ApiPromise<NermBulkOutcome<Async>> {
    return this.http
      .call<Op['createUsers']>('POST', '/users', { query: asking(options), body: { users } }, options)
      .map((answer) => outcomeOf(answer) as NermBulkOutcome<Async>);
  }

  /**
   * Change up to 1000 users, each named by its `id`, as `createMany` creates them.
   *
   * @example
   * const { job } = await stele.nerm.users.updateMany([{ id, status: 'Disabled' }], { async: true });
   */
  updateMany<Async extends boolean | undefined = undefined>(
    users: Body<Op['updateUsers']>['users'],
    options?: NermBulkOptions<Async>,
  ): ApiPromise<NermBulkOutcome<Async>> {
    return this.http
      .call<Op['updateUsers']>('PATCH', '/users', { query: asking(options), body: { users } }, options)
      .map((answer) => outcomeOf(answer) as NermBulkOutcome<Async>);
  }

  /**
   * Where the picture of a user is. Who has none is not found.
   *
   * @example
   * const { url } = await stele.nerm.users.avatar(id);
   */
  avatar(id: string, options?: RequestOptions): Result<Op['readAvatar']> {
    return this.http.call<Op['readAvatar']>('GET', '/users/{id}/avatar', { params: { id } }, options);
  }

  /**
   * Give a user a picture: a PNG, JPEG or WebP image of 1 MiB at most.
   *
   * @example
   * const { url } = await stele.nerm.users.setAvatar(id, await readFile('jane.png'));
   */
  setAvatar(id: string, image: WebBlob | Uint8Array, options?: ChangeOptions): Result<Op['writeAvatar']> {
    // A form takes bytes of either kind.
    const body = { file: image } as Body<Op['writeAvatar']>;
    return this.http.call<Op['writeAvatar']>(
      'POST',
      '/users/{id}/avatar',
      { params: { id }, body, isForm: true },
      options,
    );
  }
}

const asking = (options: NermBulkOptions | undefined): { async?: boolean } =>
  options?.async === undefined ? {} : { async: options.async };
