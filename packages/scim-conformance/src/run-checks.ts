import { randomUUID } from 'node:crypto';
import { ConnectionError } from '@stele/sdk';
import type { Check } from './check.ts';
import { type Client, NoAnswerError } from './client.ts';
import { Expectation, Skip } from './expect.ts';
import { listAt, textAt } from './json.ts';
import type { Server } from './server.ts';
import { type Run, Session } from './session.ts';

/** What became of a check. */
export interface Outcome {
  readonly check: Check;
  readonly result: 'pass' | 'fail' | 'skipped';
  /** Why, in one line, unless it passed. */
  readonly remark?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly milliseconds: number;
}

export interface Sweep {
  readonly client: Client;
  readonly server: Server;
  readonly stop: AbortSignal;
}

type Judgement = Omit<Outcome, 'check' | 'milliseconds'>;

/** Checks without an answer one after the other, after which the server is taken to be gone. */
const GONE = 3;

function judge(error: unknown): Judgement {
  if (error instanceof Skip) return { result: 'skipped', remark: error.message };
  if (error instanceof Expectation) {
    return { result: 'fail', remark: error.message, expected: error.expected, actual: error.actual };
  }
  if (error instanceof NoAnswerError) return { result: 'fail', remark: error.message };
  throw error;
}

async function attempt(
  check: Check,
  session: Session,
  stop: AbortSignal,
): Promise<Judgement & { readonly error?: unknown }> {
  const lacking = check.needs?.map((need) => session.server.lacks(need)).find((why) => why !== undefined);
  if (lacking !== undefined) return { result: 'skipped', remark: lacking };
  try {
    await check.run(session);
    return { result: 'pass' };
  } catch (error) {
    stop.throwIfAborted();
    return { ...judge(error), error };
  }
}

/** RFC 7644 3.4.2.2, 3.12: so answers a server that does not take the filter. */
const refusals: ReadonlySet<number> = new Set([400, 501]);

type Place = readonly [endpoint: string, name: string];

/** Deletes what has our names in one place. Gives the paths of what stays, or says that it could not look. */
async function deleteLost({ client, prefix }: Run, [endpoint, name]: Place): Promise<string[]> {
  const filter = encodeURIComponent(`${name} sw "${prefix}"`);
  const answer = await client.send('GET', `${endpoint}?filter=${filter}&count=100`).catch(() => undefined);
  if (!answer || (answer.status > 299 && !refusals.has(answer.status))) {
    return [`whatever in ${endpoint} is named ${prefix}* (could not be looked for)`];
  }
  // A server that does not heed the filter shows everybody.
  const ours = listAt(answer.body, 'Resources').filter((each) => textAt(each, name).startsWith(prefix));
  const stayed: string[] = [];
  for (const each of ours) {
    const path = `${endpoint}/${textAt(each, 'id')}`;
    const isGone = await client.send('DELETE', path).then(
      ({ status }) => status < 300 || status === 404,
      () => false,
    );
    if (!isGone) stayed.push(path);
  }
  return stayed;
}

/** Deletes what is not known to have been created, because its answer was lost or wrong. Says what stays, or may stay. */
async function findLost(run: Run): Promise<string[]> {
  const places: readonly Place[] = [
    ['/Users', 'userName'],
    ...(run.server.lacks('Groups') === undefined ? [['/Groups', 'displayName'] as const] : []),
  ];
  const stayed: string[] = [];
  for (const place of places) stayed.push(...(await deleteLost(run, place)));
  return stayed;
}

/** A sweep that is under way. */
export interface OpenRun {
  readonly stop: AbortSignal;
  /** What one check speaks with. */
  readonly session: () => Session;
  /** Deletes what is still there. Gives the paths of what stays all the same, and says what could not be looked for. */
  readonly close: () => Promise<readonly string[]>;
}

/** Begins a sweep. However it ends, it has to be closed. */
export function openRun({ client, server, stop }: Sweep): OpenRun {
  const run: Run = {
    client,
    server,
    stop,
    prefix: `stele-check-${randomUUID().slice(0, 8)}-`,
    shared: new Map(),
    count: 0,
  };
  const common = new Session(run);
  const sessions: Session[] = [common];
  return {
    stop,
    session() {
      const session = new Session(run, common);
      sessions.unshift(session);
      return session;
    },
    async close() {
      const stayed: string[] = [];
      for (const session of sessions) stayed.push(...(await session.cleanUp()));
      return [...new Set([...stayed, ...(await findLost(run))])];
    },
  };
}

/** Runs checks one after the other, and deletes what each has created. */
export async function* judgeAll(checks: readonly Check[], run: OpenRun): AsyncGenerator<Outcome, void> {
  let silent = 0;
  for (const check of checks) {
    const session = run.session();
    const begun = performance.now();
    const { error, ...judgement } = await attempt(check, session, run.stop);
    await session.cleanUp();
    silent = error instanceof NoAnswerError ? silent + 1 : 0;
    if (silent === GONE) throw new ConnectionError('the server answers no more', { cause: error });
    yield { check, ...judgement, milliseconds: Math.round(performance.now() - begun) };
  }
}
