import { chmod, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connected, type Reply, type Seen } from './directory.ts';
import { pages } from './pages.ts';

const key = {
  id: 'key_1',
  tenant_id: 'tnt_1',
  name: 'nightly',
  scopes: ['read', 'write'],
  profile: 'default',
  domain: 'okta',
  created_at: '2026-01-02T03:04:05Z',
  expires_at: null,
  last_used_at: '2026-02-03T04:05:06Z',
};
const issued = { ...key, key: 'stele_secret' };

const directory = (reply: (seen: Seen) => Reply = () => ({ status: 200, body: issued })) => connected(reply);

describe('the last key of a provisioning domain', () => {
  const warned = (status: number, body?: object): Reply => ({
    status,
    ...(body && { body }),
    headers: { 'stele-warning': 'The provisioning domain "okta" has no API key any more' },
  });

  test('keys revoke prints the warning on standard error', async () => {
    const { run } = await directory(() => warned(204));
    expect(await run(['keys', 'revoke', 'key_1', '--yes'])).toEqual({
      code: 0,
      stdout: 'Revoked key_1.\n',
      stderr: 'Warning: The provisioning domain "okta" has no API key any more\n',
    });
  });

  test('keys update sends the domain, shows the key and prints the warning on standard error', async () => {
    const { run, seen } = await directory(() => warned(200, key));
    const { code, stdout, stderr } = await run(['keys', 'update', 'key_1', '--domain', 'entra']);
    expect(code).toBe(0);
    expect(seen).toMatchObject([{ method: 'PATCH', path: '/v1/api-keys/key_1', body: { domain: 'entra' } }]);
    expect(stdout).toContain('domain        okta\n');
    expect(stderr).toContain('Warning: ');
  });

  test('keys update without a domain is a wrong command line', async () => {
    const { run, seen } = await directory();
    expect((await run(['keys', 'update', 'key_1'])).code).toBe(2);
    expect(seen).toEqual([]);
  });
});

