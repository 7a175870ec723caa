import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { escape, manPages } from '../scripts/pages.ts';
import { exitCodes } from '../src/errors.ts';
import { createProgram } from '../src/program.ts';
import manifest from '../package.json' with { type: 'json' };
import { shell } from './directory.ts';

const commands = [
  [],
  ['users', 'get'],
  ['users', 'create'],
  ['users', 'update'],
  ['users', 'delete'],
  ['users', 'list'],
  ['users', 'history'],
  ['groups', 'history'],
  ['users', 'password'],
  ['users', 'verify-email'],
  ['users', 'resend-verification'],
  ['users', 'import'],
  ['users', 'export'],
  ['users', 'avatar'],
  ['jobs', 'create'],
  ['jobs', 'status'],
  ['jobs', 'watch'],
  ['audit'],
  ['keys', 'create'],
  ['keys', 'list'],
  ['keys', 'get'],
  ['keys', 'update'],
  ['keys', 'rotate'],
  ['keys', 'revoke'],
  ['tenants', 'create'],
  ['tenants', 'list'],
  ['login'],
  ['logout'],
  ['profiles'],
  ['translate'],
  ['whoami'],
  ['doctor'],
  ['api'],
  ['help'],
  ['completion'],
  ['profiles', 'list'],
  ['profiles', 'use'],
  ['profiles', 'remove'],
];

test.each(commands)('%s %s --help has examples, on standard output', async (...command) => {
  const { code, stdout, stderr } = await (await shell()).run([...command.filter(Boolean), '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`Examples:\n  stele ${command.filter(Boolean).join(' ')}`);
});

test.each([
  [['users', 'get', '-h']],
  [['help', 'users', 'get']],
  [['users', 'help', 'get']],
  [['-h'], ['--help']],
  [['help'], ['--help']],
  [
    ['help', 'users'],
    ['users', '-h'],
  ],
])('%j is %j', async (argv, same = ['users', 'get', '--help']) => {
  const { run } = await shell();
  expect(await run(argv)).toEqual(await run(same));
});

test('--help explains every exit code', async () => {
  const { stdout } = await (await shell()).run(['--help']);
  for (const code of Object.values(exitCodes)) expect(stdout).toMatch(new RegExp(`^ {2}${code} +\\w`, 'm'));
});

test('--version is that of the package', async () => {
  expect(await (await shell()).run(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

describe('colours', () => {
  test.each([
    [{}, [], false, false],
    [{}, [], true, true],
    [{ TERM: 'dumb' }, [], true, false],
    [{ NO_COLOR: '1' }, [], true, false],
    [{ NO_COLOR: '' }, [], true, true],
    [{}, ['--no-color'], true, false],
    [{ FORCE_COLOR: '1' }, [], false, true],
    [{ FORCE_COLOR: '3', TERM: 'dumb' }, [], false, true],
    [{ FORCE_COLOR: '0' }, [], true, false],
    [{ FORCE_COLOR: 'false' }, [], true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, [], true, false],
    [{ FORCE_COLOR: '1' }, ['--no-color'], true, false],
  ] as [Record<string, string>, string[], boolean, boolean][])(
    'with %j and %j on a terminal (%j): %j',
    async (env, flags, terminal, isColoured) => {
      const { run } = await shell({ STELE_TOKEN: '', ...env });
      const { stderr } = await run(['users', 'get', 'usr_1', ...flags], { terminal });
      expect(stderr).toContain('there is no API key');
      expect(stderr.includes('\u001b[31m')).toBe(isColoured);
    },
  );
});

describe('a command line that is wrong is refused on standard error', () => {
  test.each([
    [[]],
    [['users']],
    [['jobs']],
    [['keys']],
    [['tenants']],
    [['user']],
    [['help', 'user']],
    [['help', 'users', 'got']],
    [['users', 'delete']],
    [['users', 'get']],
    [['users', 'get', 'a', 'b']],
  ])('%j', async (argv) => {
    const { code, stdout, stderr } = await (await shell()).run(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });
});

test.each([
  ['environment', 'NO_PROXY'],
  ['exit-codes', '130  stopped by Ctrl-C'],
  ['formatting', 'ndjson'],
])('help %s explains %s', async (topic, text) => {
  const { code, stdout, stderr } = await (await shell()).run(['help', topic]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(text);
});

describe('the man pages', () => {
  const pages = manPages();
  const output = { write: () => true };
  const program = createProgram({ stdin: Readable.from([]), stdout: output, stderr: output, env: {} });
  const linesOf = (command: Command, path = ''): string[] => [
    path,
    ...command.commands.flatMap((each) => linesOf(each, `${path} ${each.name()}`.trim())),
  ];

  test('are those that package.json lists', () => {
    expect(manifest.man.toSorted()).toEqual([...pages.keys()].map((name) => `./dist/man/${name}`).toSorted());
  });

  test.each(linesOf(program))('of "%s" has the usage, the options and the examples of its help', async (line) => {
    const path = line.split(' ').filter(Boolean);
    const { stdout } = await (await shell()).run([...path, '--help']);
    const page = pages.get(`${['stele', ...path.slice(0, 1)].join('-')}.1`);
    const options = [...stdout.matchAll(/^ {2}(-.*?)(?: {2}|$)/gm)].map(([, term]) => term!);
    expect(options.length).toBeGreaterThan(0);
    for (const option of options) expect(page).toContain(`.TP\n\\fB${escape(option)}\\fR\n`);
    const [usage] = /(?<=^Usage: ).*$/m.exec(stdout)!;
    const isGroup = path.length > 0 && usage.endsWith('[command]');
    const examples = stdout.match(/(?<=^ {2})stele .*$/gm) ?? [];
    for (const text of isGroup ? examples : [usage, ...examples]) expect(page).toContain(escape(text));
  });

  test.runIf(spawnSync('groff', ['--version']).status === 0).each([...pages.keys()])(
    'groff formats %s without a warning',
    (name) => {
      const groff = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], { input: pages.get(name)!, encoding: 'utf8' });
      expect(groff).toMatchObject({ status: 0, stderr: '' });
    },
  );
});

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish', 'powershell'])('of %s has every command and flag', async (name) => {
    const { code, stdout } = await (await shell()).run(['completion', name]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/'users update'.*\n?.*--if-match/);
    expect(stdout).toMatch(/'keys'.*\n?.*rotate/);
  });

  test.each([
    ['stele ', 'users'],
    ['stele us', 'users'],
    ['stele users ', 'update'],
    ['stele users up', 'update'],
    ['stele users update usr_1 --if', '--if-match'],
    ['stele scim check --re', '--report'],
  ])('of bash completes "%s" to %s', async (line, expected) => {
    const { run, home } = await shell();
    const file = join(home, 'completion.bash');
    await writeFile(file, (await run(['completion', 'bash'])).stdout);
    const words = line.split(' ');
    const script = `source ${file}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _stele; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script]);
    expect(stdout.split('\n')).toContain(expected);
  });

  test('of another shell is an error', async () => {
    expect(await (await shell()).run(['completion', 'tcsh'])).toMatchObject({ code: 2, stdout: '' });
    expect(await (await shell()).run(['completion', 'constructor'])).toMatchObject({ code: 2, stdout: '' });
  });
});
