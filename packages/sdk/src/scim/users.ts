import type { Body, Http, Previewed, Result } from '../core/http.ts';
import type { MinimalOptions, Preview, PreviewOptions, RequestOptions, Unless, WriteOptions } from '../core/options.ts';
import type { ApiPromise } from '../core/promise.ts';
import type { ScimOperations as Op, ScimPatchOperation, ScimUser } from '../generated/scim.ts';
import { byCursor, listParameters, type ScimList, type ScimListQuery } from './list.ts';
import { core, draft, type Draft, patchMessage, searchMessage } from './message.ts';
import type { ScimPatch } from './patch.ts';
import {
  type Names,
  projection,
  type ScimChangeOptions,
  type ScimReadOptions,
  type ScimWriteOptions,
  type Shown,
} from './projection.ts';

type UserDraft = Draft<Body<Op['createUser']>>;
type Answered<Asked extends Names> = ApiPromise<Shown<ScimUser, Asked>>;

/** Users in SCIM 2.0. */
export class ScimUsers {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /**
   * Create a user. `schemas` is filled in where it is left out.
   *
   * @example
   * await stele.scim.users.create({ userName: 'jane', emails: [{ value: 'jane@example.com', primary: true }] });
   */
  create<Asked extends Names = undefined>(user: UserDraft, options?: ScimChangeOptions<Asked>): Answered<Asked> {
    return this.http.call<Op['createUser']>(
      'POST',
      '/scim/v2/Users',
      () => ({ query: projection(options), body: draft(core['/Users'], user) }),
      options,
    );
  }

  /**
   * Read one user, or the attributes that are asked for.
   *
   * @example
   * const { active, emails } = await stele.scim.users.get(id);
   * const { name } = await stele.scim.users.get(id, { attributes: ['name.givenName'] });
   */
  get<Asked extends Names = undefined>(id: string, options?: ScimReadOptions<Asked>): Answered<Asked> {
    return this.http.call<Op['readUser']>(
      'GET',
      '/scim/v2/Users/{id}',
      () => ({ params: { id }, query: projection(options) }),
      options,
    );
  }

  /**
   * Write a whole user: what is left out is cleared, but for `active`, the password, and extensions.
   *
   * @example
   * await stele.scim.users.replace(id, { userName: 'jane', title: 'Engineer' }, { ifMatch: etag });
   */
  replace<Asked extends Names = undefined>(
    id: string,
    user: UserDraft,
    options?: ScimWriteOptions<Asked>,
  ): Answered<Asked> {
    return this.http.call<Op['replaceUser']>(
      'PUT',
      '/scim/v2/Users/{id}',
      () => ({ params: { id }, query: projection(options), body: draft(core['/Users'], user) }),
      options,
    );
  }

  /**
   * Change a user by a list of operations. They apply in order, and all of them or none.
   *
   * @example
   * await stele.scim.users.patch(id, operations().replace('active', false).remove('emails[type eq "home"]'));
   * await stele.scim.users.patch(id, [{ op: 'replace', path: 'active', value: false }]);
   */
  patch<Asked extends Names = undefined, Minimal extends boolean | undefined = undefined>(
    id: string,
    operations: readonly ScimPatchOperation[] | ScimPatch,
    options?: ScimWriteOptions<Asked> & MinimalOptions<Minimal>,
  ): ApiPromise<Unless<Minimal, Shown<ScimUser, Asked>>> {
    return this.http.call<Op['patchUser']>(
      'PATCH',
      '/scim/v2/Users/{id}',
      () => ({
        params: { id },
        query: projection(options),
        body: patchMessage(operations),
        prefer: options?.returnMinimal ? 'minimal' : undefined,
      }),
      options,
    ) as ApiPromise<Unless<Minimal, Shown<ScimUser, Asked>>>;
  }

  /**
   * What `patch` would change. Nothing is written.
   *
   * @example
   * const { changes } = await stele.scim.users.preview(id, operations().replace('active', false));
   */
  preview(
    id: string,
    operations: readonly ScimPatchOperation[] | ScimPatch,
    options?: PreviewOptions,
  ): ApiPromise<Preview> {
    return this.http.call<Previewed<Op['patchUser']>>(
      'PATCH',
      '/scim/v2/Users/{id}',
      () => ({ params: { id }, body: patchMessage(operations), prefer: 'preview', reads: true }),
      options,
    );
  }

  /**
   * Delete a user. The `userName` is free again at once, and the user leaves every group.
   *
   * @example
   * await stele.scim.users.delete(id);
   */
  delete(id: string, options?: WriteOptions): Result<Op['deleteUser']> {
    return this.http.call<Op['deleteUser']>('DELETE', '/scim/v2/Users/{id}', { params: { id } }, options);
  }

  /**
   * Users to which a filter applies, a page at a time. A walk over all of them goes by cursor, in order of creation; with
   * `startIndex` or `sortBy` it goes by index.
   *
   * @example
   * const { Resources, totalResults } = await stele.scim.users.list({ sortBy: 'userName', count: 20 });
   * for await (const user of stele.scim.users.list({ filter: 'active eq true' })) console.log(user.userName);
   */
  list<Asked extends Names = undefined>(
    query: ScimListQuery<Asked> = {},
    options?: RequestOptions,
  ): ScimList<Shown<ScimUser, Asked>> {
    return byCursor(query, (query) =>
      this.http.call<Op['listUsers']>('GET', '/scim/v2/Users', () => ({ query: listParameters(query) }), options),
    ) as ScimList<Shown<ScimUser, Asked>>;
  }

  /**
   * The same as `list`, with nothing in the URL: for filters that are long, or that logs should not have.
   *
   * @example
   * for await (const user of stele.scim.users.search({ filter: 'emails.value eq "jane@example.com"' })) console.log(user.id);
   */
  search<Asked extends Names = undefined>(
    query: ScimListQuery<Asked> = {},
    options?: RequestOptions,
  ): ScimList<Shown<ScimUser, Asked>> {
    return byCursor(query, (query) =>
      this.http.call<Op['searchUsers']>(
        'POST',
        '/scim/v2/Users/.search',
        () => ({ body: searchMessage(query), reads: true }),
        options,
      ),
    ) as ScimList<Shown<ScimUser, Asked>>;
  }
}
