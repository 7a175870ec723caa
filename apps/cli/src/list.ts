import stringWidth from 'string-width';
import { put, type Io } from './io.ts';
import { padTo, paint, scalar } from './print.ts';

/** The columns of a table: what each is called, and what it shows of an item. */
export type Columns<Item> = Readonly<Record<string, (item: Item) => unknown>>;

interface Page<Item> {
  readonly data: readonly Item[];
}

export type Pages<Item> = Iterable<Page<Item>> | AsyncIterable<Page<Item>>;

/** At most so many of the items. */
export async function* first<Item>(count: number, pages: Pages<Item>): AsyncGenerator<Page<Item>, void> {
  let left = count;
  for await (const { data } of pages) {
    yield { data: data.slice(0, left) };
    left -= data.length;
    if (left <= 0) return;
  }
}

/** Aligned columns, a page at a time. How wide a column has to be is known of the pages so far. */
async function printTable<Item>(io: Io, columns: Columns<Item>, pages: Pages<Item>): Promise<void> {
  const names = Object.keys(columns);
  const widths = names.map((name) => stringWidth(name));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => padTo(widths[index]!, cell))
      .join('  ')
      .trimEnd();
  let begun = false;
  for await (const { data } of pages) {
    const rows = data.map((item) => Object.values(columns).map((column) => scalar(column(item))));
    for (const row of rows)
      for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index]!, stringWidth(cell));
    const header = begun ? [] : [paint(io, 'stdout', 'dim', line(names))];
    begun = true;
    await put(io.stdout, [...header, ...rows.map(line)].map((text) => `${text}\n`).join(''));
  }
}

/** One JSON array, a page at a time. */
export async function printArray(io: Io, pages: Pages<unknown>): Promise<void> {
  let before = '[';
  for await (const { data } of pages) {
    for (const item of data) {
      await put(io.stdout, `${before}\n${JSON.stringify(item, null, 2).replaceAll(/^/gm, '  ')}`);
      before = ',';
    }
  }
  await put(io.stdout, before === '[' ? '[]\n' : '\n]\n');
}

/** Prints a list while it is read, however long it is. */
export function printList<Item>(
  io: Io,
  json: true | undefined,
  columns: Columns<Item>,
  pages: Pages<Item>,
): Promise<void> {
  return json ? printArray(io, pages) : printTable(io, columns, pages);
}
