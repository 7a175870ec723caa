import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseOsUser } from './os-user.ts';
import { findBinaries } from './binaries.ts';
import { createCluster, readPassword } from './cluster.ts';
import type { Installation } from './installation.ts';
import { openLog, readTail } from './log-file.ts';
import { takeOwnership } from './owner-lock.ts';
import { findPostmaster } from './postmaster.ts';
import { startServer, stopServer } from './server.ts';

export { findPostmaster };

export interface EmbeddedPostgresOptions {
  /** Holds all files of this database. It is created if it does not exist. */
  readonly directory: string;
  /** Receives one line for each slow step. */
  readonly log: (line: string) => void;
  /** False, for tests, is faster and can lose data in a power cut. Default: true. */
  readonly durable?: boolean;
}

export interface EmbeddedPostgres {
  readonly url: string;
  /** Closes the connections and stops the server. A second call waits for the first. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL of a folder, and creates it if the folder is empty. It runs until `stop`, also if this process is
 * killed: the next start stops it first.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, durable = true } = options;
  const binaries = await findBinaries();
  const { directory, release } = await enter(options.directory);
  try {
    const data = join(directory, 'data');
    const osUser = await chooseOsUser(binaries, directory, data);
    const installation = { binaries, osUser, directory, data, durable };
    const url = await withLog(join(directory, 'postgres.log'), (output) => start({ ...installation, output }, log));
    let stopped: Promise<void> | undefined;
    return { url, stop: () => (stopped ??= stopServer({ ...installation, output: 'ignore' }).finally(release)) };
  } catch (error) {
    release();
    throw error;
  }
}

async function enter(path: string): Promise<{ directory: string; release: () => void }> {
  try {
    // Other users may enter it, because PostgreSQL may have to run as one. Its files are closed to them.
    await mkdir(path, { recursive: true, mode: 0o711 });
    const directory = await realpath(path);
    return { directory, release: await takeOwnership(directory, join(directory, 'owner.lock')) };
  } catch (cause) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
    throw new Error(
      `The embedded PostgreSQL cannot write in ${path}. If Stele ran as another user before, run it as that user ` +
        'again, or give this one a folder of its own with STELE_DATA_DIR.',
      { cause },
    );
  }
}

async function start(installation: Installation, log: (line: string) => void): Promise<string> {
  const { directory, data } = installation;
  if ((await findPostmaster(data)) !== undefined) {
    // It is not reused: it may have older binaries and settings, and statements that still run.
    log('Stopping the PostgreSQL that an interrupted run left behind');
    await stopServer(installation);
  }
  if (!existsSync(data)) {
    log(`Creating the database in ${directory}`);
    await createCluster(installation);
  }
  const password = await readPassword(directory);
  log(`Starting PostgreSQL ${(await readFile(join(data, 'PG_VERSION'), 'utf8')).trim()}`);
  const port = await startServer(installation);
  return `postgres://stele:${password}@127.0.0.1:${port}/stele`;
}

/** Adds the end of the log to an error. */
async function withLog<T>(file: string, work: (output: number) => Promise<T>): Promise<T> {
  const output = await openLog(file);
  const { size } = await output.stat();
  try {
    return await work(output.fd);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const tail = await readTail(file, size);
    throw new Error(
      `The embedded PostgreSQL did not start: ${reason}. The end of ${file}:\n\n${tail}\n\n` +
        'If it cannot run on this machine, set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  } finally {
    await output.close();
  }
}
