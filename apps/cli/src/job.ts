import type { NermItemResult, NermJob, Stele } from '@stele/sdk';
import { InterruptedError, PartialFailureError, StoppedError } from './errors.ts';
import { spell } from './identifier.ts';
import { interruptible, put, type Io } from './io.ts';
import { formatOf, type FormatFlags } from './format.ts';
import { count, record, scalar } from './print.ts';
import { printRecord } from './record.ts';
import { ProgressReport } from './progress.ts';

/** Failed users that are listed. */
const MAX_LISTED = 10;

const FIRST_POLL_INTERVAL_MS = 200;

/** Long enough for an operator to restart the server. */
const REQUEST_TIMEOUT_MS = 180_000;

const isFailed = ({ errors }: NermItemResult): boolean => errors.length > 0;

/** How many users were processed, as the API counts, and how many of them failed. */
const tally = ({ done, job_data: results }: NermJob): { readonly done: number; readonly failed: number } => ({
  done,
  failed: results.filter(isFailed).length,
});

/** A line for each of the first users that failed: its number in the request, the user and the errors. */
async function failureLines({ uid, job_data: results }: NermJob): Promise<string> {
  const failed = results.map((result, index) => ({ ...result, number: index + 1 })).filter(isFailed);
  const lines = failed.slice(0, MAX_LISTED).map(async ({ number, login, user_id: id, errors }) => {
    const user = login ?? (id === null ? id : await spell(id, 'v1'));
    return `  ${number}. ${scalar(user)}: ${errors.map(scalar).join('; ')}\n`;
  });
  const more = failed.length - MAX_LISTED;
  const rest = more > 0 ? [`  and ${count(more)} more, which \`stele jobs status ${uid} --json\` shows\n`] : [];
  return [...(await Promise.all(lines)), ...rest].join('');
}

/** The fields of a job in tables and CSV. */
const usual = ['uid', 'status', 'job_type', 'total', 'done', 'failed'];

/** Prints a job; without `--fields`, a table has a line for each of the first users that failed. */
export async function printJob(io: Io, flags: FormatFlags, job: NermJob): Promise<void> {
  await printRecord(io, flags, job, { usual, beside: tally(job) });
  if (!flags.fields && (formatOf(flags) ?? 'table') === 'table') await put(io.stdout, await failureLines(job));
}

interface Watching extends FormatFlags {
  readonly io: Io;
  /** Milliseconds for one request for the state of the job, with its retries. */
  readonly timeout?: number | undefined;
}

async function waitForJob(
  nerm: Stele['nerm'],
  id: string,
  { io, timeout = REQUEST_TIMEOUT_MS }: Watching,
): Promise<NermJob> {
  let progress: ProgressReport | undefined;
  const onProgress = (job: NermJob): void => {
    progress ??= new ProgressReport(io, { things: 'users', total: job.total, done: job.done });
    progress.show({ done: job.done, failed: tally(job).failed });
  };
  try {
    return await interruptible(io, async (signal) => {
      // The first request has the usual retries, so that a wrong URL or key is reported at once.
      onProgress(await nerm.jobs.get(id, { signal }));
      return nerm.jobs.wait(id, { signal, interval: FIRST_POLL_INTERVAL_MS, timeout, retries: Infinity, onProgress });
    });
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    throw new StoppedError(`The job continues. Watch it with \`stele jobs watch ${id}\`.`, { cause: error });
  } finally {
    progress?.clear();
  }
}

/** Waits until a job is complete, and prints its result. */
export async function watchJob(nerm: Stele['nerm'], id: string, watching: Watching): Promise<void> {
  const job = await waitForJob(nerm, id, watching);
  const { done, failed } = tally(job);
  if (formatOf(watching)) await printJob(watching.io, watching, job);
  else watching.io.stdout.write(record({ done, failed }) + (await failureLines(job)));
  if (failed > 0) throw new PartialFailureError(`${count(failed)} of ${count(job.total)} users failed`);
}
