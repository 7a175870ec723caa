import { z } from 'zod';
import { allOf, type Condition, type UserField } from '../canonical/condition.ts';
import type { SortOrder, UserPage, UserQuery } from '../canonical/query.ts';
import { UserType } from '../canonical/user.ts';
import type { Exchange } from '../contract/operation.ts';
import { metadata, metadataOf, NermMetadata } from './metadata.ts';
import { encodeNermUser, NermUser, statuses, statusWords } from './user.ts';

export const MOST_USERS = 500;
const USUAL = 100;

const equal = (field: UserField, operand: string, folded = false): Condition => ({
  kind: 'compare',
  field,
  operator: '=',
  operand,
  ...(folded && { folded }),
});

/** The parameters that pick users by a value, and what they ask for. */
const conditions = {
  name: (value: string) => equal('shownName', value),
  login: (value: string) => equal('userName', value, true),
  title: (value: string) => equal('title', value),
  email: (value: string) => equal('primaryEmail', value, true),
  user_status: (value: keyof typeof statuses) => equal('status', statuses[value]),
  type: (value: string) => equal('shownType', value),
  sailpoint_identity_id: (value: string) => equal('lifecycle.sailpointIdentityId', value),
} as const;

type Filter = keyof typeof conditions;

/** What a list is ordered by. */
const orders = {
  // An identifier begins with the time of creation.
  id: 'createdAt',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  name: 'shownName',
  login: 'userName',
  email: 'primaryEmail',
  title: 'title',
  status: 'status',
  type: 'shownType',
} as const satisfies Readonly<Record<string, UserField>>;

type Field = keyof typeof orders;

const fields = Object.keys(orders) as Field[];
const directions = ['asc', 'desc'] as const;
const spellings = [...directions, ...fields.flatMap((field) => [field, `${field} asc`, `${field} desc`] as const)];

const text = (description: string, example: string) =>
  z.string().max(4096).exactOptional().meta({ description, example });

export const NermUserQuery = z.strictObject({
  limit: z
    .int()
    .min(1)
    .max(MOST_USERS)
    .exactOptional()
    .meta({
      description: `Users in a response, at most ${MOST_USERS}: a larger limit gives ${MOST_USERS}. Default ${USUAL}.`,
      example: USUAL,
    }),
  offset: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .exactOptional()
    .meta({ description: 'Users to pass over. Default 0.', example: 0 }),
  order: z.enum(spellings).exactOptional().meta({
    description:
      'What to order by, and whether upwards (`asc`, the default) or downwards (`desc`). Without a field, and by default, the order of creation.',
    example: 'name desc',
  }),
  name: text('Users who are shown with this name.', 'bob'),
  login: text('The user with this login. Case and Unicode form are ignored.', 'bob'),
  title: text('Users with this title.', 'mytitle'),
  email: text('Users with this primary e-mail address. Case and Unicode form are ignored.', 'example@sailpoint.com'),
  user_status: z
    .enum(Object.values(statusWords))
    .exactOptional()
    .meta({ description: 'Users with this status; of any status where it is empty.', example: 'Active' }),
  type: UserType.exactOptional().meta({
    description: 'Users of this type; of any type where it is empty.',
    example: 'NeprofileUser',
  }),
  sailpoint_identity_id: text('Users that mirror this identity in SailPoint.', '2c9180835d2e5168015d32f890ca1581'),
  metadata,
} satisfies Record<Filter | 'limit' | 'offset' | 'order' | 'metadata', z.ZodType>);
export type NermUserQuery = z.infer<typeof NermUserQuery>;

export const NermUserList = z
  .strictObject({
    users: z.array(NermUser).meta({ description: 'The users of this part.' }),
    _metadata: NermMetadata.exactOptional(),
  })
  .meta({ id: 'NermUserList', description: 'A part of a list of users.' });

function sortOf(order: NonNullable<NermUserQuery['order']>): SortOrder {
  const words = order.split(' ');
  const field = fields.find((each) => each === words[0]);
  return { field: orders[field ?? 'created_at'], descending: words.includes('desc') };
}

/** The list that a query asks for. */
export function nermUserQuery({
  limit = USUAL,
  offset = 0,
  order,
  metadata: _metadata,
  ...filters
}: NermUserQuery): UserQuery {
  const asked = Object.entries(filters).map(([name, value]) => conditions[name as Filter](value as never));
  return {
    ...(asked.length > 0 && { where: allOf(...asked) }),
    ...(order !== undefined && { sort: sortOf(order) }),
    offset,
    limit,
  };
}

/** A part of a list, and the query that asked for it. */
export interface NermUserListing extends UserPage {
  readonly query: NermUserQuery;
}

export function encodeNermUserList(
  { users, total, query }: NermUserListing,
  exchange: Exchange,
): z.infer<typeof NermUserList> {
  const { limit = USUAL, offset = 0 } = query;
  return {
    users: users.map(encodeNermUser),
    ...(query.metadata && { _metadata: metadataOf(limit, offset, total, exchange) }),
  };
}
