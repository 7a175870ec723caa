import { stringify } from 'csv-stringify/sync';
import stringWidth from 'string-width';
import { Option, type Command } from 'commander';
import { UsageError } from './exit.ts';
import { put, type Io } from './io.ts';
import { padTo, paint, scalar } from './print.ts';

/** The columns of a table: what each is called, and what it shows of an item. */
export type Columns<Item> = Readonly<Record<string, (item: Item) => unknown>>;

interface Page<Item> {
  readonly data: readonly Item[];
}

export type Pages<Item> = Iterable<Page<Item>> | AsyncIterable<Page<Item>>;

const formats = ['table', 'json', 'ndjson', 'csv'] as const;

/** How a list is printed. */
export interface ListFlags {
  readonly output?: (typeof formats)[number];
  /** `--output json` under another name. */
  readonly json?: true;
  readonly fields?: readonly string[];
}

const fieldsOf = (text: string): string[] => text.split(',').map((name) => name.trim());

/** Adds the flags of commands that print a list. */
export const listFlags = (command: Command): Command =>
  command
    .addOption(new Option('--output <format>', 'table, json, ndjson or csv; default: table').choices(formats))
    .addOption(new Option('--json', 'the same as --output json').conflicts('output'))
    .option('--fields <names>', 'only these fields, in this order, with commas', fieldsOf);

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

/** An item with the fields that are wanted. A field that no item has is an error of the command line. */
function pick(item: unknown, fields: readonly string[] | undefined): unknown {
  if (!fields) return item;
  return Object.fromEntries(fields.map((name) => [name, fieldOf(name)(item)]));
}

/** The names that `--fields` may have: those of the columns and of the item. */
function checkFields(columns: Columns<never>, item: unknown, fields: readonly string[] = []): void {
  const known = [...new Set([...Object.keys(columns), ...Object.keys(Object(item) as object)])];
  const unknown = fields.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`there is no field ${JSON.stringify(unknown)}; there are ${known.join(', ')}`);
  }
}

async function* checked<Item>(columns: Columns<Item>, pages: Pages<Item>, fields: readonly string[] | undefined) {
  let isFirst = true;
  for await (const page of pages) {
    if (isFirst && page.data.length > 0) {
      checkFields(columns, page.data[0], fields);
      isFirst = false;
    }
    yield page;
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

async function printLines(io: Io, pages: Pages<unknown>): Promise<void> {
  for await (const { data } of pages) await put(io.stdout, data.map((item) => `${JSON.stringify(item)}\n`).join(''));
}

async function printCsv<Item>(io: Io, columns: Columns<Item>, pages: Pages<Item>): Promise<void> {
  await put(io.stdout, stringify([Object.keys(columns)]));
  for await (const { data } of pages) {
    await put(io.stdout, stringify(data.map((item) => Object.values(columns).map((column) => column(item)))));
  }
}

async function* picked(pages: Pages<unknown>, fields: readonly string[] | undefined) {
  for await (const { data } of pages) yield { data: data.map((item) => pick(item, fields)) };
}

/** Prints a list while it is read, however long it is. */
export function printList<Item>(
  io: Io,
  { output, json, fields }: ListFlags,
  columns: Columns<Item>,
  pages: Pages<Item>,
): Promise<void> {
  const format = json ? 'json' : (output ?? 'table');
  const read = checked(columns, pages, fields);
  if (format === 'table') return printTable(io, select(columns, fields), read);
  if (format === 'csv') return printCsv(io, select(columns, fields), read);
  return (format === 'json' ? printArray : printLines)(io, picked(read, fields));
}
