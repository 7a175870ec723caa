import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readRows } from '../src/import/rows.ts';
import { batchOf, batchServer, csv, HEADER, nameOf, user, usernamesOf, users, withFile } from './batches.ts';
import { connected, shell } from './directory.ts';

const ndjson = (name: string, more: object = {}): string =>
  `${JSON.stringify({ username: name, email: `${name}@example.com`, password: 'correct horse', ...more })}\n`;

describe('what spreadsheets and programs write is read, and failures have the row of the spreadsheet', () => {
  const bad = (number: number) => [`${number},validation_error,`];
  test.each([
    ['mixed line ends', `${HEADER}\r\n${user('a')}\n${user('b')}\rc,c,p,,,\r\n`, ['a', 'b'], bad(4)],
    ['rows of delimiters', `${HEADER}\n${user('a')}\n,,,,,\nc,c,p,,,\n${',,,,,\n'.repeat(3)}`, ['a'], bad(4)],
    ['blank lines with spaces', `${HEADER}\n${user('a')}\n   \n\t\n , ,\nc,c,p,,,\n\n`, ['a'], bad(6)],
    ['cells of two lines', `${HEADER}\n"a",a@example.com,p,"x\ny",,\nc,c,p,,,\n`, ['a'], bad(3)],
    ['semicolons', csv(user('a'), 'c,c,p,,,').replaceAll(',', ';'), ['a'], bad(3)],
    ['tabs', csv(user('a'), 'c,c,p,,,').replaceAll(',', '\t'), ['a'], bad(3)],
    ['semicolons and quotes', '"Username";"Email";"Password"\r\n"a";"a@x,y";"p;p"\r\n', ['a'], []],
    ['sep=', `sep=;\r\n${csv(user('a'), 'c,c,p,,,').replaceAll(',', ';')}`, ['a'], bad(3)],
    ['sep= with another character', `\u{feff}SEP=~\n${csv(user('a'), 'c,c,p,,,').replaceAll(',', '~')}`, ['a'], bad(3)],
    ['other names', ` USERNAME ,E-Mail,Password,First Name,last name\na,a@example.com,p,,\nc,c,p,,\n`, ['a'], bad(3)],
    ['columns without a name', `${HEADER},,\n${user('a')},,\nc,c,p,,,, , \n`, ['a'], bad(3)],
    ['a byte order mark', `\u{feff}${csv(user('a'), 'c,c,p,,,')}`, ['a'], bad(3)],
    [
      'NDJSON',
      `${ndjson('a', { first_name: null, id: 'usr_1', pending_email: 'x' })}\n \r\n${ndjson('c', { email: 'c' })}`,
      ['a'],
      bad(4),
    ],
    ['NDJSON without an end of line', `\u{feff}${ndjson('a').trimEnd()}`, ['a'], []],
    ['an edited report', `row,error,message,details,${HEADER}\n3,conflict,x,,${user('a')}\n`, ['a'], []],
  ])('%s', async (_, contents, names, failures) => {
    const { run, file, report, created } = await withFile(contents);
    const { code, stderr } = await run(['users', 'import', file]);
    expect({ code, stderr, created }).toEqual({
      code: failures.length > 0 ? 8 : 0,
      stderr: failures.length > 0 ? expect.stringMatching(/rows failed\n$/) : '',
      created: names,
    });
    const lines = await readFile(report, 'utf8').catch(() => 'header\n');
    expect(lines.trimEnd().split('\n').slice(1)).toEqual(failures.map((line) => expect.stringContaining(line)));
  });

  test.each([[['--delimiter', ':']], [['--format', 'csv', '--delimiter', ':']]])('%j', async (flags) => {
    const { run, file, created } = await withFile(csv(user('a')).replaceAll(',', ':'));
    expect(await run(['users', 'import', file, ...flags])).toMatchObject({ code: 0, stderr: '' });
    expect(created).toEqual(['a']);
  });

  test.each(['tab', '\\t'])('--delimiter %s', async (name) => {
    const { run, created } = await withFile('');
    const input = csv(user('a')).replaceAll(',', '\t');
    expect(await run(['users', 'import', '-', '--delimiter', name], { input })).toMatchObject({ code: 0 });
    expect(created).toEqual(['a']);
  });

  test('in chunks of any size', async () => {
    const text = `sep=;\r\n${csv(user('a\u{f6}'), ' ', user('b')).replaceAll(',', ';').replaceAll('\n', '\r\n')}`;
    const bytes = Buffer.from(text);
    for (const size of [1, 2, 3, 7]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      const numbers = [];
      for await (const { number, cells } of readRows(Readable.from(chunks), {}))
        numbers.push([number, cells['username']]);
      expect(numbers).toEqual([
        [2, 'a\u{f6}'],
        [4, 'b'],
      ]);
    }
  });
});

