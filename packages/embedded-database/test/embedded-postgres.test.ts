import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blockedBy } from '../src/os-user.ts';
import { restoreSymlinks } from '../src/binaries.ts';
import { findPostmaster } from '../src/postmaster.ts';

const module = new URL('../src/index.ts', import.meta.url);

// Stands for the API: it owns the database until its standard input ends or it is killed.
const OWNER = `
  import { startEmbeddedPostgres } from ${JSON.stringify(module.href)};
  process.on('SIGINT', () => {});
  const { url, stop } = await startEmbeddedPostgres({ directory: process.argv[1], durable: false, log: () => {} });
  console.log(url);
  process.stdin.resume().once('end', stop);
`;

interface Identity {
  readonly name: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Of the folder above the database's. */
  readonly mode: number;
}

const nobody = { uid: 65534, gid: 65534 };
const isRoot = process.getuid?.() === 0;
const nobodyMayRun = isRoot && (await blocked([process.execPath, fileURLToPath(new URL('.', module))])).length === 0;

const identities: Identity[] = [
  { name: 'the user who runs the tests', mode: 0o711 },
  ...(isRoot ? [{ name: 'root, below a folder that only root may enter', mode: 0o700 }] : []),
  ...(nobodyMayRun ? [{ name: 'an ordinary user', mode: 0o711, ...nobody }] : []),
];
const me = identities[0] as Identity;

let home: string;
let owners: ChildProcess[];
beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'stele-embedded-')));
  owners = [];
});
afterEach(async () => {
  for (const owner of owners) await kill(owner);
  for (let left = await findPostmaster(data()); left !== undefined; left = await findPostmaster(data())) {
    process.kill(left.pid, 'SIGQUIT');
    await sleep(50);
  }
  await rm(home, { recursive: true, force: true });
});

describe.each(identities)('the embedded PostgreSQL of $name', (identity) => {
  test('keeps its data from one start to the next, after kill -9 too', async () => {
    const first = await start(identity);
    await query(first.url, "CREATE TABLE users AS SELECT 'alice' AS name");
    await first.stop();
    await expect(findPostmaster(data())).resolves.toBeUndefined();

    const second = await start(identity);
    await query(second.url, "INSERT INTO users VALUES ('bob')");
    await kill(second.process);
    const orphan = await findPostmaster(data());
    expect(orphan).toMatchObject({ ready: true });

    const third = await start(identity);
    await expect(query(third.url, 'SELECT name FROM users')).resolves.toEqual([{ name: 'alice' }, { name: 'bob' }]);
    expect((await findPostmaster(data()))?.pid).not.toBe(orphan?.pid);
    await third.stop();
    await expect(findPostmaster(data())).resolves.toBeUndefined();
    await expect(query(third.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

test('the database speaks UTF-8, sorts by code point and is not served by a superuser', async () => {
  const { url, stop } = await start(me);
  const [row] = await query(
    url,
    `SELECT current_setting('server_encoding') AS encoding, current_setting('is_superuser') AS superuser,
       'Z' < 'a' AND 'z' < 'é' AS by_code_point, lower('É') AS lowered, inet_server_addr()::text AS address`,
  );
  expect(row).toEqual({
    encoding: 'UTF8',
    superuser: 'off',
    by_code_point: true,
    lowered: 'é',
    address: '127.0.0.1/32',
  });
  const wrong = new URL(url);
  wrong.password = 'guessed';
  await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  await stop();
});

test('a second owner is refused and the first one served on', async () => {
  const first = await start(me);
  await expect(start(me)).rejects.toThrow(`process ${first.process.pid}`);
  await expect(query(first.url, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  await first.stop();
});

test('a postmaster.pid with the number of another process is no obstacle, and that process lives', async () => {
  await (await start(me)).stop();
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  owners.push(stranger);
  await writeFile(
    join(data(), 'postmaster.pid'),
    `${stranger.pid}\n${data()}\n1700000000\n5432\n\n127.0.0.1\n\nready\n`,
  );
  const { url, stop } = await start(me);
  await expect(query(url, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  await stop();
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
});

test('a start that was killed while it made the database leaves nothing that counts', async () => {
  const owner = launch(me);
  while (!(await readdir(folder()).catch(() => [])).some((name) => name.startsWith('data.new-'))) await sleep(10);
  await kill(owner);
  const { url, stop } = await start(me);
  await expect(query(url, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  await stop();
  expect((await readdir(folder())).toSorted()).toEqual(['data', 'owner.lock', 'password', 'postgres.log']);
});

test('Ctrl-C in the terminal is for the owner alone', async () => {
  const { url, process: owner, stop } = await start(me);
  process.kill(-(owner.pid as number), 'SIGINT');
  await sleep(200);
  await expect(query(url, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  await stop();
});

test('links that the install did not make are made, by several at once too', async () => {
  const lib = join(home, 'native', 'lib');
  await mkdir(lib, { recursive: true });
  await writeFile(join(lib, 'libpq.so.5.18'), 'library');
  const links = ['libpq.so', 'libpq.so.5'].map((name) => ({
    source: 'native/lib/libpq.so.5.18',
    target: `native/lib/${name}`,
  }));
  await writeFile(join(home, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  await Promise.all([restoreSymlinks(home), restoreSymlinks(home)]);
  await restoreSymlinks(home);
  await expect(readFile(join(lib, 'libpq.so.5'), 'utf8')).resolves.toBe('library');
});

function folder(): string {
  return join(home, 'postgres');
}

function data(): string {
  return join(folder(), 'data');
}

async function start(identity: Identity) {
  await chmod(home, identity.mode);
  if (identity.uid !== undefined && identity.gid !== undefined) await chown(home, identity.uid, identity.gid);
  const owner = launch(identity);
  const ended = once(owner, 'exit');
  const errors: string[] = [];
  owner.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  for await (const url of createInterface({ input: owner.stdout as NodeJS.ReadableStream })) {
    const stop = async () => {
      owner.stdin?.end();
      expect(await ended).toEqual([0, null]);
    };
    return { url, process: owner, stop };
  }
  await ended;
  throw new Error(errors.join(''));
}

function launch({ uid, gid }: Identity): ChildProcess {
  const owner = spawn(process.execPath, ['--input-type=module', '-e', OWNER, folder()], {
    stdio: 'pipe',
    detached: true,
    cwd: tmpdir(),
    ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
  });
  owners.push(owner);
  return owner;
}

async function kill(owner: ChildProcess): Promise<void> {
  if (owner.exitCode !== null || owner.signalCode !== null) return;
  owner.kill('SIGKILL');
  await once(owner, 'exit');
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

async function blocked(paths: string[]): Promise<string[]> {
  const parts = await Promise.all(paths.map(async (path) => blockedBy(await realpath(path), nobody)));
  return parts.filter((part) => part !== undefined);
}
