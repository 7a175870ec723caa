import {
  type CheckInfo,
  type CheckResult,
  ConformanceError,
  type ConformanceErrorCode,
  type ConformanceReport,
  formatJson,
  formatJUnit,
  listChecks,
  type Provider,
  runConformance,
} from '@stele/scim-conformance';
import { DEFAULT_URL } from '../../connection.ts';
import { MissingKeyError, PartialFailureError, ServerUnavailableError, UsageError } from '../../errors.ts';
import { checkFile, replaceFile } from '../../file.ts';
import { interruptible, type Io } from '../../io.ts';
import { type Columns, printList } from '../../list.ts';
import { count, printable } from '../../print.ts';
import { proxied } from '../../proxy.ts';

export interface CheckFlags {
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

const listColumns: Columns<CheckInfo> = {
  check: ({ id }) => id,
  title: ({ title }) => title,
  source: ({ source }) => source,
};
const columns: Columns<CheckResult> = {
  outcome: ({ outcome }) => outcome,
  ...listColumns,
  reason: ({ reason }) => reason,
};

const selectionOf = ({ for: provider, only }: CheckFlags) => ({
  id: only,
  ...(provider !== 'all' && { provider }),
});

const originOf = (url: string): string | undefined => URL.parse(url)?.origin;

/** The token for a server. The key of Stele is sent to the server of Stele alone: another server could use it. */
function tokenFor(url: string, flags: CheckFlags, io: Io): string {
  const stele = io.env['STELE_URL'] || DEFAULT_URL;
  const token =
    flags.token || io.env['SCIM_TOKEN'] || (originOf(url) === originOf(stele) ? io.env['STELE_TOKEN'] : undefined);
  if (token) return token;
  throw new MissingKeyError(
    `there is no token for ${url}; give one with SCIM_TOKEN or --token (STELE_TOKEN is for STELE_URL alone: ${stele})`,
  );
}

type ErrorClass = new (message: string, options: ErrorOptions) => Error;

const errorClasses: Readonly<Record<Exclude<ConformanceErrorCode, 'aborted'>, ErrorClass>> = {
  invalid_url: UsageError,
  not_scim: UsageError,
  no_checks: UsageError,
  unauthorized: MissingKeyError,
  no_connection: ServerUnavailableError,
  server_error: ServerUnavailableError,
};

/** The error with the exit code for the failure of a run. */
function toCommandError(error: ConformanceError): unknown {
  if (error.code === 'aborted') return error.cause;
  const hint = error.code === 'no_checks' ? '; --list shows the checks' : '';
  return new errorClasses[error.code](error.message + hint, { cause: error });
}

/** The results by area, so that a table can be printed during the run. */
async function* byArea(results: AsyncIterable<CheckResult>): AsyncGenerator<{ data: CheckResult[] }, void> {
  let data: CheckResult[] = [];
  for await (const result of results) {
    if (data.length > 0 && data[0]!.area !== result.area) {
      yield { data };
      data = [];
    }
    data.push(result);
  }
  if (data.length > 0) yield { data };
}

/** Runs the checks, and prints each area when it is complete. */
async function run(url: string, flags: CheckFlags, io: Io, signal: AbortSignal): Promise<ConformanceReport> {
  const { readable, writable } = new TransformStream<CheckResult, CheckResult>();
  const writer = writable.getWriter();
  const options = {
    url,
    token: tokenFor(url, flags, io),
    select: selectionOf(flags),
    timeoutMs: flags.timeout * 1000,
    fetch: await proxied(io),
    signal,
    exchanges: 'failed',
    ...(!flags.json && { onResult: (result: CheckResult) => writer.write(result) }),
  } as const;
  const closing = async () => {
    try {
      return await runConformance(options);
    } finally {
      await writer.close().catch(() => undefined);
    }
  };
  const [ran, printed] = await Promise.allSettled([closing(), printList(io, {}, columns, byArea(readable))]);
  const report = ran.status === 'fulfilled' ? ran.value : (ran.reason as Partial<ConformanceError>).report;
  for (const path of report?.leftBehind ?? []) io.stderr.write(printable(`could not be deleted: ${path}`) + '\n');
  if (printed.status === 'rejected') throw printed.reason;
  if (ran.status === 'fulfilled') return ran.value;
  throw ran.reason instanceof ConformanceError ? toCommandError(ran.reason) : ran.reason;
}

/** Checks a server, and prints the outcome. */
export async function checkServer(url: string | undefined, flags: CheckFlags, io: Io): Promise<void> {
  const { report: file, force, json } = flags;
  if (url === undefined)
    throw new UsageError('give the base URL of the SCIM service, as in https://example.com/scim/v2');
  if (file !== undefined) await checkFile(file, { force, flag: '--report' });
  const report = await interruptible(io, (signal) => {
    signal.addEventListener('abort', () => io.stderr.write('Cleaning up; Ctrl-C again ends at once.\n'));
    return run(url, flags, io, signal);
  });
  if (file !== undefined) {
    const text = file.endsWith('.xml') ? formatJUnit(report) : formatJson(report);
    await replaceFile(file, (draft) => draft.writeFile(text), { mode: 'kept', isNew: !force });
  }
  const { passed, failed, skipped, leftBehind, checks } = report;
  if (json) io.stdout.write(formatJson(report));
  else io.stdout.write(`\n${count(passed)} passed, ${count(failed)} failed, ${count(skipped)} skipped\n`);
  if (failed > 0) throw new PartialFailureError(`${count(failed)} of ${count(checks.length)} checks failed`);
  if (leftBehind.length > 0) throw new PartialFailureError('what the checks created could not be deleted');
}

/** Prints the checks that do not depend on the schemas of a server. */
export async function printChecks(flags: CheckFlags, io: Io): Promise<void> {
  const data = await listChecks(selectionOf(flags)).catch((error: unknown) => {
    throw error instanceof ConformanceError ? toCommandError(error) : error;
  });
  await printList(io, {}, listColumns, [{ data }]);
}
