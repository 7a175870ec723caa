import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run-command.ts';
import type { Installation } from './installation.ts';

const DRAFT = 'data.new-';

// In postgresql.conf and not on the command line, so that an administrator can change them.
const SETTINGS = [
  'max_connections=100',
  'shared_buffers=128MB',
  'max_wal_size=256MB',
  // This database has no replicas.
  'wal_level=minimal',
  'max_wal_senders=0',
  // Starts, stops and fatal errors. The API reports failed statements itself, and their text may hold personal data.
  'log_min_messages=log',
  'log_min_error_statement=panic',
  'log_checkpoints=off',
];

/** Creates the files of the database and its password. After a crash, the next start deletes what is incomplete. */
export async function createCluster({
  binaries,
  osUser,
  directory,
  data,
  output,
  durable,
}: Installation): Promise<void> {
  await removeDrafts(directory);
  const draft = await mkdtemp(join(directory, DRAFT));
  const password = randomBytes(24).toString('base64url');
  const passwordFile = join(directory, 'password');
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600, flush: true });
  if (osUser.uid !== undefined && osUser.gid !== undefined) {
    await chown(draft, osUser.uid, osUser.gid);
    await chown(passwordFile, osUser.uid, osUser.gid);
  }

  const execute = async (program: string, args: string[], input?: string) => {
    const what = { file: join(binaries, program), args, osUser, folder: directory, output };
    const code = await run(input === undefined ? what : { ...what, input }, 300);
    if (code !== 0) throw new Error(`${program} failed (${code ?? 'killed'})`);
  };
  await execute('initdb', [
    ...['-D', draft, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--no-instructions'],
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...(durable ? [] : ['--no-sync']),
    ...SETTINGS.flatMap((setting) => ['--set', setting]),
  ]);
  // The API is not its database's superuser, who may run commands and read files, but it may create databases.
  await execute(
    'postgres',
    ['--single', '-D', draft, '-j', '-c', 'exit_on_error=on', ...(durable ? [] : ['-c', 'fsync=off']), 'postgres'],
    // With -j an empty line ends a statement.
    `CREATE ROLE stele LOGIN CREATEDB PASSWORD '${password}';\n\nCREATE DATABASE stele OWNER stele;\n\n`,
  );
  await rename(draft, data);
  if (durable) await syncFolder(directory);
}

/** Reads the password that `createCluster` made. */
export async function readPassword(directory: string): Promise<string> {
  return (await readFile(join(directory, 'password'), 'utf8')).trim();
}

async function removeDrafts(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(DRAFT)) await rm(join(directory, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Writes the renaming to disk: after a power cut, the next start would otherwise delete the database as incomplete. */
async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder.
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync();
  await handle?.close();
}
