import { foldName, type ScimResourceType } from './attribute.ts';
import { ScimError } from './error.ts';
import { schemaPrefix } from './filter.ts';
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
  const extensions: [string, Json][] = [];
  let schemas: unknown;
  for (const [key, value] of Object.entries(body)) {
    if (foldName(key) === 'schemas') schemas = value;
    else if (foldName(key).startsWith('urn:')) extensions.push(readExtension(key, value, type, profile));
    else readMember(resource, type.schema.attributes, key, value, profile, '');
  }
  // RFC 7643 3: "schemas" is required in every representation; it must name the core schema.
  if (!namesSchema(schemas, type.schema.urn) && !(profile.bareBody && schemas === undefined)) {
    throw new ScimError('invalidSyntax', `schemas must hold ${type.schema.urn}`, ['schemas']);
  }
  const assigned = extensions.filter(([, extension]) => !isEmpty(extension));
  for (const { required, mutability, name } of type.schema.attributes.values()) {
    if (required && mutability !== 'readOnly' && name !== 'schemas' && resource[name] === undefined) {
      throw new ScimError('invalidValue', `${name} is required`, [name]);
    }
  }
  return {
    schemas: [type.schema.urn, ...assigned.map(([urn]) => urn)],
    ...resource,
    ...Object.fromEntries(assigned),
  };
}

function readExtension(key: string, value: unknown, type: ScimResourceType, profile: Profile): [string, Json] {
  const schema = schemaPrefix(type, key);
  if (!schema || schema === type.schema || schema.urn.length !== key.length) {
    throw new ScimError('invalidSyntax', `${JSON.stringify(key)} is not an extension of ${type.name}`, [key]);
  }
  if (isUnassigned(value, profile)) return [schema.urn, {}];
  if (!isObject(value)) throw new ScimError('invalidValue', `${schema.urn} must be an object`, [schema.urn]);
  const extension: Record<string, unknown> = {};
  for (const [member, item] of Object.entries(value))
    readMember(extension, schema.attributes, member, item, profile, `${schema.urn}:`);
  return [schema.urn, extension];
}

function readMember(
  into: Record<string, unknown>,
  attributes: ScimResourceType['schema']['attributes'],
  key: string,
  value: unknown,
  profile: Profile,
  prefix: string,
): void {
  const attribute = attributes.get(foldName(key));
  const name = `${prefix}${attribute?.name ?? key}`;
  if (!attribute) throw new ScimError('invalidSyntax', `${JSON.stringify(name)} is not an attribute`, [name]);
  if (Object.hasOwn(into, attribute.name))
    throw new ScimError('invalidSyntax', `${name} is there twice, in different case`, [name]);
  // RFC 7644 3.3: attributes whose mutability is readOnly SHALL be ignored.
  if (attribute.mutability === 'readOnly') return;
  const read = readValue(attribute, value, profile, name);
  if (read !== undefined) into[attribute.name] = read;
}
