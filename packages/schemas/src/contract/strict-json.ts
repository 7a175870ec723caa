import { DirectoryError } from '../canonical/error.ts';
import { MAX_BODY } from './operation.ts';

/** Objects and arrays within each other at most. */
const MAX_DEPTH = 32;

/**
 * What a text of any length may hold: parsing, and everything after it, takes time for each value, for each member of a large
 * object and for the longest string. A body of 8 MiB so holds up others no longer than one of 1 MiB can.
 */
const MAX_VALUES = 400_000;
const MAX_MEMBERS = 1000;
const MAX_STRING = MAX_BODY;

const malformed = (message: string): DirectoryError => new DirectoryError('malformed_body', message);
const tooLarge = (message: string): DirectoryError => new DirectoryError('payload_too_large', message);

/**
 * Parses JSON that means the same to every reader: no name twice in one object, finite numbers, no NUL, no lone
 * surrogates, no `__proto__`, a bounded depth. PostgreSQL rejects or changes the rest.
 * @throws DirectoryError `malformed_body`, or `payload_too_large` for too many values
 */
export function parseStrictJson(text: string): unknown {
  const names = countNames(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the body, which may hold a password; only where it failed is said.
    const position = / at position (\d+)/.exec((error as Error).message)?.[1];
    throw malformed(`The body is not JSON${position === undefined ? '' : `: see character ${Number(position) + 1}`}`);
  }
  // An object keeps one of two members with the same name, so that fewer names are left than were written.
  if (checkValue(value, text.includes('\\u')) !== names)
    throw malformed('An object has two members with the same name');
  return value;
}

/** Counts the member names of a JSON text, by their colons, and rejects one that holds more than may be parsed. */
function countNames(text: string): number {
  let names = 0;
  let values = 1;
  let depth = 0;
  /** Members of the objects around, by depth. */
  const members = new Uint32Array(MAX_DEPTH + 1);
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case 0x22: {
        // "
        const end = endOfString(text, index);
        if (end - index > MAX_STRING) throw tooLarge(`A string may have ${MAX_STRING} characters at most`);
        index = end;
        break;
      }
      case 0x3a: // :
        names++;
        // A text that is no JSON may close more than it opens.
        if (depth > 0 && (members[depth]! += 1) > MAX_MEMBERS) {
          throw tooLarge(`An object may have ${MAX_MEMBERS} members at most`);
        }
        break;
      case 0x2c: // ,
        values++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        values++;
        if (++depth > MAX_DEPTH) throw malformed(`The body is nested more than ${MAX_DEPTH} deep`);
        if (depth > 0) members[depth] = 0;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
    if (values > MAX_VALUES) throw tooLarge(`A body may hold ${MAX_VALUES} values at most`);
  }
  return names;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

/** Refuses what cannot be kept, and counts the names that are left. Only escapes can hide a NUL or a lone surrogate. */
function checkValue(value: unknown, escapes: boolean): number {
  if (typeof value === 'string') {
    if (escapes) checkString(value);
    return 0;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw malformed('A number is too large');
    return 0;
  }
  if (typeof value !== 'object' || value === null) return 0;
  let names = 0;
  if (Array.isArray(value)) {
    for (const item of value) names += checkValue(item, escapes);
    return names;
  }
  for (const [name, member] of Object.entries(value)) {
    if (name === '__proto__') throw malformed('A member may not be called __proto__');
    if (escapes) checkString(name);
    names += 1 + checkValue(member, escapes);
  }
  return names;
}

function checkString(text: string): void {
  if (text.includes('\u0000')) throw malformed('A string contains the character U+0000');
  if (!text.isWellFormed()) throw malformed('A string contains half of a surrogate pair');
}
