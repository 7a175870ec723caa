import { z } from 'zod';

/** Crockford's base32 in lower case, as TypeID 0.3 uses it: no i, l, o, u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const HEX = '0123456789abcdef';
const PREFIX = 'usr_';

/** The value of each digit, by its character code. */
const VALUES = Array.from({ length: 128 }, (_, code) => ALPHABET.indexOf(String.fromCharCode(code)));

/** `usr_` and 26 base32 digits: 130 bits, of which the first two are zero. */
export function encodeUserId(uuid: string): string {
  let digits = '';
  let bits = 0;
  let width = 2;
  for (let index = 0; index < uuid.length; index++) {
    if (uuid[index] === '-') continue;
    bits = (bits << 4) | Number.parseInt(uuid[index]!, 16);
    width += 4;
    if (width >= 5) {
      width -= 5;
      digits += ALPHABET[bits >> width]!;
      bits &= (1 << width) - 1;
    }
  }
  return PREFIX + digits;
}

/** The UUID of an identifier that `v1UserId` accepts. */
export function decodeUserId(id: string): string {
  let nibbles = '';
  let bits = 0;
  let width = -2;
  for (let index = PREFIX.length; index < id.length; index++) {
    bits = (bits << 5) | VALUES[id.charCodeAt(index)]!;
    width += 5;
    while (width >= 4) {
      width -= 4;
      nibbles += HEX[bits >> width];
      bits &= (1 << width) - 1;
    }
  }
  const parts = [nibbles.slice(0, 8), nibbles.slice(8, 12), nibbles.slice(12, 16), nibbles.slice(16, 20)];
  return `${parts.join('-')}-${nibbles.slice(20)}`;
}

/** A user's identifier in v1 and, below the waist, its UUID. */
export const v1UserId = z.codec(z.string().regex(/^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$/), z.guid(), {
  decode: decodeUserId,
  encode: encodeUserId,
});
