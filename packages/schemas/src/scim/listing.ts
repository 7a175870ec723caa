import type { Json } from './json.ts';
import type { Profile } from './profile.ts';

/** Parameters that are lists of names, with commas in a query (RFC 7644 3.9). */
const lists: ReadonlySet<string> = new Set(['attributes', 'excludedAttributes']);

const hasNoValue = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.every(hasNoValue));

/**
 * The parameters of a list or of a projection, from a query or from the body of a search, in the form that their schema
 * describes. One without a value is as good as absent, but for `cursor`: it is empty for the first page (RFC 9865 2).
 */
export function receiveListing(parameters: Json, profile: Profile): Json {
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([name, value]) => !hasNoValue(value) || (name === 'cursor' && value === ''))
      .map(([name, value]) => [name, received(name, value, profile)]),
  );
}

/** The parameters of a query: one that is there several times is a list. */
export function receiveQuery(query: Json, profile: Profile): Json {
  const listing = receiveListing(query, profile);
  if (!profile.repeatedParameter) return listing;
  return Object.fromEntries(
    Object.entries(listing).map(([name, value]) => [
      name,
      lists.has(name) && Array.isArray(value) ? value.filter((each) => each !== '').join(',') : value,
    ]),
  );
}

const received = (name: string, value: unknown, profile: Profile): unknown =>
  name === 'sortOrder' && typeof value === 'string' && profile.sortOrderInAnyCase ? value.toLowerCase() : value;
