import { describe, expect, test } from 'vitest';
import { connected, ID } from './directory.ts';

const directory = () => connected(() => ({ status: 204 }));
const argv = ['users', 'password', ID.v1];

describe('a password', () => {
  test.each([
    ['correct horse\n', 'correct horse'],
    ['correct horse\r\n', 'correct horse'],
    ['  spaces stay  ', '  spaces stay  '],
    ['two\nlines\n\n', 'two\nlines\n'],
  ])('from standard input, %j, is %j', async (input, password) => {
    const { run, seen } = await directory();
    const result = await run(argv, { input });
    expect(result).toEqual({ code: 0, stdout: `Set the password of ${ID.v1}.\n`, stderr: '' });
    expect(seen).toMatchObject([{ method: 'PUT', path: `/v1/users/${ID.v1}/password`, body: { password } }]);
  });

  test('from a terminal is asked for and not shown', async () => {
    const { run, seen } = await directory();
    const { code, stdout, stderr } = await run(argv, { input: 'correct horse\n', terminal: true });
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Password: \n' });
    expect(stdout).not.toContain('horse');
    expect(seen[0]!.body).toEqual({ password: 'correct horse' });
  });

  test.each([
    ['nothing', '', false, 2],
    ['an empty line', '\n', false, 2],
    ['Ctrl-D at a terminal', '\u0004', true, 2],
    ['Ctrl-C at a terminal', 'half\u0003', true, 130],
  ])('is not %s', async (_, input, terminal, code) => {
    const { run, seen } = await directory();
    expect(await run(argv, { input, terminal })).toMatchObject({ code, stdout: '' });
    expect(seen).toEqual([]);
  });

  test('is no argument and no flag', async () => {
    const { run, seen } = await directory();
    for (const more of ['correct horse', '--password=correct horse']) {
      expect(await run([...argv, more], { input: 'x' })).toMatchObject({ code: 2 });
    }
    expect(seen).toEqual([]);
  });

  test('does not show in what --debug says', async () => {
    const { run } = await directory();
    const { stderr } = await run([...argv, '--debug'], { input: 'correct horse' });
    expect(stderr).toContain(`debug: PUT /v1/users/${ID.v1}/password: 204 in `);
    expect(stderr).not.toContain('horse');
  });
});
