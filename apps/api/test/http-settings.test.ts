import { dialects } from '@stele/schemas/dialects';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openApiOf } from '../../../packages/schemas/src/contract/openapi.ts';
import { EXPOSED_FIELDS } from '../src/http/cors.ts';
import { startServer } from '../src/server.ts';
import { readSettings } from '../src/settings.ts';
import { type Ask, keys, startReplicas, type TestApp } from './support/app.ts';
import { createDatabase } from './support/database.ts';
import { expectRefusal } from './support/refusals.ts';
import { faces, type Tongue, tongues, urns } from './support/users.ts';

const PAGE = 'https://app.example.com';

/** Behind a proxy that it trusts, and open to one page. */
let api: TestApp;
/** Behind a proxy that it does not trust, and open to any page. */
let replica: TestApp;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ api, replica, stop } = await startReplicas(
    { STELE_TRUST_PROXY: 'loopback', STELE_CORS_ORIGINS: `https://other.example.com,${PAGE}` },
    { STELE_TRUST_PROXY: '10.0.0.0/8', STELE_CORS_ORIGINS: '*' },
  ));
});
afterAll(() => stop());

const mounts = dialects.flatMap(({ name, mounts }) => mounts.map((mount) => ({ tongue: name as Tongue, mount })));

/** A list of users at each mount. */
const paths = mounts.map(({ tongue, mount }) => ({
  tongue,
  path: `${mount}${{ v1: '/users', scim: '/Users', nerm: '/users' }[tongue]}`,
}));

describe('STELE_CORS_ORIGINS', () => {
  const preflight = (on: TestApp, path: string, headers: Record<string, string>) =>
    on.request('OPTIONS', path, { key: null, headers });
  const asked = {
    'access-control-request-method': 'PATCH',
    'access-control-request-headers': 'authorization,if-match',
  };

  test.each(paths)('OPTIONS $path from the page is a preflight', async ({ path }) => {
    for (const [on, origin] of [
      [api, PAGE],
      [replica, '*'],
    ] as const) {
      const { status, text, headers } = await preflight(on, path, { origin: PAGE, ...asked });
      expect([status, text]).toEqual([204, '']);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST, PUT, PATCH, DELETE');
      expect(headers.get('access-control-allow-headers')).toBe('authorization,if-match');
      expect(headers.get('access-control-max-age')).toBe('600');
      expect(headers.has('access-control-allow-credentials')).toBe(false);
      expect(headers.get('x-request-id')).toMatch(/./);
    }
  });

  test.each(paths)('OPTIONS $path that is no preflight, or of another page, is 405', async ({ tongue, path }) => {
    for (const headers of [
      {},
      { origin: PAGE },
      asked,
      { origin: `${PAGE}.evil.example`, ...asked },
      { origin: 'null', ...asked },
    ]) {
      const answer = await preflight(api, path, headers);
      expectRefusal(tongue, answer, 'method_not_allowed');
      expect(answer.headers.has('access-control-allow-origin')).toBe(false);
    }
  });

  test.each(
    paths.flatMap((each) => [
      { ...each, what: 'a success', ask: {}, status: 200 },
      { ...each, what: 'no key', ask: { key: null }, status: 401 },
    ]),
  )('GET $path with $what can be read by the page alone', async ({ path, ask, status }) => {
    const get = (on: TestApp, headers: Ask['headers'] = {}) => on.request('GET', path, { ...ask, headers });
    const answer = await get(api, { origin: PAGE });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(answer.headers.get('access-control-expose-headers')).toBe(EXPOSED_FIELDS.join(', '));
    expect(answer.headers.get('vary')).toBe('Origin');
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
    expect((await get(api, { origin: 'https://evil.example' })).headers.has('access-control-allow-origin')).toBe(false);
    expect((await get(api)).headers.get('vary')).toBe('Origin');
    expect((await get(replica, { origin: 'https://evil.example' })).headers.get('access-control-allow-origin')).toBe(
      '*',
    );
  });

  test('exposes every documented response field', () => {
    const documented = dialects.flatMap((dialect) =>
      [...JSON.stringify(openApiOf(dialect, '0.0.0')).matchAll(/"headers":(\{.*?\}\})(?=,"content"|\})/g)].flatMap(
        ([, text]) => [...text!.matchAll(/[{,]"([A-Z][\w-]+)":\{/g)].map(([, name]) => name!),
      ),
    );
    expect(documented).toContain('ETag');
    expect(EXPOSED_FIELDS).toEqual(expect.arrayContaining([...new Set(documented)]));
  });
});

