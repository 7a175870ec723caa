import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseForm } from './multipart-body.ts';

const BOUNDARY = '----WebKitFormBoundary7MA4YWxkTrZu0gW';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const MAX = 100;

interface Part {
  readonly name: string;
  readonly content: string | Uint8Array;
}

const isFile = ({ content }: Part): boolean => typeof content !== 'string';

const FILE = 'Content-Disposition: form-data; name="file"; filename="a.png"';

const bytes = (text: string) => new TextEncoder().encode(text);

/** One part by its head, as it stands between delimiters. */
const section = (head: string, content: string | Uint8Array, boundary = BOUNDARY): Uint8Array[] => [
  bytes(`--${boundary}\r\n${head}\r\n\r\n`),
  typeof content === 'string' ? bytes(content) : content,
  bytes('\r\n'),
];

const end = (boundary = BOUNDARY): Uint8Array => bytes(`--${boundary}--\r\n`);

/** A form as RFC 7578 4 writes it. */
function formOf(parts: readonly Part[], boundary = BOUNDARY): Uint8Array {
  const sections = parts.flatMap((part) =>
    section(
      `Content-Disposition: form-data; name="${part.name}"${isFile(part) ? '; filename="a.png"' : ''}`,
      part.content,
      boundary,
    ),
  );
  return new Uint8Array(Buffer.concat([...sections, end(boundary)]));
}

const fileOf = (content: string, head = FILE): Uint8Array =>
  new Uint8Array(Buffer.concat([...section(head, content), end()]));

const parse = (body: Uint8Array | string, type = TYPE): Promise<Record<string, unknown>> =>
  parseForm(typeof body === 'string' ? bytes(body) : body, type, MAX);

const malformed = expect.objectContaining({ code: 'bad_request' });
const tooLarge = expect.objectContaining({ code: 'payload_too_large' });

describe('parseForm', () => {
  // What looks like the beginning of a delimiter, or like the end of a head, is content as well.
  const content = fc
    .array(
      fc.oneof(
        fc.uint8Array({ maxLength: 8 }),
        fc.constantFrom('\r\n', '\r\n\r\n', '--', '\r\n--', `\r\n--${BOUNDARY.slice(0, -1)}`, '\0', 'é').map(bytes),
      ),
      { maxLength: 6 },
    )
    .map((pieces) => new Uint8Array(Buffer.concat(pieces)))
    .filter(({ length }) => length <= MAX);
  const name = fc.oneof(fc.stringMatching(/^[\w .:;=[\]-]{1,12}$/), fc.constantFrom('ål', '__proto__', 'constructor'));
  const part = fc.record({ name, content: fc.oneof(content, fc.string({ unit: 'grapheme', maxLength: 20 })) });

  it('reads files byte for byte, and texts, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(part, { selector: (each) => each.name, maxLength: 4 }),
        // RFC 2046 5.1.1: 1 to 70 of these characters.
        fc.stringMatching(/^[\w'()+,./:=?-]{16,70}$/),
        async (parts, boundary) => {
          const fields = await parse(formOf(parts, boundary), `multipart/form-data; boundary="${boundary}"`);
          expect(Object.entries(fields).toSorted()).toEqual(
            parts.map((each) => [each.name, each.content] as const).toSorted(),
          );
        },
      ),
    );
  });

  it('takes a file of the size that is allowed, and none that is larger', async () => {
    const sized = (size: number) => formOf([{ name: 'file', content: new Uint8Array(size).fill(13) }]);
    expect(await parse(sized(MAX))).toEqual({ file: new Uint8Array(MAX).fill(13) });
    await expect(parse(sized(MAX + 1))).rejects.toThrow(tooLarge);
    expect(await parse(sized(0))).toEqual({ file: new Uint8Array() });
  });

  it('takes no file for a text, and no text for a file: only a file has a name of its own', async () => {
    expect(
      await parse(fileOf('abc', 'Content-Disposition: form-data; name="file"\r\nContent-Type: image/png')),
    ).toEqual({ file: 'abc' });
    expect(await parse(fileOf('abc', 'Content-Disposition: form-data; name="file"; filename=""'))).toEqual({
      file: bytes('abc'),
    });
  });

  it.each([
    ['a quoted boundary', fileOf('abc'), `multipart/form-data; boundary="${BOUNDARY}"`],
    ['other parameters', fileOf('abc'), `multipart/form-data; charset=utf-8; boundary=${BOUNDARY}`],
    ['another case', fileOf('abc'), `Multipart/Form-Data; Boundary=${BOUNDARY}`],
    ['a preamble and an epilogue', Buffer.concat([bytes('before\r\n'), fileOf('abc'), bytes('after')])],
    ['no line after the last delimiter', fileOf('abc').subarray(0, -2)],
    ['headers in another order and case', fileOf('abc', `content-type: image/png\r\n${FILE.toLowerCase()}`)],
    // RFC 7578 4.8: other header fields "MUST be ignored".
    ['headers that say nothing', fileOf('abc', `Content-Length: 99\r\nX-Checksum: 0\r\n${FILE}`)],
    // RFC 7578 4.7: deprecated, and sent by some.
    ['base64', fileOf('YWJj', `Content-Transfer-Encoding: base64\r\n${FILE}`)],
    // HttpClient of .NET.
    [
      'names without quotes, and one in RFC 5987',
      fileOf('abc', "Content-Disposition: form-data; name=file; filename=a.png; filename*=utf-8''a.png"),
    ],
  ])('reads %s', async (_, body, type = TYPE) => {
    expect(await parse(body, type)).toEqual({ file: bytes('abc') });
  });

  it.each<[string, Part['content'], Part['content']]>([
    ['texts', 'a', 'b'],
    ['files', bytes('a'), bytes('b')],
    ['a file and a text', bytes('a'), 'a'],
  ])('refuses two parts of one name, and says which: %s', async (_, first, second) => {
    const form = formOf([
      { name: 'file', content: first },
      { name: 'other', content: first },
      { name: 'file', content: second },
    ]);
    await expect(parse(form)).rejects.toThrow(
      expect.objectContaining({ code: 'bad_request', message: expect.stringContaining('"file"') }),
    );
  });

  const whole = Buffer.from(fileOf('abc')).toString();
  it.each([
    ['nothing', '', TYPE],
    ['no form', '{"file":"abc"}', TYPE],
    ['no boundary', whole, 'multipart/form-data'],
    ['another boundary', whole, `${TYPE}x`],
    ['lines that end in LF alone', whole.replaceAll('\r', ''), TYPE],
    ['a part without a head', `--${BOUNDARY}\r\n\r\nabc\r\n--${BOUNDARY}--\r\n`, TYPE],
    ['a part without a name', whole.replace('name="file"; ', ''), TYPE],
    ['a part that is no form data', whole.replace('form-data', 'attachment'), TYPE],
  ])('refuses %s', async (_, body, type) => {
    await expect(parse(body, type)).rejects.toThrow(malformed);
  });

  it('refuses a form that was cut off, wherever', async () => {
    // The last line may lack its end.
    for (let length = 0; length < whole.length - 2; length++) {
      await expect(parse(whole.slice(0, length)), `after ${length} bytes`).rejects.toThrow(malformed);
    }
  });

  it('reads a form without parts', async () => {
    expect(await parse(end())).toEqual({});
  });

  it('quotes nothing of a body that it refuses', async () => {
    await expect(parse(whole.replace('abc', 'secret').slice(0, -6))).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});