describe('a key that is made', () => {
  test('is by itself on standard output', async () => {
    const { run, seen } = await directory();
    const { code, stdout, stderr } = await run(['keys', 'create', '--name', 'nightly', '--scopes', 'read,write']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'stele_secret\n' });
    expect(stderr).toContain('id            key_1\n');
    expect(stderr).not.toContain('stele_secret');
    expect(seen).toMatchObject([
      { method: 'POST', path: '/v1/api-keys', body: { name: 'nightly', scopes: ['read', 'write'] } },
    ]);
  });

  test.each([
    ['create', ['--name', 'nightly', '--scopes', 'read']],
    ['rotate', ['key_1']],
  ])('by %s --output is in a file of its owner alone', async (command, flags) => {
    const { run, home, seen } = await directory();
    const file = join(home, 'nightly.key');
    const argv = ['keys', command, ...flags, '--output', file];
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain(`The key is in ${file}.\n`);
    expect(stderr).not.toContain('stele_secret');
    expect(await readFile(file, 'utf8')).toBe('stele_secret\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await run(argv)).toMatchObject({ code: 2, stderr: `error: ${file} exists; --force replaces it\n` });
    expect(await run([...argv.slice(0, -1), join(home, 'missing/nightly.key')])).toMatchObject({ code: 2 });
    expect(seen).toHaveLength(1);
    await chmod(file, 0o644);
    expect(await run([...argv, '--force', '--json'])).toMatchObject({ code: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(issued);
  });

  test('is the whole answer with --json', async () => {
    const { run } = await directory();
    const { stdout, stderr } = await run(['keys', 'create', '--name', 'x', '--scopes', 'read', '--json']);
    expect(JSON.parse(stdout)).toEqual(issued);
    expect(stderr).toBe('');
  });

  test.each([
    [['--expires', '2027-01-01'], { expires_at: '2027-01-01T00:00:00.000Z' }],
    [['--expires', '2027-01-01T12:00:00+02:00'], { expires_at: '2027-01-01T10:00:00.000Z' }],
    [['--compatibility', 'strict'], { profile: 'strict' }],
    [['--domain', 'okta'], { domain: 'okta' }],
  ])('has what is given with %j', async (flags, body) => {
    const { run, seen } = await directory();
    expect(await run(['keys', 'create', '--name', 'x', '--scopes', 'read', ...flags])).toMatchObject({ code: 0 });
    expect(seen[0]!.body).toEqual({ name: 'x', scopes: ['read'], ...body });
  });

  test('ends after a while', async () => {
    const { run, seen } = await directory();
    await run(['keys', 'create', '--name', 'x', '--scopes', 'read', '--expires-in', '90d']);
    const { expires_at } = seen[0]!.body as { expires_at: string };
    const days = (Date.parse(expires_at) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.99);
    expect(days).toBeLessThanOrEqual(90);
  });

  test('may be for another tenant', async () => {
    const { run, seen } = await directory();
    await run(['keys', 'create', '--name', 'x', '--scopes', 'admin', '--tenant', 'tnt_2']);
    expect(seen).toMatchObject([{ method: 'POST', path: '/v1/tenants/tnt_2/api-keys' }]);
  });

  test('and whose answer was lost is not taken for a key', async () => {
    const { run } = await directory(() => ({ status: 200, body: key }));
    for (const argv of [
      ['create', '--name', 'x', '--scopes', 'read'],
      ['rotate', 'key_1', '--json'],
    ]) {
      const { code, stdout, stderr } = await run(['keys', ...argv]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('stele keys rotate key_1');
    }
  });

  test.each([
    ['no name', ['--scopes', 'read']],
    ['no scopes', ['--name', 'x']],
    ['two ends', ['--name', 'x', '--scopes', 'read', '--expires', '2027-01-01', '--expires-in', '1d']],
    ['an end that is no time', ['--name', 'x', '--scopes', 'read', '--expires', 'tomorrow']],
    ['an end in a time of nowhere', ['--name', 'x', '--scopes', 'read', '--expires', '2027-01-01T12:00:00']],
    ['an end after the year 9999', ['--name', 'x', '--scopes', 'read', '--expires', '9999-12-31T23:59:59-05:00']],
    ['an end before the year 1', ['--name', 'x', '--scopes', 'read', '--expires', '0001-01-01T00:00:00+05:00']],
    ['an end too far away', ['--name', 'x', '--scopes', 'read', '--expires-in', '9000000d']],
    ['an end that no date has', ['--name', 'x', '--scopes', 'read', '--expires-in', '999999999999d']],
    ['an end that is no duration', ['--name', 'x', '--scopes', 'read', '--expires-in', '90']],
  ])('is refused for %s before anything is sent', async (_, flags) => {
    const { run, seen } = await directory();
    expect(await run(['keys', 'create', ...flags])).toMatchObject({ code: 2, stdout: '' });
    expect(seen).toEqual([]);
  });
});

describe('keys', () => {
  test('are listed without what opens', async () => {
    const { run } = await directory(pages([key, { ...key, id: 'key_2', expires_at: '2027-01-01T00:00:00Z' }]));
    expect(await run(['keys', 'list'])).toEqual({
      code: 0,
      stdout: [
        'id     name     scopes      profile  domain  expires_at            last_used_at',
        'key_1  nightly  read,write  default  okta    -                     2026-02-03T04:05:06Z',
        'key_2  nightly  read,write  default  okta    2027-01-01T00:00:00Z  2026-02-03T04:05:06Z',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  test('are all listed', async () => {
    const many = Array.from({ length: 150 }, (_, index) => ({ ...key, id: `key_${index}` }));
    const { run } = await directory(pages(many));
    expect(JSON.parse((await run(['keys', 'list', '--json'])).stdout)).toEqual(many);
  });

  test('are shown one by one', async () => {
    const { run, seen } = await directory(() => ({ status: 200, body: key }));
    expect((await run(['keys', 'get', 'key_1'])).stdout).toContain('name          nightly\n');
    expect(JSON.parse((await run(['keys', 'get', 'key_1', '--json'])).stdout)).toEqual(key);
    expect(seen).toMatchObject([{ method: 'GET', path: '/v1/api-keys/key_1' }, {}]);
  });

  test.each([
    [[], {}],
    [['--overlap', '1h'], { overlap_seconds: 3600 }],
    [['--overlap', '0s'], { overlap_seconds: 0 }],
  ])('are replaced with %j', async (flags, body) => {
    const { run, seen } = await directory();
    expect(await run(['keys', 'rotate', 'key_1', ...flags])).toMatchObject({ code: 0, stdout: 'stele_secret\n' });
    expect(seen).toMatchObject([{ method: 'POST', path: '/v1/api-keys/key_1/rotate', body }]);
  });

  test('are revoked', async () => {
    const { run, seen } = await directory(() => ({ status: 204 }));
    expect(await run(['keys', 'revoke', 'key_1', '--yes'])).toEqual({
      code: 0,
      stdout: 'Revoked key_1.\n',
      stderr: '',
    });
    expect(seen).toMatchObject([{ method: 'DELETE', path: '/v1/api-keys/key_1' }]);
  });
});

describe('tenants', () => {
  const tenant = { id: 'tnt_1', name: 'acme', created_at: '2026-01-02T03:04:05Z' };

  test('are made', async () => {
    const { run, seen } = await directory(() => ({ status: 201, body: tenant }));
    const { stdout } = await run(['tenants', 'create', 'acme']);
    expect(stdout).toBe('id          tnt_1\nname        acme\ncreated_at  2026-01-02T03:04:05Z\n');
    expect(seen).toMatchObject([{ method: 'POST', path: '/v1/tenants', body: { name: 'acme' } }]);
  });

  test('are listed', async () => {
    const { run } = await directory(pages([tenant]));
    expect((await run(['tenants', 'list'])).stdout).toBe(
      'id     name  created_at\ntnt_1  acme  2026-01-02T03:04:05Z\n',
    );
    expect(JSON.parse((await run(['tenants', 'list', '--json'])).stdout)).toEqual([tenant]);
  });
});
