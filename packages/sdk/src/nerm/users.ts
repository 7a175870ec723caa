import type { ApiPromise } from '../core/promise.ts';
import type { Body, Http } from '../core/http.ts';
import type { ChangeOptions, RequestOptions, WriteOptions } from '../core/options.ts';
import type { NermOperations as Op, NermUser } from '../generated/nerm.ts';

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
}
