import { describe, expect, it } from 'vitest';
import { entityTag } from '@stele/schemas/canonical';
import { parseIfMatch } from './etag.ts';

describe('If-Match (RFC 9110 13.1.1)', () => {
  const headers: readonly (readonly [header: string | undefined, strong: unknown, weak?: unknown])[] = [
    [undefined, undefined],
    ['*', 'any'],
    [' * ', 'any'],
    ['"3"', [3]],
    ['"1", "2" ,"3"', [1, 2, 3]],
    // RFC 9110 8.8.3.2.
    ['W/"3"', [], [3]],
    ['W/"3", "4"', [4], [3, 4]],
    ['W/"03"', []],
    // A tag that was never ours.
    ['"abc"', []],
    ['""', []],
    ['"03"', []],
    ['"a,b", "5"', [5]],
    // RFC 9110 5.6.1.2: elements may be empty.
    ['"1", ', [1]],
    [',, "1",\t,W/"2",', [1], [1, 2]],
    [`${', '.repeat(5000)}"3"`, [3]],
  ];

  it.each(headers.map(([header, strong, weak = strong]) => ({ header, strong, weak })))(
    'reads $header as $strong',
    ({ header, strong, weak }) => {
      expect(parseIfMatch(header)).toEqual(strong);
      expect(parseIfMatch(header, 'strong')).toEqual(strong);
      expect(parseIfMatch(header, 'weak')).toEqual(weak);
    },
  );

  it.each(['', '3', '"3', 'w/"3"', '"1""2"', '"1" "2"', ',', ' , ,', '*, "1"', ', *', `${', '.repeat(5000)}3`])(
    'refuses %j',
    (header) => {
      for (const comparison of ['strong', 'weak'] as const)
        expect(() => parseIfMatch(header, comparison)).toThrow(expect.objectContaining({ code: 'bad_request' }));
    },
  );

  it('knows its own tags', () => {
    expect(parseIfMatch(entityTag({ version: 7 }))).toEqual([7]);
    const groups = [{ id: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55', display: 'Crew', direct: true }];
    expect(parseIfMatch(entityTag({ version: 7, groups }))).toEqual([7]);
  });
});
