import type { Json } from './json.ts';
import type { Attribute, Schema } from './types.ts';

/** Two values of each type that servers store unchanged. */
const byType: Readonly<Record<string, readonly [unknown, unknown]>> = {
  string: ['Ærø "1"', 'two'],
  reference: ['https://example.com/one', 'https://example.com/two'],
  binary: ['MIIDQzCC', 'AQID'],
  boolean: [true, false],
  dateTime: ['2026-03-02T09:45:10.123Z', '2027-01-01T00:00:00.000Z'],
  integer: [7, 42],
  decimal: [1.5, 2.25],
};

/** Values of attributes whose format follows from their name. */
const byName: Readonly<Record<string, (name: string) => readonly [unknown, unknown]>> = {
  userName: (name) => [`${name}a@example.com`, `${name}b@example.com`],
  displayName: (name) => [`${name}a`, `${name}b`],
  externalId: (name) => [`${name}a`, `${name}b`],
  'emails.value': (name) => [`${name}a@example.com`, `${name}b@example.com`],
  'phoneNumbers.value': () => ['+47 55 50 10 00', '+47 55 50 10 01'],
  'addresses.country': () => ['NO', 'SE'],
  locale: () => ['nb-NO', 'en-US'],
  preferredLanguage: () => ['nb-NO', 'en-US'],
  timezone: () => ['Europe/Oslo', 'America/New_York'],
};

export const isWritable = ({ mutability, returned }: Attribute): boolean =>
  mutability === 'readWrite' && returned !== 'never';

/** The index of one of two sample values. */
export type Which = 0 | 1;

function simple(path: string, { type, canonicalValues, referenceTypes }: Attribute, name: string, which: Which) {
  if (canonicalValues.length > 0) return canonicalValues[Math.min(which, canonicalValues.length - 1)];
  const named = byName[path]?.(name);
  if (named) return named[which];
  // A reference to a resource of this server has to be to one that exists.
  return type === 'reference' && referenceTypes.includes('User') ? undefined : byType[type]?.[which];
}

/**
 * A value that an attribute may have, in a list where it is one of a list; undefined where none can be made up.
 *
 * @param path names from the schema: `emails.value`
 * @param name a unique name, for values that have to be unique
 */
export function sampleOf(path: string, attribute: Attribute, name: string, which: Which = 0): unknown {
  const parts = attribute.subAttributes
    .filter((sub) => isWritable(sub) && sub.name !== 'primary')
    .map((sub): [string, unknown] => [sub.name, sampleOf(`${path}.${sub.name}`, sub, name, which)])
    .filter(([, value]) => value !== undefined);
  const value = attribute.type === 'complex' ? Object.fromEntries(parts) : simple(path, attribute, name, which);
  return attribute.multiValued && value !== undefined ? [value] : value;
}

/** Values of the attributes that a schema requires. */
export const requiredSamples = (schema: Schema | undefined, name: string): Json =>
  Object.fromEntries(
    (schema?.attributes ?? [])
      .filter(({ required, mutability }) => required && mutability !== 'readOnly')
      .map((attribute) => [attribute.name, sampleOf(attribute.name, attribute, name)]),
  );
