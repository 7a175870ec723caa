import { dialects } from '@stele/schemas/dialects';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys, startApp, type TestApp } from './support/app.ts';
import { hasBrowser, launchBrowser } from './support/browser.ts';

let api: TestApp;
let closed: TestApp;
beforeAll(async () => {
  api = await startApp();
  closed = await startApp({ STELE_REFERENCE: 'false' }, api);
});
afterAll(async () => {
  await closed.stop();
  await api.stop();
});

const HTML = 'text/html; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

/** The whole response: a body that is not read keeps its connection from closing. */
async function get(path: string, headers: Record<string, string> = {}, method = 'GET', at = api): Promise<Response> {
  const response = await fetch(new URL(path, at.url), { method, headers, redirect: 'manual' });
  return new Response((await response.text()) || null, response);
}

/** The links of a page of HTML, as URLs. */
const linksOf = (html: string, url: string): string[] =>
  [...html.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, link]) => new URL(link!, url).href);

describe('GET /', () => {
  it.each<[accept: string, type: string]>([
    [BROWSER, HTML],
    ['text/html', HTML],
    ['text/html;q=0.5, application/json', JSON_TYPE],
    ['application/json', JSON_TYPE],
    ['application/scim+json', JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['', JSON_TYPE],
  ])('with Accept: %s is %s', async (accept, type) => {
    const response = await get('/', { accept });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    expect(response.headers.get('vary')).toBe('accept');
  });

  it('lists the dialects, their mounts and documents, and the reference', async () => {
    const body = (await (await get('/')).json()) as { dialects: { name: string; document: string }[] };
    expect(body).toMatchObject({
      name: 'Stele',
      reference: 'reference',
      dialects: dialects.map(({ name, title }) => ({ name, title, document: `openapi/${name}.json` })),
    });
    for (const { document } of body.dialects) expect((await get(`/${document}`)).status).toBe(200);
    expect(await (await get('/', {}, 'GET', closed)).json()).not.toHaveProperty('reference');
  });

  it('has a page whose links lead somewhere', async () => {
    const html = await (await get('/', { accept: BROWSER })).text();
    const links = linksOf(html, `${api.url}/`);
    expect(links).toEqual([
      `${api.url}/favicon.ico`,
      `${api.url}/reference`,
      ...dialects.map(({ name }) => `${api.url}/openapi/${name}.json`),
    ]);
    for (const link of links) expect((await get(link)).status, link).toBe(200);
  });
});

it.each([
  ['/docs', 'reference'],
  ['/docs/?x=1', 'reference'],
  ['/openapi', ''],
  ['/openapi/', ''],
])('GET %s redirects to /%s', async (path, target) => {
  const response = await get(path);
  expect(response.status).toBe(302);
  expect(new URL(response.headers.get('location')!, api.url + path).href).toBe(`${api.url}/${target}`);
});

describe.each(['/', '/docs', '/openapi', '/favicon.ico', '/reference', '/reference/start.js', '/openapi/v1.json'])(
  '%s',
  (path) => {
    it('needs no credential, and reads none', async () => {
      const response = await get(path, { authorization: 'Bearer of-no-key' });
      expect(response.status).toBeLessThan(400);
      expect(response.headers.get('x-request-id')).toBeTruthy();
    });

    it('HEAD has the fields of GET', async () => {
      const [head, read] = [await get(path, {}, 'HEAD'), await get(path)];
      expect([head.status, await head.text()]).toEqual([read.status, '']);
      for (const name of ['content-type', 'cache-control', 'location', 'vary']) {
        expect(head.headers.get(name)).toBe(read.headers.get(name));
      }
    });

    it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is 405 with Allow', async (method) => {
      const response = await get(path, {}, method);
      expect([response.status, response.headers.get('content-type')]).toEqual([405, JSON_TYPE]);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
      expect(await response.json()).toEqual({ error: expect.any(String) });
    });
  },
);

describe('GET /reference', () => {
  it('allows what it loads alone', async () => {
    const [one, other] = [await get('/reference'), await get('/reference')];
    const policy = one.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/unsafe-eval|https?:|\*/);
    expect(policy).not.toBe(other.headers.get('content-security-policy'));
    expect(one.headers.get('cache-control')).toBe('no-store');
  });

  it.each(['/reference', '/reference/', '/reference?x=1'])('%s names scripts that are there', async (path) => {
    const links = linksOf(await (await get(path)).text(), api.url + path);
    expect(links.map((link) => new URL(link).pathname)).toEqual([
      '/favicon.ico',
      expect.stringMatching(/^\/reference\/scalar-[0-9a-f]{16}\.js$/),
      '/reference/start.js',
    ]);
    for (const link of links) expect((await get(link)).status).toBe(200);
  });

  it('serves its script compressed to those who read gzip', async () => {
    const script = linksOf(await (await get('/reference')).text(), `${api.url}/reference`)[1]!;
    const codings = ['gzip, deflate, br', 'gzip;q=0', 'identity'];
    const responses = await Promise.all(
      codings.map((coding) => fetch(script, { headers: { 'accept-encoding': coding } })),
    );
    expect(responses.map(({ headers }) => headers.get('content-encoding'))).toEqual(['gzip', null, null]);
    const [compressed, ...plain] = await Promise.all(responses.map((response) => response.text()));
    for (const text of plain) expect(text === compressed).toBe(true);
    expect(responses[0]!.headers.get('cache-control')).toContain('immutable');
  });

  it.each(['/reference/scalar-0000000000000000.js', '/reference/scalar.js.gz', '/reference/..%2fpage.js'])(
    '%s is 404',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  it('is not there when it is off', async () => {
    for (const path of ['/reference', '/reference/start.js'])
      expect((await get(path, {}, 'GET', closed)).status).toBe(404);
    expect((await get('/docs', {}, 'GET', closed)).headers.get('location')).toBe('./');
  });
});

describe.skipIf(!hasBrowser)('the reference in a browser', { timeout: 60_000 }, () => {
  let browser: Browser;
  let page: Page;
  /** Requests to other servers, errors of scripts, and what the policy blocked. */
  const problems: string[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
    page = await browser.newPage();
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(`${api.url}/`) && !/^(?:data|blob):/.test(url)) problems.push(`request to ${url}`);
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  });
  afterAll(() => browser.close());

  it.each(dialects)('shows every operation of $title', async ({ name, title, operations }) => {
    await page.goto('about:blank');
    await page.goto(`${api.url}/reference#${name}`);
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    const text = await page.locator('body').innerText();
    for (const { summary } of Object.values(operations)) expect(text).toContain(summary);
  });

  it('sends a request with the key that is entered, and stores nothing', async () => {
    await page.goto('about:blank');
    await page.goto(`${api.url}/reference#v1`);
    // What is far from the viewport is not rendered.
    await page.getByText('List users').first().click();
    await page.getByRole('button', { name: /Test Request.*get \/users\)/i }).click();
    await page.getByLabel('Bearer Token').last().fill(keys.read);
    const [response] = await Promise.all([
      page.waitForResponse(/\/v1\/users/),
      page.getByRole('button', { name: /^Send/ }).last().click(),
    ]);
    expect(response.status()).toBe(200);
    const stored = await page.evaluate(
      '[...Object.keys(localStorage), ...Object.keys(sessionStorage), document.cookie]',
    );
    expect(stored).toEqual(['']);
  });

  it('shows the page of GET /', async () => {
    await page.goto(api.url);
    await page.getByRole('link', { name: 'API reference' }).click();
    await page.waitForURL(`${api.url}/reference**`);
  });

  it('asked no other server, and had no error', () => {
    expect(problems).toEqual([]);
  });
});
