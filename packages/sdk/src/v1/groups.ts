import type { Http, Query } from '../core/http.ts';
import { List } from '../core/list.ts';
import type { RequestOptions } from '../core/options.ts';
import type { V1GroupHistory, V1Operations as Op } from '../generated/v1.ts';
import { dataOf, nextWrite } from './page.ts';

/** Groups as v1 shows them: what was written to them. `stele.scim.groups` reads and writes them. */
export class V1Groups {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /**
   * Each accepted write to a group and its members, the oldest first, also of a group that is deleted.
   *
   * @param groupId `grp_…`, or the UUID that SCIM shows
   * @example
   * for await (const { at, actor, changes } of stele.v1.groups.history(id)) console.log(at, actor, changes);
   */
  history(groupId: string, query: Query<Op['readGroupHistory']> = {}, options?: RequestOptions): List<V1GroupHistory> {
    const params = { group_id: groupId };
    return List.of({
      read: (query) =>
        this.http.call<Op['readGroupHistory']>('GET', '/v1/groups/{group_id}/history', { params, query }, options),
      query,
      next: nextWrite,
      items: dataOf,
    });
  }
}
