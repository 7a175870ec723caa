import type { Http, Result } from '../core/http.ts';
import type { RequestOptions } from '../core/options.ts';
import type { ScimOperations as Op, ScimResourceType, ScimSchema } from '../generated/scim.ts';
import { byIndex, type ScimList } from './list.ts';

/** Kinds of resources in SCIM 2.0 (RFC 7643 6). */
export class ScimResourceTypes {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /**
   * Every kind of resource.
   *
   * @example
   * for await (const { name, endpoint } of stele.scim.resourceTypes.list()) console.log(name, endpoint);
   */
  list(options?: RequestOptions): ScimList<ScimResourceType> {
    return byIndex({}, (query) =>
      this.http.call<Op['listResourceTypes']>('GET', '/scim/v2/ResourceTypes', { query }, options),
    );
  }

  /**
   * One kind of resource, by its name.
   *
   * @example
   * const { schemaExtensions } = await stele.scim.resourceTypes.get('User');
   */
  get(name: string, options?: RequestOptions): Result<Op['readResourceType']> {
    return this.http.call<Op['readResourceType']>(
      'GET',
      '/scim/v2/ResourceTypes/{id}',
      { params: { id: name } },
      options,
    );
  }
}

/** Schemas in SCIM 2.0 (RFC 7643 7). */
export class ScimSchemas {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /**
   * Every schema, with its attributes and their characteristics.
   *
   * @example
   * for await (const { id, attributes } of stele.scim.schemas.list()) console.log(id, attributes.length);
   */
  list(options?: RequestOptions): ScimList<ScimSchema> {
    return byIndex({}, (query) => this.http.call<Op['listSchemas']>('GET', '/scim/v2/Schemas', { query }, options));
  }

  /**
   * One schema, by its URN.
   *
   * @example
   * const { attributes } = await stele.scim.schemas.get('urn:ietf:params:scim:schemas:core:2.0:User');
   */
  get(urn: string, options?: RequestOptions): Result<Op['readSchema']> {
    return this.http.call<Op['readSchema']>('GET', '/scim/v2/Schemas/{id}', { params: { id: urn } }, options);
  }
}
