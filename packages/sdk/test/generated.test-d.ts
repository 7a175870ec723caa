// Compiled, not run: the generated types equal what zod infers from the operations they are generated from.
import type { Operation } from '@stele/schemas/contract';
import type { nerm, NermError as DeclaredNermError } from '@stele/schemas/nerm';
import type { scim, ScimErrorMessage as DeclaredScimError } from '@stele/schemas/scim';
import type { v1, V1Error as DeclaredV1Error } from '@stele/schemas/v1';
import type { z } from 'zod';
import type { NermError, NermOperations } from '../src/generated/nerm.ts';
import type { ScimError, ScimOperations } from '../src/generated/scim.ts';
import type { V1Error, V1Operations } from '../src/generated/v1.ts';

type Equal<Left, Right> =
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- Deferred conditional types compare exactly.
  (<Value>() => Value extends Left ? 1 : 2) extends <Value>() => Value extends Right ? 1 : 2 ? true : false;

/** Makes intersections plain, so that equal shapes compare as equal. Whose memory bytes are in does not matter. */
type Flat<Type> = Type extends Uint8Array
  ? 'bytes'
  : Type extends object
    ? { [Key in keyof Type]: Flat<Type[Key]> }
    : Type;

type Operations = Readonly<Record<string, Operation>>;
type PartName = 'method' | 'path' | 'params' | 'query' | 'body' | 'response';

type At<Type, Key> = Key extends keyof Type ? Type[Key] : undefined;

/** What a part of a generated operation has to be; undefined where the operation has no such part. */
type Declared<Op extends Operation, Mount extends string, Name extends PartName> = Name extends 'path'
  ? `${Mount}${Op['path']}`
  : Name extends 'response'
    ? Op extends { response: { schema: infer Schema } }
      ? z.output<Schema>
      : void
    : At<Op, Name> extends z.ZodType
      ? z.input<At<Op, Name>>
      : At<Op, Name>;

/** The parts in which generated operations differ from the declared ones. */
type Differing<Generated, Declarations extends Operations, Mount extends string> = {
  [Id in (keyof Generated | keyof Declarations) & string]: {
    [Name in PartName]: Equal<
      Flat<At<At<Generated, Id>, Name>>,
      Flat<Declared<Declarations[Id], Mount, Name>>
    > extends true
      ? never
      : `${Id}.${Name}`;
  }[PartName];
}[(keyof Generated | keyof Declarations) & string];

type None<Difference extends never> = Difference;
type All<Equality extends true> = Equality;

export type Checked = [
  None<Differing<V1Operations, typeof v1.operations, '/v1'>>,
  None<Differing<ScimOperations, typeof scim.operations, '/scim/v2'>>,
  None<Differing<NermOperations, typeof nerm.operations, ''>>,
  // @ts-expect-error an operation under another mount is another path
  None<Differing<NermOperations, typeof nerm.operations, '/api'>>,
  All<Equal<V1Error, DeclaredV1Error>>,
  All<Equal<Flat<ScimError>, Flat<DeclaredScimError>>>,
  All<Equal<NermError, DeclaredNermError>>,
];
