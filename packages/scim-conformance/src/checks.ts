import { attributeChecks } from './areas/attributes.ts';
import { bulk } from './areas/bulk.ts';
import { clients } from './areas/clients.ts';
import { discovery } from './areas/discovery.ts';
import { entra } from './areas/entra.ts';
import { entraGroups } from './areas/entra-groups.ts';
import { errors } from './areas/errors.ts';
import { etag } from './areas/etag.ts';
import { filterChecks } from './areas/filters.ts';
import { groups } from './areas/groups.ts';
import { keycloak } from './areas/keycloak.ts';
import { cursors, lists } from './areas/lists.ts';
import { okta } from './areas/okta.ts';
import { patch } from './areas/patch.ts';
import { patchRefusals } from './areas/patch-refusals.ts';
import { projection } from './areas/projection.ts';
import { deletions, put } from './areas/put-delete.ts';
import { searches } from './areas/search.ts';
import { users } from './areas/users.ts';
import type { Check, Provider } from './check.ts';
import type { Server } from './server.ts';

/** Every check that does not depend on the schemas of the server. */
export const fixedChecks: readonly Check[] = [
  ...discovery,
  ...errors,
  ...users,
  ...projection,
  ...filterChecks,
  ...lists,
  ...cursors,
  ...searches,
  ...put,
  ...deletions,
  ...patch,
  ...patchRefusals,
  ...etag,
  ...groups,
  ...bulk,
  ...okta,
  ...entra,
  ...entraGroups,
  ...keycloak,
  ...clients,
];

/** Every check for a server. */
export const checksFor = (server: Server): readonly Check[] => [...fixedChecks, ...attributeChecks(server)];

/** Which checks are wanted. */
export interface Selection {
  /** In whose behaviour one is interested; in everybody's where it is left out. */
  readonly provider?: Provider | undefined;
  /** A part of the id, where * stands for anything. */
  readonly only?: string | undefined;
}

export function select(checks: readonly Check[], { provider, only = '' }: Selection): readonly Check[] {
  const parts = only.split('*').map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`));
  const pattern = new RegExp(parts.join('.*'), 'i');
  return checks.filter((each) => (provider === undefined || each.provider === provider) && pattern.test(each.id));
}
