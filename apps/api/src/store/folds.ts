import { foldKey, type User } from '@stele/schemas/canonical';
import { userColumns } from './user-columns.ts';

/** Texts and lists of a user in the form of `foldKey`, by column. */
export type Folds = Readonly<Record<string, unknown>>;

/** What SQL makes of a text by `lower(... COLLATE "C")`: it knows the letters of ASCII alone, but those everywhere. */
const foldAscii = (text: string): string => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

const differs = (text: string): boolean => !isAscii(text) && foldKey(text) !== foldAscii(text);

/** Whether some text of a value, parts of lists included, is such. */
function holdsText(value: unknown, test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some((each) => holdsText(each, test));
}

/** Whether SQL would fold some text of a value otherwise than JavaScript does. */
export const isFoldedOtherwise = (value: unknown): boolean => holdsText(value, differs);

function fold(value: unknown): unknown {
  if (typeof value === 'string') return foldKey(value);
  if (Array.isArray(value)) return value.map(fold);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fold(each)]));
}

// The user name has its key in a column of its own, and an instant has no case.
const folded = userColumns.filter(({ attribute, type }) => attribute !== 'userName' && type !== 'timestamptz');

/**
 * What the column `folds` holds of a user: whatever SQL would not fold as JavaScript does, folded, lists as a whole.
 * Nothing, for almost everybody.
 */
export function foldsOf(user: User): Folds | null {
  let folds: Record<string, unknown> | null = null;
  for (const { name, path } of folded) {
    let value: unknown = user;
    for (const key of path) value = (value as Readonly<Record<string, unknown>>)[key];
    if (isFoldedOtherwise(value)) (folds ??= {})[name] = fold(value);
  }
  return folds;
}
