import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    database: { url: string; run: string; template: string };
  }
}

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A database of the caller's own, migrated and empty. */
export async function createDatabase(): Promise<TestDatabase> {
  const { url, run, template } = inject('database');
  const name = `${run}_${randomBytes(6).toString('hex')}`;
  await execute(url, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return { url: databaseUrl(url, name), drop: () => drop(url, name) };
}

const PATIENCE = 10;

/** Drops a database, whoever is connected to it: a moment later where that is an autovacuum worker, which is not ours to end. */
async function drop(url: string, name: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await execute(url, `DROP DATABASE ${name} WITH (FORCE)`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== '42501' || tries === PATIENCE) throw error;
      await sleep(200);
    }
  }
}

/** The same server, another database. */
export function databaseUrl(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** A setting of a transaction in which a test deletes history, which is append-only otherwise. */
const MAY_DELETE_HISTORY = 'stele_test.may_delete_history';

/**
 * Adds an exception for `MAY_DELETE_HISTORY` to the triggers that a template has from its migrations to protect the history.
 * `ALTER TABLE … DISABLE TRIGGER` before each test would make every connection plan all its statements again.
 */
export function letTestsEmptyTheHistory(url: string): Promise<void> {
  return execute(
    url,
    `DO $$
     DECLARE
       definition text;
     BEGIN
       FOR definition IN
         SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname IN ('user_history_append_only', 'group_history_append_only')
       LOOP
         definition := replace(definition, 'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER');
         EXECUTE replace(
           definition,
           'EXECUTE FUNCTION',
           'WHEN (current_setting(''${MAY_DELETE_HISTORY}'', true) IS DISTINCT FROM ''true'') EXECUTE FUNCTION'
         );
       END LOOP;
     END $$`,
  );
}

/** Deletes the rows of tables. `DELETE` and not `TRUNCATE`, which makes new files for each table and index. */
export async function deleteRows(
  database: { query(statement: string): Promise<unknown> },
  tables: readonly string[],
): Promise<void> {
  await database.query(
    [`SET LOCAL ${MAY_DELETE_HISTORY} = true`, ...tables.map((table) => `DELETE FROM ${table}`)].join(';\n'),
  );
}

/** Runs one statement on a connection of its own. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
