import { providers } from './check.ts';
import type { Outcome } from './run.ts';

/** One check in a report. */
const entry = ({ check, ...outcome }: Outcome) => ({
  id: check.id,
  area: check.area,
  title: check.title,
  source: check.source,
  provider: providers[check.provider],
  ...outcome,
});

/** How many checks ended in each way. */
export function tally(outcomes: readonly Outcome[]) {
  const count = (result: Outcome['result']) => outcomes.filter((each) => each.result === result).length;
  return { passed: count('pass'), failed: count('fail'), skipped: count('skipped') };
}

/** A sweep as JSON says it. */
export const reportOf = (url: string, begun: Date, outcomes: readonly Outcome[], leftBehind: readonly string[]) => ({
  url,
  startedAt: begun.toISOString(),
  ...tally(outcomes),
  /** What the sweep has created and could not delete. */
  leftBehind,
  checks: outcomes.map(entry),
});
