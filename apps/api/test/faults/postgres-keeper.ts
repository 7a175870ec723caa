import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@stele/embedded-database';

// A process that keeps a durable PostgreSQL and crashes it on demand. Each line that it reads is `start` or a signal
// for the server; it answers with a line when that is done. When its input ends, however the test run ends, it removes
// everything.

const root = await mkdtemp(join(tmpdir(), 'stele-faults-'));
// As root, PostgreSQL is another user, who has to pass through.
await chmod(root, 0o711);
const directory = join(root, 'postgres');
const start = () => startEmbeddedPostgres({ directory, log: () => undefined });
process.stdout.on('error', () => undefined);

let postgres: Awaited<ReturnType<typeof start>> | undefined;
try {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'start') {
      postgres = await start();
      process.stdout.write(`${postgres.url}\n`);
    } else {
      await crash(line as NodeJS.Signals);
      process.stdout.write('gone\n');
    }
  }
} finally {
  await postgres?.stop();
  await rm(root, { recursive: true, force: true });
}

async function crash(signal: NodeJS.Signals): Promise<void> {
  const [pid] = (await readFile(join(directory, 'data/postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(pid), signal);
  while (isAlive(Number(pid))) await sleep(10);
  // The server is gone; what is left to stop is the claim to its folder.
  await postgres?.stop();
  postgres = undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