describe('what is sent', () => {
  test('is what the file says', async () => {
    const { run, sent, file } = await withFile(
      [
        '\u{feff}username,email,password,first_name,last_name,role',
        'jane,jane@example.com,"a ""quoted"", long",Jane,"Smith\r\nJones",admin',
        '',
        'joe,joe@example.com, spaces stay ,,,',
        '',
      ].join('\r\n'),
    );
    expect(await run(['users', 'import', file])).toMatchObject({ code: 0, stderr: '' });
    expect(sent()).toMatchObject([{ method: 'POST', path: '/v1/users/batch' }]);
    expect(batchOf(sent()[0]!)).toEqual([
      {
        op: 'create',
        data: {
          username: 'jane',
          email: 'jane@example.com',
          password: 'a "quoted", long',
          first_name: 'Jane',
          last_name: 'Smith\r\nJones',
          role: 'admin',
        },
      },
      { op: 'create', data: { username: 'joe', email: 'joe@example.com', password: ' spaces stay ' } },
    ]);
  });

  test('is in the columns of the header, in any order; those of an export besides are left out', async () => {
    const { run, sent, file } = await withFile(
      'id,password,email,created_at,username,updated_at\nusr_1,secret,a@example.com,2026,a,2026\n',
    );
    expect(await run(['users', 'import', file])).toMatchObject({ code: 0 });
    expect(batchOf(sent()[0]!)).toEqual([
      { op: 'create', data: { password: 'secret', email: 'a@example.com', username: 'a' } },
    ]);
  });

  test('is refused by the server where a cell is empty that may not be', async () => {
    const { run, sent, file } = await withFile(csv('a,,,,,'));
    expect(await run(['users', 'import', file])).toMatchObject({ code: 8 });
    expect(batchOf(sent()[0]!)).toEqual([{ op: 'create', data: { username: 'a', email: '', password: '' } }]);
  });

  test('goes in batches, one after the other, each of which has a name of its own', async () => {
    const { run, sent, file } = await withFile(csv(...users(7)));
    expect(await run(['users', 'import', file, '--batch-size', '3'])).toMatchObject({ code: 0 });
    expect(sent().map(usernamesOf)).toEqual([['u1', 'u2', 'u3'], ['u4', 'u5', 'u6'], ['u7']]);
    expect(new Set(sent().map(nameOf)).size).toBe(3);
  });

  test('goes in smaller batches where users are large: the server reads 1 MiB', async () => {
    // A control character is six bytes of JSON.
    const name = '\u0001'.repeat(20_000);
    const { run, sent, file } = await withFile(csv(...users(20).map((row) => row.replace(',,,', `,${name},,`))));
    expect(await run(['users', 'import', file])).toMatchObject({ code: 0 });
    expect(sent().flatMap(usernamesOf)).toHaveLength(20);
    for (const { headers } of sent()) expect(Number(headers['content-length'])).toBeLessThanOrEqual(1_048_576);
  });

  test('is nothing where the file has a header alone', async () => {
    const { run, sent, file } = await withFile(csv());
    const { code, stdout } = await run(['users', 'import', file]);
    expect({ code, sent: sent() }).toEqual({ code: 0, sent: [] });
    expect(stdout).toMatch(/^created +0$/m);
  });
});

