import { describe, expect, test } from 'vitest';
import { connected, ID, KEY } from './directory.ts';

describe('--debug', () => {
  test('is a line for each request, with what was sent and answered', async () => {
    const { run } = await connected();
    const { stdout, stderr } = await run(['users', 'update', ID.v1, 'role=admin', '--debug', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ username: 'jane' });
    expect(stderr).toMatch(
      new RegExp(
        `^debug: PATCH /v1/users/${ID.v1}: 200 in \\d+ ms, request request-1, sent \\{"role":"admin"\\}, received \\{"id":.*\\}\n$`,
      ),
    );
  });

  test('is a line for each attempt', async () => {
    let requests = 0;
    const { run } = await connected(() =>
      (requests += 1) === 1 ? { status: 0 } : { status: 200, body: { username: '\u001b[2Jjane' } },
    );
    const { stderr } = await run(['users', 'get', ID.v1, '--debug']);
    const [first, second, ...more] = stderr.trimEnd().split('\n');
    expect(first).toMatch(/^debug: GET \/v1\/users\/usr_\w+: .*Error.* in \d+ ms$/);
    expect(second).toContain(': 200 in ');
    expect(second).toContain(', attempt 2, ');
    expect(second).toContain('\\u001b[2Jjane');
    expect(more).toEqual([]);
  });

  test('says nothing secret, and not all of what is long', async () => {
    const { run } = await connected();
    const { stderr } = await run([
      'users',
      'create',
      'username=jane',
      'password=correct horse',
      `first_name=${'x'.repeat(5000)}`,
      '--debug',
    ]);
    expect(stderr).not.toContain('correct horse');
    expect(stderr).not.toContain(KEY);
    expect(stderr).not.toContain('x'.repeat(1001));
    expect(stderr).toContain('x'.repeat(100));
  });
});

test('verify-email sends the token, and shows the user', async () => {
  const { run, seen } = await connected(() => ({ status: 200, body: { id: ID.v1, email: 'new@example.com' } }));
  const { code, stdout } = await run(['users', 'verify-email', ID.uuid, 'a token']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `id     ${ID.v1}\nemail  new@example.com\n` });
  expect(seen).toMatchObject([
    { method: 'POST', path: `/v1/users/${ID.v1}/email-verification`, body: { token: 'a token' } },
  ]);
});

test('resend-verification asks for the message again, and shows the user', async () => {
  const { run, seen } = await connected(() => ({ status: 200, body: { id: ID.v1, pending_email: 'new@example.com' } }));
  const { code, stdout } = await run(['users', 'resend-verification', ID.uuid]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `id             ${ID.v1}\npending_email  new@example.com\n` });
  expect(seen).toMatchObject([{ method: 'POST', path: `/v1/users/${ID.v1}/email-verification/resend` }]);
});
