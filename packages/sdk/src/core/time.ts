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
  readonly signal: WebSignal | null | undefined;
  readonly timeout: number;
  /** What the call ends with when its time is up. */
  readonly late: () => Error;
}

/** The one listener of a signal. Node warns when a signal has more than ten, and one signal may be that of many calls. */
interface Listener {
  readonly tasks: Set<() => void>;
  readonly remove: () => void;
}

const listeners = new WeakMap<WebSignal, Listener>();

function listen(signal: WebSignal): Listener {
  const tasks = new Set<() => void>();
  const abort = () => {
    for (const task of tasks) task();
  };
  const remove = () => {
    signal.removeEventListener('abort', abort);
    listeners.delete(signal);
  };
  signal.addEventListener('abort', abort);
  listeners.set(signal, { tasks, remove });
  return { tasks, remove };
}

/** Calls `task` when the signal aborts, until the returned function is called. */
function onAbort(signal: WebSignal | null | undefined, task: () => void): () => void {
  if (!signal) return () => undefined;
  signal.throwIfAborted();
  const { tasks, remove } = listeners.get(signal) ?? listen(signal);
  tasks.add(task);
  return () => {
    if (tasks.delete(task) && tasks.size === 0) remove();
  };
}

/** Waits, unless the signal ends that before. */
export function pass(milliseconds: number, signal?: WebSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal!.reason);
    });
    const timer = setTimeout(() => {
      stop();
      resolve();
    }, milliseconds);
  });
}

/** Does something within the time and the signal that the caller gave. */
export async function within<Result>(
  { signal, timeout, late }: Limits,
  work: (time: Time) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const stop = onAbort(signal, () => controller.abort(signal?.reason));
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
    stop();
  }
}
