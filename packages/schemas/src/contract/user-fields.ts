import { z } from 'zod';
import type { UserAttribute, UserAttributeValue } from '../canonical/attribute.ts';
import type { HistoryChanges } from '../canonical/history.ts';
import type { User, UserDraft, UserProfile, UserRevision } from '../canonical/user.ts';
import { type FormattedValue, historyEncoder, type HistoryField, type WireChange } from './history-changes.ts';
import { parseWire } from './parse.ts';

type Schema = z.ZodType | undefined;

/** What `read` returns; undefined leaves an optional field out. */
type Shown<Response extends Schema> =
  Response extends z.ZodExactOptional<infer Inner>
    ? z.output<Inner> | undefined
    : Response extends z.ZodType
      ? z.output<Response>
      : unknown;

/** What a write knows besides the value. */
export type Writing<Context> = Context & {
  /** The user before the request. */
  readonly before: User;
  /** The user with the fields that were written so far. */
  readonly user: UserRevision;
};

/** One field of a user in a dialect whose users are flat objects. */
export interface WireField<
  Attribute extends string | undefined = string | undefined,
  Response extends Schema = Schema,
  Create extends Schema = Schema,
  Patch extends Schema = Schema,
  Required extends boolean = boolean,
> {
  /** The attribute that it shows or sets. Absent: it belongs to none, such as an identifier. */
  readonly attribute?: Attribute;
  /** Its schema in a response. Absent: it is not shown. */
  readonly response?: Response;
  /** Its schema in a request that creates a user. Absent: such a request must not have it. */
  readonly create?: Create;
  /** Whether such a request must have it. */
  readonly required?: Required;
  /** Its schema in a request that changes a user. With `create` beside it: a value is checked only where it changes. */
  readonly patch?: Patch;
  /** What a changed value is checked against: `create`, unless it is given. */
  readonly checked?: z.ZodType;
  readonly read?: (user: User) => unknown;
  /** The value that is stored, where `read` makes one up from other attributes when there is none. */
  readonly readStored?: (user: User) => unknown;
  /** The value in the history, where it is not the one of the directory. */
  readonly history?: (value: never) => unknown;
  readonly write?: (value: never, writing: never) => UserRevision;
}

/** A field that a write sets. Without `response` it is not shown; without `patch` a change takes what a creation takes. */
interface WritableField<
  Context,
  Attribute extends UserAttribute,
  Response extends Schema,
  Create extends z.ZodType,
  Patch extends z.ZodType,
  Required extends boolean,
> extends WireField<Attribute, Response, Create, Patch, Required> {
  readonly attribute: Attribute;
  readonly create: Create;
  readonly read: (user: User) => Shown<Response>;
  readonly history?: (value: FormattedValue<UserAttributeValue<Attribute>> | undefined) => unknown;
  readonly write: (value: z.output<Create>, writing: Writing<Context>) => UserRevision;
}

/** A field that only the server sets. With `patch`, a request may repeat it, and `write` decides about other values. */
interface ReadOnlyField<
  Context,
  Attribute extends UserAttribute | undefined,
  Response extends z.ZodType,
  Patch extends z.ZodType,
> extends WireField<Attribute, Response, undefined, Patch> {
  readonly response: Response;
  readonly patch: Patch;
  readonly read: (user: User) => Shown<Response>;
  readonly history?: (
    value: FormattedValue<UserAttributeValue<Extract<Attribute, UserAttribute>>> | undefined,
  ) => unknown;
  readonly write: (value: z.output<Patch>, writing: Writing<Context>) => UserRevision;
}

/** The kinds of rows of a table of fields, for writes that know a context of the dialect. */
export const fieldKinds = <Context = object>() => ({
  writable: <
    const Attribute extends UserAttribute,
    Create extends z.ZodType,
    Response extends Schema = undefined,
    Patch extends z.ZodType = Create,
    const Required extends boolean = false,
  >(
    field: WritableField<Context, Attribute, Response, Create, Patch, Required>,
  ): WireField<Attribute, NoInfer<Response>, Create, NoInfer<Patch>, NoInfer<Required>> => ({
    patch: field.create as never,
    ...field,
  }),

  readOnly: <
    Response extends z.ZodType,
    Patch extends z.ZodType,
    const Attribute extends UserAttribute | undefined = undefined,
  >(
    field: ReadOnlyField<Context, Attribute, Response, Patch>,
  ): WireField<NoInfer<Attribute>, Response, undefined, Patch> => field,

  /** A field that a request that changes a user does not have, or has for another purpose. */
  shown: <Response extends z.ZodType>(field: {
    readonly response: Response;
    readonly read: (user: User) => Shown<Response>;
  }): WireField<undefined, Response, undefined, undefined, false> => field,

  /** The password, which only a creation takes. */
  password: <Create extends z.ZodType<string>, const Required extends boolean = false>(
    create: Create,
    required?: Required,
  ): WireField<'password', undefined, Create, undefined, NoInfer<Required>> => ({
    attribute: 'password',
    create,
    required: required as Required,
    write: (password: string, { user }: { user: UserRevision }) => ({ ...user, password }),
  }),
});

