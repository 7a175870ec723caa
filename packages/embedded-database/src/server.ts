import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation } from './installation.ts';
import { findPostmaster } from './postmaster.ts';
import { launch, run } from './run-command.ts';

const START_ATTEMPTS = 4;
const START_SECONDS = 60;

/** Starts the server, which runs until `stopServer`, and returns its port. */
export async function startServer(installation: Installation): Promise<number> {
  // The caller made sure that no server is running: this file is from a crash, and its process id may belong to another process.
  await rm(join(installation.data, 'postmaster.pid'), { force: true });
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      await launchServer(installation, port);
      return port;
    } catch (error) {
      // Another process took the port, or sessions of a server that was killed have not ended yet.
      if (attempt === START_ATTEMPTS) throw error;
      await sleep(attempt * 200);
    }
  }
}

async function launchServer({ binaries, osUser, data, directory, output, durable }: Installation, port: number) {
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
  if (!durable) settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  const child = launch({ file: join(binaries, 'postgres'), args, osUser, folder: directory, output });
  child.unref();
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`it ended at once (${code ?? signal})`)));
  });
  // The server ends long after this function returned.
  ended.catch(() => undefined);

  for (const deadline = Date.now() + START_SECONDS * 1000; Date.now() < deadline;) {
    const postmaster = await findPostmaster(data);
    if (postmaster?.pid === child.pid && postmaster?.ready) return;
    await Promise.race([sleep(20), ended]);
  }
  child.kill('SIGQUIT');
  throw new Error(`it was not ready after ${START_SECONDS} seconds`);
}

/** Stops the server, also one of another process. Statements are cancelled; sessions that do not end are killed. */
export async function stopServer({ binaries, osUser, data, directory, output }: Installation): Promise<void> {
  for (const mode of ['fast', 'immediate']) {
    if ((await findPostmaster(data)) === undefined) return;
    const args = ['stop', '-D', data, '-m', mode, '-w', '-t', '20', '-s'];
    await run({ file: join(binaries, 'pg_ctl'), args, osUser, folder: directory, output }, 30);
  }
  if ((await findPostmaster(data)) !== undefined)
    throw new Error(`PostgreSQL does not stop; its log is in ${directory}`);
}

/** A port that is free at this moment: another process may take it before PostgreSQL does. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
