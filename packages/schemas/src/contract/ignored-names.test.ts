import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IgnoredNames } from './ignored-names.ts';

const fieldOf = (...names: readonly string[]) => {
  const ignored = new IgnoredNames();
  for (const name of names) ignored.add(name);
  return ignored.toField();
};

test('No name gives no field', () => {
  expect(fieldOf()).toBeUndefined();
});

test('Names are listed once, in the order in which they came', () => {
  expect(fieldOf('favouriteColour', 'urn:example:2.0:User', 'favouriteColour')).toBe(
    'favouriteColour, urn:example:2.0:User',
  );
});

test.each([
  ['größe', 'gr%C3%B6%C3%9Fe'],
  ['a,b', 'a%2Cb'],
  ['shoe size', 'shoe%20size'],
  ['100%', '100%25'],
  ['a\r\nSet-Cookie:x', 'a%0D%0ASet-Cookie:x'],
  ['😀', '%F0%9F%98%80'],
  ['', '""'],
])('The name %j is written as %s', (name, field) => {
  expect(fieldOf(name)).toBe(field);
});

test('Names beyond the bound are counted as "..."', () => {
  const names = Array.from({ length: 50 }, (_, index) => `name${index}`);
  expect(fieldOf(...names)!.split(', ')).toEqual([...names.slice(0, 19), '...']);
  expect(fieldOf('x'.repeat(2000))).toBe('...');
});

test('Any names give at most 20 entries and 1,024 characters of printable ASCII', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 60 }), (names) => {
      const field = fieldOf(...names) ?? '';
      expect(field).toMatch(/^[ -~]{0,1024}$/);
      expect(field.split(', ').length).toBeLessThanOrEqual(20);
    }),
  );
});
