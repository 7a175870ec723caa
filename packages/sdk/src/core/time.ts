import { SteleError } from './error.ts';
import type { WebSignal } from './web.ts';

/** A timer holds 31 bits of milliseconds (25 days); a longer one would fire at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The time that a call has. */
export interface Time {
  /** Aborted when the call has to end, with the reason. */
  readonly signal: WebSignal;
  /** Milliseconds that are left. */
  left(): number;
  /** Waits, unless the call has to end before. */
  pass(milliseconds: number): Promise<void>;
}

export interface Limits {
  readonly signal: WebSignal | undefined;
  readonly timeout: number;
  /** What the call ends with when its time is up. */
  readonly late: () => Error;
}

/** Waits, unless the signal ends that before. */
export function pass(milliseconds: number, signal?: WebSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      // The signal may live on, and be waited with again.
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Does something within the time and the signal that the caller gave. */
export async function within<Result>(
  { signal, timeout, late }: Limits,
  work: (time: Time) => Promise<Result>,
): Promise<Result> {
  if (!(timeout > 0)) throw new SteleError('timeout must be a number of milliseconds above 0');
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => controller.abort(late()), Math.min(timeout, LONGEST_TIMEOUT));
  const end = performance.now() + timeout;
  try {
    return await work({
      signal: controller.signal,
      left: () => end - performance.now(),
      pass: (milliseconds) => pass(milliseconds, controller.signal),
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
