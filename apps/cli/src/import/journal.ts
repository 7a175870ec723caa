import type { Io } from '../io.ts';
import { count } from '../print.ts';
import { newReport, reportFile, resumeReport } from './failed-rows.ts';
import type { Source } from './source.ts';
import { newImport, readState, removeState, stateFile, writeState, type ImportState } from './state.ts';

/** Rows of a batch. */
export const DEFAULT_BATCH_SIZE = 500;

/** The server stores replay records for a day. */
const REPLAY_RECORD_MS = 24 * 3600 * 1000;

export interface JournalOptions {
  readonly io: Io;
  readonly url: string;
  readonly batchSize?: number | undefined;
  /** Deletes the state of an earlier run. */
  readonly restart?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** The state of an import on disk. */
export interface Journal {
  readonly begin: ImportState;
  readonly save: (state: ImportState) => Promise<void>;
  /** Deletes the state: the import is complete. */
  readonly end: () => Promise<void>;
}

function announce({ io, batchSize }: JournalOptions, state: ImportState): void {
  const batch = state.batches + 1;
  const remarks = [
    `Resuming after ${count(state.rows)} rows. Batch ${batch} may have been sent before: it has the same idempotency key, so no user is created twice.`,
    ...(Date.now() - Date.parse(state.savedAt) > REPLAY_RECORD_MS
      ? [`The server stores such a key for a day: users that batch ${batch} created before that are rejected as taken.`]
      : []),
    ...(batchSize !== undefined && batchSize !== state.batchSize
      ? [`Its batches still have ${count(state.batchSize)} rows.`]
      : []),
  ];
  io.stderr.write(remarks.map((remark) => `${remark}\n`).join(''));
}

const announceReport = ({ io, quiet }: JournalOptions, source: Source, report: string): void => {
  if (!quiet) io.stderr.write(`${reportFile(source.name)} is not replaced. Rows that fail are written to ${report}.\n`);
};

/** Resumes the import of an earlier run, or begins one. Standard input cannot be resumed. */
export async function openJournal(
  source: Source,
  sha256: string | undefined,
  options: JournalOptions,
): Promise<Journal> {
  const { url, batchSize = DEFAULT_BATCH_SIZE, restart } = options;
  const file = stateFile(source.name);
  const identity = { url, sha256: sha256 ?? '' };
  const left = sha256 === undefined || restart ? undefined : await readState(file, identity);
  const report = await (left ? resumeReport(source.name, left) : newReport(source.name));
  const begin = { ...(left ?? newImport(identity, batchSize)), ...report };
  const save = (state: ImportState) => (sha256 === undefined ? Promise.resolve() : writeState(file, state));
  if (left) announce(options, left);
  if (report.report !== (left?.report ?? reportFile(source.name))) announceReport(options, source, report.report);
  // The idempotency key of the first batch is on disk before the batch is sent.
  await save(begin);
  return { begin, save, end: () => (sha256 === undefined ? Promise.resolve() : removeState(file)) };
}