describe('a file that does not fit is refused before anything is sent, and nothing secret is said', () => {
  const secret = 'hunter2-hunter2';
  test.each([
    ['an unknown column', 'username,email,password,phone\na,a@example.com,b,1\n', 'phone'],
    ['a missing column', 'username,password\na,b\n', 'email'],
    ['a column twice', 'username,email,password,email\na,a@example.com,b,c\n', 'email'],
    ['a delimiter that is not looked for', 'username:email:password\na:a@example.com:b\n', 'username:email:password'],
    ['no header', '', 'empty'],
    ['too few values', csv(user('a'), `b,b@example.com,${secret}`), 'row 3'],
    ['too many values', csv(user('a'), `${user('b')},${secret}`), 'row 3'],
    ['a quote within', csv(user('a'), `b,b@example.com,${secret}"x,,,`), 'row 3'],
    ['a quote that closes too early', csv(user('a'), `b,b@example.com,"${secret}"x,,,`), 'row 3'],
    ['a quote that is not closed', csv(user('a'), `b,b@example.com,"${secret},,,`), 'not closed'],
    ['a row without end', csv(`"${secret.repeat(5000)}"`), '65536'],
    ['Latin-1', Buffer.from(csv(`J\u{f6}rg,j@example.com,${secret},,,`), 'latin1'), 'UTF-8'],
    ['UTF-8 that ends early', Buffer.from(csv(user('J\u{f6}')), 'utf8').subarray(0, HEADER.length + 3), 'UTF-8'],
    ['UTF-16', Buffer.from(csv(user('a')), 'utf16le'), 'UTF-8'],
    ['NUL', csv(user('a\u0000b')), 'UTF-8'],
    [
      'a value in a column without a name',
      `${HEADER},\n${user('a')},${secret}\n`,
      'row 2: the row has a value in column 7',
    ],
    [
      'a quote after blank rows',
      `\n${HEADER}\n,,,,,\n\n"b","b@example.com","${secret}"x,,,\n`,
      'row 5: column password',
    ],
    ['a quote after a cell of two lines', csv('a,a,p,"x\ny",,', `b,${secret}"x,c,,,`), 'row 3: line 4, column email'],
    ['a field of NDJSON that no user has', ndjson('a', { phone: secret }), 'row 1: the object does not fit'],
    ['a line of NDJSON that is none', `${ndjson('a')}\n{"username":"${secret}\n`, 'row 3: is not JSON'],
    ['a line of NDJSON that is no object', `${ndjson('a')}["${secret}"]\n`, 'row 2: is not a JSON object'],
    ['a JSON array', `[${ndjson('a')}]`, 'each line holds one'],
    ['a line of NDJSON without end', ndjson('a', { role: secret.repeat(5000) }), '65536'],
    ['NDJSON without passwords, as an export is', '{"username":"a","email":"a@example.com"}\n', 'password'],
  ])('%s', async (_, contents, said) => {
    const { run, seen, home, file } = await withFile(contents);
    const { code, stdout, stderr } = await run(['users', 'import', file, '--batch-size', '1']);
    expect({ code, stdout, seen }).toEqual({ code: 6, stdout: '', seen: [] });
    expect(stderr).toContain(said);
    expect(stderr).not.toContain('hunter2');
    expect(await readdir(home)).toEqual(['users.csv']);
  });
});

describe('a command line that is wrong', () => {
  test.each([
    ['a file that is not there', ['/nowhere/users.csv']],
    ['a folder', ['/']],
    ['no file', []],
    ['no rows', ['-', '--batch-size', '0']],
    ['more rows than a batch has', ['-', '--batch-size', '1001']],
    ['half a row', ['-', '--batch-size', '1.5']],
    ['another format', ['-', '--format', 'xml']],
    ['a delimiter of two characters', ['-', '--delimiter', ';;']],
    ['a quote as delimiter', ['-', '--delimiter', '"']],
    ['a delimiter of NDJSON', ['-', '--format', 'ndjson', '--delimiter', ';']],
  ])('%s', async (_, rest) => {
    const { run, seen } = await connected(batchServer().reply);
    expect(await run(['users', 'import', ...rest])).toMatchObject({ code: 2, stdout: '' });
    expect(seen).toEqual([]);
  });

  test('without a key nothing is read or sent', async () => {
    const { url, seen, file } = await withFile(csv(user('a')));
    const at = await shell({ STELE_URL: url });
    expect(await at.run(['users', 'import', file])).toMatchObject({ code: 3 });
    expect(seen).toEqual([]);
  });
});

