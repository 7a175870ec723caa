import { readNdjson } from './ndjson.ts';
import type { Row } from './row.ts';
import { decoded, peek } from './text.ts';

export const formats = ['csv', 'ndjson'] as const;

/** The format of a file. The default is detected from its first line. */
export interface Layout {
  readonly format?: (typeof formats)[number] | undefined;
  /** Between the values of CSV. */
  readonly delimiter?: string | undefined;
}

/** The rows of a file of users, one at a time. Throws InvalidInputError at a malformed row. */
export async function* readRows(bytes: AsyncIterable<Uint8Array>, layout: Layout): AsyncGenerator<Row, void> {
  const text = await peek(decoded(bytes));
  // No header begins with a brace or a bracket.
  const format = layout.format ?? (/^\s*[{[]/.test(text.head) ? 'ndjson' : 'csv');
  if (format === 'ndjson') yield* readNdjson(text);
  else yield* (await import('./csv.ts')).readCsv(text, layout.delimiter);
}
