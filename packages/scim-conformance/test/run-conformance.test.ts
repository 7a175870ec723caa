import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  areas,
  type CheckResult,
  ConformanceError,
  type ConformanceOptions,
  type ConformanceReport,
  listChecks,
  providers,
  runConformance,
} from '../src/index.ts';
import { type Fault, serveScim, type ServerRequest, type ServerResponse, withResponse } from './scim-server.ts';

/** A small server with a fault or without one, and a run of checks against it. */
async function startServer(fault?: Fault) {
  const server = await serveScim(fault);
  const run = (select: ConformanceOptions['select'], options: Partial<ConformanceOptions> = {}) =>
    runConformance({ url: server.url, token: server.token, select, ...options });
  return { ...server, run };
}

/** The error with which a run rejects. */
async function errorOf(run: Promise<ConformanceReport>): Promise<ConformanceError> {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConformanceError);
  return error as ConformanceError;
}

const idsWith = (outcome: CheckResult['outcome'], { checks }: ConformanceReport) =>
  checks.filter((check) => check.outcome === outcome).map(({ id }) => id);

const isCreate = ({ method, path }: ServerRequest) => method === 'POST' && path === '/Users';
const isPatch = ({ method, path }: ServerRequest) => method === 'PATCH' && path.startsWith('/Users/');

test('a server that does what it announces passes, and what it does not announce is skipped', async () => {
  const { run, names, url } = await startServer();
  const report = await run({ provider: 'rfc', id: 'patch.' });
  expect(report).toMatchObject({ url, failed: 0, leftBehind: [] });
  expect(report.passed).toBeGreaterThan(40);
  expect(report.passed + report.skipped).toBe(report.checks.length);
  expect(names()).toEqual(['bystander']);

  const etags = await run({ area: 'etag' });
  expect(etags).toMatchObject({ passed: 0, failed: 0 });
  expect(etags.checks[0]).toMatchObject({ outcome: 'skipped', reason: 'it does not announce etag', exchanges: [] });
});

const withBody = (response: ServerResponse, members: object): ServerResponse => ({
  ...response,
  body: { ...(response.body as object), ...members },
});

