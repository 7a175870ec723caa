import type { Losses } from './arena.ts';
import { contestants, phaseNames, phases } from './contestants.ts';
import type { AloneRate, Standing, Standings, Target } from './summary.ts';

/** A number with as many digits as it is worth. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

/** A Markdown table whose columns line up in plain text; all but the first are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

const HEAD = ['PATCH', 'server µs', '× bare', 'PG µs', '× bare', 'req/s', 'p50 ms', 'p99 ms', 'MiB'];

const row = ({ contestant, value, ratio }: Standing): string[] => [
  contestants[contestant].title,
  digits(value.serverCpu),
  digits(ratio.serverCpu),
  digits(value.postgresCpu),
  digits(ratio.postgresCpu),
  digits(value.requests),
  digits(value.p50),
  digits(value.p99),
  digits(value.memory),
];

/** The results of a run, in Markdown: a table for each phase, the statement alone, and lost writes. */
export function reportOf(
  standings: Standings,
  statements: readonly AloneRate[],
  { acknowledged, lost }: Losses,
): string {
  const tables = phaseNames.map((phase) => `### ${phases[phase].title}\n\n${table(HEAD, standings[phase].map(row))}`);
  const alone = table(
    ['the statement alone', 'statements/s'],
    statements.map(({ driver, clients, statements }) => [`${driver}, ${clients} clients`, digits(statements)]),
  );
  const { title } = contestants.tutorial;
  const writes = `Lost writes: ${lost} of the ${acknowledged} that ${title} acknowledged. No other server lost one.`;
  return [...tables, alone, writes].join('\n\n');
}

/** The targets of the project and the measured values, for the terminal. */
export function targetsReportOf(targets: readonly Target[]): string {
  return table(
    ['target', 'limit', 'measured', 'reached'],
    targets.map(({ text, limit, value, reached }) => [text, limit, digits(value), reached ? 'yes' : 'no']),
  );
}
