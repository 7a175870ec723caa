import { foldName, type AttributeType, type ScimAttribute } from './attribute.ts';
import { ScimError } from './error.ts';
import { instantOf } from './field.ts';
import { booleanOf } from './filter.ts';
import { isEmpty, isObject, type Json } from './json.ts';
import type { Profile } from './profile.ts';

const isString = (value: unknown) => (typeof value === 'string' ? value : undefined);

// RFC 7643 2.3.6 wants base64 or base64url; length and padding are left to the reader of the value.
const base64 = /^[\w+/=\s-]*$/;

/** The value of a simple attribute, or undefined when it is of another type. */
const simpleValue: Readonly<Record<Exclude<AttributeType, 'complex'>, (value: unknown, profile: Profile) => unknown>> =
  {
    string: isString,
    reference: isString,
    binary: (value) => (typeof value === 'string' && base64.test(value) ? value : undefined),
    boolean: (value, profile) =>
      typeof value === 'boolean' ? value : profile.booleanAsString ? booleanOf(value) : undefined,
    integer: (value) => (Number.isInteger(value) ? value : undefined),
    decimal: (value) => (typeof value === 'number' ? value : undefined),
    dateTime: (value) => (typeof value === 'string' && !Number.isNaN(instantOf(value)) ? value : undefined),
  };

/** RFC 7643 2.5: `null` and the empty list are as good as no value. */
export const isUnassigned = (value: unknown, profile: Profile): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (value === '' && profile.emptyStringClears);

/** Checks a value against its attribute; attribute names come out in the schema's case. Undefined when it is unassigned. */
export function readValue(attribute: ScimAttribute, value: unknown, profile: Profile, name: string): unknown {
  if (isUnassigned(value, profile)) return undefined;
  return attribute.multiValued
    ? readValues(attribute, value, profile, name)
    : readSingle(attribute, value, profile, name);
}

/** Checks the values of a multi-valued attribute. One value needs no list around it (RFC 7644 3.5.2.1). */
export function readValues(
  attribute: ScimAttribute,
  value: unknown,
  profile: Profile,
  name: string,
): readonly unknown[] | undefined {
  if (!Array.isArray(value)) {
    const single = readSingle(attribute, value, profile, name);
    return single === undefined ? undefined : [single];
  }
  const values: unknown[] = [];
  for (const [index, item] of value.entries()) {
    if (isUnassigned(item, profile)) continue;
    const element = readSingle(attribute, item, profile, `${name}[${index}]`);
    if (element !== undefined) values.push(element);
  }
  return values.length === 0 ? undefined : values;
}

/** Checks one value, of a multi-valued attribute too. */
export function readSingle(attribute: ScimAttribute, value: unknown, profile: Profile, name: string): unknown {
  if (attribute.type === 'complex') return mergeComplex({}, attribute, value, profile, name);
  const read = simpleValue[attribute.type](value, profile);
  if (read === undefined) throw new ScimError('invalidValue', `${name} must be a ${attribute.type}`, [name]);
  return read;
}

/** Sets sub-attributes of a complex value and leaves the others. Undefined when no value remains. */
export function mergeComplex(
  base: Json,
  attribute: ScimAttribute,
  given: unknown,
  profile: Profile,
  name: string,
): Json | undefined {
  const value = complexValue(attribute, given, profile);
  if (!isObject(value)) throw new ScimError('invalidValue', `${name} must be an object with sub-attributes`, [name]);
  let merged = base;
  for (const [key, item] of Object.entries(value)) {
    const sub = attribute.subAttributes.get(foldName(key));
    if (!sub) throw new ScimError('invalidValue', `${JSON.stringify(key)} is not a sub-attribute of ${name}`, [name]);
    // What the server keeps is part of what clients read and send back: it is left out, as RFC 7644 3.3 does on create.
    if (sub.mutability === 'readOnly') continue;
    const part = `${name}.${sub.name}`;
    merged = assign(merged, sub, readValue(sub, item, profile, part), part);
  }
  return isEmpty(merged) ? undefined : merged;
}

function complexValue(attribute: ScimAttribute, value: unknown, profile: Profile): unknown {
  if (!profile.complexAsValue || attribute.multiValued || !attribute.subAttributes.has('value')) return value;
  const single = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof single === 'string' ? { value: single } : single;
}

/** A copy with one attribute set, or removed when the value is undefined; the same object when nothing changes. */
export function assign(object: Json, attribute: ScimAttribute, value: unknown, name: string): Json {
  const before = object[attribute.name];
  if (before === value) return object;
  // RFC 7644 3.5.2: an immutable attribute may be given a value only while it has none.
  if (attribute.mutability === 'immutable' && before !== undefined) {
    throw new ScimError('mutability', `${name} is immutable: it keeps its first value`, [name]);
  }
  if (value !== undefined) return { ...object, [attribute.name]: value };
  const { [attribute.name]: _, ...rest } = object;
  return rest;
}