/** A fault of a server, the check that has to fail, and the reason that it has to give. */
const faults: readonly (readonly [title: string, fault: Fault, id: string, reason: RegExp])[] = [
  [
    'a wrong status',
    withResponse((response, request) =>
      isCreate(request) && response.status === 201 ? { ...response, status: 200 } : response,
    ),
    'users.create',
    /^expected 201 to POST \/Users, got 200$/,
  ],
  [
    'an error in HTML',
    withResponse((response) =>
      response.status === 404 ? { status: 404, body: '<html>', type: 'text/html' } : response,
    ),
    'errors.read-unknown',
    /^expected a SCIM error in JSON to GET \/Users\/.*, got "<html>"$/,
  ],
  [
    'another media type',
    withResponse((response) => ({ ...response, type: 'text/plain' })),
    'discovery.media-type',
    /^expected application\/scim\+json, got text\/plain$/,
  ],
  [
    'an error without scimType',
    withResponse((response) => (response.status === 409 ? withBody(response, { scimType: undefined }) : response)),
    'users.duplicate',
    /^expected scimType uniqueness to POST \/Users, got nothing$/,
  ],
  [
    'an error with a number as its status',
    withResponse((response) => (response.status === 404 ? withBody(response, { status: 404 }) : response)),
    'errors.delete-unknown',
    /^expected status in the error "404", got 404$/,
  ],
  [
    'a response with the password',
    withResponse((response, request) =>
      isCreate(request) ? withBody(response, JSON.parse(request.body) as object) : response,
    ),
    'users.password-hidden',
    /^expected no password, got /,
  ],
  [
    'a response that differs from the user',
    withResponse((response, request) =>
      isCreate(request) && response.status === 201 ? withBody(response, { title: 'x' }) : response,
    ),
    'users.read',
    /^expected the user with title "x", got nothing$/,
  ],
  [
    'a DELETE with a body',
    withResponse((response, { method }) =>
      method === 'DELETE' && response.status === 204 ? { status: 200, body: {} } : response,
    ),
    'delete.delete',
    /^expected 204 to DELETE/,
  ],
  [
    'a PATCH that changes nothing',
    (request, handle) => handle(isPatch(request) ? { ...request, method: 'GET' } : request),
    'patch.replace-part',
    /^expected the user with name\.givenName "Other", got "Check"$/,
  ],
  [
    'a replace that adds',
    (request, handle) => handle({ ...request, body: request.body.replaceAll('"replace"', '"add"') }),
    'patch.replace-list',
    /^expected the user with emails \[\{.*check-other.*\}\], got \[\{.*check-work.*/,
  ],
  [
    'a PATCH that is not atomic',
    (request, handle) => {
      const response = handle(request);
      if (!isPatch(request) || response.status !== 400) return response;
      const { Operations, ...message } = JSON.parse(request.body) as { Operations: object[] };
      handle({ ...request, body: JSON.stringify({ ...message, Operations: Operations.slice(0, 1) }) });
      return response;
    },
    'patch.atomic',
    /^expected the user as it was, with displayName "Before", got "After"$/,
  ],
  [
    'an error with another scimType',
    withResponse((response, request) =>
      isPatch(request) && response.status === 400 ? withBody(response, { scimType: 'tooMany' }) : response,
    ),
    'patch.remove-without-path',
    /^expected scimType noTarget to PATCH \/Users\/.*, got tooMany$/,
  ],
  [
    'a failure',
    withResponse((response, request) =>
      isPatch(request) ? { status: 500, body: 'oops', type: 'text/plain' } : response,
    ),
    'attributes.User.title',
    /^expected 200 or 204 to PATCH .*, got 500 \(oops\)$/,
  ],
  [
    'a schema with an unknown type',
    withResponse((response, { path }) =>
      path === '/Schemas'
        ? { ...response, body: JSON.parse(JSON.stringify(response.body).replaceAll('"boolean"', '"bool"')) as unknown }
        : response,
    ),
    'discovery.characteristics',
    /^expected type of urn:.*:active to be one of RFC 7643's, got bool$/,
  ],
];

test.each(faults)('a check fails for %s', async (_, fault, id, reason) => {
  const { run, names } = await startServer(fault);
  const report = await run(id);
  expect(idsWith('failed', report)).toContain(id);
  expect(report.checks.find((check) => check.id === id)?.reason).toMatch(reason);
  expect(names()).toEqual(['bystander']);
});

describe('the resources that a run creates are deleted', () => {
  test('and no other resource is changed or deleted', async () => {
    const { run, requests, names } = await startServer();
    await run(undefined);
    expect(requests.filter(isCreate).length).toBeGreaterThan(100);
    expect(requests.filter(({ method, path }) => method !== 'GET' && path.includes('bystander'))).toEqual([]);
    expect(names()).toEqual(['bystander']);
  });

  test('also where the server does not acknowledge their creation', async () => {
    const { run, names } = await startServer(
      withResponse((response, request) => (isCreate(request) ? { status: 500, body: {} } : response)),
    );
    expect((await run({ area: 'users' })).failed).toBeGreaterThan(0);
    expect(names()).toEqual(['bystander']);
  });

  test('also where the signal ends the run, which rejects with the results so far', async () => {
    let creates = 0;
    const stop = new AbortController();
    const reason = new Error('stopped');
    const { run, names } = await startServer((request, handle) => {
      if (isCreate(request) && ++creates === 5) stop.abort(reason);
      return handle(request);
    });
    const error = await errorOf(run({ area: 'users' }, { signal: stop.signal }));
    expect(error).toMatchObject({ code: 'aborted', cause: reason, report: { leftBehind: [] } });
    expect(error.report!.checks.length).toBeGreaterThan(0);
    expect(creates).toBe(5);
    expect(names()).toEqual(['bystander']);
  });

  test('also where onResult throws', async () => {
    const { run, names } = await startServer();
    const reason = new Error('the output is closed');
    const fail = () => Promise.reject(reason);
    expect(await errorOf(run('users.create', { onResult: fail }))).toMatchObject({ code: 'aborted', cause: reason });
    expect(names()).toEqual(['bystander']);
  });

  test('or are in leftBehind, where the server does not delete them', async () => {
    const { run } = await startServer(
      withResponse((response, { method }) => (method === 'DELETE' ? { status: 403 } : response)),
    );
    expect((await run('users.create')).leftBehind).toEqual([expect.stringMatching(/^\/Users\/.+/)]);
  });

  const failures: readonly (readonly [title: string, response: ServerResponse])[] = [
    ['no response', { status: 0 }],
    ['500', { status: 500 }],
    ['403', { status: 403 }],
  ];
  test.each(failures)('or may be left behind, where the search for them fails: %s', async (_, response) => {
    const { run } = await startServer((request, handle) =>
      request.path.includes('filter=') ? response : handle(request),
    );
    expect((await run('users.create')).leftBehind).toEqual([
      expect.stringMatching(/^resources in \/Users named scim-check-[0-9a-f]{8}-\* \(the search for them failed\)$/),
    ]);
  });

  test.each([400, 501])('and are not searched where the server has no filters (%i)', async (status) => {
    const { run } = await startServer((request, handle) =>
      request.path.includes('filter=') ? { status } : handle(request),
    );
    expect(await run('users.create')).toMatchObject({ passed: 1, leftBehind: [] });
  });
});

describe('what clients send', () => {
  test('fails where one of its requests does, and leaves nothing behind', async () => {
    const { run, names, requests } = await startServer(
      withResponse((response, request) => (isPatch(request) ? { status: 500, body: {} } : response)),
    );
    const id = 'clients.several.patch-remove-sub-attribute';
    const report = await run(id);
    expect(idsWith('failed', report)).toEqual([id]);
    expect(report.checks[0]).toMatchObject({
      area: 'clients',
      provider: 'several',
      source: 'simpleidserver/SimpleIdServer#421',
      reason: expect.stringMatching(/^expected 200 or 204 to PATCH \/Users\/[^/]+, got 500/) as string,
    });
    expect(requests.filter(isCreate)).toHaveLength(1);
    expect(names()).toEqual(['bystander']);
  });

  test.each([
    ['clients.dronahq.api-post-old-urn', 'the base URL does not end with /api/scim/v2'],
    ['clients.okta.life-cycle', 'it does not announce Groups'],
    ['clients.entra.match-on-email', 'it does not announce filter'],
    ['clients.wso2.bulk-patch-group', 'it does not announce bulk'],
  ])('%s is skipped where %s', async (id, reason) => {
    const { run } = await startServer();
    expect((await run(id)).checks).toEqual([expect.objectContaining({ id, outcome: 'skipped', reason })]);
  });
});

describe('the result of a check', () => {
  const pathOf = (url: string) => url.replace(/^http:\/\/[^/]+/, '').replace(/(?<=\/Users\/).*/, '{id}');

  test('has its rule, why it failed, and what was sent and received', async () => {
    const { run, url, token } = await startServer(faults[0]![1]);
    const { checks, ...report } = await run('users.create');
    expect(report).toEqual({
      url,
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      durationMs: expect.any(Number) as number,
      passed: 0,
      failed: 1,
      skipped: 0,
      leftBehind: [],
    });
    expect(checks).toEqual([
      {
        id: 'users.create',
        area: 'users',
        provider: 'rfc',
        title: 'POST creates a user and returns 201 with all that was sent',
        source: 'RFC 7644 3.3',
        outcome: 'failed',
        reason: 'expected 201 to POST /Users, got 200',
        expected: '201 to POST /Users',
        actual: '200',
        durationMs: expect.any(Number) as number,
        exchanges: [
          {
            request: {
              method: 'POST',
              url: `${url}/Users`,
              headers: {
                accept: 'application/scim+json',
                authorization: '<redacted>',
                'content-type': 'application/scim+json',
              },
              body: expect.stringContaining('"userName":"scim-check-') as string,
            },
            response: {
              status: 200,
              headers: expect.objectContaining({ 'content-type': 'application/scim+json' }) as object,
              body: expect.stringContaining('"userName":"scim-check-') as string,
            },
          },
        ],
      },
    ]);
    expect(JSON.stringify(checks)).not.toContain(token);
  });

  test('has every request of the check, in order, and those without a response', async () => {
    const { run } = await startServer((request, handle) => (isPatch(request) ? { status: 0 } : handle(request)));
    const { checks } = await run('patch.replace-single');
    expect(
      checks[0]!.exchanges.map(({ request, response, error }) => [
        request.method,
        pathOf(request.url),
        response?.status ?? error,
      ]),
    ).toEqual([
      ['POST', '/Users', 201],
      ['PATCH', '/Users/{id}', expect.stringMatching(/./)],
    ]);
    expect(checks[0]).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/^PATCH \/Users\/.+: ./) });
  });

  test('has no requests with `exchanges: failed`, unless it failed', async () => {
    const { run } = await startServer(faults[0]![1]);
    const { checks } = await run('users.', { exchanges: 'failed' });
    for (const { outcome, exchanges } of checks) expect(exchanges.length > 0).toBe(outcome === 'failed');
  });

  test('goes to onResult when it is there', async () => {
    const { run } = await startServer();
    const results: CheckResult[] = [];
    const { checks } = await run('users.', { onResult: (result) => results.push(result) });
    expect(results).toEqual(checks);
  });

  test('shows no credential, also where the server returns them', async () => {
    const secrets = ['the-first-token', 'the-second-token', 'the-api-key'] as const;
    const [token, secondToken, key] = secrets;
    const sent: unknown[] = [];
    const server = createServer((incoming, outgoing) => {
      sent.push(incoming.headers);
      outgoing.writeHead(200, { 'Content-Type': 'application/scim+json', 'Set-Cookie': 'session=1', 'X-Echo': token });
      const schemas = ['urn:ietf:params:scim:api:messages:2.0:ListResponse'];
      outgoing.end(JSON.stringify({ schemas, Resources: [], echo: secrets, detail: `${token} ${secondToken}` }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim`;
    const headers = { 'X-Api-Key': key };
    const report = await runConformance({ url, token, secondToken, headers, select: 'errors.' });
    expect(report.failed).toBeGreaterThan(3);
    expect(sent[0]).toMatchObject({ 'x-api-key': key, authorization: `Bearer ${token}` });
    const text = JSON.stringify(report);
    for (const secret of [...secrets, 'session=1']) expect(text).not.toContain(secret);
    expect(report.checks[0]!.exchanges[0]!.request.headers['x-api-key']).toBe('<redacted>');
  });
});

test('a server that limits the rate is asked again after Retry-After', async () => {
  let count = 0;
  const { run, names } = await startServer((request, handle) =>
    ++count % 2 === 0 ? { status: 429, headers: { 'Retry-After': '0' } } : handle(request),
  );
  expect(await run('users.create')).toMatchObject({ passed: 1 });
  expect(names()).toEqual(['bystander']);
});

test('the signal ends the wait for a server that limits the rate', async () => {
  const stop = new AbortController();
  const { run } = await startServer((request, handle) => {
    if (!isCreate(request)) return handle(request);
    setTimeout(() => stop.abort(), 50);
    return { status: 429, headers: { 'Retry-After': '60' } };
  });
  expect(await errorOf(run('users.create', { signal: stop.signal }))).toMatchObject({ code: 'aborted' });
});

describe('a run rejects', () => {
  const html: Fault = () => ({ status: 200, body: '<html>', type: 'text/html' });
  const moved: Fault = () => ({ status: 301, headers: { Location: 'https://example.com/' } });

  const starts: [title: string, options: Partial<ConformanceOptions>, expected: object, fault?: Fault][] = [
    ['a URL that is none', { url: 'example.com' }, { code: 'invalid_url' }],
    ['another scheme', { url: 'ftp://example.com/scim' }, { code: 'invalid_url' }],
    ['a URL with a query', { url: 'http://127.0.0.1:9/scim?tenant=1' }, { code: 'invalid_url' }],
    ['a URL with a password', { url: 'http://a:b@127.0.0.1:9/scim' }, { code: 'invalid_url' }],
    [
      'a closed port',
      { url: 'http://127.0.0.1:9/scim' },
      { code: 'no_connection', message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:9\/scim does not respond: /) },
    ],
    [
      'a wrong token',
      { token: 'another' },
      { code: 'unauthorized', status: 401, message: expect.stringMatching(/the token is not valid/) },
    ],
    ['no token', { token: undefined }, { code: 'unauthorized', status: 401 }],
    [
      'another kind of server',
      {},
      { code: 'not_scim', status: 200, message: expect.stringMatching(/is not the base URL of a SCIM 2\.0 service/) },
      html,
    ],
    [
      'a redirect',
      {},
      { code: 'not_scim', status: 301, message: expect.stringMatching(/Location https:\/\/example\.com\/$/) },
      moved,
    ],
    ['an unknown path', {}, { code: 'not_scim', status: 404 }, () => ({ status: 404 })],
    ['a failure', {}, { code: 'server_error', status: 503 }, () => ({ status: 503 })],
    ['a selection without checks', { select: 'nothing.like.it' }, { code: 'no_checks' }],
    ['an aborted signal', { signal: AbortSignal.abort('over') }, { code: 'aborted', cause: 'over' }],
  ];
  test.each(starts)('before it sends a write: %s', async (_, options, expected, fault) => {
    const { run, requests } = await startServer(fault);
    const error = await errorOf(run(undefined, options));
    expect(error).toMatchObject({ name: 'ConformanceError', report: undefined, ...expected });
    expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('a slow server, after timeoutMs', async () => {
    const fetch: typeof globalThis.fetch = (_, init) =>
      new Promise((_, reject) => {
        init!.signal!.addEventListener('abort', () => reject(init!.signal!.reason as Error));
      });
    expect(await errorOf(runConformance({ url: 'http://scim.test', fetch, timeoutMs: 20 }))).toMatchObject({
      code: 'no_connection',
      message: expect.stringMatching(/no response in time$/),
    });
  });

  test('where the server stops responding, with the results so far', async () => {
    let count = 0;
    const { run, requests } = await startServer((request, handle) => (++count > 20 ? { status: 0 } : handle(request)));
    const error = await errorOf(run({ provider: 'rfc' }));
    expect(error).toMatchObject({
      code: 'no_connection',
      message: expect.stringMatching(/^the server no longer responds: /),
    });
    expect(error.report!.checks.length).toBeGreaterThan(0);
    expect(requests.length).toBeLessThan(60);
  });
});

test('`fetch` sends every request', async () => {
  const { run, requests } = await startServer();
  const urls: string[] = [];
  const fetch: typeof globalThis.fetch = (input, init) => {
    urls.push(input as string);
    return globalThis.fetch(input, init);
  };
  await run('users.create', { fetch });
  expect(urls).toHaveLength(requests.length);
});

describe('select', () => {
  const ids = async (select?: ConformanceOptions['select']) => (await listChecks(select)).map(({ id }) => id);

  test('picks by pattern, provider, area or function; by default all', async () => {
    const all = await ids();
    expect(all.length).toBeGreaterThan(430);
    expect(await ids('PATCH.*filter')).toEqual(all.filter((id) => /patch\..*filter/.test(id)));
    expect(await ids({ id: ['users.create', 'put.rename'] })).toEqual(
      all.filter((id) => /users\.create|put\.rename/.test(id)),
    );
    expect(await ids({ provider: 'okta' })).toEqual(all.filter((id) => /^(clients\.)?okta\./.test(id)));
    expect(await ids({ area: 'etag' })).toEqual(all.filter((id) => id.startsWith('etag.')));
    expect(await ids({ area: 'etag', id: 'put' })).toEqual(all.filter((id) => /^etag\..*put/.test(id)));
    expect(await ids(({ source }) => source.startsWith('RFC 9865'))).toEqual(
      all.filter((id) => id.startsWith('cursors.')),
    );
  });

  test.each([
    ['provider', Object.keys(providers)],
    ['area', areas.filter((area) => area !== 'attributes')],
  ])('each %s has checks, and each check has one', async (key, names) => {
    const parts = await Promise.all(names.map((name) => ids({ [key]: name })));
    expect(parts.flat().toSorted()).toEqual((await ids()).toSorted());
  });

  test('each check has its own id, and a source', async () => {
    const checks = await listChecks();
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    expect(checks.filter(({ title, source }) => title === '' || source === '')).toEqual([]);
  });
});
