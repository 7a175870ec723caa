import type { V1BatchOperation, V1UserDraft } from '@stele/sdk';
import { InvalidInputError } from '../errors.ts';

/** One user of the file. */
export interface Row {
  /** As a spreadsheet counts: the header of CSV is 1, a blank row counts. */
  readonly number: number;
  /** The values by column. */
  readonly cells: Readonly<Record<string, unknown>>;
}

/** The kind of a column: a field of the user, a field that the directory sets, or a column of the report of failed rows. */
const columns = {
  username: 'required',
  email: 'required',
  password: 'required',
  first_name: 'optional',
  last_name: 'optional',
  role: 'optional',
  id: 'assigned',
  created_at: 'assigned',
  updated_at: 'assigned',
  pending_email: 'assigned',
  row: 'reported',
  error: 'reported',
  message: 'reported',
  details: 'reported',
} as const;

type Column = keyof typeof columns;

const names = Object.keys(columns) as Column[];
const written = names.filter((name) => columns[name] === 'required' || columns[name] === 'optional');
const required = names.filter((name) => columns[name] === 'required');

/** A spreadsheet of people has `First Name`, `E-Mail` and `USERNAME`. */
const fold = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]/g, '');

const byFolded = new Map(names.map((name) => [fold(name), name]));

/** The column of a name in the file. Case, spaces and hyphens are ignored. */
export const columnOf = (name: string): Column | undefined => byFolded.get(fold(name));

/** The first row of CSV. */
export interface Header {
  /** As the file has them. A cell without a name is undefined. */
  readonly names: readonly (string | undefined)[];
  /** The columns that are imported, at the same indexes. */
  readonly columns: readonly (Column | undefined)[];
}

const unknown = `is no column of a user; there are ${written.join(', ')}`;

function problemsOf(given: readonly string[]): Record<string, string[]> {
  const known = given.map(columnOf);
  return Object.fromEntries([
    ...given.filter((_, index) => known[index] === undefined).map((name) => [name, [unknown]]),
    ...given
      .filter((_, index) => known[index] !== undefined && known.indexOf(known[index]) !== index)
      .map((name) => [name, ['is there twice']]),
    ...required.filter((name) => !known.includes(name)).map((name) => [name, ['is missing']]),
  ]) as Record<string, string[]>;
}

function check(given: readonly string[], what: string): void {
  const problems = problemsOf(given);
  if (Object.keys(problems).length > 0) throw new InvalidInputError(what, problems);
}

const importedColumn = (name: string): Column | undefined => {
  const column = columnOf(name);
  return column && columns[column] !== 'reported' ? column : undefined;
};

/** The header, if users can be made of it. */
export function readHeader(cells: readonly string[]): Header {
  const named = cells.map((cell) => cell.trim() || undefined);
  check(
    named.filter((name) => name !== undefined),
    'the header of the file does not fit',
  );
  return { names: named, columns: named.map((name) => (name === undefined ? undefined : importedColumn(name))) };
}

/** The fields of an object, if a user can be made of them. */
export function checkFields(object: Readonly<Record<string, unknown>>, number: number): Row['cells'] {
  check(Object.keys(object), `row ${number}: the object does not fit`);
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => {
      const column = importedColumn(name);
      return column === undefined ? [] : [[column, value]];
    }),
  );
}

/** The batch operation of a row. An empty optional value is left out. */
export function operationOf({ cells }: Row): V1BatchOperation {
  const data = Object.entries(cells).filter(([name, value]) => {
    const kind = columns[name as Column];
    return kind === 'required' || (kind === 'optional' && value !== '' && value !== null);
  });
  return { op: 'create', data: Object.fromEntries(data) as unknown as V1UserDraft };
}
