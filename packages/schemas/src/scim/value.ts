import { foldName, type AttributeType, type ScimAttribute } from './attribute.ts';
import { ScimError } from './error.ts';
import { instantOf } from './field.ts';
import { booleanOf } from './filter.ts';
import { entriesOf, isEmpty, isObject, type Json } from './json.ts';
import type { Profile } from './profile.ts';
import { ignoreUnknown, type Reading } from './reading.ts';

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

/** A value where a single one is wanted: a list of one stands for its element. */
export const singleOf = (value: unknown, { listOfOne }: Profile): unknown =>
  listOfOne && Array.isArray(value) && value.length === 1 ? (value as unknown[])[0] : value;

/** The value of an object that holds nothing else, as Microsoft's `OperationValue` does. */
function withoutObject(value: unknown, { valueObject }: Profile): unknown {
  if (!valueObject || !isObject(value)) return value;
  const [held, ...others] = Object.entries(value).filter(([name, each]) => each !== null || foldName(name) === 'value');
  return held && others.length === 0 && foldName(held[0]) === 'value' ? held[1] : value;
}

/** RFC 7643 2.5: `null` and the empty list are as good as no value. */
export const isUnassigned = (value: unknown, profile: Profile): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (value === '' && profile.emptyStringClears);

/** Checks a value against its attribute; attribute names come out in the schema's case. Undefined when it is unassigned. */
export function readValue(attribute: ScimAttribute, given: unknown, reading: Reading, name: string): unknown {
  const { profile } = reading;
  const value = attribute.multiValued ? given : singleOf(given, profile);
  if (isUnassigned(value, profile)) return undefined;
  return attribute.multiValued
    ? readValues(attribute, value, reading, name)
    : readSingle(attribute, value, reading, name);
}

/** The `value` of each element names a resource: the sub-attribute is immutable, so elements come and go whole. */
const namesResources = ({ subAttributes }: ScimAttribute): boolean =>
  subAttributes.get('value')?.mutability === 'immutable';

/** Checks the values of a multi-valued attribute. One value needs no list around it (RFC 7644 3.5.2.1). */
export function readValues(
  attribute: ScimAttribute,
  value: unknown,
  reading: Reading,
  name: string,
): readonly unknown[] | undefined {
  const values: unknown[] = [];
  for (const [index, item] of (Array.isArray(value) ? value : [value]).entries()) {
    const place = Array.isArray(value) ? `${name}[${index}]` : name;
    const element = isUnassigned(item, reading.profile) ? undefined : readSingle(attribute, item, reading, place);
    if (namesResources(attribute) && !isNonEmptyText(isObject(element) ? element['value'] : undefined)) {
      throw new ScimError('invalidValue', `${place}.value is required`, [name, index, 'value']);
    }
    if (element !== undefined) values.push(element);
  }
  return values.length === 0 ? undefined : values;
}

const isNonEmptyText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** A number that names a resource stands for its text. Greater ones have been rounded by the parser. */
const nameOf = (attribute: ScimAttribute, value: unknown, { membersByName }: Profile): unknown =>
  membersByName && namesResources(attribute) && Number.isSafeInteger(value) ? String(value) : value;

/** Checks one value, of a multi-valued attribute too. */
export function readSingle(attribute: ScimAttribute, given: unknown, reading: Reading, name: string): unknown {
  const value = singleOf(given, reading.profile);
  if (attribute.type === 'complex') return mergeComplex({}, attribute, value, reading, name);
  const held = withoutObject(value, reading.profile);
  if (isUnassigned(held, reading.profile)) return undefined;
  const read = simpleValue[attribute.type](held, reading.profile);
  if (read === undefined) throw new ScimError('invalidValue', `${name} must be a ${attribute.type}`, [name]);
  return read;
}

/** Sets sub-attributes of a complex value and leaves the others. Undefined when no value remains. */
export function mergeComplex(
  base: Json,
  attribute: ScimAttribute,
  given: unknown,
  reading: Reading,
  name: string,
): Json | undefined {
  const value = complexValue(attribute, nameOf(attribute, given, reading.profile), reading.profile);
  if (!isObject(value)) throw new ScimError('invalidValue', `${name} must be an object with sub-attributes`, [name]);
  let merged = base;
  for (const [key, item] of entriesOf(value)) {
    const sub = attribute.subAttributes.get(foldName(key));
    if (!sub) {
      passOver(attribute, key, reading, name);
      continue;
    }
    // What the server keeps is part of what clients read and send back: it is left out, as RFC 7644 3.3 does on create.
    if (sub.mutability === 'readOnly') continue;
    const part = `${name}.${sub.name}`;
    const named = sub.name === 'value' ? nameOf(attribute, item, reading.profile) : item;
    merged = assign(merged, sub, readValue(sub, named, reading, part), part);
  }
  return isEmpty(merged) ? undefined : merged;
}

function passOver(attribute: ScimAttribute, key: string, reading: Reading, name: string): void {
  const unknown = () =>
    new ScimError('invalidValue', `${JSON.stringify(key)} is not a sub-attribute of ${name}`, [name]);
  // SCIM 1.1 3.3.2 removes an element with `"operation": "delete"`. Ignored, it would add what was to be removed.
  if (attribute.multiValued && foldName(key) === 'operation') throw unknown();
  ignoreUnknown(reading, `${name}.${key}`, unknown);
}

function complexValue(attribute: ScimAttribute, given: unknown, profile: Profile): unknown {
  if (!profile.complexAsValue || !attribute.subAttributes.has('value')) return given;
  return typeof given === 'string' ? { value: given } : given;
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
