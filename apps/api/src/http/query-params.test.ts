import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { decodeQuery } from './query-params.ts';

const schema = z.strictObject({
  page: z.int().exactOptional(),
  ratio: z.number(),
  deep: z.boolean().optional(),
  text: z.string().exactOptional(),
  filter: z.strictObject({ role: z.string().exactOptional(), text: z.string().exactOptional() }).exactOptional(),
});

const decode = (query: Record<string, unknown>) => ({ ...decodeQuery(schema, query) });

describe('text becomes what the schema asks for', () => {
  test.each([
    ['page', '1', 1],
    ['page', '-17', -17],
    ['page', '0', 0],
    ['page', '007', 7],
    ['ratio', '999999999999999', 999_999_999_999_999],
    ['deep', 'true', true],
    ['deep', 'false', false],
  ])('%s=%s', (name, text, value) => {
    expect(decode({ [name]: text })).toEqual({ [name]: value });
  });

  test.each<[name: string, text: string]>([
    ...['', ' ', '1 ', '+1', '1.0', '1e2', '0x10', '1,000', '１', '١', 'NaN', 'Infinity', '--1', '1\n'].map(
      (text): [string, string] => ['page', text],
    ),
    // Sixteen digits may be a number that a double does not have.
    ['page', '9007199254740993'],
    ...['', 'TRUE', 'yes', '1', 'true ', 'false\n'].map((text): [string, string] => ['deep', text]),
  ])('%s=%j is left for the schema to refuse', (name, text) => {
    expect(decode({ [name]: text })).toEqual({ [name]: text });
    expect(schema.safeParse(decodeQuery(schema, { ratio: '1', [name]: text })).success).toBe(false);
  });

  test.each(['1', 'true', '', '-3'])('but for text, which stays %j', (text) => {
    expect(decode({ text, 'filter[role]': text })).toEqual({ text, filter: { role: text } });
  });

  test('given twice it stays a list', () => {
    expect(decode({ page: ['1', '2'], deep: ['true', 'true'] })).toEqual({ page: ['1', '2'], deep: ['true', 'true'] });
  });
});

describe('group[part]', () => {
  test('is a part of the group', () => {
    expect(decode({ 'filter[role]': 'admin', page: '2', 'filter[text]': 'x' })).toEqual({
      filter: { role: 'admin', text: 'x' },
      page: 2,
    });
  });

  test('keeps a part that is not known, so that the schema names it', () => {
    expect(decode({ 'filter[shoe]': '43', 'filter[]': 'x' })).toEqual({ filter: { shoe: '43', '': 'x' } });
  });

  test('keeps a part that is given twice as a list', () => {
    expect(decode({ 'filter[role]': ['a', 'b'] })).toEqual({ filter: { role: ['a', 'b'] } });
  });

  test.each(['page[size]', 'shoe[size]', 'filter[role][x]', 'filter[role', 'filter]role[', '[role]', 'filter[role]x'])(
    '%s is a name as it stands',
    (name) => {
      expect(decode({ [name]: '1' })).toEqual({ [name]: '1' });
    },
  );

  test.each([
    [{ filter: 'x', 'filter[role]': 'admin' }],
    [{ 'filter[role]': 'admin', filter: 'x' }],
    [{ filter: ['x', 'y'], 'filter[role]': 'admin' }],
  ])('beside the group itself is nothing that the schema takes: %j', (query) => {
    expect(schema.safeParse(decodeQuery(schema, { ratio: '1', ...query })).success).toBe(false);
  });
});

// DESIGN: "Postgres refuses \\u0000, turns a lone surrogate into U+FFFD": both are refused before it.
describe('what is no text', () => {
  test.each([
    ['page', 'page', '1\0'],
    ['text', 'text', '\0'],
    ['text', 'text', 'a\ud83db'],
    ['text', 'text', '\udd25'],
    ['text', 'text', ['a', 'b\0']],
    ['filter[role]', 'filter', 'a\0b'],
    ['filter[shoe]', 'filter', '\ud83d'],
    ['shoe', 'shoe', '\0'],
  ])('in %s is refused, which is named %s: %j', (name, named, value) => {
    expect(() => decode({ [name]: value })).toThrow(
      expect.objectContaining({
        code: 'invalid_parameter',
        details: { issues: [expect.objectContaining({ path: [named] })] },
      }),
    );
  });

  test.each(['', '😀', '\u0001', '\ufffd', '\u2028'])('%j is text', (text) => {
    expect(decode({ text })).toEqual({ text });
  });
});

describe('names that objects have by themselves', () => {
  const query = (name: string) => JSON.parse(`{"${name}":"polluted"}`) as Record<string, unknown>;

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a name as any other', (name) => {
    for (const decoded of [
      decodeQuery(schema, query(name)),
      decodeQuery(schema, query(`filter[${name}]`))['filter'] as Record<string, unknown>,
    ]) {
      expect(Object.entries(decoded)).toEqual([[name, 'polluted']]);
      expect(Object.getPrototypeOf(decoded)).toBeNull();
    }
    expect(({} as Record<string, unknown>)[name]).not.toBe('polluted');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each(['__proto__', 'constructor'])('%s as a group is a name as it stands', (name) => {
    expect(Object.entries(decodeQuery(schema, query(`${name}[role]`)))).toEqual([[`${name}[role]`, 'polluted']]);
  });
});
