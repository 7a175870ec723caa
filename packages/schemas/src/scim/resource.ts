import { foldName, type ScimResourceType, type ScimSchema } from './attribute.ts';
import { ScimError } from './error.ts';
import { isEmpty, isObject, type Json } from './json.ts';
import { namesSchema } from './message.ts';
import type { Profile } from './profile.ts';
import { isUnassigned, readValue } from './value.ts';

/**
 * Checks the resource of a POST and brings it to the schema's form: names in the schema's case, nothing that is
 * unassigned, nothing that is read-only.
 */
export function readResource(body: unknown, type: ScimResourceType, profile: Profile): Json {
  if (!isObject(body)) throw new ScimError('invalidSyntax', 'The body must be an object');
  const resource: Record<string, unknown> = {};
  const spokenOf = new Set<string>();
  let schemas: unknown;
  for (const [key, value] of Object.entries(body)) {
    const schema = type.schemas.get(foldName(key));
    if (foldName(key) === 'schemas') schemas = value;
    else if (schema && schema !== type.schema) {
      spokenOf.add(schema.urn);
      readExtension(resource, schema, value, profile);
    } else readMember(resource, type.schema, key, value, profile, '');
  }
  // RFC 7643 3: "schemas" is required in every representation of a resource.
  if (!namesSchema(schemas, type.schema.urn) && !(profile.bareBody && schemas === undefined)) {
    throw new ScimError('invalidSyntax', `schemas must hold ${type.schema.urn}`, ['schemas']);
  }
  for (const { required, mutability, name } of type.schema.attributes.values()) {
    if (required && mutability !== 'readOnly' && name !== 'schemas' && resource[name] === undefined) {
      throw new ScimError('invalidValue', `${name} is required`, [name]);
    }
  }
  // An extension without a value that the client speaks of is cleared; one that it leaves out may be unknown to it.
  const extensions = type.extensions
    .map(({ urn }) => urn)
    .filter((urn) => spokenOf.has(urn) || namesSchema(schemas, urn));
  return { schemas: [type.schema.urn, ...extensions], ...resource };
}

function readExtension(resource: Record<string, unknown>, schema: ScimSchema, value: unknown, profile: Profile): void {
  if (isUnassigned(value, profile)) return;
  if (!isObject(value)) throw new ScimError('invalidValue', `${schema.urn} must be an object`, [schema.urn]);
  const extension: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) readMember(extension, schema, key, item, profile, `${schema.urn}:`);
  if (!isEmpty(extension)) setOnce(resource, schema.urn, extension);
}

function readMember(
  into: Record<string, unknown>,
  { attributes }: ScimSchema,
  key: string,
  value: unknown,
  profile: Profile,
  prefix: string,
): void {
  const attribute = attributes.get(foldName(key));
  const name = `${prefix}${attribute?.name ?? key}`;
  if (!attribute) throw new ScimError('invalidSyntax', `${JSON.stringify(name)} is not an attribute`, [name]);
  // RFC 7644 3.3: attributes whose mutability is readOnly SHALL be ignored.
  if (attribute.mutability === 'readOnly') return;
  const read = readValue(attribute, value, profile, name);
  if (read !== undefined) setOnce(into, attribute.name, read);
}

function setOnce(into: Record<string, unknown>, name: string, value: unknown): void {
  if (Object.hasOwn(into, name))
    throw new ScimError('invalidSyntax', `${name} is there twice, in different case`, [name]);
  into[name] = value;
}
