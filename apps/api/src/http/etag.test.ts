import { describe, expect, it } from 'vitest';
import { entityTag } from '@stele/schemas/canonical';
import { parseIfMatch } from './etag.ts';

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
    expect(parseIfMatch(entityTag({ version: 7 }))).toEqual([7]);
    const groups = [{ id: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55', display: 'Crew', direct: true }];
    expect(parseIfMatch(entityTag({ version: 7, groups }))).toEqual([7]);
  });
});
