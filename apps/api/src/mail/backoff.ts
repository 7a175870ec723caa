/** Milliseconds until the second try, and between two tries at most. */
const FIRST = 5000;
const LONGEST = 15 * 60_000;

/** How much of that is left to chance, so that what failed together does not come back together. */
const JITTER = 0.25;

/** Milliseconds until the next try, after so many that failed. */
export function backoff(attempts: number): number {
  return Math.min(FIRST * 2 ** (attempts - 1), LONGEST) * (1 - JITTER * Math.random());
}
