import { checkFields, type Row } from './row.ts';
import { LONGEST_ROW, malformed, type Peeked } from './text.ts';

/** The lines of a text, without their ends. */
async function* lines(chunks: AsyncIterable<string>): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop()!;
    yield* parts;
    if (rest.length > LONGEST_ROW) break;
  }
  yield rest;
}

function parse(line: string, number: number): Readonly<Record<string, unknown>> {
  if (line.length > LONGEST_ROW) throw malformed(number, `the line has more than ${LONGEST_ROW} characters`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The words of the parser quote the line, in which there may be a password.
    throw malformed(number, 'is not JSON; each line holds one object');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw malformed(number, 'is not a JSON object; each line holds one');
}

/** The users of a file with a JSON object in each line, one at a time. Blank lines count. */
export async function* readNdjson({ from }: Peeked): AsyncGenerator<Row, void> {
  let number = 0;
  for await (const line of lines(from(0))) {
    number += 1;
    if (line.trim() !== '') yield { number, cells: checkFields(parse(line, number), number) };
  }
}
