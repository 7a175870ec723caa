import { describe, expect, test } from 'vitest';
import { connected } from './directory.ts';
import { pages, userOf } from './pages.ts';

const jane = userOf('jane', { first_name: 'Jane', last_name: 'Smith', role: 'admin' });
const joe = userOf('joe', { id: 'usr_1', email: null, last_name: '\u001b[2JDoe' });
const many = Array.from({ length: 250 }, (_, index) => userOf(`u${index}`));

const queryOf = (path: string) => Object.fromEntries(new URL(path, 'http://x').searchParams);

describe('a list', () => {
  test('is a table with aligned columns, in which no value controls the terminal', async () => {
    const { run } = await connected(pages([jane, joe]));
    expect(await run(['users', 'list'])).toEqual({
      code: 0,
      stdout: [
        'id        username  email             name          role',
        'usr_jane  jane      jane@example.com  Jane Smith    admin',
        'usr_1     joe       -                 \\u001b[2JDoe  user',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  test('aligns what is wider or narrower than its characters', async () => {
    const names = ['山田太郎', '👩‍👩‍👧‍👦 family', 'e\u0301mile', 'flag 🇩🇪', 'plain'];
    const { run } = await connected(pages(names.map((first_name) => userOf('u', { first_name }))));
    const { stdout } = await run(['users', 'list']);
    expect(stdout).toContain('u@example.com  山田太郎   user\n');
    expect(stdout).toContain('u@example.com  👩‍👩‍👧‍👦 family  user\n');
    expect(stdout).toContain('u@example.com  e\u0301mile      user\n');
    expect(stdout).toContain('u@example.com  flag 🇩🇪    user\n');
  });

  test.each([
    [
      ['--output', 'json', '--fields', 'username,created_at'],
      ['[', '  {', '    "username": "jane",', '    "created_at": "2026-01-02T03:04:05Z"', '  }', ']'],
    ],
    [['--output', 'ndjson', '--fields', 'email'], ['{"email":"jane@example.com"}']],
    [['--output', 'ndjson'], [JSON.stringify(jane)]],
    [
      ['--output', 'csv'],
      ['id,username,email,name,role', 'usr_jane,jane,jane@example.com,Jane Smith,admin'],
    ],
    [
      ['--output', 'csv', '--fields', 'role, first_name'],
      ['role,first_name', 'admin,Jane'],
    ],
    [
      ['--output', 'table', '--fields', 'role,updated_at'],
      ['role   updated_at', 'admin  2026-02-03T04:05:06Z'],
    ],
  ])('is printed with %j', async (flags, lines) => {
    const { run } = await connected(pages([jane]));
    expect(await run(['users', 'list', ...flags])).toEqual({ code: 0, stdout: [...lines, ''].join('\n'), stderr: '' });
    expect(await run(['users', 'list', '--all', ...flags])).toMatchObject({ stdout: [...lines, ''].join('\n') });
  });

  test('may be empty', async () => {
    const { run } = await connected(pages([]));
    expect(await run(['users', 'list'])).toMatchObject({ code: 0, stdout: 'id  username  email  name  role\n' });
    expect(await run(['users', 'list', '--json'])).toMatchObject({ code: 0, stdout: '[]\n' });
    expect(await run(['users', 'list', '--all', '--json'])).toMatchObject({ code: 0, stdout: '[]\n' });
  });

  test('is of one page, and says where the next is', async () => {
    const { run, seen } = await connected(pages(many));
    const first = await run(['users', 'list']);
    expect(first.stdout.split('\n')).toHaveLength(1 + 20 + 1);
    expect(first.stderr).toBe('20 of 250 users; --page 2 shows the next, --all everybody\n');
    const last = await run(['users', 'list', '--page', '3', '--limit', '100', '--json']);
    expect(last).toEqual({ code: 0, stdout: `${JSON.stringify(many.slice(200), null, 2)}\n`, stderr: '' });
    expect(seen.map(({ path }) => queryOf(path))).toEqual([
      { per_page: '20', page: '1' },
      { per_page: '100', page: '3' },
    ]);
  });

  test('of all walks by cursor', async () => {
    const { run, seen } = await connected(pages(many));
    const { stdout } = await run(['users', 'list', '--all', '--json']);
    expect(stdout).toBe(`${JSON.stringify(many, null, 2)}\n`);
    expect(seen.map(({ path }) => queryOf(path)['cursor'])).toEqual(['', '100', '200']);
    const table = await run(['users', 'list', '--all']);
    expect(table.stdout.split('\n')).toHaveLength(1 + 250 + 1);
    expect(table.stdout.match(/^id /gm)).toHaveLength(1);
  });

  test('asks for what is given', async () => {
    const { run, seen } = await connected(pages([jane]));
    await run([
      'users',
      'list',
      '--filter',
      'role=admin',
      '--filter',
      'last_name=a=b',
      '--sort',
      'email',
      '--order',
      'desc',
    ]);
    expect(queryOf(seen[0]!.path)).toMatchObject({
      'filter[role]': 'admin',
      'filter[last_name]': 'a=b',
      sort: 'email',
      order: 'desc',
    });
  });

  test.each([
    ['--limit', '0'],
    ['--limit', '101'],
    ['--limit', 'ten'],
    ['--page', '0'],
    ['--all', '--page', '2'],
    ['--all', '--limit', '2'],
    ['--filter', 'role'],
    ['--output', 'xml'],
    ['--output', 'csv', '--json'],
    ['--filter', 'role=a', '--filter', 'role=b'],
  ])('is refused for %s %s before anything is sent', async (...flags) => {
    const { run, seen } = await connected(pages([]));
    expect(await run(['users', 'list', ...flags])).toMatchObject({ code: 2, stdout: '' });
    expect(seen).toEqual([]);
  });

  test('with a field that no user has is rejected', async () => {
    const { run } = await connected(pages([jane]));
    for (const output of ['table', 'json', 'ndjson', 'csv']) {
      const { code, stderr } = await run(['users', 'list', '--output', output, '--fields', 'id,nome']);
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('no field "nome"; there are id,'),
      });
    }
  });

  test('that breaks off has the code of what broke it', async () => {
    const answer = pages(many);
    const { run, seen } = await connected((each) =>
      seen.length < 2 ? answer(each) : { status: 401, body: { error: 'unauthorized', message: 'no' } },
    );
    expect(await run(['users', 'list', '--all'])).toMatchObject({ code: 3 });
  });
});
