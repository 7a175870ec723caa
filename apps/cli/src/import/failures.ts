import { appendFile, rm, stat, truncate } from 'node:fs/promises';
import type { V1Error } from '@stele/sdk';
import { stringify } from 'csv-stringify/sync';
import { ifMissing } from '../file.ts';
import type { Row } from './row.ts';

/** A row, and why the server refused it. */
export interface Failure {
  readonly row: Row;
  readonly error: V1Error;
}

export const reportFile = (name: string): string => `${name}.failed.csv`;

/** A row of the report. No password is in it. */
function line({ row, error }: Failure): Record<string, string | number> {
  const { password: _, ...cells } = row.cells;
  const details = Object.entries(error.details ?? {}).map(([field, why]) => `${field}: ${why.join(', ')}`);
  return { row: row.number, error: error.error, message: error.message, details: details.join('; '), ...cells };
}

/**
 * Leaves the first `length` bytes of the report, and tells how many there are. What is behind them is of a batch that is sent
 * again, as the run that wrote it ended before it could say so.
 */
export async function cutReport(file: string, length: number): Promise<number> {
  const size = length === 0 ? 0 : await stat(file).then(({ size }) => Math.min(size, length), ifMissing(0));
  await (size === 0 ? rm(file, { force: true }) : truncate(file, size));
  return size;
}

/** Adds rows to a report of `length` bytes, and gives its new length. */
export async function addFailures(file: string, length: number, failures: readonly Failure[]): Promise<number> {
  if (failures.length === 0) return length;
  const text = stringify(failures.map(line), { header: length === 0 });
  await appendFile(file, text, { mode: 0o600, flush: true });
  return length + Buffer.byteLength(text);
}
