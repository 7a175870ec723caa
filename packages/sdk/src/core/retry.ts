import { SteleError } from './error.ts';

/** Milliseconds: the bound of the first wait, which doubles, and of all. */
const BASE = 500;
const CAP = 8000;

/**
 * Milliseconds to wait before another attempt, or undefined where there is none. Clients that failed together do not come
 * back together: the wait is random, and begins where `Retry-After` ends.
 *
 * @param maxRetryAfter milliseconds of `Retry-After` beyond which there is none
 */
export function pauseAfter(error: unknown, attempts: number, maxRetryAfter: number): number | undefined {
  if (!(error instanceof SteleError && error.isRetryable)) return undefined;
  const required = error.retryAfterMs ?? 0;
  return required > maxRetryAfter ? undefined : required + Math.random() * Math.min(CAP, BASE * 2 ** (attempts - 1));
}
