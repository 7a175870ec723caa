import { stringify } from 'csv-stringify/sync';

/** A list of texts has commas between them; what else is nested is JSON. */
const cell = (value: unknown): unknown => {
  if (typeof value === 'boolean') return String(value);
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value.join(',') : value;
};

/** Rows of CSV. */
export const csvOf = (rows: readonly (readonly unknown[])[]): string => stringify(rows.map((row) => row.map(cell)));
