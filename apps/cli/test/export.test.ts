import { writeFileSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { main } from '../src/main.ts';
import { connected, KEY, type Reply, type Seen } from './directory.ts';
import { pages, userOf } from './pages.ts';

const odd = [
  userOf('jane', { first_name: 'J"ane', last_name: 'Smith, Jones\r\nand more' }),
  userOf('joe', { email: null }),
  userOf('eve', { first_name: '=1+1', last_name: '@SUM(A1)', role: '-2', username: '+3' }),
];
const HEADER = 'id,username,email,first_name,last_name,role,created_at,updated_at\n';
const times = '2026-01-02T03:04:05Z,2026-02-03T04:05:06Z\n';

const many = Array.from({ length: 250 }, (_, index) => userOf(`u${index}`));

describe('users are written', () => {
  test('as CSV, exactly', async () => {
    const { run } = await connected(pages(odd));
    expect(await run(['users', 'export'])).toEqual({
      code: 0,
      stdout:
        HEADER +
        `usr_jane,jane,jane@example.com,"J""ane","Smith, Jones\r\nand more",user,${times}` +
        `usr_joe,joe,,,,user,${times}` +
        `usr_eve,+3,eve@example.com,=1+1,@SUM(A1),-2,${times}`,
      stderr: '',
    });
  });

  test('as CSV that no spreadsheet calculates', async () => {
    const { run } = await connected(pages(odd.slice(2)));
    const { stdout } = await run(['users', 'export', '--safe-cells']);
    expect(stdout).toBe(`${HEADER}usr_eve,'+3,eve@example.com,'=1+1,'@SUM(A1),'-2,${times}`);
  });

  test('as a line of JSON each', async () => {
    const { run } = await connected(pages(odd));
    const { stdout } = await run(['users', 'export', '--format', 'ndjson']);
    expect(stdout).toBe(odd.map((user) => `${JSON.stringify(user)}\n`).join(''));
  });

  test.each([
    ['csv', HEADER],
    ['ndjson', ''],
  ])('as %s when there are none', async (format, text) => {
    const { run } = await connected(pages([]));
    expect(await run(['users', 'export', '--format', format])).toEqual({ code: 0, stdout: text, stderr: '' });
  });

  test('page by page, by cursor, filtered', async () => {
    const { run, seen } = await connected(pages(many));
    const { stdout } = await run(['users', 'export', '--filter', 'role=user']);
    expect(stdout.split('\n')).toHaveLength(1 + 250 + 1);
    expect(stdout.match(/^id,/gm)).toHaveLength(1);
    const queries = seen.map(({ path }) => new URL(path, 'http://x').searchParams);
    expect(queries.map((query) => query.get('cursor'))).toEqual(['', '100', '200']);
    expect(queries.map((query) => query.get('filter[role]'))).toEqual(['user', 'user', 'user']);
  });

  test('no faster than they are read', async () => {
    const { url, seen } = await connected(pages(many));
    const waiting: (() => void)[] = [];
    const settle = () => (exported ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve)));
    let exported = false;
    const stdout = { write: () => false, settle };
    const code = main(['users', 'export', '--url', url, '--token', KEY], {
      stdin: Readable.from([]),
      stdout,
      stderr: { write: () => true },
      env: {},
    });
    for (const page of [1, 2, 3]) {
      await expect.poll(() => waiting.length).toBe(page);
      expect(seen).toHaveLength(page);
      exported = page === 3;
      waiting.at(-1)!();
    }
    expect(await code).toBe(0);
  });
});

