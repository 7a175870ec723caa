import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * `stele_`, the id of the key in 32 hex digits, 256 random bits in 43 base62 digits, and a CRC-32 of all that in 6: so
 * that a secret scanner knows a key when it sees one, and a mistyped one costs no query.
 */
const FORMAT =
  /^stele_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})[0-9A-Za-z]{43}([0-9A-Za-z]{6})$/;

const PREFIX = 'stele_';
const CHECKSUM = 6;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function base62(value: bigint, width: number): string {
  let digits = '';
  for (let rest = value; digits.length < width; rest /= 62n) digits = ALPHABET[Number(rest % 62n)]! + digits;
  return digits;
}

const checksumOf = (text: string): string => base62(BigInt(crc32(text)), CHECKSUM);

/** What opens what the key of this id may: a new one each time. */
export function issueApiKey(id: string): string {
  const secret = base62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43);
  const text = PREFIX + id.replaceAll('-', '') + secret;
  return text + checksumOf(text);
}

/** The id within a key that was issued here; nothing when it is mistyped or not one of ours. */
export function idOfApiKey(key: string): string | undefined {
  const match = FORMAT.exec(key);
  return match && checksumOf(key.slice(0, -CHECKSUM)) === match[6] ? match.slice(1, 6).join('-') : undefined;
}

/** Whether a key may be one that an administrator gave: at least 32 characters, and not one of ours that is broken. */
export function isGivenKey(key: string): boolean {
  return key.length >= 32 && !key.startsWith(PREFIX);
}

/** What is stored of a key: SHA-256, in hex. A key is at least 32 random characters; a slow hash would add nothing. */
export function hashApiKey(key: string): string {
  return hash('sha256', key);
}
