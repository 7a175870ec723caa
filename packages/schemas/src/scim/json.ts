import { ScimError } from './error.ts';

/** An object of JSON whose members are not yet known. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}

/** Members of one object of a request at most. No schema has as many; each unknown one costs some microseconds. */
const MAX_MEMBERS = 1000;

/** The members of an object of a request. */
export function entriesOf(object: Json): [string, unknown][] {
  const entries = Object.entries(object);
  if (entries.length <= MAX_MEMBERS) return entries;
  throw new ScimError('tooMany', `an object may have ${MAX_MEMBERS} members`);
}
