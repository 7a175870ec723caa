import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something holds, and says what it was when it does not in time. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  milliseconds = 10_000,
): Promise<void> {
  for (const end = performance.now() + milliseconds; !(await holds()); await sleep(10)) {
    if (performance.now() > end) throw new Error(`Not within ${milliseconds} ms: ${what}`);
  }
}
