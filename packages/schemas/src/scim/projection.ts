import { foldName, type ScimAttribute, type ScimAttributes, type ScimResourceType } from './attribute.ts';
import { schemaPrefix } from './filter.ts';
import { isEmpty, isObject, type Json } from './json.ts';

/** The query parameters of RFC 7644 3.9, lists with commas. */
export interface ProjectionQuery {
  readonly attributes?: unknown;
  readonly excludedAttributes?: unknown;
}

type Names = ReadonlySet<string>;

/** Names in one spelling: lower case, those of the core schema without its URN. */
function namesOf(list: unknown, type: ScimResourceType): Names | undefined {
  if (typeof list !== 'string' || list.trim() === '') return undefined;
  const names = list
    .split(',')
    .map((each) => each.trim())
    .filter((name) => name !== '')
    .map((name) => {
      return foldName(schemaPrefix(type, name) === type.schema ? name.slice(type.schema.urn.length + 1) : name);
    });
  return new Set(names);
}

/** What `attributes` and `excludedAttributes` leave of a resource. Names that mean nothing select nothing. */
export function project(resource: Json, query: ProjectionQuery, type: ScimResourceType): Json {
  const wanted = namesOf(query.attributes, type);
  const excluded = namesOf(query.excludedAttributes, type) ?? new Set();
  if (!wanted && excluded.size === 0) return resource;
  // The empty name is what is left of the core schema's own URN.
  const core = pick(resource, type.schema.attributes, '', wanted?.has('') ? undefined : wanted, excluded);
  const kept: Record<string, unknown> = { ...core };
  for (const { urn, attributes } of type.extensions) {
    const extension = resource[urn];
    const name = foldName(urn);
    if (!isObject(extension) || excluded.has(name)) continue;
    const picked = pick(extension, attributes, `${name}:`, wanted?.has(name) ? undefined : wanted, excluded);
    if (!isEmpty(picked)) kept[urn] = picked;
  }
  return kept;
}

function pick(
  object: Json,
  attributes: ScimAttributes,
  prefix: string,
  wanted: Names | undefined,
  excluded: Names,
): Json {
  const kept: Record<string, unknown> = {};
  for (const attribute of attributes.values()) {
    const value = object[attribute.name];
    if (value === undefined) continue;
    const name = `${prefix}${foldName(attribute.name)}`;
    if (attribute.returned === 'always') kept[attribute.name] = value;
    else if (isReturned(attribute, name, wanted, excluded)) {
      const part = parts(value, attribute, name, wanted?.has(name) ? undefined : wanted, excluded);
      if (part !== undefined) kept[attribute.name] = part;
    }
  }
  return kept;
}

function isReturned({ returned }: ScimAttribute, name: string, wanted: Names | undefined, excluded: Names): boolean {
  if (returned === 'never' || excluded.has(name)) return false;
  if (!wanted) return returned === 'default';
  return wanted.has(name) || [...wanted].some((each) => each.startsWith(`${name}.`));
}

function parts(
  value: unknown,
  attribute: ScimAttribute,
  name: string,
  wanted: Names | undefined,
  excluded: Names,
): unknown {
  if (Array.isArray(value)) {
    const values = value
      .map((each) => parts(each, attribute, name, wanted, excluded))
      .filter((each) => each !== undefined);
    return values.length === 0 ? undefined : values;
  }
  if (attribute.type !== 'complex' || !isObject(value)) return value;
  const picked = pick(value, attribute.subAttributes, `${name}.`, wanted, excluded);
  return isEmpty(picked) ? undefined : picked;
}
