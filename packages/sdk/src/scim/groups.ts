import type { Body, Http, Previewed, Result } from '../core/http.ts';
import type { Preview, PreviewOptions, RequestOptions, WriteOptions } from '../core/options.ts';
import type { ApiPromise } from '../core/promise.ts';
import type { ScimGroup, ScimOperations as Op, ScimPatchOperation } from '../generated/scim.ts';
import { byCursor, listParameters, type ScimList, type ScimListQuery } from './list.ts';
import { core, draft, type Draft, patchMessage, searchMessage } from './message.ts';
import { operations, type ScimGroupAttributes, type ScimPatch } from './patch.ts';
import {
  type Names,
  type Projection,
  projection,
  type ScimChangeOptions,
  type ScimPart,
  type ScimReadOptions,
  type ScimWriteOptions,
  type Shown,
} from './projection.ts';

type GroupDraft = Draft<Body<Op['createGroup']>>;
type Answered<Asked extends Names> = ApiPromise<Shown<ScimGroup, Asked>>;

const membersOf = (ids: readonly string[]) => ids.map((value) => ({ value }));

type Operations = readonly ScimPatchOperation[] | ScimPatch<ScimGroupAttributes>;
type Patched<Asked extends Names> = ApiPromise<Asked extends undefined ? void : ScimPart<ScimGroup>>;

/** Groups in SCIM 2.0. */
export class ScimGroups {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /**
   * Create a group. Its members are users and groups that exist. `schemas` is filled in where it is left out.
   *
   * @example
   * const { id } = await stele.scim.groups.create({ displayName: 'Field Team', members: [{ value: userId }] });
   */
  create<Asked extends Names = undefined>(group: GroupDraft, options?: ScimChangeOptions<Asked>): Answered<Asked> {
    return this.http.call<Op['createGroup']>(
      'POST',
      '/scim/v2/Groups',
      () => ({ query: projection(options), body: draft(core['/Groups'], group) }),
      options,
    );
  }

  /**
   * Read one group. Its members may be many; they can be left out.
   *
   * @example
   * const { displayName } = await stele.scim.groups.get(id, { excludedAttributes: ['members'] });
   */
  get<Asked extends Names = undefined>(id: string, options?: ScimReadOptions<Asked>): Answered<Asked> {
    return this.http.call<Op['readGroup']>(
      'GET',
      '/scim/v2/Groups/{id}',
      () => ({ params: { id }, query: projection(options) }),
      options,
    );
  }

  /**
   * Write a whole group: its members are those of the list, and no others.
   *
   * @example
   * await stele.scim.groups.replace(id, { displayName: 'Field Team', members: [] });
   */
  replace<Asked extends Names = undefined>(
    id: string,
    group: GroupDraft,
    options?: ScimWriteOptions<Asked>,
  ): Answered<Asked> {
    return this.http.call<Op['replaceGroup']>(
      'PUT',
      '/scim/v2/Groups/{id}',
      () => ({ params: { id }, query: projection(options), body: draft(core['/Groups'], group) }),
      options,
    );
  }

  /**
   * Change a group by a list of operations. They apply in order, and all of them or none. The answer has no data unless
   * `attributes` asks for some.
   *
   * @example
   * await stele.scim.groups.patch(id, operations<ScimGroupAttributes>().replace('displayName', 'Field Team'));
   */
  patch<Asked extends Names = undefined>(
    id: string,
    operations: Operations,
    options?: WriteOptions & Pick<Projection<Asked>, 'attributes'> & Pick<Projection, 'excludedAttributes'>,
  ): Patched<Asked> {
    return this.#patch<Asked>(id, () => operations, options);
  }

  /**
   * What `patch` would change. Nothing is written.
   *
   * @example
   * const { changes } = await stele.scim.groups.preview(id, [{ op: 'replace', path: 'displayName', value: 'Away Team' }]);
   */
  preview(id: string, operations: Operations, options?: PreviewOptions): ApiPromise<Preview> {
    return this.http.call<Previewed<Op['patchGroup']>>(
      'PATCH',
      '/scim/v2/Groups/{id}',
      () => ({ params: { id }, body: patchMessage(operations), prefer: 'preview', reads: true }),
      options,
    );
  }

  /**
   * Add users and groups to a group, at a cost that does not depend on how many are there. Who is a member stays one.
   *
   * @example
   * await stele.scim.groups.addMembers(id, [userId]);
   */
  addMembers(id: string, ids: readonly string[], options?: WriteOptions): ApiPromise<void> {
    return this.#patch(id, () => operations<ScimGroupAttributes>().add('members', membersOf(ids)), options);
  }

  /**
   * Remove users and groups from a group. Who is no member stays none.
   *
   * @example
   * await stele.scim.groups.removeMembers(id, [userId]);
   */
  removeMembers(id: string, ids: readonly string[], options?: WriteOptions): ApiPromise<void> {
    return this.#patch(id, () => operations<ScimGroupAttributes>().remove('members', membersOf(ids)), options);
  }

  /**
   * Delete a group. Its members stay, and it leaves the groups that it was a member of.
   *
   * @example
   * await stele.scim.groups.delete(id);
   */
  delete(id: string, options?: WriteOptions): Result<Op['deleteGroup']> {
    return this.http.call<Op['deleteGroup']>('DELETE', '/scim/v2/Groups/{id}', { params: { id } }, options);
  }

  /**
   * Groups to which a filter applies, a page at a time, as by `users.list`.
   *
   * @example
   * const mine = stele.scim.groups.list({ filter: `members.value eq "${userId}"`, excludedAttributes: ['members'] });
   * for await (const group of mine) console.log(group.displayName);
   */
  list<Asked extends Names = undefined>(
    query: ScimListQuery<Asked> = {},
    options?: RequestOptions,
  ): ScimList<Shown<ScimGroup, Asked>> {
    return byCursor(query, (query) =>
      this.http.call<Op['listGroups']>('GET', '/scim/v2/Groups', () => ({ query: listParameters(query) }), options),
    ) as ScimList<Shown<ScimGroup, Asked>>;
  }

  /**
   * The same as `list`, with nothing in the URL.
   *
   * @example
   * const { Resources } = await stele.scim.groups.search({ filter: 'displayName sw "Field"' });
   */
  search<Asked extends Names = undefined>(
    query: ScimListQuery<Asked> = {},
    options?: RequestOptions,
  ): ScimList<Shown<ScimGroup, Asked>> {
    return byCursor(query, (query) =>
      this.http.call<Op['searchGroups']>(
        'POST',
        '/scim/v2/Groups/.search',
        () => ({ body: searchMessage(query), reads: true }),
        options,
      ),
    ) as ScimList<Shown<ScimGroup, Asked>>;
  }

  #patch<Asked extends Names = undefined>(
    id: string,
    operations: () => Operations,
    options?: WriteOptions & Projection,
  ): Patched<Asked> {
    return this.http.call<Op['patchGroup']>(
      'PATCH',
      '/scim/v2/Groups/{id}',
      () => ({ params: { id }, query: projection(options), body: patchMessage(operations()) }),
      options,
    ) as Patched<Asked>;
  }
}
