import { createReadStream } from 'node:fs';
import { access, appendFile, rm, truncate } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { V1Error } from '@stele/sdk';
import { ifMissing } from '../file.ts';
import type { Row } from './row.ts';

/** A row that the server rejected, with its error. */
export interface Failure {
  readonly row: Row;
  readonly error: V1Error;
}

/** The report file of the rows that failed. */
export interface Report {
  readonly report: string;
  readonly reportBytes: number;
  /** CRC-32 of these bytes: a report that was edited has another. */
  readonly reportCrc: number;
}

export const reportFile = (name: string, count = 1): string => `${name}.failed.${count === 1 ? '' : `${count}.`}csv`;

/** A report under the first name that no file has: one of an earlier import may have been edited. */
export async function newReport(name: string): Promise<Report> {
  for (let count = 1; ; count += 1) {
    const report = reportFile(name, count);
    const isTaken = await access(report).then(() => true, ifMissing(false));
    if (!isTaken) return { report, reportBytes: 0, reportCrc: 0 };
  }
}

/** CRC-32 of the first `length` bytes of a file, or undefined where it does not exist. */
async function checksum(file: string, length: number): Promise<number | undefined> {
  let crc = 0;
  try {
    for await (const chunk of createReadStream(file, { end: length - 1 })) crc = crc32(chunk as Buffer, crc);
  } catch (error) {
    return ifMissing(undefined)(error as NodeJS.ErrnoException);
  }
  return crc;
}

/**
 * The report of an import that is resumed. Bytes after the recorded ones belong to a batch that is sent again, and are removed. A
 * report that was edited is kept, and a new one begins.
 */
export async function resumeReport(name: string, known: Report): Promise<Report> {
  const { report, reportBytes, reportCrc } = known;
  const empty = { report, reportBytes: 0, reportCrc: 0 };
  if (reportBytes === 0) {
    await rm(report, { force: true });
    return empty;
  }
  const crc = await checksum(report, reportBytes);
  if (crc === undefined) return empty;
  if (crc !== reportCrc) return newReport(name);
  await truncate(report, reportBytes);
  return known;
}

/** The fields that are wrong. A conflict of users is always about the username, and has no details. */
const detailsOf = ({ error, message, details }: V1Error): V1Error['details'] =>
  details ?? (error === 'conflict' ? { username: [message] } : {});

/** A row of the report. No password is in it. */
function line({ row, error }: Failure): Record<string, unknown> {
  const { password: _, ...cells } = row.cells;
  const details = Object.entries(detailsOf(error) ?? {}).map(([field, why]) => `${field}: ${why.join(', ')}`);
  return { row: row.number, error: error.error, message: error.message, details: details.join('; '), ...cells };
}

/** Adds rows to a report. */
export async function addFailures(known: Report, failures: readonly Failure[]): Promise<Report> {
  const { report, reportBytes, reportCrc } = known;
  if (failures.length === 0) return { report, reportBytes, reportCrc };
  const { stringify } = await import('csv-stringify/sync');
  const text = Buffer.from(stringify(failures.map(line), { header: reportBytes === 0 }));
  await appendFile(report, text, { mode: 0o600, flush: true });
  return { report, reportBytes: reportBytes + text.length, reportCrc: crc32(text, reportCrc) };
}
