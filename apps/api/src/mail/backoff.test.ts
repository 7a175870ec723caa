import { expect, test } from 'vitest';
import { backoff } from './backoff.ts';

const minute = 60_000;

test.each([
  [1, 5000],
  [2, 10_000],
  [3, 20_000],
  [8, 640_000],
  [9, 15 * minute],
  [100, 15 * minute],
  [2000, 15 * minute],
])('after %i tries: %i milliseconds, less a quarter at most by chance', (attempts, longest) => {
  const delays = Array.from({ length: 1000 }, () => backoff(attempts));
  expect(Math.max(...delays)).toBeLessThanOrEqual(longest);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(longest * 0.75);
  // What failed together comes back spread out.
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(longest * 0.2);
});
