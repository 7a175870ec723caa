import type { Stele } from '@stele/sdk';
import { StoppedError } from '../errors.ts';
import { interruptible } from '../io.ts';
import { count } from '../print.ts';
import { ProgressReport } from '../progress.ts';
import { checkConnection } from '../check-connection.ts';
import { skipRows, splitBatches } from './split-batches.ts';
import { scanFile } from './scan-file.ts';
import { addFailures } from './failed-rows.ts';
import { openJournal, type JournalOptions } from './journal.ts';
import { operationOf, type Row } from './row.ts';
import { readRows, type Layout } from './rows.ts';
import type { Source } from './source.ts';
import type { ImportState } from './state.ts';

/**
 * For one batch, with its retries. A batch takes the server seconds; an operator restarts a server in a minute; a batch that was
 * in flight in a server that ended can be repeated after 70 s.
 */
const BATCH_TIMEOUT_MS = 180_000;

/** After this time without a response, the progress report shows that the import waits. */
const WAIT_NOTICE_MS = 15_000;

export interface ImportOptions extends JournalOptions {
  readonly stele: Stele;
  readonly layout: Layout;
  /** Milliseconds that one batch may take. */
  readonly timeout?: number | undefined;
}

/** The result of an import. */
export interface ImportOutcome {
  readonly created: number;
  readonly failed: number;
  /** The file of the rows that failed. */
  readonly report: string;
  /** Of this run alone, if it resumed an earlier one. */
  readonly seconds: number;
  readonly rate: number;
}

/** Sends one batch and returns the new state of the import. */
async function sendBatch(
  state: ImportState,
  batch: readonly Row[],
  { stele, timeout = BATCH_TIMEOUT_MS }: ImportOptions,
): Promise<ImportState> {
  const batches = state.batches + 1;
  const idempotencyKey = `${state.id}.${batches}`;
  const outcomes = await stele.v1.users.batch(batch.map(operationOf), { idempotencyKey, timeout, retries: Infinity });
  if (outcomes.length !== batch.length) {
    throw new Error(`the server gave ${outcomes.length} results for ${batch.length} rows`);
  }
  const failures = batch.flatMap((row, index) => {
    const { error } = outcomes[index]!;
    return error ? [{ row, error }] : [];
  });
  return {
    ...state,
    savedAt: new Date().toISOString(),
    batches,
    rows: state.rows + batch.length,
    created: state.created + batch.length - failures.length,
    failed: state.failed + failures.length,
    ...(await addFailures(state, failures)),
  };
}

const resumeHint = ({ again }: Source, { rows }: ImportState): string =>
  again
    ? `${count(rows)} rows are done. The same command continues from there.`
    : `${count(rows)} rows are done. Standard input cannot be read again: leave these rows out of the next import.`;

/** Creates the users of a file, batch by batch. The state is stored beside the file, so that an import can be resumed. */
export async function importUsers(source: Source, options: ImportOptions): Promise<ImportOutcome> {
  const { io, stele, url, quiet, layout } = options;
  const scanned = source.again ? await scanFile(source, layout) : undefined;
  // Without many retries, so that a wrong URL or key is reported at once.
  await checkConnection(stele, url);
  const journal = await openJournal(source, scanned?.sha256, options);
  const progress = new ProgressReport(io, { things: 'rows', total: scanned?.rows, done: journal.begin.rows, quiet });
  let state = journal.begin;
  const sendAll = async (stop: AbortSignal): Promise<void> => {
    stop.addEventListener('abort', () => progress.note('Stopping after this batch; Ctrl-C again stops at once.'));
    const rows = skipRows(state.rows, readRows(source.read(), layout));
    for await (const batch of splitBatches(rows, state.batchSize)) {
      progress.show({ done: state.rows, failed: state.failed });
      stop.throwIfAborted();
      const waiting = setTimeout(() => progress.note('Waiting for the server.'), WAIT_NOTICE_MS);
      state = await sendBatch(state, batch, options).finally(() => clearTimeout(waiting));
      await journal.save(state);
    }
  };
  try {
    await interruptible(io, sendAll);
  } catch (error) {
    throw new StoppedError(resumeHint(source, state), { cause: error });
  } finally {
    progress.clear();
  }
  await journal.end();
  const { created, failed, report } = state;
  return { created, failed, report, ...progress.pace(state.rows) };
}
