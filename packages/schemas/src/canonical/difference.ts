import { type AttributeGroup, type UserPatch, userAttributeTree } from './attribute.ts';
import type { User, UserRevision } from './user.ts';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Whether two JSON-like values (dates included) say the same; the order of a list counts, that of keys does not. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (!isObject(left) || !isObject(right)) return false;
  if (left instanceof Date || right instanceof Date) {
    return left instanceof Date && right instanceof Date && left.getTime() === right.getTime();
  }
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key], right[key]))
  );
}

type Group = Readonly<Record<string, unknown>>;

function compare(before: Group, after: Group, node: AttributeGroup, patch: Record<string, unknown>): void {
  for (const { key, attribute, group } of node) {
    const value = after[key];
    // What a write does not touch is the very same object.
    if (value === before[key]) continue;
    if (group) compare(before[key] as Group, value as Group, group, patch);
    else if (!sameValue(before[key], value)) patch[attribute] = value ?? null;
  }
}

/** What changed from one user to the next. Empty when nothing did: such a write is a success that moves nothing. */
export function difference(before: User, after: UserRevision): UserPatch {
  const patch: Record<string, unknown> = {};
  compare(before, after, userAttributeTree, patch);
  if (after.password !== undefined) patch['password'] = after.password;
  return patch;
}
