import { ConnectionError } from '@stele/sdk';
import { DEFAULT_URL } from '../connection.ts';
import { MissingKeyError, PartialFailureError, UsageError } from '../errors.ts';
import { checkFile, replaceFile } from '../file.ts';
import { interruptible, type Io } from '../io.ts';
import { type Columns, printList } from '../list.ts';
import { count, pretty, printable } from '../print.ts';
import { proxied } from '../proxy.ts';
import type { Check, Provider } from './check.ts';
import { checksFor, fixedChecks, select, type Selection } from './checks.ts';
import { Client, NoAnswerError } from './client.ts';
import { reportOf, tally } from './report.ts';
import { judgeAll, openRun, type Outcome } from './run.ts';
import { describeServer } from './server.ts';

/** What the command line asks of a sweep. */
export interface SweepFlags {
  readonly token?: string;
  readonly for: Provider | 'all';
  readonly only?: string;
  /** Seconds that one request may take. */
  readonly timeout: number;
  readonly json?: true;
  readonly report?: string;
  /** The file of the report may be replaced. */
  readonly force?: true;
}

const columns: Columns<Outcome> = {
  result: ({ result }) => result,
  check: ({ check }) => check.id,
  rule: ({ check }) => check.title,
  source: ({ check }) => check.source,
  remark: ({ remark }) => remark,
};

const { result: _, remark: __, ...listed } = columns;

/** The same outcomes, each kept once it is there. */
async function* keeping(kept: Outcome[], outcomes: AsyncIterable<Outcome>): AsyncGenerator<Outcome, void> {
  for await (const outcome of outcomes) {
    kept.push(outcome);
    yield outcome;
  }
}

/** Outcomes by area, so that a table can be printed while the sweep goes on. */
async function* byArea(outcomes: AsyncIterable<Outcome>): AsyncGenerator<{ data: Outcome[] }, void> {
  let data: Outcome[] = [];
  for await (const outcome of outcomes) {
    if (data.length > 0 && data[0]!.check.area !== outcome.check.area) {
      yield { data };
      data = [];
    }
    data.push(outcome);
  }
  if (data.length > 0) yield { data };
}

function wanted(checks: readonly Check[], given: SweepFlags): readonly Check[] {
  const selection: Selection = { only: given.only, ...(given.for !== 'all' && { provider: given.for }) };
  const chosen = select(checks, selection);
  if (chosen.length === 0) throw new UsageError('no check is called that; --list shows them');
  return chosen;
}

const originOf = (url: string): string | undefined => URL.parse(url)?.origin;

/** The token for a server. The key of Stele is for the server of Stele: another one could use it there. */
function tokenFor(url: string, given: SweepFlags, io: Io): string {
  const stele = io.env['STELE_URL'] || DEFAULT_URL;
  const token =
    given.token || io.env['SCIM_TOKEN'] || (originOf(url) === originOf(stele) ? io.env['STELE_TOKEN'] : undefined);
  if (token) return token;
  throw new MissingKeyError(
    `there is no token for ${url}; give one with SCIM_TOKEN or --token (STELE_TOKEN is for STELE_URL alone: ${stele})`,
  );
}

function target(url: string | undefined, given: SweepFlags, io: Io): { readonly url: string; readonly token: string } {
  if (url === undefined)
    throw new UsageError('give the base URL of the SCIM service, as in https://example.com/scim/v2');
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new UsageError(`${JSON.stringify(url)} is not an http or https URL`);
  }
  return { url, token: tokenFor(url, given, io) };
}

interface Swept {
  readonly outcomes: readonly Outcome[];
  readonly leftBehind: readonly string[];
}

/** Runs the checks that are wanted, and prints the table while it does. */
async function sweep(client: Client, given: SweepFlags, io: Io, stop: AbortSignal): Promise<Swept> {
  const server = await describeServer(client).catch((error: unknown) => {
    if (!(error instanceof NoAnswerError)) throw error;
    throw new ConnectionError(`${client.url} does not answer`, { cause: error });
  });
  const checks = wanted(checksFor(server), given);
  const outcomes: Outcome[] = [];
  const run = openRun({ client, server, stop });
  let leftBehind: readonly string[] = [];
  try {
    const judged = keeping(outcomes, judgeAll(checks, run));
    if (given.json) for await (const _ of judged);
    else await printList(io, {}, columns, byArea(judged));
  } finally {
    leftBehind = await run.close();
    for (const path of leftBehind) io.stderr.write(printable(`could not be deleted: ${path}`) + '\n');
  }
  return { outcomes, leftBehind };
}

/** Checks a server, and prints what came of it. */
export async function checkServer(url: string | undefined, given: SweepFlags, io: Io): Promise<void> {
  const { report: file, force } = given;
  if (file !== undefined) await checkFile(file, { force, flag: '--report' });
  const begun = new Date();
  const client = new Client({ ...target(url, given, io), timeout: given.timeout * 1000, fetch: await proxied(io) });
  const { outcomes, leftBehind } = await interruptible(io, (stop) => {
    stop.addEventListener('abort', () => io.stderr.write('Cleaning up; Ctrl-C again ends at once.\n'));
    return sweep(client, given, io, stop);
  });
  const report = pretty(reportOf(client.url, begun, outcomes, leftBehind));
  if (file !== undefined) {
    await replaceFile(file, (draft) => draft.writeFile(report), { mode: 'kept', isNew: !force });
  }
  const { passed, failed, skipped } = tally(outcomes);
  if (given.json) io.stdout.write(report);
  else io.stdout.write(`\n${count(passed)} passed, ${count(failed)} failed, ${count(skipped)} skipped\n`);
  if (failed > 0) throw new PartialFailureError(`${count(failed)} of ${count(outcomes.length)} checks failed`);
  if (leftBehind.length > 0) throw new PartialFailureError('what the checks created could not be deleted');
}

/** Prints the checks that do not depend on the schemas of a server. */
export async function listChecks(given: SweepFlags, io: Io): Promise<void> {
  const data = wanted(fixedChecks, given).map((check): Outcome => ({ check, result: 'skipped', milliseconds: 0 }));
  await printList(io, {}, listed, [{ data }]);
}
