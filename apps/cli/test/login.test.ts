import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connected, ID, KEY, serve, shell, type Reply, type Shell } from './directory.ts';

const fileOf = ({ home }: Shell) => join(home, '.config/stele/config.json');
const mode = async (path: string) => (await stat(path)).mode & 0o777;

describe('login', () => {
  test('keeps a key that the server knows, for its owner alone', async () => {
    const { url } = await serve();
    const at = await shell();
    expect(await at.run(['login', '--url', url], { input: `${KEY}\n` })).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(await readFile(fileOf(at), 'utf8'))).toEqual({ profiles: { default: { url, token: KEY } } });
    expect([await mode(fileOf(at)), await mode(dirname(fileOf(at)))]).toEqual([0o600, 0o700]);
    expect(await at.run(['users', 'get', ID.v1])).toMatchObject({ code: 0 });
  });

  test('closes a file that was open to others, and leaves no draft', async () => {
    const { url } = await serve();
    const at = await shell();
    await mkdir(dirname(fileOf(at)), { recursive: true });
    await writeFile(fileOf(at), '{"profiles":{"old":{"url":"http://old","token":"old"}}}');
    await chmod(fileOf(at), 0o644);
    await at.run(['login', '--url', url, '--token', KEY]);
    expect(await mode(fileOf(at))).toBe(0o600);
    expect(Object.keys(JSON.parse(await readFile(fileOf(at), 'utf8')).profiles)).toEqual(['old', 'default']);
    expect(await readdir(dirname(fileOf(at)))).toEqual(['config.json']);
  });

  test.each([
    ['the server does not know', 'another', 3],
    ['is empty', '\n', 2],
    ['cannot be sent', 'two words', 2],
  ])('keeps no key that %s', async (_, key, code) => {
    const { url } = await serve();
    const at = await shell();
    expect(await at.run(['login', '--url', url], { input: key })).toMatchObject({ code, stdout: '' });
    await expect(readFile(fileOf(at))).rejects.toThrow('ENOENT');
  });

  test.each([
    ['a 404 of its own', { status: 404, body: '<h1>Not found</h1>' }],
    ['a page for everything', { status: 200, body: {} }],
  ])('keeps no key for a server that has %s', async (_, reply) => {
    const { url } = await serve(() => reply);
    const at = await shell();
    expect(await at.run(['login', '--url', url, '--token', KEY])).toMatchObject({ code: 2 });
    await expect(readFile(fileOf(at))).rejects.toThrow('ENOENT');
  });

  const notFound = { error: 'not_found', message: 'User not found' };
  const unauthorized = { error: 'unauthorized', message: 'Unknown key' };
  test.each([
    ['finds no user for any key', { status: 404, body: notFound }],
    ['forbids everything', { status: 403, body: { error: 'forbidden', message: 'no' } }],
    ['has a page for wrong keys', { status: 401, body: '<h1>Log in</h1>' }, { status: 404, body: notFound }],
    ['redirects', { status: 302, body: '', headers: { Location: 'https://portal.example.com' } }],
  ] as [string, Reply, Reply?][])('keeps no key for a server that %s', async (_, other, reply = other) => {
    const { url } = await serve(({ headers }) => (headers.authorization === `Bearer ${KEY}` ? reply : other));
    const at = await shell();
    const { code, stdout } = await at.run(['login', '--url', url], { input: KEY });
    expect({ isError: code > 0, stdout }).toEqual({ isError: true, stdout: '' });
    await expect(readFile(fileOf(at))).rejects.toThrow('ENOENT');
  });

  test('keeps a key that may write and not read', async () => {
    const { url } = await serve(({ headers }) =>
      headers.authorization === `Bearer ${KEY}`
        ? { status: 403, body: { error: 'forbidden', message: 'no' } }
        : { status: 401, body: unauthorized },
    );
    expect(await (await shell()).run(['login', '--url', url, '--token', KEY])).toMatchObject({ code: 0 });
  });

  test('obeys XDG_CONFIG_HOME', async () => {
    const { url } = await serve();
    const at = await shell();
    const config = join(at.home, 'elsewhere');
    await at.run(['login', '--url', url, '--token', KEY], { env: { XDG_CONFIG_HOME: config } });
    expect(await readdir(join(config, 'stele'))).toEqual(['config.json']);
  });
});

