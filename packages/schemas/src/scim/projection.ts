import { foldName, type ScimAttribute, type ScimAttributes, type ScimResourceType } from './attribute.ts';
import { schemaPrefix } from './filter.ts';
import { isEmpty, isObject, type Json } from './json.ts';
import type { Profile } from './profile.ts';

/** The query parameters of RFC 7644 3.9, lists with commas. */
export interface ProjectionQuery {
  readonly attributes?: unknown;
  readonly excludedAttributes?: unknown;
}

type Names = ReadonlySet<string>;

/** What is asked of the attributes of one object. */
interface Choice {
  /** Whether the object is there as a whole: with it comes what is returned by default. */
  readonly whole: boolean;
  readonly wanted: Names;
  readonly excluded: Names;
}

const isList = (list: unknown): list is string => typeof list === 'string' && list.trim() !== '';

/** Names in one spelling: lower case, those of the core schema without its URN. */
function namesOf(list: unknown, type: ScimResourceType, profile: Profile): Names | undefined {
  if (!isList(list)) return undefined;
  const names = list
    .split(',')
    .map((each) => each.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const prefix = schemaPrefix(type, name, profile);
      if (!prefix) return foldName(name);
      const { schema, rest } = prefix;
      if (schema === type.schema) return foldName(rest);
      return foldName(rest === '' ? schema.urn : `${schema.urn}:${rest}`);
    });
  return new Set(names);
}

/** What is asked of a resource; without names everything that is returned by default. */
interface Projection {
  readonly named: Names | undefined;
  readonly excluded: Names;
}

const projectionIn = (query: ProjectionQuery, type: ScimResourceType, profile: Profile): Projection => ({
  named: namesOf(query.attributes, type, profile),
  excluded: namesOf(query.excludedAttributes, type, profile) ?? new Set(),
});

/** What is asked of the attributes of a schema, by its URN; the empty name is what is left of the core schema's own. */
const choiceOf = ({ named, excluded }: Projection, name: string): Choice => ({
  whole: !named || named.has(name),
  wanted: named ?? new Set(),
  excluded,
});

/** What was asked of the attributes: in the query, or in the body of a search. */
export const projectionOf = ({ query, body }: { readonly query: Json; readonly body?: unknown }): ProjectionQuery => ({
  ...query,
  ...(isObject(body) && Array.isArray(body['attributes']) && { attributes: body['attributes'].join(',') }),
  ...(isObject(body) &&
    Array.isArray(body['excludedAttributes']) && { excludedAttributes: body['excludedAttributes'].join(',') }),
});

/** Whether a response holds a part of each resource. */
export function isProjected({ attributes, excludedAttributes }: ProjectionQuery): boolean {
  return isList(attributes) || isList(excludedAttributes);
}

/** Whether a projection leaves an attribute of the core schema, or a part of it. */
export function shows(attribute: string, query: ProjectionQuery, type: ScimResourceType, profile: Profile): boolean {
  const name = foldName(attribute);
  return isReturned(type.schema.attributes.get(name)!, name, choiceOf(projectionIn(query, type, profile), ''));
}

/** What `attributes` and `excludedAttributes` leave of a resource. Names that mean nothing select nothing. */
export function project(resource: Json, query: ProjectionQuery, type: ScimResourceType, profile: Profile): Json {
  const projection = projectionIn(query, type, profile);
  const { named, excluded } = projection;
  if (!named && excluded.size === 0) return resource;
  const kept: Record<string, unknown> = { ...pick(resource, type.schema.attributes, '', choiceOf(projection, '')) };
  for (const { urn, attributes } of type.extensions) {
    const extension = resource[urn];
    const name = foldName(urn);
    if (!isObject(extension) || excluded.has(name)) continue;
    const picked = pick(extension, attributes, `${name}:`, choiceOf(projection, name));
    if (!isEmpty(picked)) kept[urn] = picked;
  }
  return kept;
}

function pick(object: Json, attributes: ScimAttributes, prefix: string, choice: Choice): Json {
  const kept: Record<string, unknown> = {};
  for (const attribute of attributes.values()) {
    const value = object[attribute.name];
    if (value === undefined) continue;
    const name = `${prefix}${foldName(attribute.name)}`;
    if (attribute.returned === 'always') kept[attribute.name] = value;
    else if (isReturned(attribute, name, choice)) {
      // RFC 7643 2.2: what is returned on request is returned when it is named, also beside the whole that it is a part of.
      const whole = choice.wanted.has(name) || (choice.whole && attribute.returned === 'default');
      const part = parts(value, attribute, name, { ...choice, whole });
      if (part !== undefined) kept[attribute.name] = part;
    }
  }
  return kept;
}

function isReturned({ returned }: ScimAttribute, name: string, { whole, wanted, excluded }: Choice): boolean {
  if (returned === 'never' || excluded.has(name)) return false;
  if (whole && returned === 'default') return true;
  return wanted.has(name) || [...wanted].some((each) => each.startsWith(`${name}.`));
}

function parts(value: unknown, attribute: ScimAttribute, name: string, choice: Choice): unknown {
  if (Array.isArray(value)) {
    const values = value.map((each) => parts(each, attribute, name, choice)).filter((each) => each !== undefined);
    return values.length === 0 && value.length > 0 ? undefined : values;
  }
  if (attribute.type !== 'complex' || !isObject(value)) return value;
  const picked = pick(value, attribute.subAttributes, `${name}.`, choice);
  return isEmpty(picked) ? undefined : picked;
}
