import type { V1BatchOperation, V1UserDraft } from '@stele/sdk';
import { InvalidInputError } from '../exit.ts';

/** One user of the file. */
export interface Row {
  /** As a spreadsheet counts: the header is 1. */
  readonly number: number;
  /** What the file says, by column. */
  readonly cells: Readonly<Record<string, string>>;
}

/** Columns that a user is made of, and whether there has to be one. */
const columns: Readonly<Record<keyof V1UserDraft, 'required' | 'optional'>> = {
  username: 'required',
  email: 'required',
  password: 'required',
  first_name: 'optional',
  last_name: 'optional',
  role: 'optional',
};

/** Columns that an export has as well. The directory gives these itself. */
export const givenColumns: readonly string[] = ['id', 'created_at', 'updated_at'];

const isColumn = (name: string): name is keyof V1UserDraft => Object.hasOwn(columns, name);

const problems = (names: readonly string[], why: string): [string, string[]][] => names.map((name) => [name, [why]]);

/** The header, if users can be made of it. */
export function checkHeader(header: readonly string[]): string[] {
  const needed = Object.keys(columns).filter((name) => isColumn(name) && columns[name] === 'required');
  const wrong = Object.fromEntries([
    ...problems(
      header.filter((name) => !isColumn(name) && !givenColumns.includes(name)),
      `is no column of a user; there are ${Object.keys(columns).join(', ')}`,
    ),
    ...problems(
      header.filter((name, index) => header.indexOf(name) !== index),
      'is there twice',
    ),
    ...problems(
      needed.filter((name) => !header.includes(name)),
      'is missing',
    ),
  ]);
  if (Object.keys(wrong).length > 0) throw new InvalidInputError('the header of the file does not fit', wrong);
  return [...header];
}

/** What a row asks for. An empty cell that may be empty says nothing. */
export function operationOf({ cells }: Row): V1BatchOperation {
  const said = Object.entries(cells).filter(
    ([name, value]) => isColumn(name) && (value !== '' || columns[name] === 'required'),
  );
  return { op: 'create', data: Object.fromEntries(said) as unknown as V1UserDraft };
}
