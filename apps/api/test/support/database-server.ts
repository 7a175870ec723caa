import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/store/migrate.ts';
import { databaseUrl, execute, letTestsEmptyTheHistory } from './database.ts';

/**
 * One PostgreSQL for the whole test run, with a migrated template from which each test file gets its own database: the
 * server of TEST_DATABASE_URL, or else one that lives for this run.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // In the names of the databases, so that several runs can share one server.
  const run = `stele_test_${randomBytes(4).toString('hex')}`;
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('database-keeper.ts', import.meta.url)), run], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = once(keeper, 'exit');
  const teardown = async () => {
    keeper.stdin.end();
    await ended;
  };
  try {
    const url = await serverUrl(keeper.stdout);
    const template = `${run}_template`;
    await execute(url, `CREATE DATABASE ${template}`);
    await migrate(databaseUrl(url, template));
    await letTestsEmptyTheHistory(databaseUrl(url, template));
    project.provide('database', { url, run, template });
    return teardown;
  } catch (error) {
    await teardown();
    throw error;
  }
}

async function serverUrl(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) return (JSON.parse(line) as { url: string }).url;
  throw new Error('There is no PostgreSQL to test with');
}
