import type { Io } from '../io.ts';
import { count } from '../print.ts';
import { newReport, reportFile, resumeReport } from './failures.ts';
import type { Source } from './source.ts';
import { newImport, readState, removeState, stateFile, writeState, type ImportState } from './state.ts';

/** Rows of a batch, unless it is said. */
export const USUAL_BATCH = 500;

/** Milliseconds for which the server knows a batch that it has done. */
const REMEMBERED = 24 * 3600 * 1000;

export interface JournalOptions {
  readonly io: Io;
  readonly url: string;
  readonly batchSize?: number | undefined;
  /** Forgets what an earlier run has left. */
  readonly restart?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** Where an import begins, and how it is kept how far it has come. */
export interface Journal {
  readonly begin: ImportState;
  readonly save: (state: ImportState) => Promise<void>;
  /** There is nothing left to go on with. */
  readonly end: () => Promise<void>;
}

function announce({ io, batchSize }: JournalOptions, state: ImportState): void {
  const batch = state.batches + 1;
  const remarks = [
    `Going on after ${count(state.rows)} rows. Batch ${batch} may have been sent before: it has the same name again, so that nothing is done twice.`,
    ...(Date.now() - Date.parse(state.savedAt) > REMEMBERED
      ? [`The server knows such names for a day; who was created by batch ${batch} before that is refused as taken.`]
      : []),
    ...(batchSize !== undefined && batchSize !== state.batchSize
      ? [`Its batches stay at ${count(state.batchSize)} rows.`]
      : []),
  ];
  io.stderr.write(remarks.map((remark) => `${remark}\n`).join(''));
}

const announceReport = ({ io, quiet }: JournalOptions, source: Source, report: string): void => {
  if (!quiet) io.stderr.write(`${reportFile(source.name)} is kept. Rows that fail go to ${report}.\n`);
};

/** Goes on with what an earlier run has left, or begins. What cannot be read again leaves nothing to go on with. */
export async function openJournal(
  source: Source,
  sha256: string | undefined,
  options: JournalOptions,
): Promise<Journal> {
  const { url, batchSize = USUAL_BATCH, restart } = options;
  const file = stateFile(source.name);
  const identity = { url, sha256: sha256 ?? '' };
  const left = sha256 === undefined || restart ? undefined : await readState(file, identity);
  const report = await (left ? resumeReport(source.name, left) : newReport(source.name));
  const begin = { ...(left ?? newImport(identity, batchSize)), ...report };
  const save = (state: ImportState) => (sha256 === undefined ? Promise.resolve() : writeState(file, state));
  if (left) announce(options, left);
  if (report.report !== (left?.report ?? reportFile(source.name))) announceReport(options, source, report.report);
  // Before the first batch is sent its name has to be known.
  await save(begin);
  return { begin, save, end: () => (sha256 === undefined ? Promise.resolve() : removeState(file)) };
}
