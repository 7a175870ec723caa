import type { Body, Http, Query } from '../core/http.ts';
import { List } from '../core/list.ts';
import type { RequestOptions } from '../core/options.ts';
import type { NermAuditEvent, NermAuditEvents, NermOperations as Op } from '../generated/nerm.ts';
import { nextPart } from './page.ts';

/** Which events, and whether the pages say how many there are. */
export type NermAuditTrailQuery = Body<Op['queryAuditEvents']>['audit_events'] & Query<Op['queryAuditEvents']>;

/** Accepted writes to users, in whichever dialect they came. */
export class NermAuditTrail {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /**
   * Events to which all filters apply, a page at a time, the oldest first unless it is said. A walk over all of them goes by
   * offset: with `desc`, what is written meanwhile moves events to the next page, where they are met again.
   *
   * @example
   * const filters = { subject_id: id, created_at: { gt: '2026-10-18' } };
   * for await (const { type, data } of stele.nerm.auditEvents.query({ filters })) console.log(type, data.changes);
   */
  query(query: NermAuditTrailQuery = {}, options?: RequestOptions): List<NermAuditEvents, NermAuditEvent> {
    return List.of({
      read: ({ metadata, ...part }) =>
        this.http.call<Op['queryAuditEvents']>(
          'POST',
          '/audit_events/query',
          { query: { ...(metadata !== undefined && { metadata }) }, body: { audit_events: part }, reads: true },
          options,
        ),
      query,
      next: (page, query) => nextPart(page, page.audit_events.length, query),
      items: (page) => page.audit_events,
    });
  }
}