test('profiles are listed without their keys, and forgotten one by one', async () => {
  const { url } = await serve();
  const at = await shell();
  for (const name of ['default', 'work']) await at.run(['login', '--url', url, '--token', KEY, '--profile', name]);
  expect(await at.run(['profiles'])).toMatchObject({ code: 0, stdout: `default  ${url}\nwork     ${url}\n` });
  expect(await at.run(['logout', '--profile', 'work'])).toMatchObject({ code: 0 });
  expect(await at.run(['logout', '--profile', 'work'])).toMatchObject({ code: 2 });
  expect(await at.run(['profiles'])).toMatchObject({ stdout: `default  ${url}\n` });
});

test('profiles use names the one that is used, until it is removed', async () => {
  const [one, two] = [await serve(), await serve()];
  const at = await shell();
  for (const [name, { url }] of [
    ['default', one],
    ['work', two],
  ] as const) {
    await at.run(['login', '--url', url, '--profile', name], { input: KEY });
  }
  const sent = async (argv: readonly string[], env = {}) => {
    const before = two.seen.length;
    expect(await at.run(argv, { env })).toMatchObject({ code: 0 });
    return two.seen.length > before ? 'work' : 'default';
  };
  const get = ['users', 'get', ID.v1];
  expect(await at.run(['profiles', 'use', 'other'])).toMatchObject({ code: 2 });
  expect(await sent(get)).toBe('default');
  expect(await at.run(['profiles', 'use', 'work'])).toMatchObject({ code: 0, stdout: 'Using profile work.\n' });
  expect(await sent(get)).toBe('work');
  expect(await sent([...get, '--profile', 'default'])).toBe('default');
  expect(await sent(get, { STELE_PROFILE: 'default' })).toBe('default');
  expect((await at.run(['profiles', 'list'])).stdout).toBe(`default  ${one.url}\nwork     ${two.url}  (in use)\n`);
  await at.run(['login', '--url', one.url, '--profile', 'third'], { input: KEY });
  expect(await sent(get)).toBe('work');
  expect(await at.run(['profiles', 'remove', 'work'])).toMatchObject({ code: 0 });
  expect(await sent(get)).toBe('default');
  expect(await at.run(['profiles', 'remove', 'work'])).toMatchObject({ code: 2 });
});