describe('rows that fail', () => {
  const rows = [user('a'), 'b,"b, odd",secret of b,"B ""B""",,', user('A2'), user('a'), user('c')];

  test('are in the report, with the reason and without the password; the others are done; 8', async () => {
    const { run, file, report, created } = await withFile(csv(...rows));
    const { code, stdout, stderr } = await run(['users', 'import', file, '--batch-size', '2']);
    expect(code).toBe(8);
    expect(stderr).toBe('error: 2 of 5 rows failed\n');
    expect(stdout).toMatch(
      /^created +3\nfailed +2\nseconds +[\d.]+\nrows\/s +\d+\nreport +.*users\.csv\.failed\.csv\n$/,
    );
    expect(created).toEqual(['a', 'A2', 'c']);
    expect(await readFile(report, 'utf8')).toBe(
      [
        'row,error,message,details,username,email,first_name,last_name,role',
        '3,validation_error,"Invalid, ""quite""","email: is not an e-mail address, is odd",b,"b, odd","B ""B""",,',
        '5,conflict,Username already taken,username: Username already taken,a,a@example.com,,,',
        '',
      ].join('\n'),
    );
    expect((await stat(report)).mode & 0o777).toBe(0o600);
  });

  test('leave no state, and the next import of the file keeps their report, which may have been edited', async () => {
    const { run, file, home, report } = await withFile(csv(...rows));
    await run(['users', 'import', file]);
    expect(await readdir(home)).toEqual(['users.csv', 'users.csv.failed.csv']);
    await writeFile(report, 'edited');
    await writeFile(file, csv('d,d,p,,,'));
    const { code, stdout, stderr } = await run(['users', 'import', file]);
    expect(code).toBe(8);
    expect(stdout).toMatch(/^report +.*users\.csv\.failed\.2\.csv$/m);
    expect(stderr).toContain('users.csv.failed.csv is not replaced.');
    expect(await readFile(report, 'utf8')).toBe('edited');
    expect(await readFile(`${file}.failed.2.csv`, 'utf8')).toContain('\n2,validation_error,');
  });
});

describe('standard input', () => {
  test('is imported, and leaves nothing to go on with', async () => {
    const { run, created, home, sent } = await withFile('');
    expect(await run(['users', 'import', '-', '--batch-size', '2'], { input: csv(...users(3)) })).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(created).toEqual(['u1', 'u2', 'u3']);
    expect(sent()).toHaveLength(2);
    expect(await readdir(home)).toEqual(['users.csv']);
  });

  test('has its report in the folder at hand', async () => {
    const { run, home } = await withFile('');
    const folder = process.cwd();
    process.chdir(home);
    onTestFinished(() => process.chdir(folder));
    expect(await run(['users', 'import', '-'], { input: csv(user('a'), user('a')) })).toMatchObject({ code: 8 });
    expect(await readFile('stdin.failed.csv', 'utf8')).toContain('\n3,conflict,');
  });

  test('that is malformed is imported up to there, as it says', async () => {
    const { run, created } = await withFile('');
    const { code, stderr } = await run(['users', 'import', '-', '--batch-size', '2'], {
      input: csv(...users(5), 'x,"y'),
    });
    expect(code).toBe(6);
    // How many rows before that were read already is not said; how many are done is.
    expect(['u1', 'u2', 'u3', 'u4', 'u5']).toEqual(expect.arrayContaining(created));
    expect(stderr).toContain(`\n  ${created.length} rows are done. `);
  });

  test('with a header that does not fit is refused before anything is sent', async () => {
    const { run, sent } = await withFile('');
    expect(await run(['users', 'import', '-'], { input: 'a,b\nc,d\n' })).toMatchObject({ code: 6 });
    expect(sent()).toEqual([]);
  });
});

describe('progress', () => {
  const redrawn = '\r\u001b[K';

  test('is a bar on a terminal, and gone at the end', async () => {
    const { run, file } = await withFile(csv(...users(4)));
    const { stderr } = await run(['users', 'import', file, '--batch-size', '1'], { terminal: true });
    expect(stderr.split(redrawn).map((line) => line.slice(0, 32))).toEqual([
      '',
      '[------------------------]   0 %',
      '[######------------------]  25 %',
      '[############------------]  50 %',
      '[##################------]  75 %',
      '',
    ]);
  });

  test('counts the rows of standard input, whose end nobody knows', async () => {
    const { run } = await withFile('');
    const argv = ['users', 'import', '-', '--batch-size', '1'];
    const { stderr } = await run(argv, { input: csv(...users(2)), terminal: true });
    expect(stderr.split(redrawn).map((line) => line.split(',')[0])).toEqual(['', '0 rows', '1 rows', '']);
  });

  test('is not there with --quiet', async () => {
    const { run, file } = await withFile(csv(...users(4)));
    expect(await run(['users', 'import', file, '--quiet'], { terminal: true })).toMatchObject({ stderr: '' });
  });
});
