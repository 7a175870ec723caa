import { infoOf } from './check.ts';
import type { CheckSelection } from './checks.ts';
import { Client } from './client.ts';
import { ConformanceError } from './errors.ts';
import { describeServer } from './server.ts';
import type { CheckInfo, CheckResult, ConformanceReport } from './types.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

export interface ConformanceOptions {
  /** The base URL of the service, to which `/Users` is appended: `https://example.com/scim/v2`. */
  readonly url: string | URL;
  /** A bearer token with which users and groups can be created. */
  readonly token?: string | undefined;
  /** Another token of the same directory. Without it the few checks that need two are skipped. */
  readonly secondToken?: string | undefined;
  /** Sent with each request, as for services without bearer tokens. Reports show no value of them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Default: the `fetch` of the platform. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Which checks run. Default: all. */
  readonly select?: CheckSelection | undefined;
  /** Stops the run. What it has created is deleted before the promise rejects. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that one request may take. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Of which checks the report has the requests and responses. Default: `all`. */
  readonly exchanges?: 'all' | 'failed' | undefined;
  /** Called after each check. The next check waits for it. */
  readonly onResult?: ((result: CheckResult) => unknown) | undefined;
}

const countOf = (checks: readonly CheckResult[], outcome: CheckResult['outcome']): number =>
  checks.filter((check) => check.outcome === outcome).length;

/** The results of a run, however it ended. */
function reportOf(
  url: string,
  startedAt: Date,
  checks: readonly CheckResult[],
  leftBehind: readonly string[],
): ConformanceReport {
  return {
    url,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    passed: countOf(checks, 'passed'),
    failed: countOf(checks, 'failed'),
    skipped: countOf(checks, 'skipped'),
    leftBehind,
    checks,
  };
}

/** The same failure, with the report of what had run. */
function withReport(error: unknown, report: ConformanceReport): ConformanceError {
  if (error instanceof ConformanceError) {
    const { code, message, status, cause } = error;
    return new ConformanceError(code, message, { cause, report, ...(status !== undefined && { status }) });
  }
  return new ConformanceError('aborted', 'the run was aborted', { cause: error, report });
}

/**
 * Runs checks against a SCIM 2.0 service and reports the outcome of each. The users and groups that the checks create have
 * names that begin with `scim-check-`, and are deleted. Nothing else is changed.
 *
 * A check that fails does not reject the promise.
 *
 * @throws ConformanceError where the run cannot start or finish; `code` is the kind of failure
 *
 * @example
 * const report = await runConformance({ url: 'https://example.com/scim/v2', token, select: 'patch.' });
 * if (report.failed > 0) console.log(formatTable(report));
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const { signal = new AbortController().signal, select, secondToken, onResult, exchanges = 'all' } = options;
  const client = new Client({
    ...options,
    url: String(options.url),
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    secrets: secondToken === undefined ? [] : [secondToken],
  });
  const startedAt = new Date();
  const server = await describeServer(client, signal);
  // The hundreds of checks are loaded with the first run.
  const { checksFor, selectChecks } = await import('./checks.ts');
  const { ConformanceRun } = await import('./run-checks.ts');
  const checks = selectChecks(checksFor(server), select);
  const run = new ConformanceRun({ client, server, signal, secondToken });
  const results: CheckResult[] = [];
  const failures: unknown[] = [];
  try {
    for await (const result of run.results(checks)) {
      const isShown = exchanges === 'all' || result.outcome === 'failed';
      results.push(isShown ? result : { ...result, exchanges: [] });
      await onResult?.(results.at(-1)!);
    }
  } catch (error) {
    failures.push(error);
  }
  const report = reportOf(client.url, startedAt, results, await run.close());
  if (failures.length > 0) throw withReport(failures[0], report);
  return report;
}

/** The checks that do not depend on the schemas of a server. Sends nothing. */
export async function listChecks(select?: CheckSelection): Promise<readonly CheckInfo[]> {
  const { fixedChecks, selectChecks } = await import('./checks.ts');
  return selectChecks(fixedChecks, select).map(infoOf);
}
