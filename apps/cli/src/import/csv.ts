import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { InvalidInputError } from '../errors.ts';
import { columnOf, readHeader, type Header, type Row } from './row.ts';
import { LONGEST_ROW, malformed, type Peeked } from './text.ts';

/** Delimiters that are looked for in the header. A spreadsheet of a locale with a decimal comma writes semicolons. */
const DELIMITERS = [',', ';', '\t', '|'];

/** The messages of the parser contain the value, which may be a password. */
const messages: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: 'a quote in a quoted value has to be doubled',
  INVALID_OPENING_QUOTE: 'a value with a quote in it has to be quoted as a whole',
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
  CSV_MAX_RECORD_SIZE: `the row has more than ${LONGEST_ROW} characters; perhaps a quote is not closed`,
};

/** The line `sep=;`, which a spreadsheet reads and does not count. */
const SEPARATOR = /^"?sep=([^"\r\n])[^\r\n]*(?:\r\n|\r|\n|$)/i;

const isBlank = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === '');

/** The delimiter that makes the most columns of the header known. */
function detect(head: string): string {
  const line = /\S[^\r\n]*/.exec(head)?.[0] ?? '';
  const known = (delimiter: string): number =>
    line.split(delimiter).filter((cell) => columnOf(cell.replaceAll('"', '')) !== undefined).length;
  return DELIMITERS.toSorted((left, right) => known(right) - known(left))[0]!;
}

/** The cells of a row by column. A cell without a column must be blank: spreadsheets write delimiters for cells once used. */
function cellsOf(header: Header, cells: readonly string[], number: number): Row['cells'] {
  const missing = header.names.slice(cells.length).find((name) => name !== undefined);
  if (missing !== undefined)
    throw malformed(number, `the row has fewer values than the header, and ends before ${missing}`);
  const extra = cells.findIndex((cell, index) => cell.trim() !== '' && header.names[index] === undefined);
  if (extra >= 0)
    throw malformed(number, `the row has a value in column ${extra + 1}, which has no name in the header`);
  return Object.fromEntries(
    cells.flatMap((cell, index) => {
      const column = header.columns[index];
      return column === undefined ? [] : [[column, cell]];
    }),
  );
}

function problem(error: unknown, header: Header | undefined): unknown {
  if (!(error instanceof CsvError)) return error;
  const { code, records, column, lines } = error as CsvError & { records: number; column: number; lines: number };
  const row = records + 1;
  const at = [
    ...(lines === row ? [] : [`line ${lines}`]),
    ...(header?.names[column] ? [`column ${header.names[column]}`] : []),
  ];
  return malformed(row, [...at, messages[code] ?? 'is not CSV'].join(', '));
}

/** The rows of a CSV file (RFC 4180), one at a time. What is malformed ends them with an error. */
export async function* readCsv({ head, from }: Peeked, delimiter: string | undefined): AsyncGenerator<Row, void> {
  const separator = SEPARATOR.exec(head);
  const skipped = separator?.[0].length ?? 0;
  let header: Header | undefined;
  const parser = parse({
    // The rows that were read before an error may never reach the loop below; the error names a column of the header.
    on_record: (cells: string[]) => {
      if (header === undefined && !isBlank(cells)) header = readHeader(cells);
      return cells;
    },
    delimiter: delimiter ?? separator?.[1] ?? detect(head),
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: LONGEST_ROW,
  });
  // An error of the input ends the parser, and the loop below throws it.
  pipeline(Readable.from(from(skipped)), parser, () => {});
  let number = 0;
  let isHeader = true;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      number += 1;
      if (isBlank(cells)) continue;
      if (!isHeader) yield { number, cells: cellsOf(header!, cells, number) };
      isHeader = false;
    }
  } catch (error) {
    throw problem(error, header);
  }
  if (!header) throw new InvalidInputError('the file is empty; its first line names the columns');
}
