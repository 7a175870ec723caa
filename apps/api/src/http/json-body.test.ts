import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './json-body.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const malformed = expect.objectContaining({ code: 'malformed_body' });

const hasNoProto = (value: unknown): boolean => !JSON.stringify(value).includes('"__proto__":');

describe('parseJson', () => {
  it('reads every JSON value as JSON.parse does', () => {
    fc.assert(
      // A name that the reader refuses is not among them.
      fc.property(fc.jsonValue({ maxDepth: 6 }).filter(hasNoProto), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('is not misled by punctuation and escapes within strings', () => {
    const value = { 'a":{"b': ['\\"', ':', '{"c":1}', '\\\\', '"'], '': { ':': ':' } };
    expect(parseJson(bytes(JSON.stringify(value)))).toEqual(value);
  });

  it.each([
    ['a name twice (RFC 8259 4: names SHOULD be unique)', '{"a":1,"a":2}'],
    ['a name twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a name twice deep inside', '[{"a":{"b":1,"c":[{"d":1,"d":1}]}}]'],
    ['__proto__', '{"__proto__":{"isAdmin":true}}'],
    ['U+0000 in a value, which PostgreSQL refuses', '{"a":"x\\u0000"}'],
    ['U+0000 in a name', '{"\\u0000":1}'],
    ['a high surrogate alone, which PostgreSQL would bend', '{"a":"\\ud800"}'],
    ['a low surrogate alone', '{"a":"\\udc00x"}'],
    ['a number that is no double', '{"a":1e400}'],
    ['a negative one', '[-1e999]'],
    ['NaN', '{"a":NaN}'],
    ['a trailing comma', '{"a":1,}'],
    ['a comment', '{"a":1/**/}'],
    ['two values', '{} {}'],
    ['nothing', ''],
    ['an unfinished string', '{"a":"'],
    ['an unfinished object', '{"a":'],
    ['33 arrays within each other', '['.repeat(33) + ']'.repeat(33)],
    ['a million opening brackets', '['.repeat(1_000_000)],
  ])('refuses %s', (_, text) => {
    expect(() => parseJson(bytes(text))).toThrow(malformed);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseJson(new Uint8Array([0x22, 0xff, 0x22]))).toThrow(malformed);
    expect(() => parseJson(new Uint8Array([0x22, 0xc0, 0x80, 0x22]))).toThrow(malformed);
    expect(() => parseJson(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]))).toThrow(malformed);
  });

  it('takes what is only unusual: a byte order mark, pairs of surrogates, 32 levels', () => {
    expect(parseJson(new Uint8Array([0xef, 0xbb, 0xbf, 0x31]))).toBe(1);
    expect(parseJson(bytes('"\\ud83d\\ude00"'))).toBe('😀');
    expect(parseJson(bytes('['.repeat(32) + ']'.repeat(32)))).toHaveLength(1);
    expect(parseJson(bytes('{"constructor":{"prototype":1}}'))).toEqual({ constructor: { prototype: 1 } });
  });
});
