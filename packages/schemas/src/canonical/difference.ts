import { userAttributePaths, userAttributes, type UserPatch } from './attribute.ts';
import type { User, UserProfile, UserRevision } from './user.ts';

const valueAt = (user: UserProfile, path: readonly string[]): unknown => {
  let value: unknown = user;
  for (const key of path) value = (value as Record<string, unknown>)[key];
  return value;
};

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

/** What changed from one user to the next. Empty when nothing did: such a write is a success that moves nothing. */
export function difference(before: User, after: UserRevision): UserPatch {
  const patch: Record<string, unknown> = {};
  for (const [index, path] of userAttributePaths.entries()) {
    const value = valueAt(after, path);
    if (!sameValue(valueAt(before, path), value)) patch[userAttributes[index]!] = value ?? null;
  }
  return after.password === undefined ? patch : { ...patch, password: after.password };
}
