import { foldName, type ScimResourceType } from './attribute.ts';
import {
  printFilter,
  printTarget,
  readValueFilter,
  Reader,
  resourceScope,
  schemaPrefix,
  type Filter,
  type Target,
} from './filter.ts';

/** The target of an operation (RFC 7644 3.5.2): an attribute, some of its values, a part of these; or a whole extension. */
export type Path =
  | { readonly kind: 'schema'; readonly urn: string }
  | (Target & { readonly kind: 'attribute'; readonly filter?: Filter });

const MAX_CACHED = 1000;
const caches = new WeakMap<ScimResourceType, Map<string, Path>>();

/** Reads a path. Clients send the same few again and again, so they are kept. */
export function parsePath(text: string, type: ScimResourceType): Path {
  let cache = caches.get(type);
  if (!cache) caches.set(type, (cache = new Map()));
  let path = cache.get(text);
  if (!path) {
    path = readPath(text, type);
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(text, path);
  }
  return path;
}

function readPath(text: string, type: ScimResourceType): Path {
  const reader = new Reader(text, 'path');
  const name = reader.word();
  const schema = schemaPrefix(type, name);
  if (schema && reader.atEnd && schema.urn.length === name.length) return { kind: 'schema', urn: schema.urn };
  const target = resourceScope(type)(name);
  if (!target) return reader.refuse(`${JSON.stringify(name)} is not an attribute of ${type.name}`, 0, 'invalidPath');
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
