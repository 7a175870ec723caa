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
import { patchErrors } from './areas/patch-errors.ts';
import { projection } from './areas/projection.ts';
import { deletions, put } from './areas/put-delete.ts';
import { searches } from './areas/search.ts';
import { users } from './areas/users.ts';
import type { Check } from './check.ts';
import { ConformanceError } from './errors.ts';
import type { Area, CheckInfo, Provider, Server } from './types.ts';

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
  ...patchErrors,
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

/** Which checks run. A check has to match each field that is present. */
export interface CheckFilter {
  readonly provider?: Provider | undefined;
  readonly area?: Area | undefined;
  /** Part of the id in any case, where `*` stands for any characters: `patch.*filter`. Of several patterns one has to match. */
  readonly id?: string | readonly string[] | undefined;
}

/** A filter, a pattern as in `CheckFilter.id`, or a function that returns whether a check runs. */
export type CheckSelection = CheckFilter | string | ((check: CheckInfo) => boolean);

function toPattern(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`));
  return new RegExp(parts.join('.*'), 'i');
}

function toPredicate(selection: CheckSelection): (check: CheckInfo) => boolean {
  if (typeof selection === 'function') return selection;
  const { provider, area, id = '' } = typeof selection === 'string' ? { id: selection } : selection;
  const patterns = [id].flat().map(toPattern);
  return (check) =>
    (provider === undefined || check.provider === provider) &&
    (area === undefined || check.area === area) &&
    patterns.some((pattern) => pattern.test(check.id));
}

/** The checks that a selection matches. Throws where it matches none. */
export function selectChecks(checks: readonly Check[], selection: CheckSelection = {}): readonly Check[] {
  const selected = checks.filter(toPredicate(selection));
  if (selected.length === 0) throw new ConformanceError('no_checks', 'no check matches the selection');
  return selected;
}
