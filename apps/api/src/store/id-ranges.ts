/** Ids that one statement takes: it is done well before its time is up, and its parameters stay small. */
const SIZE = 5000;

/** Before and after every id. */
const FIRST = '00000000-0000-0000-0000-000000000000';
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Some ids, and the range of all ids that they stand for: from the first one up to, and without, the last one. */
export interface IdRange {
  readonly ids: readonly string[];
  readonly from: string;
  readonly to: string;
}

/**
 * Divides ids, in their order, into ranges that follow each other and cover all ids. Rows are locked in this order everywhere, and
 * neighbours in it are neighbours in an index. There is one range where there are no ids.
 */
export function idRanges(ids: readonly string[]): IdRange[] {
  const sorted = ids.toSorted();
  const count = Math.max(1, Math.ceil(sorted.length / SIZE));
  return Array.from({ length: count }, (_, index) => ({
    ids: sorted.slice(index * SIZE, (index + 1) * SIZE),
    from: index === 0 ? FIRST : sorted[index * SIZE]!,
    to: index === count - 1 ? LAST : sorted[(index + 1) * SIZE]!,
  }));
}
