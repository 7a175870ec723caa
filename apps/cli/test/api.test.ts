import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connected, KEY, shell, type Reply, type Seen } from './directory.ts';
import { pages, userOf } from './pages.ts';

const ISSUED = 'stele_018ffb8b46b371e58deff1dc73bb95740000';
const KEY_ID = 'key_01hzxrphnke7jrvvzhvhsvq5bm';

const error = (status: number, word: string): Reply => ({ status, body: { error: word, message: word } });

/** A directory with one key, which has some scopes. */
const directory =
  (scopes: readonly string[], token = KEY, headers: Record<string, string> = {}) =>
  ({ method, path, headers: sent }: Seen): Reply => {
    if (sent.authorization !== `Bearer ${token}`) return error(401, 'unauthorized');
    const scope = path.startsWith('/v1/tenants')
      ? 'operator'
      : path.startsWith('/v1/api-keys')
        ? 'admin'
        : method === 'GET'
          ? 'read'
          : 'write';
    if (!scopes.includes(scope)) return { ...error(403, 'forbidden'), headers };
    if (path === `/v1/api-keys/${KEY_ID}`) {
      return { status: 200, body: { id: KEY_ID, name: 'nightly', scopes, expires_at: null } };
    }
    return path.includes('?') ? { status: 200, body: { data: [] } } : { ...error(404, 'not_found'), headers };
  };

describe('whoami', () => {
  test.each([
    [['read'], 'read'],
    [['write'], 'write'],
    [['read', 'write', 'admin', 'operator'], 'read,write,admin,operator'],
  ])('shows the scopes %j', async (scopes, shown) => {
    const { run, url, seen } = await connected(directory(scopes));
    expect(await run(['whoami'])).toEqual({
      code: 0,
      stdout: `url     ${url}\nfrom    STELE_TOKEN\nkey     -\nscopes  ${shown}\n`,
      stderr: '',
    });
    expect(seen.filter(({ method }) => method !== 'GET')).toMatchObject([{ method: 'PATCH', body: {} }]);
  });

  test('shows the id of a key, and its name where it may see it', async () => {
    const admin = await connected(directory(['read', 'admin'], ISSUED));
    const { stdout } = await admin.run(['whoami', '--json', '--token', ISSUED]);
    expect(JSON.parse(stdout)).toEqual({
      url: admin.url,
      from: '--token',
      key: KEY_ID,
      name: 'nightly',
      scopes: ['read', 'admin'],
      expires_at: null,
    });
    const reader = await connected(directory(['read'], ISSUED));
    const { stdout: text } = await reader.run(['whoami'], { env: { STELE_TOKEN: ISSUED } });
    expect(text).toContain(`key     ${KEY_ID}\nscopes  read\n`);
    expect(text).not.toContain(ISSUED);
  });

  test('has the exit code of what is wrong', async () => {
    const { run } = await connected(directory(['read'], 'another'));
    expect(await run(['whoami'])).toMatchObject({ code: 3, stdout: '' });
    expect(await run(['whoami'], { env: { STELE_URL: 'http://127.0.0.1:1' } })).toMatchObject({ code: 7 });
  });
});

