import { ApiError, ConflictError, ConnectionError, RateLimitedError, UnavailableError } from './error.ts';

/** Milliseconds: the bound of the first wait, which doubles, and of all. */
const BASE = 500;
const CAP = 8000;

/** Seconds of `Retry-After` beyond which it is for the caller to wait. */
const PATIENCE = 60;

/** Whether the same request may soon have another answer. */
const isPassing = (error: unknown): boolean =>
  error instanceof ConnectionError ||
  error instanceof RateLimitedError ||
  error instanceof UnavailableError ||
  // The first request with this Idempotency-Key is still under way. A conflict that lasts has no Retry-After.
  (error instanceof ConflictError && error.retryAfter !== undefined);

/**
 * Milliseconds to wait after an attempt that failed, or undefined where another one makes no sense. Clients that failed
 * together do not come back together: the wait is random, and begins where `Retry-After` ends.
 */
export function pauseAfter(error: unknown, attempts: number): number | undefined {
  if (!isPassing(error)) return undefined;
  const asked = (error instanceof ApiError && error.retryAfter) || 0;
  return asked > PATIENCE ? undefined : asked * 1000 + Math.random() * Math.min(CAP, BASE * 2 ** (attempts - 1));
}
