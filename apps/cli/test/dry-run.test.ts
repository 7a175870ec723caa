import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { csv, user } from './batches.ts';
import { connected, ID } from './directory.ts';

const NOTHING = 'Nothing was sent, because of --dry-run.\n';

describe('--dry-run', () => {
  test.each([
    [['users', 'create', 'username=jane', 'password=secret'], 'POST /v1/users\n'],
    [['users', 'create', '--as', 'scim', 'userName=jane', 'password=secret'], 'POST /scim/v2/Users\n'],
    [['users', 'create', '--as', 'nerm', 'login=jane', 'password=secret'], 'POST /user\n'],
    [['users', 'delete', ID.uuid], `DELETE /v1/users/${ID.v1}\n`],
    [['users', 'delete', ID.v1, ID.v1], `DELETE /v1/users/${ID.v1}\nDELETE /v1/users/${ID.v1}\n`],
    [['users', 'password', ID.v1], `PUT /v1/users/${ID.v1}/password\n`],
    [['users', 'verify-email', ID.v1, 'secret'], `POST /v1/users/${ID.v1}/email-verification\n`],
    [['users', 'resend-verification', ID.v1], `POST /v1/users/${ID.v1}/email-verification/resend\n`],
    [['users', 'avatar', ID.v1, '--set', 'file'], `POST /profiles/${ID.uuid}/avatar\n`],
    [['jobs', 'create', 'file'], 'POST /users?async=true\n'],
    [['keys', 'create', '--name', 'x', '--scopes', 'read'], 'POST /v1/api-keys\n'],
    [['keys', 'update', 'key_1', '--domain', 'okta'], 'PATCH /v1/api-keys/key_1\n'],
    [['keys', 'rotate', 'key_1'], 'POST /v1/api-keys/key_1/rotate\n'],
    [['keys', 'revoke', 'key_1'], 'DELETE /v1/api-keys/key_1\n'],
    [['tenants', 'create', 'acme'], 'POST /v1/tenants\n'],
    [['api', 'POST', '/v1/users', 'password=secret'], 'POST /v1/users\n'],
  ])('%j shows what would be sent', async (argv, request) => {
    const { run, seen, home } = await connected();
    const file = join(home, 'file');
    await writeFile(file, '[{"password":"secret"}]');
    const given = argv.map((word) => (word === 'file' ? file : word));
    const { code, stdout, stderr } = await run([...given, '--dry-run'], { input: 'secret' });
    expect({ code, stderr: stderr.replaceAll(NOTHING, '') }).toEqual({ code: 0, stderr: '' });
    expect(stderr).toContain(NOTHING);
    expect(stdout.startsWith(request.split('/avatar')[0]!.split('/profiles')[0]!)).toBe(true);
    expect(stdout).not.toContain('secret');
    expect(seen).toEqual([]);
  });

  test.each(['v1', 'scim', 'nerm'])('users update --as %s shows the preview of the server', async (dialect) => {
    const changes = { role: { old: 'user', new: 'admin' } };
    const { run, seen } = await connected(() => ({ status: 200, body: { changes } }));
    const { code, stdout } = await run(['users', 'update', ID.v1, '--as', dialect, 'role=admin', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/role\.old +user\n/);
    expect(stdout).toMatch(/role\.new +admin\n/);
    expect(seen).toMatchObject([{ method: 'PATCH', headers: { prefer: 'return=preview' } }]);
    expect(seen[0]!.headers).not.toHaveProperty('idempotency-key');
  });

  test('users import reads the file, and sends nothing', async () => {
    const { run, seen, home } = await connected();
    const file = join(home, 'users.csv');
    await writeFile(file, csv(user('jane'), user('joe')));
    expect(await run(['users', 'import', file, '--dry-run'])).toEqual({
      code: 0,
      stdout: 'rows     2\nbatches  1\n',
      stderr: NOTHING,
    });
    await writeFile(file, 'username,email');
    expect(await run(['users', 'import', file, '--dry-run'])).toMatchObject({ code: 6 });
    expect(seen).toEqual([]);
  });
});