describe('doctor', () => {
  const findings = ({ stdout }: { stdout: string }) =>
    (JSON.parse(stdout) as { check: string; ok: boolean; remark: string }[]).map(
      ({ check, ok }) => `${check} ${ok ? 'ok' : 'error'}`,
    );
  const good = ['version ok', 'profiles ok', 'url ok'];

  test('finds no error', async () => {
    const { run } = await connected(directory(['read', 'write']));
    const { code, stdout } = await run(['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok {6}scopes {4}read,write$/m);
    expect(findings(await run(['doctor', '--json']))).toEqual([...good, 'key ok', 'scopes ok', 'clock ok']);
  });

  test.each([
    ['a URL that does not respond', {}, { STELE_URL: 'http://127.0.0.1:1' }, ['url error']],
    ['no key', {}, { STELE_TOKEN: '' }, ['url error']],
    ['a wrong key', {}, { STELE_TOKEN: 'wrong' }, ['url ok', 'key error', 'clock ok']],
    ['a clock', { Date: 'Thu, 01 Jan 2026 00:00:00 GMT' }, {}, ['url ok', 'key ok', 'scopes ok', 'clock error']],
  ])('finds %s', async (_, headers: Record<string, string>, env: Record<string, string>, found) => {
    const { run } = await connected(directory(['read'], KEY, headers));
    const result = await run(['doctor', '--json'], { env });
    expect(result.code).toBe(8);
    expect(findings(result)).toEqual(['version ok', 'profiles ok', ...found]);
  });

  test('finds a configuration that others can read', async () => {
    const { run, home } = await connected(directory(['read']));
    await mkdir(join(home, '.config/stele'), { recursive: true });
    const file = join(home, '.config/stele/config.json');
    await writeFile(file, '{"profiles":{}}');
    await chmod(file, 0o644);
    expect(findings(await run(['doctor', '--json']))[1]).toBe('profiles error');
    expect((await run(['doctor'])).stdout).toContain(`chmod 600 it`);
  });
});

describe('api', () => {
  const echo = (seen: Seen): Reply => ({ status: 200, body: { ...seen, headers: undefined } });

  test.each([
    [['get', '/v1/users', 'per_page:=2', 'sort=username'], 'GET', '/v1/users?per_page=2&sort=username', undefined],
    [
      ['PATCH', '/v1/users/usr_1', 'role=admin', 'first_name:=null'],
      'PATCH',
      '/v1/users/usr_1',
      { role: 'admin', first_name: null },
    ],
    [['POST', '/scim/v2/Users', '--data', '{"userName":"jane"}'], 'POST', '/scim/v2/Users', { userName: 'jane' }],
    [['POST', '/user', 'user:={"login":"jane"}'], 'POST', '/user', { user: { login: 'jane' } }],
    [['PUT', '/v1/users/usr_1/password', '--data', '-'], 'PUT', '/v1/users/usr_1/password', [1]],
  ])('%j', async (argv, method, path, body) => {
    const { run } = await connected(echo);
    const { code, stdout } = await run(['api', ...argv], { input: '[1]' });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ method, path, ...(body !== undefined && { body }) });
  });

  test('sends headers and conditions', async () => {
    const { run, seen } = await connected(echo);
    const flags = ['--if-match', '3', '--header', 'Prefer: return=preview', '--header', 'x-a:b'];
    await run(['api', 'PATCH', '/scim/v2/Users/1', 'a=b', ...flags]);
    expect(seen[0]!.headers).toMatchObject({ 'if-match': '"3"', prefer: 'return=preview', 'x-a': 'b' });
    expect(seen[0]!.headers['content-type']).toBe('application/scim+json');
  });

  test('prints nothing for 204, and text as it came', async () => {
    const nothing = await connected(() => ({ status: 204 }));
    expect(await nothing.run(['api', 'DELETE', '/v1/users/usr_1'])).toEqual({ code: 0, stdout: '', stderr: '' });
    const text = await connected(() => ({ status: 200, body: 'up\n', headers: { 'Content-Type': 'text/plain' } }));
    expect(await text.run(['api', 'GET', '/metrics'])).toEqual({ code: 0, stdout: 'up\n', stderr: '' });
  });

  const items = Array.from({ length: 25 }, (_, index) => userOf(`u${index}`));
  const scim = ({ path }: Seen): Reply => {
    const start = Number(new URL(path, 'http://x').searchParams.get('startIndex') ?? 1);
    const Resources = items.slice(start - 1, start + 9);
    return { status: 200, body: { Resources, startIndex: start, totalResults: items.length } };
  };
  const cursors = ({ path }: Seen): Reply => {
    const start = Number(new URL(path, 'http://x').searchParams.get('cursor') || 0);
    const Resources = items.slice(start, start + 10);
    const isLast = start + 10 >= items.length;
    return { status: 200, body: { Resources, ...(!isLast && { nextCursor: String(start + 10) }) } };
  };
  const nerm = ({ path }: Seen): Reply => {
    const query = new URL(path, 'http://x').searchParams;
    const offset = Number(query.get('offset') ?? 0);
    const next = offset + 10 < items.length ? `/users?metadata=true&limit=10&offset=${offset + 10}` : null;
    const metadata = query.get('metadata') === 'true' ? { _metadata: { next } } : {};
    return { status: 200, body: { users: items.slice(offset, offset + 10), ...metadata } };
  };
  test.each([
    ['/v1/users', pages(items)],
    ['/v1/users?cursor=', pages(items)],
    ['/scim/v2/Users', scim],
    ['/scim/v2/Users?cursor=', cursors],
    ['/users', nerm],
  ])('--paginate follows %s to its end', async (path, reply) => {
    const { run, seen } = await connected(reply);
    const { code, stdout } = await run(['api', 'GET', path, '--paginate']);
    expect({ code, items: JSON.parse(stdout) as unknown }).toEqual({ code: 0, items });
    expect(seen).toHaveLength(3);
  });

  test.each([
    [
      'a page that is its own next one',
      () => ({ status: 200, body: { data: [1], links: { next: '/v1/users?a=b' } } }),
      1,
    ],
    ['what is no list', () => ({ status: 200, body: { id: 1 } }), 2],
  ])('--paginate ends at %s', async (_, reply, code) => {
    const { run } = await connected(reply);
    expect(await run(['api', 'GET', '/v1/users?a=b', '--paginate'])).toMatchObject({ code });
  });

  test.each([
    [['GET', 'https://elsewhere.example.com/v1/users']],
    [['GET', 'v1/users']],
    [['TRACE', '/v1/users']],
    [['GET', '/v1/users', '--data', '{}']],
    [['POST', '/v1/users', 'a=b', '--data', '{}']],
    [['POST', '/v1/users', 'a=b', 'a=c']],
    [['POST', '/v1/users', '--paginate']],
    [['GET', '/v1/users', '--header', 'x']],
  ])('%j is a wrong command line', async (argv) => {
    const { run, seen } = await connected(echo);
    expect(await run(['api', ...argv])).toMatchObject({ code: 2, stdout: '' });
    expect(seen).toEqual([]);
  });

  test('has the exit code of an error', async () => {
    const { run } = await connected(() => error(404, 'not_found'));
    expect(await run(['api', 'GET', '/v1/users/usr_1'])).toMatchObject({ code: 4, stdout: '' });
    expect((await (await shell()).run(['api', 'GET', '/v1/users'])).code).toBe(3);
  });
});
