import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ConformanceReport, providers } from '@stele/scim-conformance';
import {
  type Fault,
  serveScim,
  type ServerRequest,
  withResponse,
} from '../../../packages/scim-conformance/test/scim-server.ts';
import { serve, shell } from './directory.ts';

/** A shell, and a small server with a fault or without one. */
async function startServer(fault?: Fault) {
  const server = await serveScim(fault);
  const at = await shell({ SCIM_TOKEN: server.token });
  return { ...at, ...server, check: (...flags: string[]) => at.run(['scim', 'check', server.url, ...flags]) };
}

const isCreate = ({ method, path }: ServerRequest) => method === 'POST' && path === '/Users';

/** The check users.create fails. */
const wrongStatus = withResponse((response, request) =>
  isCreate(request) && response.status === 201 ? { ...response, status: 200 } : response,
);

test('a server that passes exits with 0, and --json prints the report', async () => {
  const { check, names } = await startServer();
  const { code, stdout, stderr } = await check('--for', 'rfc', '--only', 'patch.', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const report = JSON.parse(stdout) as ConformanceReport;
  expect(report).toMatchObject({ failed: 0, leftBehind: [] });
  expect(report.passed).toBeGreaterThan(40);
  expect(names()).toEqual(['bystander']);
});

test('a server that fails exits with 8, with one line for each check in a table', async () => {
  const { check, names } = await startServer(wrongStatus);
  const { code, stdout, stderr } = await check('--only', 'users.');
  expect({ code, stderr }).toEqual({ code: 8, stderr: expect.stringMatching(/^error: \d+ of \d+ checks failed\n$/) });
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/^outcome +check +title +source +reason$/);
  expect(lines.find((line) => line.includes(' users.create '))).toMatch(
    /^failed +users\.create .* RFC 7644 3\.3 +expected 201 to POST \/Users, got 200$/,
  );
  expect(lines.at(-2)).toMatch(/^1 passed, \d+ failed, \d+ skipped$/);
  expect(names()).toEqual(['bystander']);
});

test('the table is printed area by area, and is complete', async () => {
  const { check } = await startServer();
  const { stdout } = await check('--only', 'user');
  const ids = stdout.split('\n').flatMap((line) => /^(?:passed|failed|skipped) +(\S+)/.exec(line)?.[1] ?? []);
  const report = JSON.parse((await check('--only', 'user', '--json')).stdout) as ConformanceReport;
  expect(ids).toEqual(report.checks.map(({ id }) => id));
  expect(new Set(report.checks.map(({ area }) => area)).size).toBeGreaterThan(3);
});

test('Ctrl-C ends the run, and what it has created is deleted', async () => {
  let creates = 0;
  const server = await startServer((request, handle) => {
    if (isCreate(request) && ++creates === 5) server.interrupt();
    return handle(request);
  });
  const { code, stderr } = await server.check('--only', 'users.');
  expect({ code, stderr }).toEqual({
    code: 130,
    stderr: 'Cleaning up; Ctrl-C again ends at once.\nerror: interrupted\n',
  });
  expect(creates).toBe(5);
  expect(server.names()).toEqual(['bystander']);
});

test('Ctrl-C ends a wait for a server that limits the rate', async () => {
  const server = await startServer((request, handle) => {
    if (!isCreate(request)) return handle(request);
    setTimeout(server.interrupt, 50);
    return { status: 429, headers: { 'Retry-After': '60' } };
  });
  expect((await server.check('--only', 'users.create')).code).toBe(130);
});

test('what cannot be deleted is printed on standard error, and exits with 8', async () => {
  const { check } = await startServer(
    withResponse((response, { method }) => (method === 'DELETE' ? { status: 403 } : response)),
  );
  const { code, stdout, stderr } = await check('--only', 'users.create', '--json');
  expect(code).toBe(8);
  expect(stderr).toMatch(/^could not be deleted: \/Users\/.+\nerror: what the checks created could not be deleted\n$/);
  expect((JSON.parse(stdout) as ConformanceReport).leftBehind).toHaveLength(1);
});