test('there may be no profile', async () => {
  expect(await (await shell()).run(['profiles'])).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('a broken file is named, not overwritten', async () => {
  const at = await shell();
  await mkdir(dirname(fileOf(at)), { recursive: true });
  await writeFile(fileOf(at), '{');
  const { code, stderr } = await at.run(['profiles']);
  expect(code).toBe(2);
  expect(stderr).toContain(fileOf(at));
  expect(await readFile(fileOf(at), 'utf8')).toBe('{');
});

test('a broken file is not read where the URL and the key are given', async () => {
  const at = await connected();
  await mkdir(dirname(fileOf(at)), { recursive: true });
  await writeFile(fileOf(at), '{');
  expect(await at.run(['users', 'get', ID.v1])).toMatchObject({ code: 0, stderr: '' });
  expect(await at.run(['users', 'get', ID.v1, '--url', at.url, '--token', KEY])).toMatchObject({ code: 0 });
  expect(await at.run(['users', 'get', ID.v1], { env: { STELE_TOKEN: '' } })).toMatchObject({ code: 2 });
});

describe('the nearest word wins', () => {
  test('flag, then environment, then profile', async () => {
    const at = await connected();
    const nowhere = 'http://127.0.0.1:1';
    const get = ['users', 'get', ID.v1];
    await at.run(['login', '--url', at.url, '--token', KEY, '--profile', 'work']);
    expect(await at.run(get)).toMatchObject({ code: 0 });
    expect(await at.run([...get, '--url', nowhere])).toMatchObject({ code: 7 });
    expect(await at.run([...get, '--token', 'another'])).toMatchObject({ code: 3 });
    expect(await at.run(get, { env: { STELE_URL: nowhere } })).toMatchObject({ code: 7 });
    expect(
      await at.run([...get, '--profile', 'work'], { env: { STELE_URL: nowhere, STELE_TOKEN: 'another' } }),
    ).toMatchObject({ code: 0 });
    expect(await at.run(get, { env: { STELE_URL: '', STELE_TOKEN: '', STELE_PROFILE: 'work' } })).toMatchObject({
      code: 0,
    });
  });

  test('a profile that is not there is an error, and no other is taken for it', async () => {
    const at = await connected();
    const get = ['users', 'get', ID.v1];
    expect(await at.run([...get, '--profile', 'work'])).toMatchObject({ code: 2 });
    expect(await at.run(get, { env: { STELE_PROFILE: 'work' } })).toMatchObject({ code: 2 });
    expect(await at.run([...get, '--profile', '__proto__'])).toMatchObject({ code: 2 });
  });

  test('the key of a profile goes to no other URL', async () => {
    const { url } = await serve();
    const other = await serve();
    const at = await shell();
    await at.run(['login', '--url', url, '--token', KEY]);
    const get = ['users', 'get', ID.v1];
    expect(await at.run([...get, '--url', other.url])).toMatchObject({ code: 3 });
    expect(await at.run(get, { env: { STELE_URL: other.url } })).toMatchObject({ code: 3 });
    expect(await at.run([...get, '--url', `${url}/`])).toMatchObject({ code: 0 });
    expect(other.seen).toEqual([]);
  });

  test('without a key nothing is sent', async () => {
    const { url, seen } = await serve();
    expect(await (await shell({ STELE_URL: url })).run(['users', 'get', ID.v1])).toMatchObject({ code: 3 });
    expect(seen).toEqual([]);
  });
});

describe('a proxy', () => {
  /** Forwards what is sent to it, as plain HTTP and as a tunnel. */
  async function proxy() {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!);
      const { method, headers } = request;
      const forwarded = httpRequest(request.url!, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      request.pipe(forwarded);
    });
    server.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url}`);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  }

  const variables = (value: string) => [{ HTTP_PROXY: value }, { http_proxy: value.replace('http://', '') }];

  test('is used for every command', async () => {
    const { url, asked } = await proxy();
    const at = await connected();
    for (const env of variables(url)) {
      expect(await at.run(['users', 'get', ID.v1], { env })).toMatchObject({ code: 0, stderr: '' });
      expect(await at.run(['login', '--url', at.url], { env, input: KEY })).toMatchObject({ code: 0 });
      expect(await at.run(['scim', 'check', `${at.url}/scim/v2`, '--only', 'none'], { env })).toMatchObject({
        code: 2,
      });
    }
    expect(asked.length).toBe(at.seen.length);
    expect(asked).toContain(`${at.url}/v1/users/${ID.v1}`);
    expect(asked.some((url) => url.startsWith(`${at.url}/scim/v2/`))).toBe(true);
  });

  test('gets a tunnel to HTTPS', async () => {
    const { url, asked } = await proxy();
    const at = await shell({ STELE_URL: 'https://stele.example.com', STELE_TOKEN: KEY, HTTPS_PROXY: url });
    expect(await at.run(['users', 'get', ID.v1, '--timeout', '1'])).toMatchObject({ code: 7 });
    expect(new Set(asked)).toEqual(new Set(['CONNECT stele.example.com:443']));
  });

  test('is not used for hosts of NO_PROXY', async () => {
    const { url, asked } = await proxy();
    const at = await connected();
    for (const NO_PROXY of ['127.0.0.1', 'example.com,127.0.0.1', '*']) {
      const env = { HTTP_PROXY: url, NO_PROXY };
      expect(await at.run(['users', 'get', ID.v1], { env })).toMatchObject({ code: 0 });
    }
    expect(asked).toEqual([]);
  });

  test.each(['socks5://127.0.0.1:1', 'http://', 'ftp://user:secret@127.0.0.1'])(
    '%s is rejected',
    async (HTTPS_PROXY) => {
      const at = await connected();
      const { code, stderr } = await at.run(['users', 'get', ID.v1], { env: { HTTPS_PROXY } });
      expect({ code, stderr }).toEqual({ code: 2, stderr: 'error: HTTPS_PROXY is not the URL of an HTTP proxy\n' });
      expect(at.seen).toEqual([]);
    },
  );
});
