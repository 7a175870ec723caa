import { expect, test } from 'vitest';
import type { Io } from './io.ts';
import { ProgressReport } from './progress.ts';

/** Two thousand rows, of which a thousand are done already, and a clock that is put forward. */
function watched({ isTTY, total = 2000, TERM }: { isTTY: boolean; total?: number; TERM?: string }) {
  const lines: string[] = [];
  let now = 7;
  const stderr = { isTTY, write: (text: string) => lines.push(text) };
  const progress = new ProgressReport(
    { stderr, env: TERM === undefined ? {} : { TERM } } as unknown as Io,
    { things: 'rows', total, done: 1000 },
    () => now,
  );
  const after = (seconds: number, done: number, failed = 0): void => {
    now += seconds * 1000;
    progress.show({ done, failed });
  };
  return { lines, progress, after };
}

test('a bar shows the part that is done, the rate of this run and the time that is left', () => {
  const { lines, after } = watched({ isTTY: true });
  after(0, 1000);
  after(4, 1200);
  after(4, 1998, 3);
  after(1, 2000, 3);
  expect(lines.map((line) => line.replace('\r\u001b[K', ''))).toEqual([
    '[############------------]  50 %  1,000 of 2,000 rows, 0 rows/s',
    '[##############----------]  60 %  1,200 of 2,000 rows, 50 rows/s, 0:16 left',
    '[#######################-]  99 %  1,998 of 2,000 rows, 125 rows/s, 0:01 left, 3 failed',
    '[########################] 100 %  2,000 of 2,000 rows, 111 rows/s, 0:00 left, 3 failed',
  ]);
});

test('an hour is told as one', () => {
  const { lines, after } = watched({ isTTY: true, total: 100_000 });
  after(1000, 11_000);
  expect(lines[0]).toContain(' 10 rows/s, 2:28:20 left');
});

test.each([
  ['there is no terminal', { isTTY: false }],
  ['the terminal is dumb', { isTTY: true, TERM: 'dumb' }],
])('where %s a line is written every five seconds at most', (_, terminal) => {
  const { lines, progress, after } = watched(terminal);
  after(0, 1000);
  after(4.9, 1100);
  after(0.2, 1102);
  after(4.9, 1200);
  after(0.1, 1200, 1);
  progress.clear();
  expect(lines).toEqual([
    '1,102 of 2,000 rows, 20 rows/s, 0:45 left\n',
    '1,200 of 2,000 rows, 20 rows/s, 0:41 left, 1 failed\n',
  ]);
});
