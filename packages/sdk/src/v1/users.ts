import type { Body, Http, Result } from '../core/http.ts';
import type { RequestOptions, WriteOptions } from '../core/options.ts';
import type { V1Operations as Op } from '../generated/v1.ts';

/** Users in the REST API. */
export class V1Users {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /**
   * Create an active user.
   *
   * @example
   * const user = await stele.v1.users.create({ username: 'jane', email: 'jane@example.com', password });
   */
  create(user: Body<Op['createUser']>, options?: RequestOptions): Result<Op['createUser']> {
    return this.http.call<Op['createUser']>('POST', '/v1/users', { body: user }, options);
  }

  /**
   * Read one user.
   *
   * @example
   * const { data: user, etag } = await stele.v1.users.get(id).withResponse();
   */
  get(userId: string, options?: RequestOptions): Result<Op['readUser']> {
    return this.http.call<Op['readUser']>('GET', '/v1/users/{user_id}', { params: { user_id: userId } }, options);
  }

  /**
   * Change some of a user's fields. Fields left out stay as they are.
   *
   * @example
   * await stele.v1.users.update(id, { role: 'admin' }, { ifMatch: etag });
   */
  update(userId: string, patch: Body<Op['updateUser']>, options?: WriteOptions): Result<Op['updateUser']> {
    return this.http.call<Op['updateUser']>(
      'PATCH',
      '/v1/users/{user_id}',
      { params: { user_id: userId }, body: patch },
      options,
    );
  }

  /**
   * Replace a user's password. It can be read nowhere.
   *
   * @example
   * await stele.v1.users.setPassword(id, 'correct horse battery staple');
   */
  setPassword(userId: string, password: string, options?: WriteOptions): Result<Op['setPassword']> {
    return this.http.call<Op['setPassword']>(
      'PUT',
      '/v1/users/{user_id}/password',
      { params: { user_id: userId }, body: { password } },
      options,
    );
  }
}
