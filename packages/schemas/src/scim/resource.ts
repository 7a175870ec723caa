import { foldName, type ScimAttribute, type ScimResourceType, type ScimSchema } from './attribute.ts';
import { ScimError } from './error.ts';
import { schemaNamed, schemaPrefix } from './filter.ts';
import { entriesOf, isEmpty, isObject, type Json } from './json.ts';
import type { Profile } from './profile.ts';
import { ignoreUnknown, type Reading } from './reading.ts';
import { assertSchemas, namesSchema } from './schemas-member.ts';
import { isUnassigned, readValue, singleOf } from './value.ts';

/** A resource as it is being read. */
interface Draft {
  readonly type: ScimResourceType;
  readonly reading: Reading;
  /** The attributes of each schema that have a value. */
  readonly values: ReadonlyMap<ScimSchema, Record<string, unknown>>;
  /** The schemas and core attributes that the client names, with or without a value. */
  readonly named: Set<ScimSchema | ScimAttribute>;
  schemas?: unknown;
}

/**
 * Checks the resource of a POST and brings it to the schema's form: names in the schema's case, nothing that is
 * unassigned, nothing that is read-only.
 */
export const readResource = (body: unknown, type: ScimResourceType, reading: Reading): Json =>
  resourceOf(readDraft(body, type, reading));

/** The same for a PUT. An `active` that is there and has no value takes it away: the user is not active. */
export function readReplacement(body: unknown, type: ScimResourceType, reading: Reading): Json {
  const draft = readDraft(body, type, reading);
  const active = type.schema.attributes.get('active');
  return active && draft.named.has(active) ? { active: false, ...resourceOf(draft) } : resourceOf(draft);
}

function readDraft(body: unknown, type: ScimResourceType, reading: Reading): Draft {
  if (!isObject(body)) throw new ScimError('invalidSyntax', 'The body must be an object');
  const schemas = [type.schema, ...type.extensions];
  const draft: Draft = { type, reading, values: new Map(schemas.map((each) => [each, {}])), named: new Set() };
  for (const [key, value] of entriesOf(body)) readMember(draft, key, value);
  assertSchemas(draft.schemas, { type }, reading.profile);
  return draft;
}

function resourceOf({ type, values, named, schemas }: Draft): Json {
  const core = values.get(type.schema)!;
  for (const { required, mutability, name } of type.schema.attributes.values()) {
    if (required && mutability !== 'readOnly' && name !== 'schemas' && core[name] === undefined) {
      throw new ScimError('invalidValue', `${name} is required`, [name]);
    }
  }
  // An extension without a value that the client names is cleared; one that it leaves out may be unknown to it.
  const extensions = type.extensions.filter((each) => named.has(each) || namesSchema(schemas, each.urn));
  const assigned = extensions.filter((each) => !isEmpty(values.get(each)!));
  return {
    schemas: [type.schema, ...extensions].map(({ urn }) => urn),
    ...core,
    ...Object.fromEntries(assigned.map((each) => [each.urn, values.get(each)])),
  };
}

/** Reads a member of the body: `schemas`, an extension, an attribute, or what the switch `urnAsContainer` allows. */
function readMember(draft: Draft, key: string, value: unknown): void {
  const { type, reading } = draft;
  const { profile } = reading;
  if (foldName(key) === 'schemas') {
    draft.schemas = value;
    return;
  }
  const container = schemaNamed(type, key, profile);
  if (container && (container !== type.schema || profile.urnAsContainer)) {
    readContainer(draft, container, value);
    return;
  }
  const prefix = profile.urnAsContainer ? schemaPrefix(type, key, profile) : undefined;
  if (prefix) readAttribute(draft, prefix.schema, prefix.rest, value, key);
  else readAttribute(draft, type.schema, key, value, key);
}

function readContainer(draft: Draft, schema: ScimSchema, given: unknown): void {
  const { profile } = draft.reading;
  draft.named.add(schema);
  const value = singleOf(given, profile);
  if (isUnassigned(value, profile)) return;
  if (!isObject(value)) throw new ScimError('invalidValue', `${schema.urn} must be an object`, [schema.urn]);
  for (const [key, item] of entriesOf(value)) {
    if (!isOwnSchemas(key, profile)) readAttribute(draft, schema, key, item, `${schema.urn}:${key}`);
  }
}

/** Whether a member of an extension is the list of its own schemas. */
export const isOwnSchemas = (key: string, { schemasInExtension }: Profile): boolean =>
  schemasInExtension && foldName(key) === 'schemas';

/** @param written the name as the client writes it, for the report of unknown ones */
function readAttribute(
  { type, reading, values, named }: Draft,
  schema: ScimSchema,
  key: string,
  value: unknown,
  written: string,
): void {
  const attribute = schema.attributes.get(foldName(key));
  if (!attribute) {
    ignoreUnknown(reading, written, () => {
      return new ScimError('invalidSyntax', `${JSON.stringify(written)} is not an attribute`, [written]);
    });
    return;
  }
  const name = `${schema === type.schema ? '' : `${schema.urn}:`}${attribute.name}`;
  named.add(schema === type.schema ? attribute : schema);
  // RFC 7644 3.3: attributes whose mutability is readOnly SHALL be ignored. `schemas` is computed.
  if (attribute.mutability === 'readOnly' || attribute.name === 'schemas') return;
  const read = readValue(attribute, value, reading, name);
  if (read === undefined) return;
  const into = values.get(schema)!;
  if (Object.hasOwn(into, attribute.name)) {
    throw new ScimError('invalidSyntax', `${name} is there twice, in different case or place`, [name]);
  }
  into[attribute.name] = read;
}
