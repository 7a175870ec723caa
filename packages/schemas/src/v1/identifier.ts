import { z } from 'zod';

/** Crockford's base32 in lower case, as TypeID 0.3 uses it: no i, l, o, u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const HEX = '0123456789abcdef';

/** The value of each digit, by its character code. */
const VALUES = Array.from({ length: 128 }, (_, code) => ALPHABET.indexOf(String.fromCharCode(code)));

/** 26 base32 digits: 130 bits, of which the first two are zero. */
function encode(uuid: string): string {
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
  return digits;
}

/** The UUID that 26 base32 digits spell. */
function decode(digits: string): string {
  let nibbles = '';
  let bits = 0;
  let width = -2;
  for (let index = 0; index < digits.length; index++) {
    bits = (bits << 5) | VALUES[digits.charCodeAt(index)]!;
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

/** A TypeID on the wire and, below the waist, its UUID. */
function typeId(prefix: string) {
  return z.codec(z.string().regex(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`)), z.guid(), {
    decode: (id) => decode(id.slice(prefix.length + 1)),
    encode: (uuid) => `${prefix}_${encode(uuid)}`,
  });
}

/** `usr_` and 26 base32 digits. */
export const encodeUserId = (uuid: string): string => `usr_${encode(uuid)}`;

/** The UUID of an identifier that `v1UserId` accepts. */
export const decodeUserId = (id: string): string => decode(id.slice('usr_'.length));

export const encodeApiKeyId = (uuid: string): string => `key_${encode(uuid)}`;
export const encodeTenantId = (uuid: string): string => `tnt_${encode(uuid)}`;

export const encodeGroupId = (uuid: string): string => `grp_${encode(uuid)}`;

export const v1UserId = typeId('usr');
export const v1ApiKeyId = typeId('key');
export const v1TenantId = typeId('tnt');

/** `grp_` and 26 base32 digits, or the UUID that SCIM shows: v1 itself shows no groups. */
export const v1GroupId = z.codec(
  z.string().regex(/^(?:grp_[0-7][0-9a-hjkmnp-tv-z]{25}|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})$/),
  z.guid(),
  {
    decode: (id) => (id.startsWith('grp_') ? decode(id.slice('grp_'.length)) : id.toLowerCase()),
    encode: encodeGroupId,
  },
);
