import type { Stele } from '@stele/sdk';
import { StoppedError } from '../exit.ts';
import { interruptible } from '../io.ts';
import { count } from '../print.ts';
import { ProgressReport } from '../progress.ts';
import { verify } from '../verify.ts';
import { after, cutBatches } from './batches.ts';
import { takeCensus } from './census.ts';
import { addFailures } from './failures.ts';
import { openJournal, type JournalOptions } from './journal.ts';
import { operationOf, type Row } from './row.ts';
import { readRows, type Layout } from './rows.ts';
import type { Source } from './source.ts';
import type { ImportState } from './state.ts';

/**
 * Milliseconds for which a batch is tried. It takes the server seconds, and somebody a minute to start the server again. What
 * was under way when a server died, another one takes over after 70 s.
 */
const TIMEOUT = 180_000;

/** Milliseconds after which somebody who looks on is told what the import waits for. */
const PATIENCE = 15_000;

export interface ImportOptions extends JournalOptions {
  readonly stele: Stele;
  readonly layout: Layout;
  /** Milliseconds that one batch may take. */
  readonly timeout?: number | undefined;
}

/** What became of a whole file. */
export interface ImportOutcome {
  readonly created: number;
  readonly failed: number;
  /** The file of the rows that failed. */
  readonly report: string;
  /** Of this run, if there were others before. */
  readonly seconds: number;
  readonly rate: number;
}

/** Sends one batch, and tells how far the import is then. */
async function send(
  state: ImportState,
  batch: readonly Row[],
  { stele, timeout = TIMEOUT }: ImportOptions,
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

const howToGoOn = ({ again }: Source, { rows }: ImportState): string =>
  again
    ? `${count(rows)} rows are done. The same command goes on from there.`
    : `${count(rows)} rows are done. Standard input cannot be read again: leave these out of the next.`;

/** Creates the users of a file, batch by batch. What is done is kept beside the file, so that it can be resumed. */
export async function importUsers(source: Source, options: ImportOptions): Promise<ImportOutcome> {
  const { io, stele, url, quiet, layout } = options;
  const census = source.again ? await takeCensus(source, layout) : undefined;
  // What is wrong from the beginning shows at once; what goes wrong later is waited for.
  await verify(stele, url);
  const journal = await openJournal(source, census?.sha256, options);
  const progress = new ProgressReport(io, { things: 'rows', total: census?.rows, done: journal.begin.rows, quiet });
  let state = journal.begin;
  const sendAll = async (stop: AbortSignal): Promise<void> => {
    stop.addEventListener('abort', () => progress.say('Coming to an end after this batch; Ctrl-C again ends at once.'));
    const rows = after(state.rows, readRows(source.read(), layout));
    for await (const batch of cutBatches(rows, state.batchSize)) {
      progress.show({ done: state.rows, failed: state.failed });
      stop.throwIfAborted();
      const waiting = setTimeout(() => progress.say('Waiting for the server.'), PATIENCE);
      state = await send(state, batch, options).finally(() => clearTimeout(waiting));
      await journal.save(state);
    }
  };
  try {
    await interruptible(io, sendAll);
  } catch (error) {
    throw new StoppedError(howToGoOn(source, state), { cause: error });
  } finally {
    progress.clear();
  }
  await journal.end();
  const { created, failed, report } = state;
  return { created, failed, report, ...progress.pace(state.rows) };
}
