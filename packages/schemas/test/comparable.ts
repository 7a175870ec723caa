/**
 * What two SCIM resources are compared by: neither `meta`, `password` nor `schemas`; values of a list in any order; null, [],
 * missing and `primary: false` are equal.
 */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    const values = value.map(comparable).filter((each) => each !== undefined);
    return values.length === 0 ? undefined : values.map((each) => JSON.stringify(each)).toSorted();
  }
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const members = Object.entries(value)
    .filter(([key, item]) => !['meta', 'password', 'schemas'].includes(key) && !(key === 'primary' && item === false))
    .map(([key, item]) => [key, comparable(item)] as const)
    .filter(([, item]) => item !== undefined)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  return members.length === 0 ? undefined : Object.fromEntries(members);
}