describe('the key of Stele goes to Stele alone', () => {
  /** The tokens that a server was sent, by a run in an environment. */
  async function sent(environment: (url: string) => Readonly<Record<string, string>>, ...flags: string[]) {
    const { url, seen } = await serve(() => ({ status: 401 }));
    const { run } = await shell(environment(url));
    const { code, stderr } = await run(['scim', 'check', `${url}/scim/v2`, ...flags]);
    return { code, stderr, url, tokens: [...new Set(seen.map(({ headers }) => headers.authorization))] };
  }

  const elsewhere = 'https://stele.example';

  test.each<[string, (url: string) => Record<string, string>]>([
    ['STELE_URL is another', () => ({ STELE_URL: elsewhere })],
    ['STELE_URL has another port', (url) => ({ STELE_URL: url.replace(/:\d+$/, ':1') })],
    ['STELE_URL has another scheme', (url) => ({ STELE_URL: url.replace('http:', 'https:') })],
    ['STELE_URL begins the same', (url) => ({ STELE_URL: `${url}@stele.example` })],
    ['STELE_URL is no URL', () => ({ STELE_URL: 'stele.example' })],
    ['STELE_URL is unset, and the default is another', () => ({})],
  ])('and nothing is sent where %s', async (_, environment) => {
    const { code, stderr, url, tokens } = await sent((at) => ({ STELE_TOKEN: 'the-key', ...environment(at) }));
    expect({ code, tokens }).toEqual({ code: 3, tokens: [] });
    expect(stderr).toContain(`there is no token for ${url}`);
    for (const way of ['SCIM_TOKEN', '--token', 'STELE_TOKEN']) expect(stderr).toContain(way);
    expect(stderr).not.toContain('the-key');
  });

  test('which STELE_URL names, whatever the path', async () => {
    const { tokens } = await sent((url) => ({ STELE_URL: `${url}/elsewhere`, STELE_TOKEN: 'the-key' }));
    expect(tokens).toEqual(['Bearer the-key']);
  });

  test('which is at the default URL unless STELE_URL is set', async () => {
    const environment = { STELE_TOKEN: 'the-key' };
    // No server has to listen there: only whether a key is missing counts.
    const { run } = await shell(environment);
    const there = ['scim', 'check', 'http://127.0.0.1:3000/scim/v2', '--only', 'nothing.like.it', '--timeout', '1'];
    expect((await run(there)).stderr).not.toContain('there is no token');
    expect((await run(there, { env: { STELE_URL: elsewhere } })).stderr).toContain('there is no token');
  });

  test('SCIM_TOKEN goes anywhere, and before it; --token before both', async () => {
    const environment = (url: string) => ({ STELE_URL: url, STELE_TOKEN: 'the-key', SCIM_TOKEN: 'the-token' });
    expect((await sent(environment)).tokens).toEqual(['Bearer the-token']);
    expect((await sent((url) => ({ ...environment(url), STELE_URL: elsewhere }))).tokens).toEqual(['Bearer the-token']);
    expect((await sent(environment, '--token', 'the-flag')).tokens).toEqual(['Bearer the-flag']);
  });

  test('as --help says', async () => {
    const { stdout } = await (await shell()).run(['scim', 'check', '--help']);
    for (const name of ['SCIM_TOKEN', 'STELE_TOKEN', 'STELE_URL']) expect(stdout).toContain(name);
  });
});

