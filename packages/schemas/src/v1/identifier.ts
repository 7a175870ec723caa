import { z } from 'zod';

/** Crockford's base32 in lower case, as TypeID 0.3 uses it: no i, l, o, u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const PREFIX = 'usr_';

/** `usr_` and 26 base32 digits: 130 bits, of which the first two are zero. */
export function encodeUserId(uuid: string): string {
  let digits = '';
  let bits = 0;
  let width = 2;
  for (const nibble of uuid.replaceAll('-', '')) {
    bits = (bits << 4) | Number.parseInt(nibble, 16);
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
  for (const digit of id.slice(PREFIX.length)) {
    bits = (bits << 5) | ALPHABET.indexOf(digit);
    width += 5;
    while (width >= 4) {
      width -= 4;
      nibbles += (bits >> width).toString(16);
      bits &= (1 << width) - 1;
    }
  }
  return nibbles.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A user's identifier in v1 and, below the waist, its UUID. */
export const v1UserId = z.codec(z.string().regex(/^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$/), z.guid(), {
  decode: decodeUserId,
  encode: encodeUserId,
});
