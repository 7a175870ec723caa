import { describe, expect, it } from 'vitest';
import { etagOf, parseIfMatch } from './etag.ts';

describe('If-Match (RFC 9110 13.1.1)', () => {
  it.each([
    [undefined, undefined],
    ['*', 'any'],
    [' * ', 'any'],
    ['"3"', [3]],
    ['"1", "2" ,"3"', [1, 2, 3]],
    // "An origin server MUST use the strong comparison function": two weak tags never match.
    ['W/"3"', []],
    ['W/"3", "4"', [4]],
    // A tag that was never ours.
    ['"abc"', []],
    ['""', []],
    ['"03"', []],
    ['"a,b", "5"', [5]],
  ])('reads %j as %j', (header, versions) => {
    expect(parseIfMatch(header)).toEqual(versions);
  });

  it.each(['', '3', '"3', 'w/"3"', '"1""2"', '"1", ', '*, "1"'])('refuses %j', (header) => {
    expect(() => parseIfMatch(header)).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });

  it('knows its own tags', () => {
    expect(parseIfMatch(etagOf(7))).toEqual([7]);
  });
});