/** A table of fields by their names on the wire, in the order in which a response has them. */
export type FieldTable = Readonly<Record<string, WireField>>;

type Present<Table extends FieldTable, In extends Column> = {
  [Name in keyof Table]: [NonNullable<Table[Name][In]>] extends [never] ? never : Name;
}[keyof Table];
type SchemaOf<Table extends FieldTable, Name extends keyof Table, In extends Column> = Extract<
  Table[Name][In],
  z.ZodType
>;

type ResponseShape<Table extends FieldTable> = {
  -readonly [Name in Present<Table, 'response'>]: SchemaOf<Table, Name, 'response'>;
};
type CreateShape<Table extends FieldTable> = {
  -readonly [Name in Present<Table, 'create'>]: true extends Table[Name]['required']
    ? SchemaOf<Table, Name, 'create'>
    : z.ZodExactOptional<SchemaOf<Table, Name, 'create'>>;
};
type PatchShape<Table extends FieldTable> = {
  -readonly [Name in Present<Table, 'patch'>]: z.ZodExactOptional<SchemaOf<Table, Name, 'patch'>>;
};

/** The attributes of the user that are neither in a field nor in the list of those that a dialect does not have. */
type MissingAttributes<Attribute extends string, Table extends FieldTable, Absent extends string> = Exclude<
  Attribute,
  Table[keyof Table]['attribute'] | Absent
>;

/** A type that nothing has while attributes are missing; the message of the compiler names them. */
type NoneMissing<Missing> = [Missing] extends [never] ? unknown : { readonly missing: Missing };

/** How a write checks a changed value; `schema` is that of an object with this one field. */
export type FieldCheck = (field: string, schema: z.ZodObject, value: unknown) => unknown;

export const checkField: FieldCheck = (field, schema, value) => parseWire(schema, { [field]: value })[field];

/** Takes a value that a document shows as it is: the directory has accepted it. */
export const asShown: FieldCheck = (_field, _schema, value) => value;

type Column = 'response' | 'create' | 'patch';

/** The schemas in one column, by name. */
const schemasIn = (table: FieldTable, column: Column): [name: string, schema: z.ZodType][] =>
  Object.entries(table).flatMap(([name, { [column]: schema }]) => (schema ? [[name, schema]] : []));

const optional = (schemas: readonly [name: string, schema: z.ZodType][]): [name: string, schema: z.ZodType][] =>
  schemas.map(([name, schema]) => [name, z.exactOptional(schema)]);

/** The fields that a change may set, then those that it may only repeat. */
const patchShape = (table: FieldTable) => {
  const schemas = optional(schemasIn(table, 'patch'));
  const isWritable = ([name]: readonly [string, unknown]) => table[name]!.create !== undefined;
  return Object.fromEntries([...schemas.filter(isWritable), ...schemas.filter((each) => !isWritable(each))]);
};

const createShape = (table: FieldTable) =>
  Object.fromEntries(
    schemasIn(table, 'create').map(([name, schema]) => [
      name,
      table[name]!.required ? schema : z.exactOptional(schema),
    ]),
  );

type Read = (user: User) => unknown;

/** Reads the fields for which there is a function. Those without a value are left out. */
function reader(table: FieldTable, readOf: (field: WireField) => Read | string | z.ZodType | undefined) {
  const rows = Object.entries(table).flatMap(([name, field]) => {
    const read = readOf(field);
    return typeof read === 'function' ? [{ name, read }] : [];
  });
  return (user: User): Record<string, unknown> => {
    const fields: Record<string, unknown> = {};
    for (const { name, read } of rows) {
      const value = read(user);
      if (value !== undefined) fields[name] = value;
    }
    return fields;
  };
}

