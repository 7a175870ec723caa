import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { hashApiKey, idOfApiKey, isGivenKey, issueApiKey } from './api-key.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const SECRET = 'stele_'.length + 32;
const CHECKSUM = SECRET + 43;

// Made elsewhere: the checksum by Python's `zlib.crc32`, its digits by `divmod(number, 62)`. Keys that were handed out
// have to open for ever.
const vectors = [
  [
    '01979f2e-0000-7000-8000-00000000a11c',
    'stele_01979f2e00007000800000000000a11c00000000000000000000000000000000000000000002KdFHH',
  ],
  [
    'ffffffff-ffff-4fff-bfff-ffffffffffff',
    'stele_ffffffffffff4fffbfffffffffffffffyhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp137Bjny',
  ],
  [
    '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55',
    'stele_01979f2e3b7c7d109f6a6f3f2a9d1c557sTeLeKeYsAreMadeOf256BitsAndThisIsNoneOfIt1di6UE',
  ],
] as const;

/** The number that base62 digits spell. */
const numberOf = (digits: string): bigint =>
  digits.split('').reduce((number, digit) => number * 62n + BigInt(ALPHABET.indexOf(digit)), 0n);

describe('a key that is issued', () => {
  it('has its parts, and says its id', () => {
    for (let times = 0; times < 200; times++) {
      const id = uuidv7();
      const key = issueApiKey(id);
      expect(key).toMatch(/^stele_[0-9a-f]{32}[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/);
      expect(key.slice('stele_'.length, SECRET)).toBe(id.replaceAll('-', ''));
      expect(idOfApiKey(key)).toBe(id);
    }
  });

  it('has 256 bits of its own each time, every one of which may be either', () => {
    const numbers = Array.from({ length: 200 }, () => numberOf(issueApiKey(uuidv7()).slice(SECRET, CHECKSUM)));
    expect(new Set(numbers).size).toBe(numbers.length);
    const all = 2n ** 256n - 1n;
    // Of 200 coins, not one lands on the same side every time.
    expect(numbers.reduce((some, number) => some | number)).toBe(all);
    expect(numbers.reduce((common, number) => common & number)).toBe(0n);
  });

  it.each(vectors)('is known by its checksum: that of %s', (id, key) => {
    expect(idOfApiKey(key)).toBe(id);
  });
});

describe('a key that is mistyped', () => {
  const [[id, key]] = vectors;
  const others = (character: string) => `${ALPHABET}-_ `.split('').filter((each) => each !== character);

  // A CRC-32 finds every error of up to 32 bits in a row.
  it('in one character is none', () => {
    for (const [index, character] of key.split('').entries()) {
      for (const other of others(character)) {
        expect(idOfApiKey(key.slice(0, index) + other + key.slice(index + 1))).toBeUndefined();
      }
    }
  });

  it('by exchanging two neighbours is none', () => {
    for (let index = 0; index + 1 < key.length; index++) {
      const [left, right] = [key[index]!, key[index + 1]!];
      if (left === right) continue;
      expect(idOfApiKey(key.slice(0, index) + right + left + key.slice(index + 2))).toBeUndefined();
    }
  });

  it('by leaving out, adding, or changing case is none', () => {
    for (let length = 0; length < key.length; length++) {
      expect(idOfApiKey(key.slice(0, length))).toBeUndefined();
      expect(idOfApiKey(key.slice(0, length) + key.slice(length + 1))).toBeUndefined();
    }
    for (const other of [` ${key}`, `${key}\n`, `${key}0`, key + key, key.toUpperCase(), key.toLowerCase(), id]) {
      expect(idOfApiKey(other)).toBeUndefined();
    }
  });
});

describe('a key that an administrator gave', () => {
  it.each(['x'.repeat(32), 'x'.repeat(200), 'not_stele_but_long_enough_to_be_one', `STELE_${'0'.repeat(81)}`])(
    'may be %s',
    (key) => expect(isGivenKey(key)).toBe(true),
  );

  it.each(['', 'x'.repeat(31), 'stele_', `stele_${'0'.repeat(81)}`, vectors[0][1], `${vectors[0][1]}0`])(
    'is not %j',
    (key) => expect(isGivenKey(key)).toBe(false),
  );
});

it('what is stored is SHA-256 of the key', () => {
  for (const [, key] of vectors) expect(hashApiKey(key)).toBe(createHash('sha256').update(key).digest('hex'));
});
