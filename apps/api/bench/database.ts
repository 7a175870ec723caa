import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { findPostmaster, startEmbeddedPostgres } from '@stele/embedded-database';
import type { Cleanup } from './cleanup.ts';

/** For pgbench with 128 clients beside the pools of all servers. */
const MAX_CONNECTIONS = 250;

export interface BenchDatabase {
  readonly url: string;
  readonly postmasterPid: number;
  readonly version: string;
}

/** A durable PostgreSQL for this run alone, as `pnpm start` would make it, that also lets pgbench in. */
export async function startDatabase(cleanup: Cleanup): Promise<BenchDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'stele-bench-'));
  cleanup.add(() => rm(directory, { recursive: true, force: true }));
  // As root, PostgreSQL is another user, who has to pass through.
  await chmod(directory, 0o711);
  const start = () => startEmbeddedPostgres({ directory, log: () => undefined });

  const first = await start();
  try {
    // Only the superuser may; it has the password of the API's role.
    const superuser = new URL(first.url);
    superuser.username = 'postgres';
    await withClient(superuser.href, (client) => client.query(`ALTER SYSTEM SET max_connections = ${MAX_CONNECTIONS}`));
  } finally {
    await first.stop();
  }

  const postgres = await start();
  cleanup.add(() => postgres.stop());
  const postmaster = await findPostmaster(join(directory, 'data'));
  const version = await withClient(postgres.url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]!.server_version;
  });
  return { url: postgres.url, postmasterPid: postmaster!.pid, version };
}

/** Makes another database on the same server, and gives its URL. */
export async function createDatabase(url: string, name: string): Promise<string> {
  await withClient(url, (client) => client.query(`CREATE DATABASE ${name}`));
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** Lends a connection. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
