import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { InvalidInputError } from '../exit.ts';
import { checkHeader, type Row } from './row.ts';

/** Characters of one row at most. Without a bound, a quote that is never closed would gather the rest of the file. */
const LONGEST_ROW = 65_536;

/** The parser's own words quote the value, which may be a password. */
const words: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: 'a quote in a quoted value has to be doubled',
  INVALID_OPENING_QUOTE: 'a value with a quote in it has to be quoted as a whole',
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
  CSV_RECORD_INCONSISTENT_COLUMNS: 'the row has more or fewer values than the header',
  CSV_MAX_RECORD_SIZE: `the row has more than ${LONGEST_ROW} characters; perhaps a quote is not closed`,
};

/** Text that is UTF-8. PostgreSQL has no NUL, which says that the file is another kind of text, or none. */
async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      const text = utf8.decode(chunk, { stream: chunk !== undefined });
      if (!text.includes('\0')) return text;
    } catch {
      // Said below.
    }
    throw new InvalidInputError('the file is not UTF-8 text; a spreadsheet calls that format "CSV UTF-8"');
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode();
}

function refusal(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  const { code, lines } = error as CsvError & { lines?: number };
  return new InvalidInputError(`line ${lines}: ${words[code] ?? 'is not CSV'}`);
}

/** The rows of a CSV file, one at a time. What is malformed ends them with an error. */
export async function* readRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Row, void> {
  let number = 1;
  let header: string[] | undefined;
  const parser = parse({
    columns: (names: string[]) => (header = checkHeader(names)),
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
  });
  const source = Readable.from(decoded(bytes));
  // An error on the way ends the parser as well, whose reader below meets it.
  pipeline(source, parser, () => {});
  try {
    for await (const cells of parser) yield { number: (number += 1), cells: cells as Row['cells'] };
  } catch (error) {
    throw refusal(error);
  }
  if (!header) throw new InvalidInputError('the file is empty; its first line names the columns');
}
