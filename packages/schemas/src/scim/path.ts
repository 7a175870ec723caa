import { foldName, type ScimResourceType } from './attribute.ts';
import { ScimError } from './error.ts';
import {
  printFilter,
  printTarget,
  readValueFilter,
  Reader,
  resourceScope,
  schemaNamed,
  type Filter,
  type Target,
} from './filter.ts';
import type { Profile } from './profile.ts';

/** The target of an operation (RFC 7644 3.5.2): an attribute, some of its values, a part of these; or a whole extension. */
export type Path =
  | { readonly kind: 'schema'; readonly urn: string }
  | (Target & { readonly kind: 'attribute'; readonly filter?: Filter });

const MAX_CACHED = 1000;
const caches = new WeakMap<Profile, WeakMap<ScimResourceType, Map<string, Path>>>();

function cacheOf(type: ScimResourceType, profile: Profile) {
  let ofProfile = caches.get(profile);
  if (!ofProfile) caches.set(profile, (ofProfile = new WeakMap()));
  let cache = ofProfile.get(type);
  if (!cache) ofProfile.set(type, (cache = new Map()));
  return cache;
}

/** Reads a path. Undefined when it names no attribute of the type. Clients send the same few again and again, so they are cached. */
export function findPath(text: string, type: ScimResourceType, profile: Profile): Path | undefined {
  const cache = cacheOf(type, profile);
  const cached = cache.get(text);
  if (cached) return cached;
  const path = readPath(text, type, profile);
  if (!path) return undefined;
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(text, path);
  return path;
}

/** Reads a path, which has to name an attribute of the type. */
export function parsePath(text: string, type: ScimResourceType, profile: Profile): Path {
  const path = findPath(text, type, profile);
  if (!path) throw unknownAttribute(text, type);
  return path;
}

export const unknownAttribute = (path: string, type: ScimResourceType): ScimError => {
  const [name = ''] = path.split('[');
  return new ScimError(
    'invalidPath',
    `${JSON.stringify(name)} is not an attribute of ${type.name}, at character 1 of the path ${JSON.stringify(path)}`,
  );
};

function readPath(text: string, type: ScimResourceType, profile: Profile): Path | undefined {
  const reader = new Reader(text, 'path', profile);
  const name = reader.word();
  const schema = reader.atEnd ? schemaNamed(type, name, profile) : undefined;
  if (schema) return { kind: 'schema', urn: schema.urn };
  const target = resourceScope(type, profile)(name);
  if (!target) return undefined;
  if (reader.atEnd) return { kind: 'attribute', ...target };
  if (!reader.take('[')) return reader.refuse('Expected "[" or the end', reader.position, 'invalidPath');
  const filter = readValueFilter(reader, target, 0);
  if (reader.atEnd) return { kind: 'attribute', ...target, filter };
  const start = reader.position;
  const part = reader.take('.') ? reader.word() : '';
  const sub = target.attribute.subAttributes.get(foldName(part));
  if (!sub || !reader.atEnd) return reader.refuse('Expected a sub-attribute or the end', start, 'invalidPath');
  return { kind: 'attribute', ...target, filter, sub };
}

/** Writes a path so that reading it gives the same path. */
export function printPath(path: Path): string {
  if (path.kind === 'schema') return path.urn;
  if (!path.filter) return printTarget(path);
  const { sub, filter, ...target } = path;
  return `${printTarget(target)}[${printFilter(filter)}]${sub ? `.${sub.name}` : ''}`;
}
