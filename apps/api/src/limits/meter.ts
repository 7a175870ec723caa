import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import type { Quota } from './limit.ts';

export type MeterName = 'credential' | 'tenant' | 'address';

/** What one meter says of one key. */
export interface Reading {
  readonly meter: Meter;
  readonly refused: boolean;
  readonly remaining: number;
  /** Until all points are there again. */
  readonly milliseconds: number;
}

/** Counts the points of those for whom one limit holds. */
export class Meter {
  /** The item of `RateLimit-Policy`: `q` points in a window of `w` seconds. */
  readonly policy: string;

  constructor(
    readonly name: MeterName,
    { points, seconds }: Quota,
    private readonly limiter: RateLimiterAbstract,
  ) {
    this.policy = `"${name}";q=${points};w=${seconds}`;
  }

  /** Takes one of the key's points. */
  async take(key: string): Promise<Reading> {
    try {
      return this.read(await this.limiter.consume(key), false);
    } catch (error) {
      if (error instanceof RateLimiterRes) return this.read(error, true);
      throw error;
    }
  }

  /** Says what the store says, in the words of a reading. */
  read({ remainingPoints, msBeforeNext }: RateLimiterRes, refused: boolean): Reading {
    return { meter: this, refused, remaining: remainingPoints, milliseconds: msBeforeNext };
  }
}

/** Whole seconds until all points are there again; one at least, so that nobody comes back at once. */
export const secondsOf = ({ milliseconds }: Reading): number => Math.max(1, Math.ceil(milliseconds / 1000));
