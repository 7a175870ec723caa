import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pages } from '../src/documentation.ts';
import { connected, ID, KEY, shell } from './directory.ts';

const hex = ID.uuid.replaceAll('-', '');
const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

describe('get', () => {
  test.each([
    ['v1', `/v1/users/${ID.v1}`],
    ['scim', `/scim/v2/Users/${ID.uuid}`],
    ['nerm', `/users/${ID.uuid}`],
  ])('as %s takes the identifier in every spelling', async (dialect, path) => {
    const { run, seen } = await connected();
    for (const id of [ID.v1, ID.uuid, hex, ID.uuid.toUpperCase()]) {
      expect(await run(['users', 'get', id, '--as', dialect])).toMatchObject({ code: 0, stderr: '' });
    }
    expect(new Set(seen.map((each) => `${each.method} ${each.path}`))).toEqual(new Set([`GET ${path}`]));
  });

  test('passes on an identifier that is none, and lets the server say so', async () => {
    const { run, seen } = await connected(() => ({
      status: 404,
      body: { error: 'not_found', message: 'User not found' },
    }));
    expect(await run(['users', 'get', 'usr_123', '--as', 'scim'])).toMatchObject({ code: 4 });
    expect(seen[0]!.path).toBe('/scim/v2/Users/usr_123');
  });

  test('prints an aligned record', async () => {
    const { run } = await connected();
    const { stdout } = await run(['users', 'get', ID.v1]);
    expect(stdout).toBe(
      [
        `id          ${ID.v1}`,
        'username    jane',
        'email       jane@example.com',
        'first_name  -',
        'role        admin',
        'ETag        "3"',
        '',
      ].join('\n'),
    );
  });

  test('prints one line for each value of a list', async () => {
    const { run } = await connected();
    const { stdout } = await run(['users', 'get', ID.v1, '--as', 'scim']);
    expect(stdout).toContain(
      'emails                 jane@example.com (work, primary)\n                       jane@example.org (home)\n',
    );
    expect(stdout).toContain('enterprise.department  Mapping\n');
  });

  test.each(['v1', 'scim', 'nerm'])('--json prints the answer of %s as it came', async (dialect) => {
    const { run, seen } = await connected();
    const { stdout } = await run(['users', 'get', ID.v1, '--as', dialect, '--json']);
    const answer = await fetch(`${(await connected()).url}${seen[0]!.path}`, {
      headers: { Authorization: `Bearer ${KEY}` },
    });
    expect(JSON.parse(stdout)).toEqual(await answer.json());
  });

  test('lets no value control the terminal', async () => {
    const { run } = await connected(() => ({ status: 200, body: { username: '\u001b[2Jjane\n\u009b1m' } }));
    const { stdout } = await run(['users', 'get', ID.v1]);
    expect(stdout).toBe('username  \\u001b[2Jjane\\n\\u009b1m\n');
  });
});

describe('create', () => {
  test.each([
    ['v1', ['username=jane', 'first_name:=null'], '/v1/users', { username: 'jane', first_name: null }],
    ['nerm', ['login=jane', 'admin:=true'], '/user', { user: { login: 'jane', admin: true } }],
    [
      'scim',
      ['userName=jane', 'name.givenName=Jane', 'name.familyName=Smith', 'emails:=[{"value":"jane@example.com"}]'],
      '/scim/v2/Users',
      {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: 'jane',
        name: { givenName: 'Jane', familyName: 'Smith' },
        emails: [{ value: 'jane@example.com' }],
      },
    ],
  ])('as %s sends the fields', async (dialect, fields, path, body) => {
    const { run, seen } = await connected();
    expect(await run(['users', 'create', '--as', dialect, ...fields])).toMatchObject({ code: 0 });
    expect(seen).toMatchObject([{ method: 'POST', path, body }]);
  });

  test.each(['v1', 'scim', 'nerm'])('as %s reads the password from standard input', async (dialect) => {
    const { run, seen } = await connected();
    const argv = ['users', 'create', '--as', dialect, 'title=x', '--password'];
    expect(await run(argv, { input: 'correct horse\n' })).toMatchObject({ code: 0 });
    expect(JSON.stringify(seen[0]!.body)).toContain('"password":"correct horse"');
    for (const more of [['password=x'], ['--data', '{}']]) {
      expect(await run([...argv, ...more], { input: 'correct horse\n' })).toMatchObject({ code: 2 });
    }
    expect(await run(argv)).toMatchObject({ code: 2 });
    expect(seen).toHaveLength(1);
  });

  test('puts the attributes of an extension into it', async () => {
    const { run, seen } = await connected();
    const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    await run(['users', 'create', '--as', 'scim', 'userName=jane', `${enterprise}:manager.value=1`]);
    expect(seen[0]!.body).toMatchObject({
      [enterprise]: { manager: { value: '1' } },
      schemas: [expect.anything(), enterprise],
    });
  });

  test('keeps a text that looks like something else a text', async () => {
    const { run, seen } = await connected();
    await run(['users', 'create', 'username=123', 'first_name=true', 'last_name=a=b', 'role=']);
    expect(seen[0]!.body).toEqual({ username: '123', first_name: 'true', last_name: 'a=b', role: '' });
  });
});