describe('links', () => {
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'users.example.com' };

  /** The links in a list and in the response to a create, of every mount that has some. */
  async function linksOf(on: TestApp, headers: Record<string, string>): Promise<string[]> {
    const links = [];
    for (const { mount } of mounts.filter(({ tongue }) => tongue !== 'nerm')) {
      const path = mount === '/v1' ? '/v1/users' : `${mount}/Users`;
      const name = uuidv7();
      const body = mount === '/v1' ? faces.v1.draft(name) : { schemas: [urns.user], userName: name };
      const created = await on.request('POST', path, { body, headers });
      // DronaHQ wants 200.
      expect([200, 201], created.text).toContain(created.status);
      links.push(created.headers.get('location')!);
      if (mount !== '/v1') links.push(created.body.meta.location, created.headers.get('content-location')!);
    }
    const { body } = await on.request('GET', '/v1/users?per_page=1', { headers });
    return [...links, body.links.self, body.links.next];
  }

  const origins = async (on: TestApp, headers: Record<string, string>) =>
    new Set((await linksOf(on, headers)).map((link) => new URL(link).origin));

  test('begin with what a trusted proxy reports', async () => {
    expect(await origins(api, forwarded)).toEqual(new Set(['https://users.example.com']));
  });

  test('begin with the listening address where the proxy is not trusted, reports nothing or what is no host', async () => {
    expect(await origins(replica, forwarded)).toEqual(new Set([replica.url]));
    expect(await origins(api, {})).toEqual(new Set([api.url]));
    expect(await origins(api, { ...forwarded, 'x-forwarded-host': 'a.example/@b' })).toEqual(new Set([api.url]));
  });
});

describe('a start in production', () => {
  async function databaseUrl(): Promise<string> {
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    return database.url;
  }

  const start = async (environment: Record<string, string>) => {
    const server = await startServer(
      readSettings({ NODE_ENV: 'production', PORT: '0', STELE_LOG_LEVEL: 'silent', ...environment }),
      () => {},
    );
    onTestFinished(() => server.stop());
    return server;
  };

  test('without a key is rejected in one line, until there is one', async () => {
    const DATABASE_URL = await databaseUrl();
    await expect(start({ DATABASE_URL })).rejects.toThrow(/^There is no API key: set STELE_BOOTSTRAP_KEY, .*$/);
    await (await start({ DATABASE_URL, STELE_BOOTSTRAP_KEY: keys.admin })).stop();
    await expect(start({ DATABASE_URL })).resolves.toBeDefined();
  });

  test.each(['0.0.0.0', '::'])('at HOST=%s has no wildcard in its links', async (HOST) => {
    const { url } = await start({ DATABASE_URL: await databaseUrl(), STELE_BOOTSTRAP_KEY: keys.admin, HOST });
    expect(url).toMatch(/^http:\/\/localhost:\d+$/);
    const response = await fetch(`${url}/v1/users`, { headers: { authorization: `Bearer ${keys.admin}` } });
    expect(await response.json()).toMatchObject({ links: { self: `${url}/v1/users` } });
  });

  test('at a port that is taken is rejected in one line', async () => {
    const { port } = new URL(api.url);
    const settings = { DATABASE_URL: await databaseUrl(), STELE_BOOTSTRAP_KEY: keys.admin, PORT: port };
    await expect(start(settings)).rejects.toThrow(/^Cannot listen at HOST=127\.0\.0\.1, PORT=\d+: .*EADDRINUSE.*$/);
  });
});

test('every dialect is tried', () => expect(new Set(paths.map(({ tongue }) => tongue))).toEqual(new Set(tongues)));
