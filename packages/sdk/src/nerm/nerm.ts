import type { Http } from '../core/http.ts';
import { NermAuditTrail } from './audit-trail.ts';
import { NermJobs } from './jobs.ts';
import { NermUsers } from './users.ts';

/** The SailPoint NERM lifecycle API. */
export class Nerm {
  readonly users: NermUsers;
  readonly jobs: NermJobs;
  readonly auditEvents: NermAuditTrail;

  constructor(http: Http) {
    this.users = new NermUsers(http);
    this.jobs = new NermJobs(http);
    this.auditEvents = new NermAuditTrail(http);
  }
}
