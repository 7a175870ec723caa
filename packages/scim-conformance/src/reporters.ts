import type { CheckResult, ConformanceReport } from './types.ts';

/** The report as JSON text that ends with a line break. */
export const formatJson = (report: ConformanceReport): string => `${JSON.stringify(report, null, 2)}\n`;

/** Text of a server may hold line breaks and control characters of terminals. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');

const columns: Readonly<Record<string, (check: CheckResult) => string>> = {
  outcome: ({ outcome }) => outcome,
  check: ({ id }) => id,
  title: ({ title }) => title,
  source: ({ source }) => source,
  reason: ({ reason }) => reason ?? '',
};

/** One line for each check, and the counts. */
export function formatTable({ checks, passed, failed, skipped }: ConformanceReport): string {
  const rows = [Object.keys(columns), ...checks.map((check) => Object.values(columns).map((cell) => cell(check)))];
  const printed = rows.map((row) => row.map(printable));
  const widths = Object.keys(columns).map((_, index) => Math.max(...printed.map((row) => row[index]!.length)));
  const lines = printed.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, '', `${passed} passed, ${failed} failed, ${skipped} skipped`, ''].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escapeXml = (text: string): string => printable(text).replaceAll(/[&<>"]/g, (each) => ENTITIES[each]!);

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);

function toTestCase({ id, area, title, source, outcome, reason = '', durationMs }: CheckResult): string {
  const name = escapeXml(`${id}: ${title} (${source})`);
  const open = `    <testcase classname="${area}" name="${name}" time="${seconds(durationMs)}"`;
  if (outcome === 'passed') return `${open}/>`;
  const element = outcome === 'failed' ? 'failure' : 'skipped';
  return `${open}>\n      <${element} message="${escapeXml(reason)}"/>\n    </testcase>`;
}

/** The report as JUnit XML, which CI systems show: one test suite, one test case for each check. */
export function formatJUnit({ url, startedAt, durationMs, failed, skipped, checks }: ConformanceReport): string {
  const counts = `tests="${checks.length}" failures="${failed}" errors="0" skipped="${skipped}"`;
  const suite = `name="${escapeXml(url)}" ${counts} time="${seconds(durationMs)}" timestamp="${startedAt}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite ${suite}>`,
    ...checks.map(toTestCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
