import { assertFunction, assertNumber } from '../core/check.ts';
import type { Http, Result } from '../core/http.ts';
import type { RequestOptions } from '../core/options.ts';
import { pass } from '../core/time.ts';
import type { NermJob, NermOperations as Op } from '../generated/nerm.ts';

/** How the pause between two looks at a job grows, and how often the first fits into the longest. */
const GROWTH = 1.25;
const LONGEST = 10;

/** How to wait for a job. `timeout` and `retries` are those of each look. */
export interface NermJobWaitOptions extends RequestOptions {
  /** Milliseconds between the first two looks, default 500. The pauses grow to ten times that. */
  interval?: number;
  /** Told of the job at each look. */
  onProgress?: (job: NermJob) => void;
}

/** Bulk requests that are dealt with in the background. A job that is complete is kept for 30 days. */
export class NermJobs {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /**
   * How far a job is, and what became of each user so far.
   *
   * @example
   * const { status, done, total } = await stele.nerm.jobs.get(job.job_id);
   */
  get(jobId: string, options?: RequestOptions): Result<Op['readJob']> {
    return this.http.call<Op['readJob']>('GET', '/job_status', { query: { job_id: jobId } }, options);
  }

  /**
   * Look after a job until it is complete. Whoever stops waiting, by `signal`, does not stop the job.
   *
   * @example
   * const { job_data } = await stele.nerm.jobs.wait(job.job_id, { onProgress: ({ done }) => console.log(done) });
   */
  async wait(jobId: string, given?: NermJobWaitOptions): Promise<NermJob> {
    const { interval = 500, onProgress, ...options } = given ?? {};
    assertNumber('interval', interval, 'a number of milliseconds above 0', interval > 0);
    assertFunction('onProgress', onProgress);
    for (let pause = interval; ; pause = Math.min(pause * GROWTH, interval * LONGEST)) {
      const job = await this.get(jobId, options);
      onProgress?.(job);
      if (job.status === 'complete') return job;
      await pass(pause, options.signal);
    }
  }
}
