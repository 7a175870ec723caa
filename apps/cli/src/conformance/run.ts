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

/**
 * Deletes what has our names and is not known to have been created, because its answer was lost or wrong. Gives the paths of
 * what stays.
 */
async function findLost({ client, prefix, server }: Run): Promise<string[]> {
  const places = [
    ['/Users', 'userName'],
    ...(server.lacks('Groups') === undefined ? [['/Groups', 'displayName'] as const] : []),
  ] as const;
  const stayed: string[] = [];
  for (const [endpoint, name] of places) {
    const filter = encodeURIComponent(`${name} sw "${prefix}"`);
    const { body } = await client.send('GET', `${endpoint}?filter=${filter}&count=100`);
    // A server that does not heed the filter shows everybody.
    const ours = listAt(body, 'Resources').filter((each) => textAt(each, name).startsWith(prefix));
    for (const each of ours) {
      const path = `${endpoint}/${textAt(each, 'id')}`;
      const { status } = await client.send('DELETE', path);
      if (status > 299 && status !== 404) stayed.push(path);
    }
  }
  return stayed;
}

/** A sweep that is under way. */
export interface OpenRun {
  readonly stop: AbortSignal;
  /** What one check speaks with. */
  readonly session: () => Session;
  /** Deletes what is still there. Gives the paths of what stays all the same. */
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
      const lost = await findLost(run).catch(() => []);
      return [...new Set([...stayed, ...lost])];
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
