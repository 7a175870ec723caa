import type { Http, Result } from '../core/http.ts';
import type { RequestOptions } from '../core/options.ts';
import type { ApiPromise } from '../core/promise.ts';
import type { ScimBulkOperation, ScimGroup, ScimOperations as Op, ScimUser } from '../generated/scim.ts';
import { bulkMessage, outcomeOf, type ScimBulkOptions, type ScimBulkOutcomes } from './bulk.ts';
import { ScimResourceTypes, ScimSchemas } from './discovery.ts';
import { ScimGroups } from './groups.ts';
import { byIndex, type ScimList, type ScimListQuery } from './list.ts';
import { searchMessage } from './message.ts';
import type { Names, Shown } from './projection.ts';
import { ScimUsers } from './users.ts';

/** SCIM 2.0. */
export class Scim {
  readonly users: ScimUsers;
  readonly groups: ScimGroups;
  readonly resourceTypes: ScimResourceTypes;
  readonly schemas: ScimSchemas;
  readonly #http: Http;

  constructor(http: Http) {
    this.users = new ScimUsers(http);
    this.groups = new ScimGroups(http);
    this.resourceTypes = new ScimResourceTypes(http);
    this.schemas = new ScimSchemas(http);
    this.#http = http;
  }

  /**
   * Users, and then groups, to which a filter applies. A kind of resource that lacks an attribute of the filter is left out.
   * The list goes by index.
   *
   * @example
   * const found = await stele.scim.search({ filter: 'displayName sw "Field"' });
   * for (const { id, meta } of found.Resources) console.log(meta.resourceType, id);
   */
  search<Asked extends Names = undefined>(
    query: Omit<ScimListQuery<Asked>, 'cursor'> = {},
    options?: RequestOptions,
  ): ScimList<Shown<ScimUser | ScimGroup, Asked>> {
    return byIndex(query, (query) =>
      this.#http.call<Op['search']>(
        'POST',
        '/scim/v2/.search',
        () => ({ body: searchMessage(query), reads: true }),
        options,
      ),
    ) as ScimList<Shown<ScimUser | ScimGroup, Asked>>;
  }

  /**
   * Do up to 1000 operations. Each is judged alone: what one is refused for is no error of the call. `bulkId:` and the
   * `bulkId` of a POST stand for the id of what it creates. `schemas` is filled in where it is left out.
   *
   * @example
   * const [jane, team] = await stele.scim.bulk([
   *   { method: 'POST', path: '/Users', bulkId: 'jane', data: { userName: 'jane' } },
   *   { method: 'POST', path: '/Groups', bulkId: 'team', data: { displayName: 'Team', members: [{ value: 'bulkId:jane' }] } },
   * ]);
   * console.log(jane.error ? jane.error.detail : jane.id, team.status);
   */
  bulk<const Operations extends readonly ScimBulkOperation[], Limit extends number | undefined = undefined>(
    operations: Operations,
    options?: ScimBulkOptions<Limit>,
  ): ApiPromise<ScimBulkOutcomes<Operations, Limit>> {
    return this.#http
      .call<Op['bulk']>(
        'POST',
        '/scim/v2/Bulk',
        () => ({ body: bulkMessage(operations, options?.failOnErrors) }),
        options,
      )
      .map(({ Operations }) => Operations.map(outcomeOf) as ScimBulkOutcomes<Operations, Limit>);
  }

  /**
   * The URLs of the endpoints of this directory, by name.
   *
   * @example
   * const { links } = await stele.scim.links();
   */
  links(options?: RequestOptions): Result<Op['readLinks']> {
    return this.#http.call<Op['readLinks']>('GET', '/scim/v2/', {}, options);
  }

  /**
   * What this directory can do, and how much of it at once.
   *
   * @example
   * const { bulk } = await stele.scim.serviceProviderConfig();
   */
  serviceProviderConfig(options?: RequestOptions): Result<Op['readServiceProviderConfig']> {
    return this.#http.call<Op['readServiceProviderConfig']>('GET', '/scim/v2/ServiceProviderConfig', {}, options);
  }

  /**
   * The user that the token belongs to. Tokens of a directory belong to clients: it refuses with `not_implemented`.
   *
   * @example
   * const { userName } = await stele.scim.me();
   */
  me(options?: RequestOptions): Result<Op['readMe']> {
    return this.#http.call<Op['readMe']>('GET', '/scim/v2/Me', {}, options);
  }
}
