import type { V1BatchOperation, V1Error, V1User } from '../generated/v1.ts';

type Name = V1BatchOperation['op'];

/** Statuses of an operation that was refused. */
export type RefusedStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 408
  | 409
  | 412
  | 413
  | 414
  | 415
  | 417
  | 422
  | 428
  | 429
  | 431
  | 500
  | 501
  | 503;

interface Done {
  create: { readonly status: 201; readonly data: V1User; readonly error?: never };
  update: { readonly status: 200; readonly data: V1User; readonly error?: never };
  delete: { readonly status: 204; readonly data?: never; readonly error?: never };
}

/** What became of one operation of a batch: `data` if it gave a user, `error` if it was refused. */
export type V1BatchOutcome<Op extends Name = Name> =
  | Done[Op]
  | { readonly status: RefusedStatus; readonly data?: never; readonly error: V1Error };

/** What became of each operation of a batch, in their order. */
export type V1BatchOutcomes<Operations extends readonly V1BatchOperation[]> = {
  -readonly [Index in keyof Operations]: V1BatchOutcome<Operations[Index]['op']>;
};
