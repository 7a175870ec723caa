import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Arena, type Pace, type RecordedTurn } from './arena.ts';
import { chartOf } from './chart.ts';
import { Cleanup } from './cleanup.ts';
import { phaseNames, phases } from './contestants.ts';
import { profile } from './profile.ts';
import { reportOf, targetsReportOf } from './report.ts';
import { measureScale } from './scale.ts';
import type { StatementRate } from './statement-rate.ts';
import { medianRates, standingsOf, targetsOf } from './summary.ts';

const USAGE = `pnpm bench [--quick | --scale | --profile DIALECT] [--write] [--users N] [--rounds N] [--seconds N]

Prints the results on standard output.

  --write            writes the results into docs/performance.md and docs/performance.svg too
  --quick            a smoke run of about a minute
  --scale            how cost grows: 1,000, 100,000 and 1,000,000 users (with --quick 1,000 and 10,000)
  --profile DIALECT  where v1, nerm or scim spends its time (add --single for single statements)
  --users N          users to choose from (100000)
  --rounds N         measurements of each server (3)
  --seconds N        length of a measurement (1.8)
`;

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    scale: { type: 'boolean', default: false },
    profile: { type: 'string' },
    single: { type: 'boolean', default: false },
    users: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const number = (text: string | undefined, otherwise: number): number => {
  const value = Number(text ?? otherwise);
  if (!(value > 0)) throw new Error(USAGE);
  return value;
};

const pace: Pace = {
  users: number(options.users, options.quick ? 10_000 : 100_000),
  rounds: number(options.rounds, options.quick ? 1 : 3),
  warmUpSeconds: options.quick ? 0.3 : 0.4,
  seconds: number(options.seconds, options.quick ? 1 : 1.8),
  firstSeconds: options.quick ? 1 : 2.5,
};

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const cleanup = new Cleanup();
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true;
    void cleanup.run().then(() => process.exit(130));
  });
}

const machineOf = (postgres: string): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, Node ${process.versions.node}, PostgreSQL ${postgres}`;

async function scale(): Promise<void> {
  const sizes = options.quick ? [1_000, 10_000] : [1_000, 100_000, 1_000_000];
  const { postgres, report } = await measureScale(sizes, pace, cleanup, print);
  print(`\n${report}`);
  if (options.write)
    await publish('scale', `${new Date().toISOString().slice(0, 10)}, ${machineOf(postgres)}.\n\n${report}`);
}

async function compare(): Promise<void> {
  print(`Starting the servers over ${pace.users} users`);
  const arena = await Arena.open(pace, cleanup);
  print('Warming up');
  await arena.warmUp();
  const turns: RecordedTurn[] = [];
  const statements: StatementRate[] = [];
  for (const phase of phaseNames) {
    print(`Measuring with ${phases[phase].title}`);
    const played = await arena.play(phase);
    turns.push(...played.turns);
    statements.push(...played.statements);
  }
  const losses = await arena.verify();

  const standings = standingsOf(turns);
  const alone = medianRates(statements);
  const targets = targetsOf(standings, alone);
  const machine = machineOf(arena.database.version);
  const setting = `${machine}; ${pace.users.toLocaleString('en')} users, ${pace.rounds} measurements of ${pace.seconds} s for each`;
  const report = reportOf(standings, alone, losses);
  print(`\n${setting}\n\n${report}\n\n${targetsReportOf(targets)}`);

  await mkdir(path('results'), { recursive: true });
  const at = new Date().toISOString();
  const file = path(`results/${at.replaceAll(':', '-')}.json`);
  await writeFile(file, JSON.stringify({ at, machine, pace, turns, statements, losses, standings, targets }, null, 2));
  print(`\nEvery measurement is in ${file}`);
  if (!options.write) return;
  const note = `PATCH with ${phases.busy.title} on ${cpus().length} cores, ${pace.users.toLocaleString('en')} users; less is better`;
  await writeFile(path('../../../docs/performance.svg'), chartOf(standings.busy, note));
  await publish(
    'bench',
    `${at.slice(0, 10)}, ${setting}.\n\n![CPU of one PATCH, by server](performance.svg)\n\n${report}`,
  );
}

/** Puts a report between its marks in the documentation. */
async function publish(mark: string, report: string): Promise<void> {
  const file = path('../../../docs/performance.md');
  const text = await readFile(file, 'utf8');
  const [before, , after] = text.split(new RegExp(`(?<=<!-- ${mark} -->\\n)([^]*)(?=<!-- /${mark} -->)`));
  await writeFile(file, `${before}\n${report}\n\n${after}`);
}

try {
  if (options.help) print(USAGE);
  else if (options.scale) await scale();
  else if (options.profile !== undefined) print(await profile(options.profile, options.single, pace, cleanup));
  else await compare();
} catch (error) {
  // An interruption ends the children, and what waited for them fails.
  if (!interrupted) process.stderr.write(`${String((error as Error).stack ?? error)}\n`);
  process.exitCode = 1;
} finally {
  await cleanup.run();
}
