import { z } from 'zod';
import { allOf, type Condition, type UserField } from '../canonical/condition.ts';
import type { UserPage, UserQuery } from '../canonical/query.ts';
import type { Exchange } from '../contract/operation.ts';
import { encodePage, pageOf, pageParameters, partOf } from './page.ts';
import { encodeV1User, V1User } from './user.ts';

/** The fields of a user by which a list is ordered, and what they are below the waist. */
const sortKeys = {
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  username: 'userName',
  email: 'primaryEmail',
  first_name: 'name.givenName',
  last_name: 'name.familyName',
  role: 'primaryRole',
} as const satisfies Readonly<Record<string, UserField>>;

type SortField = keyof typeof sortKeys;

/** The fields by which a list is filtered, and whether they compare as keys. */
const filterKeys = {
  username: { field: 'userName', folded: true },
  email: { field: 'primaryEmail', folded: true },
  first_name: { field: 'name.givenName', folded: false },
  last_name: { field: 'name.familyName', folded: false },
  role: { field: 'primaryRole', folded: false },
} as const satisfies Readonly<Record<string, { field: UserField; folded: boolean }>>;

type FilterField = keyof typeof filterKeys;

const filterOf = (field: FilterField, example: string) =>
  z
    .string()
    .max(4096)
    .exactOptional()
    .meta({ description: `Users whose \`${field}\` is this.`, example });

const V1UserFilter = z
  .strictObject({
    username: filterOf('username', 'newusername'),
    email: filterOf('email', 'newemail@example.com'),
    first_name: filterOf('first_name', 'Jane'),
    last_name: filterOf('last_name', 'Smith'),
    role: filterOf('role', 'admin'),
  } satisfies Record<FilterField, z.ZodType>)
  .meta({ id: 'V1UserFilter', description: 'Users that have all of these values.' });

export const V1UserQuery = z
  .strictObject({
    ...pageParameters,
    filter: V1UserFilter.exactOptional().meta({
      description:
        'By `filter[field]=value`, users that have all of these values. User names and e-mail addresses compare whatever their case or Unicode form.',
      param: { style: 'deepObject', explode: true },
    }),
    sort: z
      .enum(Object.keys(sortKeys) as [SortField, ...SortField[]])
      .exactOptional()
      .meta({ description: 'The field to order by. Default `created_at`.', example: 'created_at' }),
    order: z.enum(['asc', 'desc']).exactOptional().meta({ description: 'Default `asc`.', example: 'asc' }),
    cursor: z.string().max(1024).exactOptional().meta({
      description:
        'An empty value for the first page, then the value in `links.next`. Not with `page`, `sort` or `order`. Users are listed in order of creation, in the same time at any depth. A user that exists during the whole listing is listed exactly once.',
      example: '',
    }),
  })
  .refine(({ cursor, page, sort, order }) => cursor === undefined || (page ?? sort ?? order) === undefined, {
    path: ['cursor'],
    error: 'A walk by cursor is in order of creation: it has neither page, sort nor order',
  });
export type V1UserQuery = z.infer<typeof V1UserQuery>;

export const V1UserPage = pageOf('V1UserPage', V1User);

const isEqual = ([field, operand]: [string, string]): Condition => ({
  kind: 'compare',
  ...filterKeys[field as FilterField],
  operator: '=',
  operand,
});

/** The list that a query asks for. */
export function v1UserQuery({ page, per_page, filter = {}, sort, order, cursor }: V1UserQuery): UserQuery {
  const { offset, limit } = partOf({
    ...(page !== undefined && { page }),
    ...(per_page !== undefined && { per_page }),
  });
  const conditions = Object.entries(filter).map(isEqual);
  return {
    ...(conditions.length > 0 && { where: allOf(...conditions) }),
    ...((sort ?? order) !== undefined && {
      sort: { field: sortKeys[sort ?? 'created_at'], descending: order === 'desc' },
    }),
    limit,
    ...(cursor === undefined ? { offset } : { cursor }),
  };
}

/** A page of users, and the query that asked for it. */
export interface V1UserListing extends UserPage {
  readonly query: V1UserQuery;
}

export function encodeV1UserPage({ users, ...page }: V1UserListing, exchange: Exchange): z.infer<typeof V1UserPage> {
  return encodePage({ entries: users, ...page }, encodeV1User, exchange);
}
