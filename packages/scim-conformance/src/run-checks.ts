import { randomUUID } from 'node:crypto';
import { type Check, infoOf } from './check.ts';
import { type Client, NoResponseError } from './client.ts';
import { ConformanceError } from './errors.ts';
import { ExpectationError, SkipError } from './expect.ts';
import { listAt, textAt } from './json.ts';
import { type RunState, Session } from './session.ts';
import type { CheckResult, Exchange, Server } from './types.ts';

export interface RunOptions {
  readonly client: Client;
  readonly server: Server;
  readonly signal: AbortSignal;
  /** Used by checks that need two credentials of one directory. */
  readonly secondToken?: string | undefined;
}

type Outcome = Pick<CheckResult, 'outcome' | 'reason' | 'expected' | 'actual'>;

/** After so many checks in a row without a response, the run ends. */
const MAX_WITHOUT_RESPONSE = 3;

function outcomeOf(error: unknown, { redact }: Client): Outcome {
  if (error instanceof SkipError) return { outcome: 'skipped', reason: error.message };
  if (error instanceof ExpectationError) {
    const { message, expected, actual } = error;
    return { outcome: 'failed', reason: redact(message), expected: redact(expected), actual: redact(actual) };
  }
  if (error instanceof NoResponseError) return { outcome: 'failed', reason: redact(error.message) };
  throw error;
}

async function runCheck(
  check: Check,
  session: Session,
  { client, server, signal }: RunState,
): Promise<{ outcome: Outcome; error?: unknown }> {
  const missing = check.needs?.map((need) => server.lacks(need)).find((reason) => reason !== undefined);
  if (missing !== undefined) return { outcome: { outcome: 'skipped', reason: missing } };
  try {
    await check.run(session);
    return { outcome: { outcome: 'passed' } };
  } catch (error) {
    signal.throwIfAborted();
    return { outcome: outcomeOf(error, client), error };
  }
}

/** RFC 7644 3.4.2.2, 3.12: the statuses of a server that does not support the filter. */
const UNSUPPORTED_FILTER: ReadonlySet<number> = new Set([400, 501]);

type Collection = readonly [endpoint: string, nameAttribute: string];

/** Deletes the resources of one endpoint that have a name of this run. Returns the paths of those that remain. */
async function deleteUntracked({ client, prefix }: RunState, [endpoint, name]: Collection): Promise<string[]> {
  const filter = encodeURIComponent(`${name} sw "${prefix}"`);
  const response = await client.send('GET', `${endpoint}?filter=${filter}&count=100`).catch(() => undefined);
  if (!response || (response.status > 299 && !UNSUPPORTED_FILTER.has(response.status))) {
    return [`resources in ${endpoint} named ${prefix}* (the search for them failed)`];
  }
  // A server that ignores the filter lists every resource.
  const ours = listAt(response.body, 'Resources').filter((each) => textAt(each, name).startsWith(prefix));
  const remaining: string[] = [];
  for (const each of ours) {
    const path = `${endpoint}/${textAt(each, 'id')}`;
    const isDeleted = await client.send('DELETE', path).then(
      ({ status }) => status < 300 || status === 404,
      () => false,
    );
    if (!isDeleted) remaining.push(path);
  }
  return remaining;
}

/** Deletes resources whose creation the server did not acknowledge correctly. */
async function deleteAllUntracked(run: RunState): Promise<string[]> {
  const collections: readonly Collection[] = [
    ['/Users', 'userName'],
    ...(run.server.lacks('Groups') === undefined ? [['/Groups', 'displayName'] as const] : []),
  ];
  const remaining: string[] = [];
  for (const collection of collections) remaining.push(...(await deleteUntracked(run, collection)));
  return remaining;
}

/** A run of checks against one server. */
export class ConformanceRun {
  readonly #state: RunState;
  /** Holds the resources that several checks read. */
  readonly #common: Session;
  readonly #sessions: Session[];

  constructor({ client, server, signal, secondToken }: RunOptions) {
    const prefix = `scim-check-${randomUUID().slice(0, 8)}-`;
    this.#state = { client, server, signal, secondToken, prefix, shared: new Map(), exchanges: [], nameCount: 0 };
    this.#common = new Session(this.#state);
    this.#sessions = [this.#common];
  }

  /** Runs checks one after the other, and deletes what each has created. */
  async *results(checks: readonly Check[]): AsyncGenerator<CheckResult, void> {
    let withoutResponse = 0;
    for (const check of checks) {
      const { result, error } = await this.#run(check);
      withoutResponse = error instanceof NoResponseError ? withoutResponse + 1 : 0;
      if (withoutResponse === MAX_WITHOUT_RESPONSE) {
        throw new ConformanceError('no_connection', `the server no longer responds: ${error!.message}`, {
          cause: error,
        });
      }
      yield result;
    }
  }

  /** Deletes what is still there. Returns the paths that remain. A run has to be closed however it ends. */
  async close(): Promise<readonly string[]> {
    const remaining: string[] = [];
    for (const session of this.#sessions) remaining.push(...(await session.deleteCreated()));
    return [...new Set([...remaining, ...(await deleteAllUntracked(this.#state))])];
  }

  async #run(check: Check): Promise<{ result: CheckResult; error?: Error | undefined }> {
    const session = new Session(this.#state, this.#common);
    this.#sessions.unshift(session);
    const exchanges: Exchange[] = [];
    this.#state.exchanges = exchanges;
    const start = performance.now();
    const { outcome, error } = await runCheck(check, session, this.#state);
    await session.deleteCreated();
    const durationMs = Math.round(performance.now() - start);
    return { result: { ...infoOf(check), ...outcome, exchanges, durationMs }, error: error as Error | undefined };
  }
}
