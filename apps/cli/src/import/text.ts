import { InvalidInputError } from '../errors.ts';

/** Characters of one row at most. Without a bound, a quote that is never closed would gather the rest of the file. */
export const LONGEST_ROW = 65_536;

/** A row of the file cannot be read. `row` counts as a spreadsheet does. */
export const malformed = (row: number, reason: string): InvalidInputError =>
  new InvalidInputError(`row ${row}: ${reason}`);

/** Text that is UTF-8, without its byte order mark. PostgreSQL has no NUL, which shows that the file is no such text. */
export async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      const text = utf8.decode(chunk, { stream: chunk !== undefined });
      if (!text.includes('\0')) return text;
    } catch {
      // Reported below.
    }
    throw new InvalidInputError('the file is not UTF-8 text; a spreadsheet calls that format "CSV UTF-8"');
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode();
}

/** A text whose beginning can be looked at before it is read. */
export interface Peeked {
  /** At least the first line that is not blank, and what follows its line end. */
  readonly head: string;
  /** The whole text, with its first `skipped` characters left out. */
  readonly from: (skipped: number) => AsyncGenerator<string, void>;
}

const WHOLE_LINE = /\S[^\r\n]*(?:\n|\r[^])/;

/** Reads as far as the end of the first line that is not blank. */
export async function peek(text: AsyncGenerator<string, void>): Promise<Peeked> {
  let head = '';
  while (head.length < LONGEST_ROW && !WHOLE_LINE.test(head)) {
    const next = await text.next();
    if (next.done) break;
    head += next.value;
  }
  return {
    head,
    async *from(skipped) {
      yield head.slice(skipped);
      yield* text;
    },
  };
}
