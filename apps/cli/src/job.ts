import type { NermItemResult, NermJob, Stele } from '@stele/sdk';
import { InterruptedError, PartialFailureError, StoppedError } from './exit.ts';
import { interruptible, type Io } from './io.ts';
import { count, record, scalar } from './print.ts';
import { ProgressReport } from './progress.ts';

/** Refused users that are named. */
const SHOWN = 10;

/** Milliseconds between the first two looks. */
const INTERVAL = 200;

/** Milliseconds that it takes somebody to start the server again. */
const TIMEOUT = 180_000;

const isRefused = ({ errors }: NermItemResult): boolean => errors.length > 0;

/** How many of those that were dealt with are done, and how many were refused. */
export function tally({ job_data: results }: NermJob): { readonly done: number; readonly refused: number } {
  const refused = results.filter(isRefused).length;
  return { done: results.length - refused, refused };
}

/** A line for each of the first users who were refused: where in the request, who and why. */
export function sayRefused({ uid, job_data: results }: NermJob): string {
  const lines = results.flatMap(({ login, user_id: id, errors }, index) =>
    errors.length > 0 ? [`  ${index + 1}. ${scalar(login ?? id)}: ${errors.map(scalar).join('; ')}\n`] : [],
  );
  const more = lines.length - SHOWN;
  const rest = more > 0 ? [`  and ${count(more)} more, which \`stele jobs status ${uid} --json\` shows\n`] : [];
  return [...lines.slice(0, SHOWN), ...rest].join('');
}

interface Watching {
  readonly io: Io;
  /** Milliseconds for which one look is tried. */
  readonly timeout?: number | undefined;
}

async function look(nerm: Stele['nerm'], id: string, { io, timeout = TIMEOUT }: Watching): Promise<NermJob> {
  let progress: ProgressReport | undefined;
  const onProgress = (job: NermJob): void => {
    progress ??= new ProgressReport(io, { things: 'users', total: job.total, done: job.done });
    progress.show({ done: job.done, failed: tally(job).refused });
  };
  try {
    return await interruptible(io, async (signal) => {
      // What is wrong from the beginning shows at once; what goes wrong later is waited for.
      onProgress(await nerm.jobs.get(id, { signal }));
      return nerm.jobs.wait(id, { signal, interval: INTERVAL, timeout, retries: Infinity, onProgress });
    });
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    throw new StoppedError(`The job goes on. \`stele jobs watch ${id}\` goes on watching it.`, { cause: error });
  } finally {
    progress?.clear();
  }
}

/** Looks after a job until all its users were dealt with, and says what became of them. */
export async function watchJob(nerm: Stele['nerm'], id: string, watching: Watching): Promise<void> {
  const job = await look(nerm, id, watching);
  const { done, refused } = tally(job);
  watching.io.stdout.write(record({ done, refused }) + sayRefused(job));
  if (refused > 0) throw new PartialFailureError(`${count(refused)} of ${count(job.total)} users were refused`);
}
