import type { Http } from '../core/http.ts';
import { V1ApiKeys } from './api-keys.ts';
import { V1Groups } from './groups.ts';
import { V1Tenants } from './tenants.ts';
import { V1Users } from './users.ts';

/** The REST API. */
export class V1 {
  readonly users: V1Users;
  readonly groups: V1Groups;
  readonly apiKeys: V1ApiKeys;
  readonly tenants: V1Tenants;

  constructor(http: Http) {
    this.users = new V1Users(http);
    this.groups = new V1Groups(http);
    this.apiKeys = new V1ApiKeys(http);
    this.tenants = new V1Tenants(http);
  }
}
