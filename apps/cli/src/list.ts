import stringWidth from 'string-width';
import { formatOf, type FormatFlags } from './format.ts';
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

/** A field that no column shows, as the API calls it. */
const fieldOf = (name: string) => (item: unknown) => (item as Readonly<Record<string, unknown>>)[name];

/** The columns that are wanted. */
const select = <Item>(columns: Columns<Item>, fields: readonly string[] | undefined): Columns<Item> =>
  fields ? Object.fromEntries(fields.map((name) => [name, columns[name] ?? fieldOf(name)])) : columns;

const rowsOf = <Item>(columns: Columns<Item>, items: readonly Item[]): Promise<unknown[][]> =>
  Promise.all(items.map((item) => Promise.all(Object.values(columns).map((column) => column(item)))));

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
    const rows = (await rowsOf(columns, data)).map((row) => row.map(scalar));
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

async function printLines(io: Io, pages: Pages<unknown>): Promise<void> {
  for await (const { data } of pages) await put(io.stdout, data.map((item) => `${JSON.stringify(item)}\n`).join(''));
}

async function printCsv<Item>(io: Io, columns: Columns<Item>, pages: Pages<Item>): Promise<void> {
  const { csvOf } = await import('./csv.ts');
  await put(io.stdout, csvOf([Object.keys(columns)]));
  for await (const { data } of pages) await put(io.stdout, csvOf(await rowsOf(columns, data)));
}

/** The items with the fields that are wanted: as the API has them, or else as the column does. */
async function* pick<Item>(columns: Columns<Item>, pages: Pages<Item>, fields: readonly string[] | undefined) {
  const valueOf = (item: Item, name: string): unknown =>
    Object.hasOwn(Object(item) as object, name) ? fieldOf(name)(item) : columns[name]?.(item);
  const pickFrom = async (item: Item, names: readonly string[]): Promise<object> =>
    Object.fromEntries(await Promise.all(names.map(async (name) => [name, await valueOf(item, name)] as const)));
  for await (const { data } of pages)
    yield { data: fields ? await Promise.all(data.map((item) => pickFrom(item, fields))) : data };
}

async function printBlocks<Item>(io: Io, pages: Pages<Item>, block: (item: Item) => Promise<string>) {
  for await (const { data } of pages) await put(io.stdout, (await Promise.all(data.map(block))).join(''));
}

/**
 * Prints a list while it is read, however long it is.
 *
 * @param block formats an item where no format is asked for; without it, that is a table
 */
export function printList<Item>(
  io: Io,
  flags: FormatFlags,
  columns: Columns<Item>,
  pages: Pages<Item>,
  block?: (item: Item) => Promise<string>,
): Promise<void> {
  const { fields } = flags;
  const format = formatOf(flags);
  if (!format && block) return printBlocks(io, pages, block);
  if (format === 'csv') return printCsv(io, select(columns, fields), pages);
  if (format === 'json') return printArray(io, pick(columns, pages, fields));
  if (format === 'ndjson') return printLines(io, pick(columns, pages, fields));
  return printTable(io, select(columns, fields), pages);
}
