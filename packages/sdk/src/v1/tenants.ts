import type { Body, Http, Query, Result } from '../core/http.ts';
import { List } from '../core/list.ts';
import type { ChangeOptions, RequestOptions } from '../core/options.ts';
import type { V1Operations as Op, V1TenantPage } from '../generated/v1.ts';
import { dataOf, nextPage } from './page.ts';

/** Directories beside others, none of which sees another. The scope `operator` is needed for all of it. */
export class V1Tenants {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /**
   * Make an empty directory.
   *
   * @example
   * const { id } = await stele.v1.tenants.create({ name: 'acme' });
   */
  create(draft: Body<Op['createTenant']>, options?: ChangeOptions): Result<Op['createTenant']> {
    return this.http.call<Op['createTenant']>('POST', '/v1/tenants', { body: draft }, options);
  }

  /**
   * Read one tenant.
   *
   * @example
   * const { name } = await stele.v1.tenants.get(id);
   */
  get(tenantId: string, options?: RequestOptions): Result<Op['readTenant']> {
    return this.http.call<Op['readTenant']>(
      'GET',
      '/v1/tenants/{tenant_id}',
      { params: { tenant_id: tenantId } },
      options,
    );
  }

  /**
   * All tenants, the oldest first.
   *
   * @example
   * for await (const { id, name } of stele.v1.tenants.list()) console.log(id, name);
   */
  list(query: Query<Op['listTenants']> = {}, options?: RequestOptions): List<V1TenantPage> {
    return List.of({
      read: (query) => this.http.call<Op['listTenants']>('GET', '/v1/tenants', { query }, options),
      query,
      next: nextPage,
      items: dataOf,
    });
  }

  /**
   * Make a key for another tenant, usually its first, which makes the others. It is shown as by `apiKeys.create`.
   *
   * @example
   * const { key } = await stele.v1.tenants.createApiKey(id, { name: 'first', scopes: ['admin'] });
   */
  createApiKey(
    tenantId: string,
    draft: Body<Op['createTenantApiKey']>,
    options?: ChangeOptions,
  ): Result<Op['createTenantApiKey']> {
    return this.http.call<Op['createTenantApiKey']>(
      'POST',
      '/v1/tenants/{tenant_id}/api-keys',
      { params: { tenant_id: tenantId }, body: draft },
      options,
    );
  }
}
