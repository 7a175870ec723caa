import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { main } from '../../cli/src/main.ts';
import { keys, startApp, type TestApp } from './support/app.ts';
import { forgetUsers } from './support/users.ts';

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

const bin = fileURLToPath(new URL('../../cli/src/bin.ts', import.meta.url));

const HEADER = 'username,email,password,first_name,last_name,role';
const row = (name: string): string => `${name},${name}@example.com,correct horse of ${name},,"O'${name}, Jr.",`;
const csv = (...rows: string[]): string => `${[HEADER, ...rows].join('\r\n')}\r\n`;
const users = (count: number): string[] => Array.from({ length: count }, (_, index) => `u${index}`);

/** A folder, and the command in it. */
async function shell(url = api.url) {
  const home = await mkdtemp(join(tmpdir(), 'stele-cli-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const environment = (key: string) => ({ STELE_URL: url, STELE_TOKEN: key, HOME: home });
  return {
    home,
    file: join(home, 'users.csv'),
    /** Runs a command line within this process. */
    run: async (argv: readonly string[], { key, input = '' }: { key?: string; input?: string } = {}) => {
      const written = { stdout: '', stderr: '' };
      const code = await main(argv, {
        stdin: Readable.from([Buffer.from(input)]),
        stdout: { write: (chunk) => (written.stdout += chunk) },
        stderr: { write: (chunk) => (written.stderr += chunk) },
        env: environment(key ?? keys.admin),
      });
      return { code, ...written };
    },
    /** Starts a command line in a process of its own, which does not outlive the test. */
    start: (argv: readonly string[]) => {
      const child = spawn(process.execPath, ['--conditions=@stele/source', bin, ...argv], {
        env: environment(keys.admin),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return { child, ended: once(child, 'exit') as Promise<[number | null]>, stderr: text(child.stderr) };
    },
  };
}

const stateOf = async (file: string): Promise<{ rows: number; batches: number }> =>
  JSON.parse(await readFile(`${file}.stele-import.json`, 'utf8').catch(() => '{"rows":0,"batches":0}'));

/** Waits until so many batches are done, or the command has ended. */
async function reach(batches: number, file: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && (await stateOf(file)).batches < batches) await pause(2);
}

const namesInDirectory = async (): Promise<unknown[]> =>
  (await api.query('SELECT user_name FROM users WHERE deleted_at IS NULL ORDER BY created_at, id')).map(
    (user) => user['user_name'],
  );

/** Every user was created by one write, and by one only. */
async function expectOnce(names: readonly string[]): Promise<void> {
  expect((await namesInDirectory()).toSorted()).toEqual(names.toSorted());
  const history = await api.query(
    'SELECT user_name, array_agg(h.version) AS versions FROM users JOIN user_history h ON h.user_id = users.id GROUP BY user_name',
  );
  expect(history).toHaveLength(names.length);
  for (const { versions } of history) expect(versions).toEqual([1]);
}

/** A way to a server that can be cut, and led to another. */
async function relay(to: string) {
  let port: number | undefined = Number(new URL(to).port);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((socket) => {
    keep(socket);
    if (port === undefined) {
      socket.destroy();
      return;
    }
    const other = keep(connect(port, '127.0.0.1'));
    socket.on('close', () => other.destroy());
    other.on('close', () => socket.destroy());
    socket.pipe(other).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    port = undefined;
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    leadTo: (url: string) => {
      port = Number(new URL(url).port);
    },
  };
}

describe('import', () => {
  test('creates who is not there; who is twice in the file, there before or wrong is reported', async () => {
    const { run, file, home } = await shell();
    await run(['users', 'create', 'username=u3', 'email=u3@example.com', 'password=correct horse']);
    const names = users(60);
    const rows = [...names.map(row), row('U7'), 'short,short@example.com,short,,,', 'none,,correct horse,,,admin'];
    await writeFile(file, csv(...rows));
    const { code, stdout, stderr } = await run(['users', 'import', file, '--batch-size', '25'], { key: keys.write });
    expect({ code, stderr }).toEqual({ code: 8, stderr: 'error: 4 of 63 rows failed\n' });
    expect(stdout).toMatch(/^created +59\nfailed +4\n/);
    await expectOnce(names);
    const report = await readFile(`${file}.failed.csv`, 'utf8');
    expect(report.split('\n').map((line) => line.split(',').slice(0, 2).join(' '))).toEqual([
      'row error',
      '5 conflict',
      '62 conflict',
      '63 validation_error',
      '64 validation_error',
      '',
    ]);
    expect(report).not.toContain('correct horse');
    expect(await readdir(home)).toEqual(['users.csv', 'users.csv.failed.csv']);
  });

  test('makes users who are what the file says', async () => {
    const { run, file } = await shell();
    await writeFile(file, `${HEADER}\njane,jane@example.com,correct horse,"Ja""ne","Sm,ith\nJones",admin\n`);
    expect(await run(['users', 'import', file])).toMatchObject({ code: 0 });
    const { stdout } = await run(['users', 'list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject([
      { username: 'jane', email: 'jane@example.com', first_name: 'Ja"ne', last_name: 'Sm,ith\nJones', role: 'admin' },
    ]);
  });

  test('is refused to a key that may only read', async () => {
    const { run, file } = await shell();
    await writeFile(file, csv(row('jane')));
    expect(await run(['users', 'import', file], { key: keys.read })).toMatchObject({ code: 3 });
    await expectOnce([]);
  });

  test('that is killed again and again goes on, and creates everybody once', async () => {
    const { run, start, file } = await shell();
    const names = users(120);
    await writeFile(file, csv(...names.map(row), row('u5')));
    const argv = ['users', 'import', file, '--batch-size', '5'];
    for (const batches of [1, 6, 11]) {
      const { child, ended } = start(argv);
      await reach(batches, file, child);
      child.kill('SIGKILL');
      expect(await ended).toEqual([null, 'SIGKILL']);
      const { rows } = await stateOf(file);
      expect(rows).toBeGreaterThanOrEqual(batches * 5);
      expect(rows).toBeLessThan(120);
    }
    const { code, stdout, stderr } = await run(argv);
    expect(code).toBe(8);
    expect(stderr).toMatch(/^Resuming after \d+ rows\. /);
    expect(stdout).toMatch(/^created +120\nfailed +1\n/);
    await expectOnce(names);
    expect((await readFile(`${file}.failed.csv`, 'utf8')).match(/^122,conflict/gm)).toHaveLength(1);
  });

  test('comes to an end at Ctrl-C after the batch under way, and goes on after it', async () => {
    const { run, start, file } = await shell();
    const names = users(100);
    await writeFile(file, csv(...names.map(row)));
    const argv = ['users', 'import', file, '--batch-size', '5'];
    const { child, ended, stderr } = start(argv);
    await reach(2, file, child);
    child.kill('SIGINT');
    expect((await ended)[0]).toBe(130);
    const { rows } = await stateOf(file);
    expect(await stderr).toContain(
      `error: interrupted\n  ${rows} rows are done. The same command continues from there.\n`,
    );
    // Nothing is under way any more.
    await expectOnce(names.slice(0, rows));
    expect(await run(argv)).toMatchObject({ code: 0 });
    await expectOnce(names);
  });

  test('waits for a server that is started again, and creates everybody once', { timeout: 60_000 }, async () => {
    // What the first has begun, the second takes over after these times.
    const times = { STELE_BATCH_DEADLINE: '2000', STELE_STATEMENT_TIMEOUT: '500' };
    const first = await startApp(times, api);
    const way = await relay(first.url);
    const { start, file } = await shell(way.url);
    const names = users(120);
    await writeFile(file, csv(...names.map(row)));
    const { child, ended } = start(['users', 'import', file, '--batch-size', '5']);
    await reach(3, file, child);
    way.cut();
    await first.stop();
    const second = await startApp(times, api);
    onTestFinished(() => second.stop());
    way.leadTo(second.url);
    expect(await ended).toEqual([0, null]);
    await expectOnce(names);
  });

  test('gives up where the server does not come back, and goes on later', async () => {
    const way = await relay(api.url);
    const { run, start, file } = await shell(way.url);
    const names = users(60);
    await writeFile(file, csv(...names.map(row)));
    const argv = ['users', 'import', file, '--batch-size', '5'];
    const { child, ended, stderr } = start([...argv, '--timeout', '1']);
    await reach(2, file, child);
    way.cut();
    expect(await ended).toEqual([7, null]);
    expect(await stderr).toContain('The same command continues from there.');
    way.leadTo(api.url);
    expect(await run(argv)).toMatchObject({ code: 0 });
    await expectOnce(names);
  });
});

describe('export', () => {
  test('is everybody, and can be imported again with a column for the passwords', async () => {
    const { run, file } = await shell();
    const names = users(20);
    await writeFile(file, csv(...names.map(row)));
    await run(['users', 'import', file]);
    expect(await run(['users', 'export', '--output', file, '--force'])).toMatchObject({ code: 0 });
    const [header, ...exported] = (await readFile(file, 'utf8')).trimEnd().split('\n');
    await writeFile(file, [`${header},password`, ...exported.map((line) => `${line},correct horse`), ''].join('\n'));
    expect(await run(['users', 'import', file], { key: keys.foreign })).toMatchObject({ code: 0 });
    const shown = async (key: string) => {
      const { stdout } = await run(['users', 'list', '--all', '--json'], { key });
      return (JSON.parse(stdout) as Record<string, unknown>[]).map(
        ({ id: _id, created_at: _created, updated_at: _updated, ...user }) => user,
      );
    };
    expect(await shown(keys.foreign)).toEqual(await shown(keys.admin));
  });

  test('walks over all pages', async () => {
    const { run, file } = await shell();
    const names = users(130);
    await writeFile(file, csv(...names.map(row)));
    await run(['users', 'import', file, '--batch-size', '130']);
    const { stdout } = await run(['users', 'export', '--format', 'ndjson']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { username: string }).username).toSorted()).toEqual(
      names.toSorted(),
    );
  });
});

describe('the other commands', () => {
  test('a user is made, given a password, shown with a history, and deleted', async () => {
    const { run } = await shell();
    const made = await run([
      'users',
      'create',
      'username=jane',
      'email=jane@example.com',
      'password=correct horse',
      '--json',
    ]);
    const { id } = JSON.parse(made.stdout) as { id: string };
    expect(await run(['users', 'password', id], { input: 'another horse\n' })).toMatchObject({ code: 0 });
    expect(await run(['users', 'list', '--filter', 'username=JANE'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(id),
    });
    expect(await run(['users', 'list', '--filter', 'phone=1'])).toMatchObject({ code: 6 });
    expect(await run(['users', 'delete', id, '--if-match', '1', '--yes'])).toMatchObject({ code: 5 });
    expect(await run(['users', 'delete', id, '--if-match', '2', '--yes'])).toMatchObject({ code: 0 });
    expect(await run(['users', 'delete', id, '--yes'])).toMatchObject({ code: 4 });
    const { stdout } = await run(['users', 'history', id]);
    expect(stdout.match(/version \d, v1 \w+/g)).toEqual([
      'version 1, v1 createUser',
      'version 2, v1 setPassword',
      'version 3, v1 deleteUser',
    ]);
    expect(stdout).toContain('\n  password changed\n');
    expect(stdout).not.toContain('horse');
  });

  test('a key is made, used, replaced and revoked', async () => {
    const { run } = await shell();
    const made = await run(['keys', 'create', '--name', 'sync', '--scopes', 'write', '--expires-in', '1d']);
    const key = made.stdout.trim();
    const id = /^id +(key_\w+)$/m.exec(made.stderr)![1]!;
    expect(await run(['users', 'list'], { key })).toMatchObject({ code: 0 });
    expect((await run(['keys', 'list'])).stdout).toContain(id);
    const replaced = (await run(['keys', 'rotate', id, '--overlap', '0s'])).stdout.trim();
    expect(await run(['users', 'list'], { key: replaced })).toMatchObject({ code: 0 });
    const moved = await run(['keys', 'update', id, '--domain', 'okta']);
    expect(moved).toMatchObject({
      code: 0,
      stderr: `Warning: The provisioning domain "${id}" has no API key any more. Its externalId values stay; a key with this domain finds them.\n`,
    });
    expect(moved.stdout).toMatch(/^domain +okta$/m);
    const revoked = await run(['keys', 'revoke', id, '--yes']);
    expect(revoked).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('"okta" has no API key any more') as string,
    });
    expect(await run(['keys', 'get', id])).toMatchObject({ code: 4 });
    expect(await run(['keys', 'list'], { key: keys.write })).toMatchObject({ code: 3 });
  });

  test('a tenant is made, and its first key', async () => {
    const { run } = await shell();
    const key = keys.operator;
    const made = await run(['tenants', 'create', 'acme', '--json'], { key });
    const { id } = JSON.parse(made.stdout) as { id: string };
    expect(await run(['tenants', 'create', 'acme'], { key })).toMatchObject({ code: 5 });
    const first = await run(['keys', 'create', '--name', 'first', '--scopes', 'admin', '--tenant', id], { key });
    expect((await run(['users', 'list', '--json'], { key: first.stdout.trim() })).stdout).toBe('[]\n');
    expect((await run(['tenants', 'list'], { key })).stdout).toContain(`${id}  acme`);
  });
});
