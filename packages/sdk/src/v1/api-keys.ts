import type { Body, Http, Query, Result } from '../core/http.ts';
import { List } from '../core/list.ts';
import type { ChangeOptions, RequestOptions } from '../core/options.ts';
import type { V1ApiKeyPage, V1Operations as Op } from '../generated/v1.ts';
import { dataOf, nextPage } from './page.ts';

/** API keys of the tenant. The scope `admin` is needed for all of it. */
export class V1ApiKeys {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /**
   * Make a key. What opens, `key`, is shown this once: it is missing only where the first answer was lost on its way, and
   * the call was repeated. Then `rotate` gives another.
   *
   * @example
   * const { id, key } = await stele.v1.apiKeys.create({ name: 'Okta', scopes: ['write'], domain: 'okta' });
   */
  create(draft: Body<Op['createApiKey']>, options?: ChangeOptions): Result<Op['createApiKey']> {
    return this.http.call<Op['createApiKey']>('POST', '/v1/api-keys', { body: draft }, options);
  }

  /**
   * Read one key, without what opens.
   *
   * @example
   * const { last_used_at } = await stele.v1.apiKeys.get(id);
   */
  get(keyId: string, options?: RequestOptions): Result<Op['readApiKey']> {
    return this.http.call<Op['readApiKey']>('GET', '/v1/api-keys/{key_id}', { params: { key_id: keyId } }, options);
  }

  /**
   * The keys that are not revoked, the oldest first.
   *
   * @example
   * for await (const { name, scopes } of stele.v1.apiKeys.list()) console.log(name, scopes);
   */
  list(query: Query<Op['listApiKeys']> = {}, options?: RequestOptions): List<V1ApiKeyPage> {
    return List.of({
      read: (query) => this.http.call<Op['listApiKeys']>('GET', '/v1/api-keys', { query }, options),
      query,
      next: nextPage,
      items: dataOf,
    });
  }

  /**
   * Move a key to another provisioning domain (RFC 7643 3.1): it finds, shows and writes the SCIM `externalId` values of this
   * domain from then on. The response has a `warning` when the domain that it had has no other key.
   *
   * @example
   * const { warning } = await stele.v1.apiKeys.update(id, { domain: 'okta' }).withResponse();
   */
  update(keyId: string, patch: Body<Op['updateApiKey']>, options?: ChangeOptions): Result<Op['updateApiKey']> {
    return this.http.call<Op['updateApiKey']>(
      'PATCH',
      '/v1/api-keys/{key_id}',
      { params: { key_id: keyId }, body: patch },
      options,
    );
  }

  /**
   * Give a key a new secret, shown this once as by `create`. The secret until now is valid for a day, or `overlap_seconds`, more;
   * older ones keep the end that they were given. At most 4 secrets are valid at a time: one more is a `ConflictError`.
   *
   * @example
   * const { key } = await stele.v1.apiKeys.rotate(id, { overlap_seconds: 3600 });
   */
  rotate(keyId: string, rotation: Body<Op['rotateApiKey']> = {}, options?: ChangeOptions): Result<Op['rotateApiKey']> {
    return this.http.call<Op['rotateApiKey']>(
      'POST',
      '/v1/api-keys/{key_id}/rotate',
      { params: { key_id: keyId }, body: rotation },
      options,
    );
  }

  /**
   * Revoke a key. Within seconds it opens nothing any more. The response has a `warning` when it was the last key of its
   * provisioning domain.
   *
   * @example
   * const { warning } = await stele.v1.apiKeys.revoke(id).withResponse();
   */
  revoke(keyId: string, options?: ChangeOptions): Result<Op['revokeApiKey']> {
    return this.http.call<Op['revokeApiKey']>(
      'DELETE',
      '/v1/api-keys/{key_id}',
      { params: { key_id: keyId } },
      options,
    );
  }
}