/** For fields of which a change takes any text: the schema that a changed value has to fit, in an object with its name. */
const checksOf = (table: FieldTable): ReadonlyMap<string, z.ZodObject> =>
  new Map(
    Object.entries(table).flatMap(([name, { create, patch, checked = create }]) =>
      checked && patch && patch !== create ? [[name, z.object({ [name]: checked })]] : [],
    ),
  );

const historyFields = (table: FieldTable): Map<string, HistoryField> =>
  new Map(
    Object.entries(table).flatMap(([name, { attribute, history }]) =>
      attribute === undefined
        ? []
        : [[attribute, { name, ...(history && { format: history as (value: unknown) => unknown }) }]],
    ),
  );

/** Everything that a dialect derives from its table of fields. */
export class UserFields<const Table extends FieldTable, Context, Absent extends string = string> {
  readonly table: Table;

  /** The attributes that the dialect does not have. */
  readonly absent: readonly Absent[];

  /** Shapes of the user in a response, in a request that creates one, and in a request that changes one. */
  readonly response: ResponseShape<Table>;
  readonly create: CreateShape<Table>;
  readonly patch: PatchShape<Table>;

  /** The user as a response shows it. */
  readonly encode: (user: User) => z.output<z.ZodObject<ResponseShape<Table>>>;

  /** The attributes in the names of the dialect, with those that are only written. */
  readonly toComparable: (user: User) => Record<string, unknown>;

  /** The same without values that are made up from other attributes. */
  readonly toStored: (user: User) => Record<string, unknown>;

  /** The changes of a history entry under the names of the dialect. */
  readonly encodeChanges: (changes: HistoryChanges) => Record<string, WireChange>;

  /** The field of an attribute. */
  readonly nameOf: ReadonlyMap<string, string>;

  private readonly checks: ReadonlyMap<string, z.ZodObject>;

  constructor(table: Table, absent: readonly Absent[]) {
    this.table = table;
    this.absent = absent;
    this.response = Object.fromEntries(schemasIn(table, 'response')) as never;
    this.create = createShape(table) as never;
    this.patch = patchShape(table) as never;
    this.encode = reader(table, ({ response, read }) => response && read) as never;
    this.toComparable = reader(table, ({ attribute, read }) => attribute && read);
    this.toStored = reader(table, ({ attribute, read, readStored = read }) => attribute && readStored);
    const history = historyFields(table);
    this.encodeChanges = historyEncoder(history);
    this.nameOf = new Map([...history].map(([attribute, { name }]) => [attribute, name]));
    this.checks = checksOf(table);
  }

  /** Whether a change may set a field. */
  isWritable(name: string): boolean {
    const { create, patch }: WireField = this.table[name] ?? {};
    return create !== undefined && patch !== undefined;
  }

  /** Whether a change may set a field to a value. */
  accepts(name: string, value: unknown): boolean {
    return this.isWritable(name) && this.table[name]!.create!.safeParse(value).success;
  }

  /** Writes the fields that differ from what is shown of the user. One that is shown already moves nothing, even where it is derived. */
  change<Profile extends UserProfile>(
    before: Profile,
    fields: Readonly<Record<string, unknown>>,
    context: Context,
    check: FieldCheck = checkField,
  ): Profile {
    let user = before;
    for (const name of Object.keys(fields)) {
      const field: WireField = this.table[name]!;
      const value = fields[name];
      if (value === field.read?.(before as never)) continue;
      const schema = this.checks.get(name);
      const accepted = schema ? check(name, schema, value) : value;
      user = field.write!(accepted as never, { ...context, before, user } as never) as never;
    }
    return user;
  }

  /** Writes all fields of a request that creates a user, which its schema has checked. */
  draft(empty: UserDraft, fields: Readonly<Record<string, unknown>>, context: Context): UserDraft {
    let user = empty;
    for (const name of Object.keys(fields)) {
      user = this.table[name]!.write!(fields[name] as never, { ...context, before: empty, user } as never);
    }
    return user;
  }
}

/**
 * The table of a dialect. It does not compile while an attribute of the user is neither in a field nor among the absent ones:
 * those that the dialect does not have.
 */
export const userFieldsFor =
  <Context, Attribute extends string = UserAttribute>() =>
  <const Table extends FieldTable, const Absent extends Attribute>(
    table: Table,
    absent: readonly Absent[] & NoneMissing<MissingAttributes<Attribute, Table, Absent>>,
  ): UserFields<Table, Context, Absent> =>
    new UserFields<Table, Context, Absent>(table, absent);
