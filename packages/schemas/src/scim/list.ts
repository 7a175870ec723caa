import { z } from 'zod';
import { DirectoryError } from '../canonical/error.ts';
import type { ScimResourceType } from './attribute.ts';
import { ScimError } from './error.ts';
import { sharedScope, type Target } from './filter.ts';
import { MAX_COUNT, MAX_FILTER, USUAL_COUNT } from './limits.ts';
import type { Profile } from './profile.ts';
import { urns } from './urn.ts';

/** What a list may be asked for, in a query or in the body of a search (RFC 7644 3.4.2, RFC 9865 2). */
export const listParameters = {
  filter: z.string().exactOptional().meta({
    description: 'Resources to which this applies (RFC 7644 3.4.2.2).',
    maxLength: MAX_FILTER,
    example: 'userName eq "mira"',
  }),
  sortBy: z
    .string()
    .exactOptional()
    .meta({ description: 'The attribute to order by; else they stand in order of creation.', example: 'userName' }),
  sortOrder: z
    .enum(['ascending', 'descending'])
    .exactOptional()
    .meta({ description: 'Default `ascending`.', example: 'ascending' }),
  startIndex: z
    .int()
    .exactOptional()
    .meta({ description: 'Which resource comes first, from 1. What is less counts as 1.', example: 1 }),
  count: z
    .int()
    .exactOptional()
    .meta({
      description: `Resources at most. Default ${USUAL_COUNT}. By index, a negative one counts as 0 and one above ${MAX_COUNT} as ${MAX_COUNT}; with a cursor, one outside 1 to ${MAX_COUNT} is 400 \`invalidCount\` (RFC 9865).`,
      example: USUAL_COUNT,
    }),
  cursor: z.string().max(1024).exactOptional().meta({
    description:
      'Empty for the first page, then the `nextCursor` of the one before (RFC 9865). Without `startIndex` and `sortBy`.',
    example: '',
  }),
};

/** The envelope of every list (RFC 7644 3.4.2). */
export const listOf = <Resource extends z.ZodType>(id: string, resource: Resource) =>
  z
    .strictObject({
      schemas: z
        .tuple([z.literal(urns.listResponse)])
        .meta({ description: 'Names this message.', example: [urns.listResponse] }),
      totalResults: z.int().meta({ description: 'How many resources the list holds on all pages.', example: 1 }),
      startIndex: z
        .int()
        .exactOptional()
        .meta({ description: 'Which of them comes first here; none in a walk by cursor.', example: 1 }),
      itemsPerPage: z.int().meta({ description: 'How many are here.', example: 1 }),
      nextCursor: z
        .string()
        .exactOptional()
        .meta({ description: 'The cursor of the next page (RFC 9865).', example: 'AAABogDuKOQBl58uAABwZIAA' }),
      Resources: z.array(resource).meta({
        description: 'The resources.',
        // Of one kind they are described by it.
        ...(resource instanceof z.ZodUnion && { example: [] }),
      }),
    })
    .meta({ id, description: 'Part of a list of resources.' });

/** What was asked of a list. */
export interface ListQuery {
  readonly filter?: string;
  readonly sortBy?: string;
  readonly sortOrder?: 'ascending' | 'descending';
  readonly startIndex?: number;
  readonly count?: number;
  readonly cursor?: string;
}

/** The part of a list that a query asks for. */
export function rangeOf({ startIndex = 1, count = USUAL_COUNT, cursor }: ListQuery) {
  const limit = Math.min(Math.max(count, 0), MAX_COUNT);
  return cursor === undefined ? { offset: Math.max(startIndex, 1) - 1, limit } : { cursor, limit };
}

/** The attribute that a list is ordered by. */
export function sortTarget(
  name: string,
  type: ScimResourceType,
  others: readonly ScimResourceType[],
  profile: Profile,
): Target {
  const target = sharedScope(type, others, profile)(name);
  if (target) return target;
  throw new ScimError('invalidPath', `${JSON.stringify(name)} is not an attribute of ${type.name}`, ['sortBy']);
}

/** A part of a list, and what it was asked for. */
export interface Listed<Resource> {
  readonly resources: readonly Resource[];
  readonly total: number;
  readonly next?: string;
  readonly query: ListQuery;
}

export function encodeList<Resource, Wire>(
  { resources, total, next, query }: Listed<Resource>,
  encode: (resource: Resource) => Wire,
) {
  return {
    schemas: [urns.listResponse] as [typeof urns.listResponse],
    totalResults: total,
    ...(query.cursor === undefined && { startIndex: Math.max(query.startIndex ?? 1, 1) }),
    itemsPerPage: resources.length,
    ...(next !== undefined && { nextCursor: next }),
    Resources: resources.map(encode),
  };
}

const invalid = (name: string, message: string) =>
  new DirectoryError('invalid_parameter', 'Invalid request parameters', {
    issues: [{ path: [name], rule: 'invalid', message }],
  });

/**
 * RFC 9865 2.1: a request for a cursor has neither index nor order. 2.1 and 3: a `count` that cannot be granted with a
 * cursor is `invalidCount`; without one RFC 7644 3.4.2.4 wants it clamped.
 */
export function assertOneWay({ cursor, startIndex, sortBy, count }: ListQuery): void {
  if (cursor === undefined) return;
  if ((startIndex ?? sortBy) !== undefined)
    throw invalid('cursor', 'a walk by cursor has neither startIndex nor sortBy');
  if (count !== undefined && (count < 1 || count > MAX_COUNT))
    throw invalid('count', `must be between 1 and ${MAX_COUNT} with a cursor`);
}