describe('--output', () => {
  const broken = (): ((seen: Seen) => Reply) => {
    const answer = pages(many);
    let requests = 0;
    return (seen) =>
      (requests += 1) < 3 ? answer(seen) : { status: 401, body: { error: 'unauthorized', message: 'no' } };
  };

  test('writes a file for its owner alone', async () => {
    const { run, home } = await connected(pages(odd));
    const file = join(home, 'users.csv');
    expect(await run(['users', 'export', '--output', file])).toEqual({
      code: 0,
      stdout: `Exported 3 users to ${file}.\n`,
      stderr: '',
    });
    expect(await readFile(file, 'utf8')).toContain('usr_eve');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(home)).toEqual(['users.csv']);
  });

  test.each([
    ['a file', (file: string) => writeFile(file, 'old')],
    [
      'a symbolic link to a file',
      async (file: string) => {
        await writeFile(`${file}.target`, 'old');
        await symlink(`${file}.target`, file);
      },
    ],
  ])('replaces %s with --force alone', async (_, prepare) => {
    const { run, home, seen } = await connected(pages(odd));
    const file = join(home, 'users.csv');
    await prepare(file);
    expect(await run(['users', 'export', '--output', file])).toMatchObject({
      code: 2,
      stderr: `error: ${file} exists; --force replaces it\n`,
    });
    expect({ text: await readFile(file, 'utf8'), seen }).toEqual({ text: 'old', seen: [] });
    expect(await run(['users', 'export', '--output', file, '--force'])).toMatchObject({ code: 0 });
    expect(await readFile(file, 'utf8')).toContain('usr_eve');
  });

  test('keeps the permissions of a file and the symbolic links to it', async () => {
    const { run, home } = await connected(pages(odd));
    const file = join(home, 'users.csv');
    await mkdir(join(home, 'folder'));
    await symlink('folder/first', file);
    await symlink('second', join(home, 'folder/first'));
    expect(await run(['users', 'export', '--output', file])).toMatchObject({ code: 0 });
    expect((await readdir(join(home, 'folder'))).toSorted()).toEqual(['first', 'second']);
    await chmod(join(home, 'folder/second'), 0o664);
    expect(await run(['users', 'export', '--output', file, '--force'])).toMatchObject({ code: 0 });
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect((await lstat(join(home, 'folder/first'))).isSymbolicLink()).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o664);
  });

  test('replaces no file that was created meanwhile', async () => {
    const answer = pages(odd);
    const at: { file?: string } = {};
    const { run, home } = await connected((seen) => {
      writeFileSync(at.file!, 'old');
      return answer(seen);
    });
    at.file = join(home, 'users.csv');
    expect(await run(['users', 'export', '--output', at.file])).toMatchObject({ code: 2, stdout: '' });
    expect(await readFile(at.file, 'utf8')).toBe('old');
    expect(await readdir(home)).toEqual(['users.csv']);
  });

  test('replaces nothing with a part', async () => {
    const { run, home } = await connected(broken());
    const file = join(home, 'users.csv');
    await writeFile(file, 'something else');
    expect(await run(['users', 'export', '--output', file, '--force'])).toMatchObject({ code: 3, stdout: '' });
    expect(await readFile(file, 'utf8')).toBe('something else');
    expect(await readdir(home)).toEqual(['users.csv']);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('leaves nothing behind after %s; %i', async (signal, code) => {
    const answer = pages(many);
    const { run, home, interrupt, seen } = await connected((each) => {
      if (seen.length === 2) interrupt(signal);
      return answer(each);
    });
    expect(await run(['users', 'export', '--output', join(home, 'users.csv')])).toMatchObject({
      code,
      stderr: 'error: interrupted\n',
    });
    expect(await readdir(home)).toEqual([]);
  });

  test('replaces nothing but a file', async () => {
    const { run, home, seen } = await connected(pages(odd));
    await mkdir(join(home, 'folder'));
    for (const file of ['folder', 'missing/users.csv', 'folder/users.csv/users.csv']
      .map((name) => join(home, name))
      .concat('/dev/null')) {
      expect(await run(['users', 'export', '--output', file, '--force'])).toMatchObject({ code: 2, stdout: '' });
    }
    expect(seen).toEqual([]);
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });
});

test.each([
  ['--format', 'xml'],
  ['--format', 'ndjson', '--safe-cells'],
])('%s %s %s is refused before anything is sent', async (...flags) => {
  const { run, seen } = await connected(pages([]));
  expect(await run(['users', 'export', ...flags])).toMatchObject({ code: 2, stdout: '' });
  expect(seen).toEqual([]);
});
