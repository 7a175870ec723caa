import { z } from 'zod';
import { type DirectoryError, errorStatus } from '../canonical/error.ts';
import { foldKey } from '../canonical/key.ts';
import type { User } from '../canonical/user.ts';
import { V1Error, failV1 } from './error.ts';
import { v1UserId } from './identifier.ts';
import { encodeV1User, V1User, V1UserDraft, V1UserPatch } from './user.ts';

/** Operations of one batch at most. */
const MOST = 1000;

const id = v1UserId.meta({ description: 'The identifier of the user.', example: 'usr_01hzxrphnke7jrvvzhvhsvq5bm' });

/** One change of a batch. */
export const V1BatchOperation = z
  .discriminatedUnion('op', [
    z.strictObject({
      op: z.literal('create').meta({ description: 'A user is created.', example: 'create' }),
      data: V1UserDraft,
    }),
    z.strictObject({
      op: z.literal('update').meta({ description: 'A user is changed in part.', example: 'update' }),
      id,
      data: V1UserPatch,
    }),
    z.strictObject({ op: z.literal('delete').meta({ description: 'A user is deleted.', example: 'delete' }), id }),
  ])
  .meta({
    id: 'V1BatchOperation',
    description: 'One change: a user to create, to update, or to delete.',
    example: { op: 'update', id: 'usr_01hzxrphnke7jrvvzhvhsvq5bm', data: { role: 'admin' } },
  });
export type V1BatchOperation = z.infer<typeof V1BatchOperation>;

const operations = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(MOST);

export const V1Batch = z
  .strictObject({
    operations: operations(V1BatchOperation).meta({ description: `What to do, in this order; at most ${MOST}.` }),
  })
  .meta({ id: 'V1Batch', description: 'Changes that are sent together and judged one by one.' });

export const V1BatchEnvelope = z.strictObject({ operations: operations(z.unknown()) });

export const V1BatchResult = z
  .strictObject({
    status: z.int().meta({ description: 'The status that the operation has by itself.', example: 201 }),
    data: V1User.exactOptional(),
    error: V1Error.exactOptional(),
  })
  .meta({ id: 'V1BatchResult', description: 'The result of one operation: the user, or an error.' });
export type V1BatchResult = z.infer<typeof V1BatchResult>;

export const V1BatchResults = z
  .strictObject({ results: z.array(V1BatchResult).meta({ description: 'One for each operation, in their order.' }) })
  .meta({ id: 'V1BatchResults', description: 'The result of each operation.' });

/** The result of an operation that has this status if it succeeds. */
export function encodeV1Item(status: 200 | 201 | 204): (user: User) => V1BatchResult {
  return (user) => (status === 204 ? { status } : { status, data: encodeV1User(user) });
}

/** The result of an operation that was rejected. */
export function toV1ItemError(error: DirectoryError): V1BatchResult {
  return { status: errorStatus[error.code], error: failV1(error) };
}

/**
 * What decides which operations of a batch may go on at once: those of one kind that follow each other and have different
 * keys. An operation without a key goes alone.
 */
export function placeOf(operation: V1BatchOperation): { readonly kind: string; readonly key?: string } {
  if (operation.op === 'create') return { kind: 'create', key: foldKey(operation.data.username) };
  // A name that is given up may be what another operation takes.
  if (operation.op === 'update' && operation.data.username !== undefined) return { kind: 'rename' };
  return { kind: operation.op, key: operation.id };
}
