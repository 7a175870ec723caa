import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { batchServer, csv, nameOf, PASSWORD, unknown, user, usernamesOf, users, withFile } from './batches.ts';
import { connected, KEY, type Reply, type Seen } from './directory.ts';

/** Not worth another try, as far as the SDK knows. */
const gone: Reply = {
  status: 503,
  body: { error: 'unavailable', message: 'not now' },
  headers: { 'Retry-After': '120' },
};

/** Six rows in three batches, with somebody in the second and in the third who was there before. */
const rows = [user('u1'), user('u2'), user('u3'), user('u1'), user('u5'), user('u2')];
const names = ['u1', 'u2', 'u3', 'u5'];

type Answer = (seen: Seen, done: () => Reply) => Reply;

/**
 * An import that a server with moods answers: the n-th batch that is sent, from 1, meets the n-th mood, or is done.
 */
async function moody(...moods: readonly (Answer | undefined)[]) {
  const batches = batchServer();
  const left = [...moods];
  const reply = (seen: Seen): Reply =>
    seen.method === 'GET' ? unknown : (left.shift() ?? done)(seen, () => batches.reply(seen));
  const at = await withFile(csv(...rows), { ...batches, reply });
  const run = (more: readonly string[] = []) => at.run(['users', 'import', at.file, '--batch-size', '2', ...more]);
  return { ...at, run, read: async () => JSON.parse(await readFile(at.state, 'utf8')) as Record<string, unknown> };
}

const done: Answer = (_seen, reply) => reply();
const down: Answer = () => gone;
/** The server does the batch, and nobody hears of it. */
const unheard: Answer = (_seen, reply) => {
  reply();
  return gone;
};

const REPORT = [
  'row,error,message,details,username,email,first_name,last_name,role',
  '5,conflict,Username already taken,username: Username already taken,u1,u1@example.com,,,',
  '7,conflict,Username already taken,username: Username already taken,u2,u2@example.com,,,',
  '',
].join('\n');

