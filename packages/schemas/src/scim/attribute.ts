import { z } from 'zod';
import type { Json } from './json.ts';

export type AttributeType =
  | 'string'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'dateTime'
  | 'reference'
  | 'binary'
  | 'complex';

/** The characteristics of RFC 7643 2.2 and 7. */
export interface Characteristics {
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'never' | 'default' | 'request';
  readonly uniqueness: 'none' | 'server' | 'global';
  /** Suggested values. Other values are valid too. */
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
}

/** What the zod type of a field does not already say. Everything that is left out is derived, or the default of RFC 7643 2.2. */
export const scimAttribute = z.registry<Partial<Omit<Characteristics, 'multiValued' | 'required'>>>();

/** Attributes in the order of the schema, by name in lower case: names compare without case (RFC 7643 2.1). */
export type ScimAttributes = ReadonlyMap<string, ScimAttribute>;

/** One attribute of a schema, with everything that PATCH, filters, projections and discovery ask of it. */
export interface ScimAttribute extends Characteristics {
  readonly name: string;
  readonly description: string;
  /** Empty for all but complex attributes. */
  readonly subAttributes: ScimAttributes;
}

export interface ScimSchema {
  readonly urn: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: ScimAttributes;
}

/** A resource type: its core schema, which holds the common attributes too, and the extensions it may carry. */
export interface ScimResourceType {
  readonly name: string;
  readonly endpoint: `/${string}`;
  readonly schema: ScimSchema;
  readonly extensions: readonly ScimSchema[];
  /** Every schema of the type, by URN in lower case. */
  readonly schemas: ReadonlyMap<string, ScimSchema>;
}

/** Names compare without case (RFC 7643 2.1), and so do the URNs before them (RFC 8141 3). */
export const foldName = (name: string): string => name.toLowerCase();

const none: ScimAttributes = new Map();

const typeOf = (schema: z.ZodType): AttributeType => {
  if (schema instanceof z.ZodObject) return 'complex';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodISODateTime) return 'dateTime';
  return 'string';
};

function attributeOf(name: string, field: z.ZodType): ScimAttribute {
  const required = field.def.type !== 'optional';
  const present = required ? field : (field as z.ZodExactOptional<z.ZodType>).unwrap();
  const multiValued = present instanceof z.ZodArray;
  const schema = multiValued ? (present.element as z.ZodType) : present;
  const registered = scimAttribute.get(present);
  const type = registered?.type ?? typeOf(schema);
  return {
    name,
    description: present.meta()?.description ?? '',
    type,
    multiValued,
    required,
    // RFC 7643 2.3.6, 2.3.7: binary values and references are case exact; other strings are not (2.2).
    caseExact: type === 'binary' || type === 'reference',
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...(schema instanceof z.ZodEnum && { canonicalValues: schema.options as string[] }),
    ...registered,
    subAttributes: schema instanceof z.ZodObject ? attributesOf(Object.entries(schema.shape)) : none,
  };
}

const attributesOf = (fields: readonly (readonly [string, z.ZodType])[]): ScimAttributes =>
  new Map(fields.map(([name, field]) => [foldName(name), attributeOf(name, field)]));

function schemaOf(urn: string, schema: z.ZodType, fields: readonly (readonly [string, z.ZodType])[]): ScimSchema {
  const { title = '', description = '' } = schema.meta() ?? {};
  return { urn, name: title, description, attributes: attributesOf(fields) };
}

const isUrn = (name: string) => name.startsWith('urn:');

/** Reads a resource type off its wire schema. Fields named by a URN are its extensions. */
export function resourceType(
  name: string,
  endpoint: `/${string}`,
  urn: string,
  resource: z.ZodObject,
): ScimResourceType {
  const fields = Object.entries(resource.shape) as [string, z.ZodType][];
  const schema = schemaOf(
    urn,
    resource,
    fields.filter(([field]) => !isUrn(field)),
  );
  const extensions = fields
    .filter(([field]) => isUrn(field))
    .map(([field, extension]) => {
      const object = (extension as z.ZodExactOptional<z.ZodObject>).unwrap();
      return schemaOf(field, object, Object.entries(object.shape) as [string, z.ZodType][]);
    });
  const schemas = new Map([schema, ...extensions].map((each) => [foldName(each.urn), each]));
  return { name, endpoint, schema, extensions, schemas };
}

/** The value of `schemas`: the core schema, and the extensions that hold a value. */
export function schemasOf(resource: Json, { schema, extensions }: ScimResourceType): string[] {
  return [schema, ...extensions.filter(({ urn }) => resource[urn] !== undefined)].map(({ urn }) => urn);
}
