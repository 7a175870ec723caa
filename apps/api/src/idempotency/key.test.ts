import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashParts, parseIdempotencyKey } from './key.ts';

describe('parseIdempotencyKey', () => {
  it('needs none', () => {
    expect(parseIdempotencyKey(undefined)).toBeUndefined();
  });

  it.each(['1', '8e03978e-40d5-43e8-bc93-6894a57f9324', '"quoted"', '!~', 'k'.repeat(255)])('takes %j', (key) => {
    expect(parseIdempotencyKey(key)).toBe(key);
  });

  it.each([
    ['nothing', ''],
    ['a space', 'a b'],
    ['a tab', 'a\tb'],
    ['a line break', 'a\n'],
    ['a letter beyond ASCII', 'clé'],
    ['a DEL', '\u007f'],
    ['256 characters', 'k'.repeat(256)],
    ['two of them', ['a', 'b']],
  ])('refuses %s', (_, key) => {
    expect(() => parseIdempotencyKey(key)).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });
});

describe('hashParts', () => {
  it('is a SHA-256', () => {
    expect(hashParts('a')).toHaveLength(32);
    expect(hashParts()).toHaveLength(32);
  });

  it('says the same of the same parts, text or bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (parts) => {
        expect(hashParts(...parts)).toEqual(hashParts(...parts.map((part) => new TextEncoder().encode(part))));
      }),
    );
  });

  it('tells any two lists of parts apart, wherever one part ends and the next begins', () => {
    const parts = fc.array(fc.string({ unit: fc.constantFrom('1', ':', 'a', 'é') }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const same = JSON.stringify(left) === JSON.stringify(right);
        expect(hashParts(...left).equals(hashParts(...right))).toBe(same);
      }),
    );
    expect(hashParts('ab', 'c')).not.toEqual(hashParts('a', 'bc'));
    expect(hashParts('1:a', '')).not.toEqual(hashParts('', '1:a'));
    expect(hashParts('a', '')).not.toEqual(hashParts('a'));
  });
});