describe('an import that was interrupted goes on, and does nothing twice', () => {
  test.each([
    ['before its first batch', [down], 0],
    ['after a batch', [done, down], 2],
    ['after a batch that failed in part', [done, done, down], 4],
    ['when nobody heard that the first was done', [unheard], 0],
    ['when nobody heard that one which failed in part was done', [done, unheard], 2],
    ['when nobody heard that the last was done', [done, done, unheard], 4],
  ] as const)('%s', async (_, moods, before) => {
    const { run, created, sent, home, report } = await moody(...moods);
    const first = await run();
    expect(first).toMatchObject({ code: 7, stdout: '' });
    expect(first.stderr).toContain(`\n  ${before} rows are done. `);
    const interrupted = sent().at(-1)!;
    const second = await run();
    expect(second.code).toBe(8);
    expect(second.stderr).toMatch(new RegExp(`^Resuming after ${before} rows\\. `));
    expect(second.stdout).toMatch(/^created +4\nfailed +2\n/);
    expect(created).toEqual(names);
    const repeated = sent()[sent().indexOf(interrupted) + 1]!;
    expect(nameOf(repeated)).toBe(nameOf(interrupted));
    expect(repeated.body).toEqual(interrupted.body);
    expect(await readFile(report, 'utf8')).toBe(REPORT);
    expect(await readdir(home)).toEqual(['users.csv', 'users.csv.failed.csv']);
  });

  test('after it was interrupted again and again', async () => {
    const { run, created, report } = await moody(unheard, unheard, done, down, unheard, done, down);
    const codes = [];
    for (let code = 7; code === 7; codes.push(code)) ({ code } = await run());
    expect(codes).toEqual([7, 7, 7, 7, 7, 8]);
    expect(created).toEqual(names);
    expect(await readFile(report, 'utf8')).toBe(REPORT);
  });

  test('when the first run still has the batch under way', async () => {
    const busy = (seconds: string): Reply => ({
      status: 409,
      body: { error: 'request_in_progress', message: 'no answer yet' },
      headers: { 'Retry-After': seconds },
    });
    const { run, created } = await moody(
      done,
      () => busy('120'),
      () => busy('1'),
      () => busy('0'),
    );
    expect(await run()).toMatchObject({ code: 7 });
    expect(await run()).toMatchObject({ code: 8 });
    expect(created).toEqual(names);
  });

  test('when it was killed between its report and its state', async () => {
    const { run, report } = await moody(done, done, down);
    await run();
    await appendFile(report, '7,conflict,half of a li');
    await run();
    expect(await readFile(report, 'utf8')).toBe(REPORT);
  });

  test('when somebody has taken its report away', async () => {
    const { run, report } = await moody(done, done, down);
    await run();
    await rm(report);
    expect(await run()).toMatchObject({ code: 8 });
    const [header, , ...later] = REPORT.split('\n');
    expect(await readFile(report, 'utf8')).toBe([header, ...later].join('\n'));
  });

  test('with a report that was edited meanwhile, which is kept', async () => {
    const { run, report } = await moody(done, done, down);
    await run();
    await writeFile(report, (await readFile(report, 'utf8')).replace('u1@', 'u9@'));
    const { code, stderr } = await run();
    expect({ code, stderr }).toEqual({
      code: 8,
      stderr: expect.stringContaining('users.csv.failed.csv is not replaced.'),
    });
    expect(await readFile(report, 'utf8')).toContain('u9@');
    const [header, , ...later] = REPORT.split('\n');
    expect(await readFile(report.replace('failed.csv', 'failed.2.csv'), 'utf8')).toBe([header, ...later].join('\n'));
  });

  test('in batches of the size that it began with', async () => {
    const { run, sent } = await moody(done, down);
    await run();
    const { code, stderr } = await run(['--batch-size', '3']);
    expect(code).toBe(8);
    expect(stderr).toContain('Its batches still have 2 rows.');
    expect(sent().slice(-2).map(usernamesOf)).toEqual([
      ['u3', 'u1'],
      ['u5', 'u2'],
    ]);
  });

  test('a day later too, and says what the server has forgotten', async () => {
    const { run, read, state } = await moody(down);
    await run();
    const savedAt = new Date(Date.now() - 25 * 3600 * 1000).toISOString();
    await writeFile(state, JSON.stringify({ ...(await read()), savedAt }));
    const { code, stderr } = await run();
    expect(code).toBe(8);
    expect(stderr).toContain('for a day');
  });

  test.each([
    [401, 3],
    [403, 3],
    [400, 6],
  ])('when the server refused a whole batch with %d', async (status, code) => {
    const { run, created } = await moody(done, () => ({ status, body: { error: 'x', message: 'Words' } }));
    const first = await run();
    expect(first.code).toBe(code);
    expect(first.stderr).toContain('  2 rows are done. ');
    expect(await run()).toMatchObject({ code: 8 });
    expect(created).toEqual(names);
  });

  test('but not on an answer that is not about its rows', async () => {
    const { run } = await moody(() => ({ status: 200, body: { results: [{ status: 201 }] } }));
    expect(await run()).toMatchObject({ code: 1 });
    expect(await run()).toMatchObject({ code: 8 });
  });
});

