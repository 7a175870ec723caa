import { describe, expect, test } from 'vitest';
import { exitCodes } from '../src/exit.ts';
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
  ['users', 'password'],
  ['users', 'verify-email'],
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
];

test.each(commands)('%s %s --help has examples, on standard output', async (...command) => {
  const { code, stdout, stderr } = await (await shell()).run([...command.filter(Boolean), '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`Examples:\n  stele ${command.filter(Boolean).join(' ')}`);
});

test('--help explains every exit code', async () => {
  const { stdout } = await (await shell()).run(['--help']);
  for (const code of Object.values(exitCodes)) expect(stdout).toMatch(new RegExp(`^ {2}${code} +\\w`, 'm'));
});

test('--version is that of the package', async () => {
  expect(await (await shell()).run(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

describe('a command line that is wrong is refused on standard error', () => {
  test.each([
    [[]],
    [['users']],
    [['jobs']],
    [['keys']],
    [['tenants']],
    [['user']],
    [['users', 'delete']],
    [['users', 'get']],
    [['users', 'get', 'a', 'b']],
  ])('%j', async (argv) => {
    const { code, stdout, stderr } = await (await shell()).run(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });
});
