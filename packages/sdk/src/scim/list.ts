import { SteleError } from '../core/error.ts';
import type { Query } from '../core/http.ts';
import { List } from '../core/list.ts';
import type { ApiPromise } from '../core/promise.ts';
import type { ScimOperations, ScimUserList } from '../generated/scim.ts';
import { type Names, type Projection, projection } from './projection.ts';

/** Part of a list of resources. */
export type ScimPage<Resource> = Omit<ScimUserList, 'Resources'> & { Resources: Resource[] };

/** A list in SCIM. */
export type ScimList<Resource> = List<ScimPage<Resource>, Resource>;

/** What to list: by index with `startIndex` or `sortBy`, otherwise by cursor where it is iterated. */
export type ScimListQuery<Asked extends Names = Names> = Omit<
  Query<ScimOperations['listUsers']>,
  'attributes' | 'excludedAttributes'
> &
  Projection<Asked>;

/** The same as parameters of a query. */
export const listParameters = ({ attributes, excludedAttributes, ...place }: ScimListQuery) => ({
  ...place,
  ...projection({ attributes, excludedAttributes }),
});

type Place = Pick<ScimListQuery, 'startIndex' | 'sortBy' | 'cursor'>;
type Read<Where, Resource> = (query: Where) => ApiPromise<ScimPage<Resource>>;

const resourcesOf = <Resource>({ Resources }: ScimPage<Resource>): readonly Resource[] => Resources;

/** A list whose pages are found by index alone. */
export const byIndex = <Where extends Place, Resource>(query: Where, read: Read<Where, Resource>): ScimList<Resource> =>
  List.of({
    read,
    query,
    items: resourcesOf,
    next: ({ Resources, totalResults }, query) => {
      // RFC 7644 3.4.2.4: a page may be shorter than `count`, and what is less than 1 counts as 1.
      const startIndex = Math.max(query.startIndex ?? 1, 1) + Resources.length;
      return Resources.length === 0 || startIndex > totalResults ? undefined : { ...query, startIndex };
    },
  });

/** A list whose pages are found by cursor, unless an index or an order is given: RFC 9865 2.1 has them exclude each other. */
export function byCursor<Where extends Place, Resource>(query: Where, read: Read<Where, Resource>): ScimList<Resource> {
  if ((query?.startIndex ?? query?.sortBy) !== undefined) return byIndex(query, read);
  return List.of({
    read,
    query,
    from: { ...query, cursor: query?.cursor ?? '' },
    items: resourcesOf,
    next: ({ Resources, nextCursor }, query) => {
      if (nextCursor === undefined || Resources.length === 0) return undefined;
      // Otherwise the walk would go round in circles.
      if (nextCursor === query.cursor) throw new SteleError('nextCursor names no other page');
      return { ...query, cursor: nextCursor };
    },
  });
}
