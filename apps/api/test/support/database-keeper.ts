import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '@stele/embedded-database';

// A process beside the test run that cleans up after it. It waits for the end of its standard input, whose other end
// only the test run holds: the kernel closes it however that process ends, by its teardown, Ctrl-C or kill -9. Being a
// session of its own it does not end with the terminal's Ctrl-C itself.

const [run = ''] = process.argv.slice(2);
const shared = process.env['TEST_DATABASE_URL'];

const testRunEnded = once(process.stdin.resume(), 'end');
// A test run that is gone before it is told needs its things removed all the same.
process.stdout.on('error', () => undefined);

const server = shared ? { url: shared, remove: () => dropDatabases(shared) } : await startServer();
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
await testRunEnded;
await server.remove();

async function startServer() {
  const directory = await mkdtemp(join(tmpdir(), 'stele-test-'));
  // As root, PostgreSQL is another user, who has to pass through.
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres({ directory, durable: false, log: () => undefined });
  const remove = async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { url: postgres.url, remove };
}

/** Leaves a server that others use as it was. */
async function dropDatabases(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ datname: string }>(
    'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
    [run],
  );
  for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
  await client.end();
}