describe('Ctrl-C', () => {
  test('lets the batch under way come to its end; 130', async () => {
    const { run, interrupt, sent, read } = await moody(done, (_seen, reply) => {
      expect(interrupt()).toBe(true);
      return reply();
    });
    const first = await run();
    expect(first).toMatchObject({ code: 130, stdout: '' });
    expect(first.stderr).toBe(
      [
        'Stopping after this batch; Ctrl-C again stops at once.',
        'error: interrupted',
        '  4 rows are done. The same command continues from there.',
        '',
      ].join('\n'),
    );
    expect(await read()).toMatchObject({ rows: 4, created: 3, failed: 1 });
    expect(await run()).toMatchObject({ code: 8 });
    expect(sent().map(usernamesOf)).toEqual([
      ['u1', 'u2'],
      ['u3', 'u1'],
      ['u5', 'u2'],
    ]);
  });

  test('a second time is nothing that the import listens to, nor is one after it', async () => {
    const heard: boolean[] = [];
    const { run, interrupt } = await moody((_seen, reply) => {
      heard.push(interrupt(), interrupt());
      return reply();
    });
    await run();
    expect([...heard, interrupt()]).toEqual([true, false, false]);
  });

  test('is not listened to when the import has ended', async () => {
    const { run, interrupt } = await moody();
    await run();
    expect(interrupt()).toBe(false);
  });

  test('during the last batch comes too late', async () => {
    const { run, interrupt } = await moody(done, done, (_seen, reply) => {
      interrupt();
      return reply();
    });
    expect(await run()).toMatchObject({ code: 8 });
  });
});

describe('the state', () => {
  test('is for its owner, and holds nothing of what is imported', async () => {
    const { run, state, url, read } = await moody(done, down);
    await run();
    expect((await stat(state)).mode & 0o777).toBe(0o600);
    const text = await readFile(state, 'utf8');
    for (const secret of [KEY, PASSWORD, 'u1', 'example.com']) expect(text).not.toContain(secret);
    expect(await read()).toMatchObject({ url: `${url}/`, batches: 1, rows: 2, created: 2, failed: 0, batchSize: 2 });
  });

  test.each([
    ['the file has changed', async ({ file }) => appendFile(file, user('u7'))],
    ['a row that is done has changed', async ({ file }) => writeFile(file, csv(...rows).replace('u1', 'U1'))],
    ['it is none', async ({ state }) => writeFile(state, 'null')],
    ['it is half of one', async ({ state }) => writeFile(state, '{')],
  ] as [string, (at: { file: string; state: string }) => Promise<void>][])(
    'is refused where %s, until --restart',
    async (_, change) => {
      const { run, sent, created, ...at } = await moody(done, down);
      await run();
      await change(at);
      const before = [await readFile(at.state, 'utf8'), sent().length];
      const refused = await run();
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain('--restart');
      expect([await readFile(at.state, 'utf8'), sent().length]).toEqual(before);

      expect(await run(['--restart'])).toMatchObject({ code: 8 });
      const [first, last] = [sent()[0]!, sent().at(-1)!].map((each) => nameOf(each).split('.')[0]);
      expect(last).not.toBe(first);
      expect(created).toEqual(expect.arrayContaining(names));
    },
  );

  test('is refused where another server is meant', async () => {
    const { run } = await moody(done, down);
    await run();
    const other = await connected(batchServer().reply);
    const refused = await run(['--url', other.url]);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('--restart');
    expect(other.seen.filter(({ method }) => method === 'POST')).toEqual([]);
  });
});

test.each([
  ['a server that hangs up', { status: 0 }, 7],
  ['a key that the server does not know', { status: 401, body: { error: 'unauthorized', message: 'no' } }, 3],
  ['what is no directory', { status: 200, body: {} }, 2],
] as [string, Reply, number][])('an import to %s leaves nothing', async (_, answer, code) => {
  const { run, home, file, sent } = await withFile(csv(...rows), { created: [], reply: () => answer });
  expect(await run(['users', 'import', file])).toMatchObject({ code, stdout: '' });
  expect(sent()).toEqual([]);
  expect(await readdir(home)).toEqual(['users.csv']);
});

test('a batch has 500 rows unless it is said', async () => {
  const many = users(2500);
  const { run, file, sent, created } = await withFile(csv(...many));
  expect(await run(['users', 'import', file])).toMatchObject({ code: 0 });
  expect(sent().map((each) => usernamesOf(each).length)).toEqual([500, 500, 500, 500, 500]);
  expect(created).toHaveLength(2500);
});