test('--report writes JSON, or JUnit XML by the extension, with the requests of checks that failed', async () => {
  const { check, home, url, token } = await startServer(wrongStatus);
  const [json, xml] = [join(home, 'report.json'), join(home, 'report.xml')];
  const { stdout } = await check('--only', 'users.', '--report', json);
  const text = await readFile(json, 'utf8');
  expect(text).not.toContain(token);
  const report = JSON.parse(text) as ConformanceReport;
  expect(report).toMatchObject({ url, passed: 1, leftBehind: [] });
  for (const { outcome, exchanges } of report.checks) expect(exchanges.length > 0).toBe(outcome === 'failed');
  expect(stdout).toContain(`1 passed, ${report.failed} failed, ${report.skipped} skipped`);

  await check('--only', 'users.create', '--report', xml);
  expect(await readFile(xml, 'utf8')).toContain('<failure message="expected 201 to POST /Users, got 200"/>');
});

test('--report replaces a file that exists with --force alone, and sends nothing before', async () => {
  const { check, home, requests } = await startServer();
  const file = join(home, 'report.json');
  await writeFile(file, 'mine', { mode: 0o640 });
  const kept = await check('--only', 'users.create', '--report', file);
  expect(kept).toMatchObject({ code: 2, stdout: '', stderr: `error: ${file} exists; --force replaces it\n` });
  expect(requests).toEqual([]);
  expect(await check('--only', 'users.create', '--report', home, '--force')).toMatchObject({ code: 2 });
  expect(await readFile(file, 'utf8')).toBe('mine');

  expect(await check('--only', 'users.create', '--report', file, '--force')).toMatchObject({ code: 0 });
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ passed: 1 });
  expect((await stat(file)).mode & 0o777).toBe(0o640);
});

describe('no check runs', () => {
  test('where no server listens', async () => {
    const { run } = await shell({ SCIM_TOKEN: 'x' });
    const { code, stdout, stderr } = await run(['scim', 'check', 'http://127.0.0.1:9']);
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(stderr).toContain('http://127.0.0.1:9 does not respond');
  });

  test('where the server rejects the token', async () => {
    const { check, requests } = await startServer();
    const { code, stdout, stderr } = await check('--token', 'another');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('the token is not valid');
    expect(requests).toEqual([]);
  });

  test('where the URL is that of another kind of server', async () => {
    const { check } = await startServer(() => ({ status: 200, body: '<html>', type: 'text/html' }));
    const { code, stderr } = await check();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('is not the base URL of a SCIM 2.0 service'),
    });
  });

  test.each([
    ['without a URL', []],
    ['with a URL that is none', ['example.com']],
    ['with an unknown client', ['http://127.0.0.1:9', '--for', 'ldap']],
    ['with a time that is none', ['http://127.0.0.1:9', '--timeout', '0']],
    ['with a name that no check has', ['--list', '--only', 'nothing.like.it']],
  ])('%s', async (_, argv) => {
    const { run } = await shell({ SCIM_TOKEN: 'x' });
    expect(await run(['scim', 'check', ...argv])).toMatchObject({ code: 2, stdout: '' });
  });

  test('without a token', async () => {
    const { run } = await shell();
    expect(await run(['scim', 'check', 'http://127.0.0.1:9'])).toMatchObject({ code: 3, stdout: '' });
  });
});

test('--for and --only pick checks, --list prints them without sending requests', async () => {
  const { run } = await shell();
  const listed = async (...flags: string[]) => {
    const { stdout } = await run(['scim', 'check', '--list', ...flags]);
    return [...stdout.matchAll(/^(\w+\.\S+)/gm)].map(([, id]) => id!);
  };
  const all = await listed();
  expect(all.length).toBeGreaterThan(250);
  const parts = await Promise.all(Object.keys(providers).map((provider) => listed('--for', provider)));
  expect(parts.flat().toSorted()).toEqual(all.toSorted());
  expect(await listed('--for', 'okta')).toEqual(all.filter((id) => /^(clients\.)?okta\./.test(id)));
  expect(await listed('--only', 'PATCH.*filter')).toEqual(all.filter((id) => /patch\..*filter/.test(id)));
});

test.each(['check', 'explain'])('scim %s --help has examples', async (name) => {
  const { code, stdout } = await (await shell()).run(['scim', name, '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain(`Examples:\n  stele scim ${name}`);
});
