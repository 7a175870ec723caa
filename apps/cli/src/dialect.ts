import type { ApiPromise, RequestOptions, Stele, WriteOptions } from '@stele/sdk';
import { UsageError } from './errors.ts';
import { nermUser, scimUser, v1User } from './fields.ts';
import { flat, nested, type Assignment } from './field.ts';

export const dialectNames = ['v1', 'scim', 'nerm'] as const;
export type DialectName = (typeof dialectNames)[number];

/** Reads the name of a dialect from a flag. */
export function dialectName(text: string): DialectName {
  const name = dialectNames.find((each) => each === text);
  if (!name) throw new UsageError(`${JSON.stringify(text)} is not a dialect; there are ${dialectNames.join(', ')}`);
  return name;
}

/** The fields of a user on the command line. */
export interface Changes {
  readonly assignments: readonly Assignment[];
  /** Names of fields to clear. */
  readonly removals: readonly string[];
  /** A whole body, in place of the fields. */
  readonly document?: Readonly<Record<string, unknown>>;
}

type Response = ApiPromise<object>;

/** The calls of one dialect. The server validates the body. */
interface DialectClient {
  readonly get: (stele: Stele, id: string, options: RequestOptions) => Response;
  readonly create: (stele: Stele, changes: Changes) => Response;
  readonly update: (stele: Stele, id: string, changes: Changes, options: WriteOptions) => Response;
  /** What an update would change. */
  readonly preview: (stele: Stele, id: string, changes: Changes, options: WriteOptions) => Response;
  /** The body as the server sent it. */
  readonly wire: (user: object) => unknown;
  /** What `--fields` may name. */
  readonly fields: readonly string[];
}

const cleared = (names: readonly string[]): Assignment[] => names.map((name) => ({ name, value: null }));

const flatBody = ({ assignments, removals, document }: Changes): Readonly<Record<string, unknown>> =>
  document ?? flat([...assignments, ...cleared(removals)]);

/** The SDK adds the wrapper itself; a document may have it, as NERM documents it. */
function unwrapped(changes: Changes): unknown {
  const body = flatBody(changes);
  return 'user' in body ? body['user'] : body;
}

/** A document is a PatchOp message, or a partial user that replaces what it names. */
function operations({ assignments, removals, document }: Changes): unknown {
  if (document) return 'Operations' in document ? document['Operations'] : [{ op: 'replace', value: document }];
  return [
    ...assignments.map(({ name, value }) => ({ op: 'replace', path: name, value })),
    ...removals.map((path) => ({ op: 'remove', path })),
  ];
}

export const dialectClients: Readonly<Record<DialectName, DialectClient>> = {
  v1: {
    get: ({ v1 }, id, options) => v1.users.get(id, options),
    create: ({ v1 }, changes) => v1.users.create(flatBody(changes) as never),
    update: ({ v1 }, id, changes, options) => v1.users.update(id, flatBody(changes), options),
    preview: ({ v1 }, id, changes, options) => v1.users.preview(id, flatBody(changes), options),
    wire: (user) => user,
    fields: v1User,
  },
  scim: {
    get: ({ scim }, id, options) => scim.users.get(id, options),
    create: ({ scim }, { assignments, document }) => scim.users.create((document ?? nested(assignments)) as never),
    update: ({ scim }, id, changes, options) => scim.users.patch(id, operations(changes) as never, options),
    preview: ({ scim }, id, changes, options) => scim.users.preview(id, operations(changes) as never, options),
    wire: (user) => user,
    fields: scimUser,
  },
  nerm: {
    get: ({ nerm }, id, options) => nerm.users.get(id, options),
    create: ({ nerm }, changes) => nerm.users.create(unwrapped(changes) as never),
    update: ({ nerm }, id, changes, options) => nerm.users.update(id, unwrapped(changes) as never, options),
    preview: ({ nerm }, id, changes, options) => nerm.users.preview(id, unwrapped(changes) as never, options),
    wire: (user) => ({ user }),
    fields: nermUser,
  },
};
