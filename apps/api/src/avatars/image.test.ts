import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageOf } from './image.ts';

const latin = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

const PNG = '\x89PNG\r\n\x1a\n';

/** One chunk of a PNG. Its checksum is nobody's business here. */
const chunk = (type: string, content = ''): string =>
  `\0\0\0${String.fromCharCode(content.length)}${type}${content}CRC.`;

const header = chunk('IHDR', '\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0');

/** How files of the formats that are kept begin. */
const beginnings: readonly [name: string, mediaType: string, beginning: string][] = [
  ['PNG', 'image/png', PNG + header + chunk('IDAT')],
  ['animated PNG', 'image/png', PNG + header + chunk('acTL', '\0\0\0\x01\0\0\0\0') + chunk('IDAT')],
  ['JPEG (JFIF)', 'image/jpeg', '\xff\xd8\xff\xe0\0\x10JFIF\0'],
  ['JPEG (Exif)', 'image/jpeg', '\xff\xd8\xff\xe1\0\x10Exif\0'],
  ['WebP, lossy', 'image/webp', 'RIFF\0\0\0\0WEBPVP8 '],
  ['WebP, lossless', 'image/webp', 'RIFF\0\0\0\0WEBPVP8L'],
  ['WebP, extended', 'image/webp', 'RIFF\0\0\0\0WEBPVP8X'],
];

const refusal = expect.objectContaining({
  code: 'validation_error',
  details: { issues: [{ path: ['file'], rule: 'invalid', message: 'must be a PNG, JPEG or WebP image' }] },
});

describe('imageOf', () => {
  it.each(beginnings)('knows a %s', async (_, mediaType, beginning) => {
    const bytes = latin(beginning);
    const before = Date.now();
    const image = await imageOf(bytes);
    expect(image).toEqual({
      id: createHash('sha256').update(bytes).digest('hex'),
      mediaType,
      bytes,
      createdAt: expect.any(Date),
    });
    expect(image.createdAt.getTime()).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ['nothing', ''],
    ['one byte', '\x89'],
    ['text', 'I am a PNG'],
    ['the names of the formats', 'PNG JPEG JFIF WEBP'],
    ['a GIF', 'GIF89a\x01\0\x01\0\x80\0\0'],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['a PDF', '%PDF-1.7\n'],
    ['a BMP', 'BM\x3e\0\0\0\0\0\0\0'],
    ['an icon', '\0\0\x01\0\x01\0\x10\x10'],
    ['a TIFF', 'II*\0\x08\0\0\0'],
    ['an AVIF', '\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf'],
    ['a JPEG XL', '\xff\x0a\0\0\0\0'],
    ['a JPEG-LS', '\xff\xd8\xff\xf7\0\x0b'],
    ['a sound', 'RIFF\0\0\0\0WAVEfmt '],
    ['the signature of a PNG, one byte short', PNG.slice(0, -1)],
    ['the signature of a PNG, and nothing after it', PNG],
    ['a PNG whose lines were ended anew', PNG.replace('\r\n', '\n') + header],
    ['the first two bytes of a JPEG', '\xff\xd8'],
    ['a PNG after something else', `x${PNG}${header}${chunk('IDAT')}`],
    // A browser does not pass over these.
    ['a PNG after a byte order mark', `\xef\xbb\xbf${PNG}${header}${chunk('IDAT')}`],
    ['a PNG after a tag of a sound', `ID3\x03\0\0\0\0\0\0${PNG}${header}${chunk('IDAT')}`],
    ['a program that holds a PNG', `MZ\x90\0${PNG}${header}`],
  ])('refuses %s', async (_, content) => {
    await expect(imageOf(latin(content))).rejects.toThrow(refusal);
  });

  it('gives the same picture the same id, and any other one another', async () => {
    const picture = fc
      .tuple(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 64 }))
      .map(([[, mediaType, beginning], rest]) => ({ mediaType, bytes: Buffer.concat([latin(beginning), rest]) }));
    await fc.assert(
      fc.asyncProperty(picture, picture, async (one, other) => {
        const [first, again, second] = await Promise.all([one, one, other].map(({ bytes }) => imageOf(bytes)));
        expect(first!.mediaType).toBe(one.mediaType);
        expect(again!.id).toBe(first!.id);
        expect(second!.id === first!.id).toBe(one.bytes.equals(other.bytes));
        // It stands in a URL, and in an entity tag.
        expect(first!.id).toMatch(/^[0-9a-f]{64}$/);
      }),
      { numRuns: 50 },
    );
  });

  it('takes or refuses any bytes, in no time', async () => {
    const start = performance.now();
    const anything = fc.tuple(
      fc.constantFrom('', PNG, PNG + header, 'RIFF', '\xff\xd8\xff', '\0\0\0\x1cftyp', 'PK\x03\x04', 'ID3', '%PDF'),
      fc.uint8Array({ maxLength: 256 }),
    );
    await fc.assert(
      fc.asyncProperty(anything, async ([beginning, rest]) => {
        const result = await imageOf(Buffer.concat([latin(beginning), rest])).then(
          ({ mediaType }) => mediaType,
          (error: { code?: string }) => error.code,
        );
        expect(['image/png', 'image/jpeg', 'image/webp', 'validation_error']).toContain(result);
      }),
      { numRuns: 200 },
    );
    // A mebibyte of empty chunks, each of which might be the one that says what this is.
    const long = latin(PNG + header + chunk('tEXt').repeat(87_000));
    await imageOf(long).catch(() => {});
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
