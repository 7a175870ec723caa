import { describe, expect, test } from 'vitest';
import { connected, ID } from './directory.ts';

const OTHER = 'usr_01hzxrphnke7jrvvzhvhsvq5bn';
const NOBODY = 'usr_00000000000000000000000000';

/** A directory in which everybody but nobody is there. */
const directory = () =>
  connected(({ path }) =>
    path.endsWith(NOBODY) ? { status: 404, body: { error: 'not_found', message: 'User not found' } } : { status: 204 },
  );

const deleted = (seen: readonly { method: string; path: string }[]) =>
  seen.map(({ method, path }) => `${method} ${path.split('/').at(-1)}`);

describe('delete', () => {
  test('deletes users, in any spelling', async () => {
    const { run, seen } = await directory();
    expect(await run(['users', 'delete', ID.uuid, OTHER, '--yes'])).toEqual({
      code: 0,
      stdout: `Deleted ${ID.v1}.\nDeleted ${OTHER}.\n`,
      stderr: '',
    });
    expect(deleted(seen)).toEqual([`DELETE ${ID.v1}`, `DELETE ${OTHER}`]);
  });

  test('of one who is not there is 4; of many such, the others are deleted and it is 8', async () => {
    const { run, seen } = await directory();
    expect(await run(['users', 'delete', NOBODY, '--yes'])).toMatchObject({ code: 4, stdout: '' });
    const many = await run(['users', 'delete', ID.v1, NOBODY, OTHER, '--yes']);
    expect(many).toMatchObject({ code: 8, stdout: `Deleted ${ID.v1}.\nDeleted ${OTHER}.\n` });
    expect(many.stderr).toMatch(/404 User not found\n.*\nerror: 1 of 3 users are not there\n$/);
    expect(seen).toHaveLength(4);
  });

  test('stops where the key is refused', async () => {
    const { run, seen } = await connected(() => ({ status: 403, body: { error: 'forbidden', message: 'no' } }));
    expect(await run(['users', 'delete', ID.v1, OTHER, '--yes'])).toMatchObject({ code: 3 });
    expect(seen).toHaveLength(1);
  });

  test('is of a version where one is given, and then of one user', async () => {
    const { run, seen } = await directory();
    await run(['users', 'delete', ID.v1, '--if-match', '3', '--yes']);
    expect(seen[0]!.headers['if-match']).toBe('"3"');
    expect(await run(['users', 'delete', ID.v1, OTHER, '--if-match', '3', '--yes'])).toMatchObject({ code: 2 });
    expect(seen).toHaveLength(1);
  });
});

describe.each([
  ['users delete', ['users', 'delete', ID.v1], 'Delete'],
  ['keys revoke', ['keys', 'revoke', 'key_1'], 'Revoke'],
])('%s asks first', (_, argv, verb) => {
  test.each(['y\n', 'Yes\n', ' yes \n'])('and does it on %j', async (input) => {
    const { run, seen } = await directory();
    const { code, stderr } = await run(argv, { input, terminal: true });
    expect({ code, stderr }).toEqual({ code: 0, stderr: `${verb} ${argv[2]}? [y/N] ` });
    expect(seen).toHaveLength(1);
  });

  test.each(['\n', 'n\n', 'yesterday\n', ''])('and does nothing on %j', async (input) => {
    const { run, seen } = await directory();
    const { code, stdout, stderr } = await run(argv, { input, terminal: true });
    expect({ code, stdout, seen }).toEqual({ code: 2, stdout: '', seen: [] });
    expect(stderr).toContain('nothing was done');
  });

  test('and wants --yes where there is no terminal', async () => {
    const { run, seen } = await directory();
    const { code, stderr } = await run(argv, { input: 'y\n' });
    expect({ code, seen }).toEqual({ code: 2, seen: [] });
    expect(stderr).toContain('--yes');
  });
});
