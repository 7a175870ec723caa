import { sameValue } from '@stele/schemas/canonical';
import type { Dialect, Preview, Reader } from '@stele/schemas/contract';

type Group = Readonly<Record<string, unknown>>;

const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** The name of a part: `name.givenName`; right after the URN of a SCIM extension a colon (RFC 7644 3.10). */
const partOf = (group: string, name: string, depth: number): string => {
  if (depth === 0) return name;
  return `${group}${depth === 1 && group.startsWith('urn:') ? ':' : '.'}${name}`;
};

function compare(before: unknown, after: unknown, changes: Preview['changes'], name = '', depth = 0): void {
  if (isGroup(before) || isGroup(after)) {
    const [old, next] = [isGroup(before) ? before : {}, isGroup(after) ? after : {}];
    for (const part of new Set([...Object.keys(old), ...Object.keys(next)])) {
      compare(old[part], next[part], changes, partOf(name, part, depth), depth + 1);
    }
  } else if (!sameValue(before ?? null, after ?? null)) {
    changes[name] = {
      ...(before !== undefined && before !== null && { old: before }),
      ...(after !== undefined && after !== null && { new: after }),
    };
  }
}

/** What a write would change, in the dialect's own names. */
export function previewOf(
  dialect: Dialect,
  encode: (resource: unknown, reader: Reader) => unknown,
  reader: Reader,
  before: unknown,
  revision: unknown,
): Preview {
  const { password, ...after } = revision as { password?: string };
  const toComparable = (resource: unknown): unknown =>
    dialect.toComparable ? dialect.toComparable(resource as never, reader) : encode(resource, reader);
  const changes: Preview['changes'] = {};
  compare(toComparable(before), toComparable(after), changes);
  if (password !== undefined) changes['password'] = {};
  return { changes };
}
