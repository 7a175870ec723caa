import type { Body, Http, Previewed, Query, Result } from '../core/http.ts';
import { List } from '../core/list.ts';
import type {
  ChangeOptions,
  MinimalOptions,
  Preview,
  PreviewOptions,
  RequestOptions,
  Unless,
  WriteOptions,
} from '../core/options.ts';
import type { ApiPromise } from '../core/promise.ts';
import type { V1BatchOperation, V1History, V1Operations as Op, V1User, V1UserPage } from '../generated/v1.ts';
import type { V1BatchOutcomes } from './batch.ts';
import { dataOf, nextPage, nextWrite } from './page.ts';

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
  create(user: Body<Op['createUser']>, options?: ChangeOptions): Result<Op['createUser']> {
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
  update<Minimal extends boolean | undefined = undefined>(
    userId: string,
    patch: Body<Op['updateUser']>,
    options?: MinimalOptions<Minimal>,
  ): ApiPromise<Unless<Minimal, V1User>> {
    const prefer = options?.returnMinimal ? 'minimal' : undefined;
    return this.http.call<Op['updateUser']>(
      'PATCH',
      '/v1/users/{user_id}',
      { params: { user_id: userId }, body: patch, prefer },
      options,
    ) as ApiPromise<Unless<Minimal, V1User>>;
  }

  /**
   * What `update` would change. Nothing is written.
   *
   * @example
   * const { changes } = await stele.v1.users.preview(id, { role: 'admin' });
   */
  preview(userId: string, patch: Body<Op['updateUser']>, options?: PreviewOptions): ApiPromise<Preview> {
    return this.http.call<Previewed<Op['updateUser']>>(
      'PATCH',
      '/v1/users/{user_id}',
      { params: { user_id: userId }, body: patch, prefer: 'preview', reads: true },
      options,
    );
  }

  /**
   * Delete a user. The username is free again at once; the history stays.
   *
   * @example
   * await stele.v1.users.delete(id);
   */
  delete(userId: string, options?: WriteOptions): Result<Op['deleteUser']> {
    return this.http.call<Op['deleteUser']>('DELETE', '/v1/users/{user_id}', { params: { user_id: userId } }, options);
  }

  /**
   * Users, a page at a time. A walk over all of them goes by cursor, in order of creation, and meets every user once who is
   * there all the time, whatever is written meanwhile; with `page`, `sort` or `order` it goes by page number.
   *
   * @example
   * const { data, meta } = await stele.v1.users.list({ sort: 'username', page: 2 });
   * for await (const user of stele.v1.users.list({ filter: { role: 'admin' } })) console.log(user.username);
   */
  list(query: Query<Op['listUsers']> = {}, options?: RequestOptions): List<V1UserPage> {
    const { page, sort, order, cursor = '' } = query ?? {};
    const byCursor = (page ?? sort ?? order) === undefined;
    return List.of({
      read: (query) => this.http.call<Op['listUsers']>('GET', '/v1/users', { query }, options),
      query,
      from: byCursor ? { ...query, cursor } : query,
      next: nextPage,
      items: dataOf,
    });
  }

  /**
   * Create, update and delete up to 1000 users. Each operation is judged alone: what one is refused for does not touch the
   * others, and is no error of the call.
   *
   * @example
   * const [created, deleted] = await stele.v1.users.batch([
   *   { op: 'create', data: { username: 'jane', email: 'jane@example.com', password } },
   *   { op: 'delete', id },
   * ]);
   * if (created.error) console.error(created.error.message);
   * else console.log(created.data.id);
   */
  batch<const Operations extends readonly V1BatchOperation[]>(
    operations: Operations,
    options?: ChangeOptions,
  ): ApiPromise<V1BatchOutcomes<Operations>> {
    return this.http
      .call<Op['batchUsers']>('POST', '/v1/users/batch', () => ({ body: { operations: [...operations] } }), options)
      .map(({ results }) => results as V1BatchOutcomes<Operations>);
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

  /**
   * Make `pending_email` the `email`, with the token from the message that went to it.
   *
   * @example
   * const { email } = await stele.v1.users.verifyEmail(id, token);
   */
  verifyEmail(userId: string, token: string, options?: ChangeOptions): Result<Op['verifyEmail']> {
    return this.http.call<Op['verifyEmail']>(
      'POST',
      '/v1/users/{user_id}/email-verification',
      { params: { user_id: userId }, body: { token } },
      options,
    );
  }

  /**
   * Send the message with the token to `pending_email` again, once a minute at most. Earlier tokens become invalid.
   *
   * @example
   * const { pending_email } = await stele.v1.users.resendEmailVerification(id);
   */
  resendEmailVerification(userId: string, options?: ChangeOptions): Result<Op['resendEmailVerification']> {
    return this.http.call<Op['resendEmailVerification']>(
      'POST',
      '/v1/users/{user_id}/email-verification/resend',
      { params: { user_id: userId } },
      options,
    );
  }

  /**
   * Each accepted write to a user, the oldest first, in whichever dialect it came.
   *
   * @example
   * for await (const { at, actor, changes } of stele.v1.users.history(id)) console.log(at, actor, changes);
   */
  history(userId: string, query: Query<Op['readHistory']> = {}, options?: RequestOptions): List<V1History> {
    const params = { user_id: userId };
    return List.of({
      read: (query) =>
        this.http.call<Op['readHistory']>('GET', '/v1/users/{user_id}/history', { params, query }, options),
      query,
      next: nextWrite,
      items: dataOf,
    });
  }
}
