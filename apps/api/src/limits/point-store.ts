import { type RateLimiterAbstract, RateLimiterMemory } from 'rate-limiter-flexible';
import type { Quota } from './limit.ts';
import type { MeterName } from './meter.ts';

/** Where points are counted. */
export interface PointStore {
  /** Counts the points of each key of a meter. */
  limiter(name: MeterName, quota: Quota): RateLimiterAbstract;
  /** Does work that asks limiters; undefined when there is no answer in good time. Fails never. */
  attempt<Result>(work: () => Promise<Result>): Promise<Result | undefined>;
  close(): void;
}

/** Counts in this process, for this process. A key is kept until its window ends. */
export class MemoryStore implements PointStore {
  limiter(_name: MeterName, { points, seconds }: Quota): RateLimiterMemory {
    return new RateLimiterMemory({ keyPrefix: '', points, duration: seconds });
  }

  attempt<Result>(work: () => Promise<Result>): Promise<Result> {
    return work();
  }

  close(): void {}
}
