import type { MemberDetail } from '../canonical/group.ts';
import type { ListQuery as CanonicalQuery, SortOrder } from '../canonical/query.ts';
import { foldName, type ScimResourceType } from './attribute.ts';
import { conditionOf } from './condition.ts';
import { resourceTypes } from './discovery.ts';
import { parseFilter, type Target } from './filter.ts';
import { groupType } from './group.ts';
import { assertOneWay, type ListQuery, rangeOf, sortTarget } from './list.ts';
import { dronahqMounts, type Profile } from './profile.ts';
import { extensionGroups } from './user.ts';

/** What was asked of a list, in a query or in the body of a search. */
export type ScimListing = ListQuery & {
  readonly attributes?: string | readonly string[];
  readonly excludedAttributes?: string | readonly string[];
};

/** Where a list was asked for. */
interface Place {
  readonly mount: string;
  readonly profile: Profile;
  /** What the addresses of resources begin with. */
  readonly base: string;
  /** The provisioning domain of the client. */
  readonly domain: string;
}

/** What DronaHQ calls attributes in filters. */
const dronahqNames: ReadonlyMap<string, string> = new Map([['useremail', 'emails.value']]);

/** Canonical fields that are called otherwise than their attribute. */
const fields: Readonly<Record<string, string>> = {
  'meta.created': 'createdAt',
  'meta.lastModified': 'updatedAt',
  'meta.version': 'version',
  active: 'status',
  manager: 'enterprise.manager.value',
};

/** `enterprise.` and `lifecycle.`; nothing of the core schema. */
const groupPrefix = (urn: string | undefined): string =>
  urn === undefined ? '' : `${extensionGroups[urn as keyof typeof extensionGroups]}.`;

/** RFC 7644 3.4.2.3: what has no value comes last, and first in a descending order. */
function sortOf({ urn, attribute, sub }: Target, descending: boolean, domain: string): SortOrder {
  const order = { descending, missingFirst: descending };
  if (attribute.name === 'externalId') {
    return { field: 'externalIds', of: { part: 'domain', text: domain }, ...order };
  }
  if (attribute.multiValued) return { field: attribute.name, ...(sub && { part: sub.name }), ...order };
  const path = `${attribute.name}${sub ? `.${sub.name}` : ''}`;
  const name = sub?.name === 'value' && attribute.name === 'manager' ? 'manager' : path;
  return { field: fields[name] ?? `${groupPrefix(urn)}${path}`, ...order };
}

/** The list that a client asks for: of one type, or of one among others whose attributes it may name too. */
export function scimListQuery(
  query: ScimListing,
  type: ScimResourceType,
  { mount, profile, base, domain }: Place,
  others: readonly ScimResourceType[] = [],
): CanonicalQuery {
  assertOneWay(query);
  const { filter, sortBy, sortOrder } = query;
  const aliases = dronahqMounts.includes(mount) ? dronahqNames : undefined;
  const order = sortBy === undefined ? undefined : sortTarget(sortBy, type, others, profile);
  return {
    ...(filter !== undefined && {
      where: conditionOf(parseFilter(filter, type, { profile, aliases, others }), type, { base, domain }),
    }),
    // What none of these resources has puts them in no order.
    ...(order && !order.absent && { sort: sortOf(order, sortOrder === 'descending', domain) }),
    ...rangeOf(query),
  };
}

/**
 * The same of one type for a search among all of them. RFC 7644 3.4.2.1: attributes "that are not part of a particular resource type"
 * are treated "as if there is no attribute value".
 */
export const scimRootQuery = (query: ScimListing, type: ScimResourceType, place: Place): CanonicalQuery =>
  scimListQuery(query, type, place, resourceTypes);

/** Names without case and without the URN of their schema; that of the schema alone stands for all of it. */
const namesIn = (list: string | readonly string[] | undefined): string[] =>
  [list ?? []]
    .flat()
    .flatMap((each) => each.split(','))
    .map((name) => {
      const folded = foldName(name.trim());
      const urn = foldName(groupType.schema.urn);
      if (folded === urn) return 'members';
      return folded.startsWith(`${urn}:`) ? folded.slice(urn.length + 1) : folded;
    });

/** How much of the members is to be read for an answer. */
export function memberDetail({ attributes, excludedAttributes }: ScimListing, profile: Profile): MemberDetail {
  if (namesIn(excludedAttributes).includes('members')) return 'none';
  const wanted = namesIn(attributes).filter((name) => name !== '');
  if (wanted.includes('members.display') || (wanted.length === 0 && profile.membersShowDisplay)) return 'all';
  return wanted.length === 0 || wanted.some((name) => name === 'members' || name.startsWith('members.'))
    ? 'default'
    : 'none';
}