describe('update', () => {
  test.each([
    ['v1', ['role=admin', '--remove', 'first_name'], { role: 'admin', first_name: null }],
    ['nerm', ['status=Disabled', '--remove', 'title'], { user: { status: 'Disabled', title: null } }],
    [
      'scim',
      ['active:=false', 'emails[type eq "work=1"].value=a@example.com', '--remove', 'nickName', '--remove', 'title'],
      {
        schemas: [patchOp],
        Operations: [
          { op: 'replace', path: 'active', value: false },
          { op: 'replace', path: 'emails[type eq "work=1"].value', value: 'a@example.com' },
          { op: 'remove', path: 'nickName' },
          { op: 'remove', path: 'title' },
        ],
      },
    ],
  ])('as %s sends what is set and what is removed', async (dialect, rest, body) => {
    const { run, seen } = await connected();
    expect(await run(['users', 'update', ID.v1, '--as', dialect, ...rest])).toMatchObject({ code: 0 });
    expect(seen).toMatchObject([{ method: 'PATCH', body }]);
  });

  const message = { schemas: [patchOp], Operations: [{ op: 'remove', path: 'title' }] };
  test.each([
    ['v1', { role: 'admin' }, { role: 'admin' }],
    ['nerm', { user: { title: 'x' } }, { user: { title: 'x' } }],
    ['nerm', { title: 'x' }, { user: { title: 'x' } }],
    ['scim', message, message],
    ['scim', { title: 'x' }, { schemas: [patchOp], Operations: [{ op: 'replace', value: { title: 'x' } }] }],
  ])('as %s takes the body from a file, from standard input and from the command line', async (dialect, data, body) => {
    const { run, seen, home } = await connected();
    const text = JSON.stringify(data);
    const file = join(home, 'patch.json');
    await writeFile(file, text);
    const update = ['users', 'update', ID.v1, '--as', dialect, '--data'];
    await run([...update, `@${file}`]);
    await run([...update, '-'], { input: text });
    await run([...update, text]);
    // A byte order mark, as Windows writes it in UTF-8 and UTF-16.
    await run([...update, '-'], { input: `\ufeff${text}` });
    await writeFile(file, `\ufeff${text}`, 'utf16le');
    await run([...update, `@${file}`]);
    await writeFile(file, Buffer.from(`\ufeff${text}`, 'utf16le').swap16());
    await run([...update, `@${file}`]);
    expect(seen.map((each) => each.body)).toEqual(Array.from({ length: 6 }, () => body));
  });

  test.each([
    ['3', '"3"'],
    ['"3"', '"3"'],
    ['W/"3"', '"3"'],
    ['*', '*'],
  ])('--if-match %s sends %s', async (given, sent) => {
    const { run, seen } = await connected();
    await run(['users', 'update', ID.v1, 'role=admin', '--if-match', given]);
    expect(seen[0]!.headers['if-match']).toBe(sent);
  });

  test.each([
    ['no change', []],
    ['a field without a value', ['role']],
    ['a value that is not JSON', ['role:=admin']],
    ['fields and a body', ['role=admin', '--data', '{}']],
    ['a body that is not JSON', ['--data', 'role=admin']],
    ['a body that is not an object', ['--data', 'null']],
    ['a file that is not there', ['--data', '@/nowhere/patch.json']],
    ['a field that is given twice', ['role=admin', 'role=user']],
    ['a field that is set and removed', ['role=admin', '--remove', 'role']],
    ['a field that is removed twice', ['--remove', 'role', '--remove', 'role']],
    ['a SCIM attribute that is given twice in other case', ['--as', 'scim', 'title=x', 'Title=y']],
    ['another dialect', ['role=admin', '--as', 'ldap']],
    ['an unknown flag', ['role=admin', '--force']],
    ['a time that is none', ['role=admin', '--timeout', 'soon']],
  ])('is refused for %s before anything is sent', async (_, rest) => {
    const { run, seen } = await connected();
    const { code, stdout, stderr } = await run(['users', 'update', ID.v1, ...rest]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
    expect(seen).toEqual([]);
  });
});

describe('an exit code says what a refusal was', () => {
  test.each([
    [400, 6],
    [401, 3],
    [403, 3],
    [404, 4],
    [409, 5],
    [412, 5],
    [413, 6],
    [429, 7],
    [500, 1],
    [503, 7],
  ])('%d: %d', async (status, code) => {
    const { run } = await connected(() => ({ status, body: { error: 'x', message: 'Words' } }));
    const result = await run(['users', 'get', ID.v1, '--json']);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain('Words');
  });

  test('nobody answers: 7', async () => {
    const { run } = await shell({ STELE_URL: 'http://127.0.0.1:1', STELE_TOKEN: KEY });
    const { code, stderr } = await run(['users', 'get', ID.v1]);
    expect(code).toBe(7);
    expect(stderr).toContain('127.0.0.1:1');
  });
});

test('a refusal is one block with the fields and the request', async () => {
  const { run } = await connected(() => ({
    status: 400,
    body: {
      error: 'validation_error',
      message: 'Invalid request parameters',
      details: { email: ['Invalid email format'] },
    },
  }));
  const { stderr } = await run(['users', 'update', ID.v1, 'email=x']);
  expect(stderr).toBe(
    [
      `error: PATCH /v1/users/${ID.v1}: 400 Invalid request parameters`,
      '  email: Invalid email format',
      '  request: request-1',
      '',
    ].join('\n'),
  );
});

describe('an error names the page of the documents that explains it', () => {
  test.each([
    [401, 'v1', { error: 'unauthorized' }, 'docs/access.md#api-keys'],
    [412, 'nerm', { error: 'Precondition Failed' }, 'docs/concepts.md#versions'],
    [429, 'scim', { status: '429' }, 'docs/access.md#limits'],
    [409, 'v1', { error: 'request_in_progress' }, 'docs/concepts.md#idempotency'],
    [400, 'scim', { scimType: 'invalidFilter' }, 'docs/scim.md#lists'],
    [409, 'v1', { error: 'conflict' }, undefined],
    [404, 'v1', { error: 'constructor' }, undefined],
  ])('%i as %s with %j: %s', async (status, dialect, body, page) => {
    const { run } = await connected(() => ({ status, body }));
    const { stderr } = await run(['users', 'get', ID.v1, '--as', dialect, '--timeout', '1']);
    expect(/^ {2}see: (.*)$/m.exec(stderr)?.[1]).toBe(page);
  });

  test.each(Object.values(pages))('%s exists', async (page) => {
    const [file = '', anchor] = page.split('#');
    const text = await readFile(new URL(`../../../${file}`, import.meta.url), 'utf8');
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
    expect(headings.map((heading) => heading.toLowerCase().replaceAll(' ', '-'))).toContain(anchor);
  });
});

test('a key never shows', async () => {
  const { run } = await connected(() => ({ status: 401, body: { error: 'unauthorized', message: 'no' } }));
  for (const more of [[], ['--json'], ['--url', 'http://127.0.0.1:1']]) {
    const { stdout, stderr } = await run(['users', 'get', ID.v1, ...more]);
    expect(stdout + stderr).not.toContain(KEY);
  }
});
