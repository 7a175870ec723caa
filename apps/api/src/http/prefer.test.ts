import { describe, expect, it } from 'vitest';
import { parsePrefer } from './prefer.ts';

describe('Prefer (RFC 7240)', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['return=preview', 'preview'],
    ['return=minimal', 'minimal'],
    // RFC 7240 2: preference-name is a token, and names compare without case; white space may be around "=".
    ['RETURN=preview', 'preview'],
    ['return = minimal', 'minimal'],
    ['  return=minimal  ', 'minimal'],
    // The value may be a quoted string, and parameters may come after it.
    ['return="preview"', 'preview'],
    ['return=minimal; foo="some parameter"', 'minimal'],
    ['return=minimal;foo', 'minimal'],
    ['respond-async, wait=100, return=preview', 'preview'],
    ['handling=lenient,return=minimal,foo="bar"', 'minimal'],
    [['respond-async', 'return=minimal'], 'minimal'],
    // "If any preference is specified more than once, only the first instance is to be considered."
    ['return=preview, return=minimal', 'preview'],
    ['return=minimal, return=preview', 'minimal'],
    ['return=representation, return=minimal', 'representation'],
    ['return=else, return=preview', undefined],
    ['return=representation', 'representation'],
    // What is not known is ignored.
    ['return', undefined],
    ['return=', undefined],
    ['return=previews', undefined],
    ['return=preview minimal', undefined],
    ['no-return=preview', undefined],
    ['x=return=preview', undefined],
    ['respond-async', undefined],
    // A comma or a semicolon within a quoted string ends nothing.
    ['foo="a, return=preview"', undefined],
    ['foo="a, return=preview, b"', undefined],
    ['foo="\\", return=preview"', undefined],
    ['foo="a, b", return=minimal', 'minimal'],
  ])('reads %j as %s', (header, preference) => {
    expect(parsePrefer(header)).toBe(preference);
  });
});
