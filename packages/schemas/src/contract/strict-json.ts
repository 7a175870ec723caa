import { DirectoryError } from '../canonical/error.ts';

/** Objects and arrays within each other at most. */
const MAX_DEPTH = 32;

const malformed = (message: string): DirectoryError => new DirectoryError('malformed_body', message);

/**
 * Parses JSON that means the same to every reader: no name twice in one object, finite numbers, no NUL, no lone
 * surrogates, no `__proto__`, a bounded depth. PostgreSQL rejects or changes the rest.
 * @throws DirectoryError `malformed_body`
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

/** Counts the member names of a JSON text, by their colons, and refuses one that is nested too deeply to be parsed. */
function countNames(text: string): number {
  let names = 0;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case 0x22: // "
        index = endOfString(text, index);
        break;
      case 0x3a: // :
        names++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > MAX_DEPTH) throw malformed(`The body is nested more than ${MAX_DEPTH} deep`);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
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
