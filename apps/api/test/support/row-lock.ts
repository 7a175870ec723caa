import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { TestApp } from './app.ts';

export interface Hold {
  /** Comes when so many statements of others wait for what is held. */
  waiting(statements: number): Promise<void>;
  /** Ends the connections of those that wait, as a server that goes away does. */
  cutWaiting(): Promise<void>;
  release(): Promise<void>;
}

type Database = Pick<TestApp, 'databaseUrl'>;

/** Users that no other connection can change until they are released. Reads go on. */
export function holdUsers(api: Database, ids: readonly string[]): Promise<Hold> {
  return hold(api, 'SELECT 1 FROM users WHERE id = ANY ($1::uuid[]) FOR UPDATE', [ids]);
}

/** Every write of users, creates too, waits until they are released. Reads go on. */
export function holdWrites(api: Database): Promise<Hold> {
  return hold(api, 'LOCK TABLE users IN SHARE MODE', []);
}

/** Those of these rows that a transaction which is still open has locked, in whichever mode. */
export async function lockedRows(
  api: Pick<TestApp, 'query'>,
  { table, key, values }: { table: string; key: string; values: readonly unknown[] },
): Promise<unknown[]> {
  const rows = await api.query(
    `WITH free AS MATERIALIZED (SELECT ${key} FROM ${table} WHERE ${key} = ANY ($1) FOR UPDATE SKIP LOCKED)
    SELECT ${key} AS key FROM ${table} WHERE ${key} = ANY ($1) AND ${key} NOT IN (SELECT ${key} FROM free) ORDER BY ${key}`,
    [values],
  );
  return rows.map(({ key: locked }) => locked);
}

/** The number of the advisory lock that `holdGate` holds. */
export const GATE = 7;

/** What a test has made wait for `GATE` waits until it is released. */
export function holdGate(api: Database): Promise<Hold> {
  return hold(api, 'SELECT pg_advisory_xact_lock($1)', [GATE]);
}

/** What a statement locks stays locked until it is released. */
export async function hold({ databaseUrl }: Database, statement: string, values: unknown[] = []): Promise<Hold> {
  const holder = new pg.Client({ connectionString: databaseUrl });
  const watcher = new pg.Client({ connectionString: databaseUrl });
  await Promise.all([holder.connect(), watcher.connect()]);
  await holder.query('BEGIN');
  await holder.query(statement, values);
  let released: Promise<void> | undefined;
  const release = () => (released ??= end(holder, watcher));
  // What is held would also hold the end of a test that fails.
  onTestFinished(release);
  const waiters = `FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return {
    async waiting(statements) {
      for (;;) {
        const { rows } = await watcher.query<{ count: number }>(`SELECT count(*)::int AS count ${waiters}`);
        if (rows[0]!.count >= statements) return;
      }
    },
    async cutWaiting() {
      await watcher.query(`SELECT pg_terminate_backend(pid) ${waiters}`);
    },
    release,
  };
}

async function end(...clients: readonly pg.Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.end()));
}
