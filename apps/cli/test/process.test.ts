import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { batchServer, csv, user } from './batches.ts';
import { ID, KEY, serve, type Reply, type Seen } from './directory.ts';
import { pages, userOf } from './pages.ts';
import { notifyOfUpdate } from '../src/update.ts';

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
const many = Array.from({ length: 5000 }, (_, index) => userOf(`u${index}`));
const issued: Reply = { status: 200, body: { id: 'key_1', name: 'nightly', key: 'stele_secret' } };

/** Modules that a command line may load which sends nothing: each takes time before the first line is printed. */
const MAX_MODULES = 100;

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

test.each([
  ['--help'],
  ['users', '--help'],
  ['users', 'list', '--help'],
  ['help', 'formatting'],
  ['--version'],
  ['user'],
])('%s %s %s loads no SDK, schema or CSV library', (...argv) => {
  const record = `import { registerHooks } from 'node:module';
      const urls = [];
      registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
      process.on('exit', () => process.stderr.write('\\n' + JSON.stringify(urls)));`;
  const options = ['--conditions=@stele/source', `--import=data:text/javascript,${encodeURIComponent(record)}`];
  const words = argv.filter(Boolean);
  const { stderr } = spawnSync(process.execPath, [...options, bin, ...words], { encoding: 'utf8' });
  const urls = JSON.parse(stderr.slice(stderr.lastIndexOf('\n'))) as string[];
  const libraries = urls.flatMap(
    (url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)|\/(packages\/\w+)\//.exec(url)?.slice(1) ?? [],
  );
  expect([...new Set(libraries.filter(Boolean))].toSorted()).toEqual([
    'ansi-regex',
    'commander',
    'get-east-asian-width',
    'string-width',
    'strip-ansi',
  ]);
  expect(urls.length).toBeLessThanOrEqual(MAX_MODULES);
});

describe('the notice of a newer version', () => {
  /** A terminal of version 1.9.0, and a registry. */
  async function terminal(reply: () => Reply, more: Readonly<Record<string, string>> = {}, isTTY = true) {
    const { url, seen } = await serve(reply);
    const home = await mkdtemp(join(tmpdir(), 'stele-cli-'));
    onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
    const file = join(home, '.cache/stele/update.json');
    const env = { HOME: home, npm_config_registry: url, ...more };
    const notify = async (version = '1.9.0') => {
      let notice = '';
      const stderr = { write: (text: string) => (notice += text), isTTY: true };
      await notifyOfUpdate({ stdin: process.stdin, stdout: { write: () => true, isTTY }, stderr, env }, version);
      return notice;
    };
    return { notify, seen, home, file, known: () => readFile(file, 'utf8') };
  }
  const registry = (latest: unknown) => (): Reply => ({ status: 200, body: { 'dist-tags': { latest } } });

  test('comes with the command after the check, which is made once a day', async () => {
    const { notify, seen, file, known } = await terminal(registry('1.10.0'));
    expect(await notify()).toBe('');
    await expect.poll(known).toContain('"latest":"1.10.0"');
    expect(await notify()).toBe(
      '\nstele 1.10.0 is available; this is 1.9.0. Update with: npm install --global @stele/cli\n',
    );
    expect(await notify('1.10.0')).toBe('');
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /%40stele%2Fcli']);

    await writeFile(file, JSON.stringify({ latest: '1.9.1', checkedAt: Date.now() - 86_400_001 }));
    expect(await notify()).toContain('1.9.1');
    await expect.poll(known).toContain('"latest":"1.10.0"');
    expect(seen).toHaveLength(2);
  });

  test.each([
    ['a registry that fails', (): Reply => ({ status: 500, body: '<html>' })],
    ['a registry that hangs up', (): Reply => ({ status: 0 })],
    ['a version that is none', registry('2.0.0\u001b[31m')],
    ['an older version', registry('1.8.0')],
  ])('is left out after %s', async (_name, reply) => {
    const { notify, seen } = await terminal(reply);
    expect(await notify()).toBe('');
    await expect.poll(() => seen.length).toBe(1);
    expect(await notify()).toBe('');
    expect(seen).toHaveLength(1);
  });

  test.each([
    [{ CI: 'true' }, true, '1.9.0'],
    [{ NO_UPDATE_NOTIFIER: '1' }, true, '1.9.0'],
    [{ TERM: 'dumb' }, true, '1.9.0'],
    [{}, false, '1.9.0'],
    [{}, true, '0.0.0'],
  ])('is off with %j, on a terminal (%j), in version %s', async (env, isTTY, version) => {
    const { notify, home } = await terminal(registry('2.0.0'), env, isTTY);
    expect(await notify(version)).toBe('');
    expect(await readdir(home)).toEqual([]);
  });

  test('is left out where nothing can be stored', async () => {
    const { notify, home, seen } = await terminal(registry('2.0.0'));
    await writeFile(join(home, '.cache'), '');
    expect(await notify()).toBe('');
    expect(seen).toEqual([]);
  });
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
