import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { batchServer, csv, user } from './batches.ts';
import { ID, KEY, serve, type Reply, type Seen } from './directory.ts';
import { pages, userOf } from './pages.ts';

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
const many = Array.from({ length: 5000 }, (_, index) => userOf(`u${index}`));
const issued: Reply = { status: 200, body: { id: 'key_1', name: 'nightly', key: 'stele_secret' } };

interface Started {
  readonly reply?: (seen: Seen) => Reply;
  readonly stdout?: 'pipe' | number;
}

/** A command in a process of its own, in a folder of its own. */
async function start(argv: readonly string[], { reply, stdout = 'pipe' }: Started = {}) {
  const { url, seen } = await serve(reply);
  const home = await mkdtemp(join(tmpdir(), 'stele-cli-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  await writeFile(join(home, 'users.csv'), csv(...['u1', 'u2', 'u3', 'u4'].map((name) => user(name))));
  const child = spawn(process.execPath, ['--conditions=@stele/source', bin, ...argv], {
    cwd: home,
    env: { HOME: home, STELE_URL: url, STELE_TOKEN: KEY },
    stdio: ['ignore', stdout, 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close') as Promise<[number | null]>;
  return { child, home, seen, ended: ended.then(([code]) => code), stderr: text(child.stderr!).catch(() => '') };
}

test.each([
  ['20.20.2', 1, /^error: stele needs Node 22\.18 or newer; this is Node 20\.20\.2\n$/],
  ['22.17.1', 1, /^error: stele needs Node 22\.18 or newer; this is Node 22\.17\.1\n$/],
  ['22.18.0', 0, /^$/],
  ['24.0.0', 0, /^$/],
])('on Node %s, --version ends with %i', (version, status, stderr) => {
  // As an older Node, which cannot load the other modules of the command.
  const older = `import { registerHooks } from 'node:module';
    registerHooks({
      resolve(name, context, next) {
        if (${status} !== 0 && /^\\.\\/(main|process)\\./.test(name)) throw new Error('not on this Node');
        return next(name, context);
      },
    });
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  const options = ['--conditions=@stele/source', `--import=data:text/javascript,${encodeURIComponent(older)}`];
  const ended = spawnSync(process.execPath, [...options, bin, '--version'], { encoding: 'utf8' });
  expect(ended).toMatchObject({ status, stderr: expect.stringMatching(stderr) });
});

describe('standard output that is closed', () => {
  test('ends a list at once, with 0', async () => {
    const answer = pages(many);
    const { child, ended, stderr, seen } = await start(['users', 'list', '--all'], { reply: answer });
    child.stdout!.once('data', () => child.stdout!.destroy());
    expect({ code: await ended, stderr: await stderr }).toEqual({ code: 0, stderr: '' });
    expect(seen.length).toBeLessThan(50);
  });

  test('ends no import', async () => {
    const batches = batchServer();
    const { child, ended, home } = await start(['users', 'import', 'users.csv', '--batch-size', '1'], batches);
    child.stdout!.destroy();
    child.stderr!.destroy();
    expect(await ended).toBe(0);
    expect(batches.created).toHaveLength(4);
    expect(await readdir(home)).toEqual(['users.csv']);
  });

  test('ends no deletion of many', async () => {
    const ids = Array.from({ length: 20 }, () => ID.v1);
    const { child, ended, seen } = await start(['users', 'delete', ...ids, '--yes'], {
      reply: () => ({ status: 204 }),
    });
    child.stdout!.destroy();
    expect(await ended).toBe(0);
    expect(seen).toHaveLength(20);
  });

  test('is an error of keys rotate, as the key is lost', async () => {
    const { child, ended, stderr } = await start(['keys', 'rotate', 'key_1'], { reply: () => issued });
    child.stdout!.destroy();
    expect(await ended).toBe(1);
    expect(await stderr).toContain('stele keys rotate key_1');
    expect(await stderr).not.toContain('stele_secret');
  });
});

describe.runIf(process.platform === 'linux')('standard output that is full', () => {
  test.each([
    [['users', 'list', '--all'], pages(many)],
    [['keys', 'rotate', 'key_1'], () => issued],
    [['--help'], undefined],
  ] as const)('is an error of %j', async (argv, reply) => {
    const full = openSync('/dev/full', 'w');
    const { ended, stderr } = await start(argv, { stdout: full, ...(reply && { reply }) });
    closeSync(full);
    expect(await ended).toBe(1);
    expect(await stderr).toMatch(/^error: .*no space left on device/m);
  });
});

describe('a signal', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('%s that is sent twice leaves no part of a file; %i', async (signal, expected) => {
    const answer = pages(many);
    const waiting = Promise.withResolvers<void>();
    const reply = (seen: Seen): Reply => {
      if (seen.path.includes('cursor=100')) waiting.resolve();
      return answer(seen);
    };
    const { child, ended, home } = await start(['users', 'export', '--output', 'all.csv'], { reply });
    await waiting.promise;
    child.kill(signal);
    child.kill(signal);
    expect(await ended).toBe(expected);
    expect(await readdir(home)).toEqual(['users.csv']);
  });
});
