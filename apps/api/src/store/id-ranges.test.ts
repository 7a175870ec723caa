import { expect, test } from 'vitest';
import { idRanges } from './id-ranges.ts';

const idOf = (n: number) => `01979f2e-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

test.each([0, 1, 5000, 5001, 12_345])('%i ids come once each, in ranges that cover all ids', (count) => {
  const ids = Array.from({ length: count }, (_, n) => idOf((n * 7919) % 100_003));
  const ranges = idRanges(ids);
  expect(ranges.flatMap((range) => range.ids)).toEqual(ids.toSorted());
  expect(Math.max(...ranges.map((range) => range.ids.length))).toBeLessThanOrEqual(5000);
  for (const { ids: some, from, to } of ranges) for (const id of some) expect(id >= from && id < to).toBe(true);
  const bounds = ranges.flatMap(({ from, to }) => [from, to]);
  expect(bounds).toEqual(bounds.toSorted());
  expect([bounds[0], bounds.at(-1)]).toEqual([
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ]);
  for (const [index, { to }] of ranges.entries())
    if (index < ranges.length - 1) expect(ranges[index + 1]!.from).toBe(to);
});
