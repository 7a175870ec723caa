import type { Dialect, Operation } from '@stele/schemas/contract';
import { nerm } from '@stele/schemas/nerm';
import { scim } from '@stele/schemas/scim';
import { v1 } from '@stele/schemas/v1';
import { compile, type JSONSchema, type Options } from 'json-schema-to-typescript';
import { z } from 'zod';

/** The dialects that the SDK speaks. */
export const dialects: readonly Dialect[] = [v1, scim, nerm];

const BANNER = '// Generated from the operations of @stele/schemas by `pnpm generate`. Do not edit.\n';

type Schema = JSONSchema & { [key: string]: unknown };

/** A nullable value keeps its description where zod puts it, inside the union; a reader looks for it on the property. */
function liftDescription(schema: Schema): void {
  const described = schema.anyOf?.filter((each) => each.description !== undefined);
  if (schema.description === undefined && described?.length === 1) schema.description = described[0]!.description!;
}

/** What is said of a property whose type has a name; the compiler would say it of the type. */
function keepDescription(schema: Schema): void {
  const { $ref, description } = schema;
  if ($ref === undefined || description === undefined) return;
  delete schema.$ref;
  schema.allOf = [{ $ref }];
}

/** The compiler knows the tuples of JSON Schema before 2020-12. */
function asOldTuple(schema: Schema): void {
  schema.items = schema['prefixItems'] as Schema[];
  schema.additionalItems = false;
}

const options = {
  additionalProperties: false,
  bannerComment: '',
  ignoreMinAndMaxItems: true,
  style: { singleQuote: true, printWidth: 120 },
} satisfies Partial<Options>;

/** Collects named schemas, so that each becomes one interface. */
class Definitions {
  readonly schemas: Record<string, Schema> = {};

  /** The JSON Schema of one side of a zod schema. */
  add(schema: z.ZodType, io: 'input' | 'output'): Schema {
    const {
      $schema: _,
      $defs = {},
      ...own
    } = z.toJSONSchema(schema, {
      io,
      // Of bytes JSON Schema knows nothing.
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const schema = jsonSchema as Schema;
        // The compiler would name an interface by its title; here the name is the `id`, which is unique.
        delete schema.title;
        if (zodSchema instanceof z.ZodUnknown) schema.tsType = 'unknown';
        if (zodSchema instanceof z.ZodCustom) schema.tsType = 'Uint8Array';
        if (zodSchema instanceof z.ZodTuple) asOldTuple(schema);
        liftDescription(schema);
        keepDescription(schema);
      },
    });
    for (const [name, definition] of Object.entries($defs)) {
      const known = this.schemas[name];
      if (known && JSON.stringify(known) !== JSON.stringify(definition)) {
        throw new Error(`${name} means two things: what is sent differs from what is answered`);
      }
      this.schemas[name] = definition as Schema;
    }
    return own as Schema;
  }
}

const closed = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  ...more,
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

function operationSchema(operation: Operation, mount: string, definitions: Definitions): Schema {
  const { params, query, body, response } = operation;
  return closed(
    {
      method: { const: operation.method },
      path: { const: mount + operation.path },
      ...(params && { params: definitions.add(params, 'input') }),
      ...(query && { query: definitions.add(query, 'input') }),
      ...(body && { body: definitions.add(body, 'input') }),
      response: response ? definitions.add(response.schema, 'output') : { tsType: 'void' },
    },
    { description: `${operation.summary}. ${operation.description}` },
  );
}

/** A description is all that a comment says, without the length of a list; one line takes one line. */
const tidy = (types: string): string =>
  types
    .replaceAll(/\n\s+\*(?:\n\s+\* @(?:min|max)Items \d+)+/g, '')
    .replaceAll(/\/\*\*\n\s+\* (.+)\n\s+\*\//g, '/** $1 */');

/** The TypeScript of one dialect: an interface for each named wire schema, and one for its operations. */
export async function generate(dialect: Dialect): Promise<string> {
  const prefix = dialect.name[0]!.toUpperCase() + dialect.name.slice(1);
  const definitions = new Definitions();
  // The operations may be the exports of a module, whose order differs between the platform and what bundles for tests.
  const operations = Object.values(dialect.operations)
    .toSorted((left, right) => (left.id < right.id ? -1 : 1))
    .map((operation) => [operation.id, operationSchema(operation, dialect.mounts[0], definitions)] as const);
  const root = {
    ...closed(Object.fromEntries(operations), { description: `Every operation of ${dialect.name}: ${dialect.title}.` }),
    $defs: definitions.schemas,
  };
  const types = [await compile(root, `${prefix}Operations`, options)];
  // Where no operation answers with the error of the dialect, it has not been written yet.
  const error = new Definitions();
  const name = error.add(dialect.error, 'output').$ref!.split('/').at(-1)!;
  if (!(name in definitions.schemas)) types.push(await compile({ ...error.schemas[name] }, name, options));
  return tidy([BANNER, ...types].join('\n'));
}
