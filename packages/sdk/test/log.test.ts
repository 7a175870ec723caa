import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseJson } from '../src/core/json.ts';
import { Stele, SteleError, type LogEntry, type Logger, type SteleOptions } from '../src/index.ts';
import { everyCall } from './calls.ts';
import { json, serve, type Handler } from './server.ts';

const token = 'stele_key_0123456789abcdef0123456789abcdef';
const user = { id: 'usr_01hzxrphnke7jrvvzhvhsvq5bm', username: 'alice', role: 'user' };

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

async function client(handler: Handler, key = token) {
  const { url } = await serve(handler);
  const entries: LogEntry[] = [];
  return { stele: new Stele({ url, token: key, log: (entry) => entries.push(entry) }), entries };
}

const ended = (call: PromiseLike<unknown>): Promise<unknown> => Promise.resolve(call).catch(() => undefined);

describe('the log', () => {
  test('is told of both sides of an exchange', async () => {
    const { stele, entries } = await client(json(200, user, { 'X-Request-Id': 'request-1', ETag: '"2"' }));
    await stele.v1.users.update('1', { role: 'admin' }, { idempotencyKey: 'key-1' });
    await stele.v1.users.list({ filter: { role: 'admin' } });
    expect(entries).toMatchObject([
      {
        attempt: 1,
        method: 'PATCH',
        path: '/v1/users/1',
        status: 200,
        requestId: 'request-1',
        milliseconds: expect.any(Number),
        request: {
          headers: { authorization: '[redacted]', 'content-type': 'application/json', 'idempotency-key': 'key-1' },
          body: { role: 'admin' },
        },
        response: { headers: { etag: '"2"' }, body: user },
      },
      { method: 'GET', path: '/v1/users?filter%5Brole%5D=admin', request: { headers: { accept: 'application/json' } } },
    ]);
    expect(entries[1]!.request).not.toHaveProperty('body');
    expect(entries[0]).not.toHaveProperty('error');
  });

  test('is told of every attempt', async () => {
    const { stele, entries } = await client((seen, response) => {
      if (entries.length === 0) response.destroy();
      else json(entries.length === 1 ? 503 : 200, user)(seen, response);
    });
    await stele.v1.users.get('1');
    expect(entries.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, undefined],
      [2, 503],
      [3, 200],
    ]);
    expect(entries[0]!.error).toMatch(/^ConnectionError: .*; .*(socket|closed)/i);
    expect(entries[0]).not.toHaveProperty('response');
  });

  test('is told how long it took, and why it ended', async () => {
    const { stele, entries } = await client(() => undefined);
    await ended(stele.v1.users.get('1', { timeout: 100 }));
    expect(entries).toMatchObject([{ error: expect.stringContaining('TimeoutError') }]);
    expect(entries[0]!.milliseconds).toBeGreaterThan(90);
    expect(entries[0]!.milliseconds).toBeLessThan(1000);
  });

  test('is told the length of an answer that is not JSON, and nothing else of it', async () => {
    const { stele, entries } = await client((_, response) => response.writeHead(200).end('<h1>hello</h1>'));
    await ended(stele.v1.users.get('1'));
    expect(entries[0]!.response!.body).toBe('[14 characters that are not JSON]');
  });

  test.each([null, false, 0, ''])('is told the answer %j', async (body) => {
    const { stele, entries } = await client(json(200, body));
    await stele.v1.users.get('1');
    expect(entries[0]!.response!.body).toBe(body);
  });

  test('that fails does not make the call fail', async () => {
    const { url } = await serve(json(200, user));
    const log = () => {
      throw new Error('the disk is full');
    };
    await expect(new Stele({ url, token, log }).v1.users.get('1')).resolves.toEqual(user);
  });
});

describe('a logger', () => {
  const levels = ['error', 'warn', 'info', 'debug'] as const;
  type Line = [level: string, message: string, ...details: unknown[]];

  function recorder() {
    const lines: Line[] = [];
    const entries = levels.map((level) => [level, (...line: [string]) => void lines.push([level, ...line])]);
    return { lines, logger: Object.fromEntries(entries) as Logger };
  }

  /** Two attempts that end well, a call that the server rejects, and one that fails. */
  async function lines(options: Partial<SteleOptions>) {
    const statuses = [503, 200, 404, 500];
    const { url } = await serve((seen, response) =>
      json(statuses.shift()!, { key: 'hidden-thing', error: 'hidden-thing' }, { 'X-Request-Id': 'r1' })(seen, response),
    );
    const { lines, logger } = recorder();
    const stele = new Stele({ url, token, logger, ...options });
    await stele.v1.users.update('1', { role: 'admin' });
    await ended(stele.v1.users.get(token));
    await ended(stele.v1.users.get('3', { retries: 0 }));
    return lines;
  }

  const failure = ['error', expect.stringMatching(/^GET \/v1\/users\/3 #1: 500 in \d+ ms, r1; the call failed$/)];
  const warnings = [
    ['warn', expect.stringMatching(/^PATCH \/v1\/users\/1 #1: 503 in \d+ ms, r1; the next attempt is in 0 ms$/)],
    ['warn', expect.stringMatching(/^GET \/v1\/users\/\[redacted\] #1: 404 in \d+ ms, r1; the call failed$/)],
  ];

  test.each([
    ['off', 0],
    ['error', 1],
    ['warn', 3],
    ['info', 7],
    ['debug', 11],
  ] as const)('has the lines of %s', async (logLevel, length) => {
    const found = await lines({ logLevel });
    expect(found).toHaveLength(length);
    expect(found.filter(([level]) => level === 'error')).toEqual(length > 0 ? [failure] : []);
    expect(found.filter(([level]) => level === 'warn')).toEqual(length > 1 ? warnings : []);
    for (const text of found.flatMap(textsIn)) expect(text).not.toMatch(/hidden-thing|stele_key/);
    if (logLevel === 'debug') {
      const details = { request: { body: { role: 'admin' } }, response: { body: { key: '[redacted]' } } };
      expect(found.find(([level]) => level === 'debug')).toMatchObject(['debug', 'PATCH /v1/users/1 #1', details]);
    }
  });

  test('is beside the log', async () => {
    const entries: LogEntry[] = [];
    expect(await lines({ logLevel: 'info', log: (entry) => entries.push(entry) })).toHaveLength(7);
    expect(entries).toHaveLength(4);
  });

  test.each([
    ['error', undefined, 1],
    ['error', 'info', 7],
    ['', undefined, 3],
    [undefined, undefined, 3],
  ] as const)('has the level of STELE_LOG=%s, unless logLevel is %s', async (variable, logLevel, length) => {
    vi.stubEnv('STELE_LOG', variable);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await lines({ logLevel })).toHaveLength(length);
  });

  test('reports a STELE_LOG that is no level, and goes on', async () => {
    vi.stubEnv('STELE_LOG', 'verbose');
    onTestFinished(() => void vi.unstubAllEnvs());
    const [first] = await lines({});
    expect(first).toEqual(['warn', 'STELE_LOG must be one of off, error, warn, info, debug; it is ignored']);
  });

  test('is the standard error where none is given, and silent without a level', async () => {
    const [error, warn, log] = (['error', 'warn', 'log'] as const).map((name) =>
      vi.spyOn(console, name).mockReturnValue(),
    );
    await lines({ logger: undefined });
    expect(warn).not.toHaveBeenCalled();
    await lines({ logger: undefined, logLevel: 'info' });
    expect(warn).toHaveBeenCalledTimes(6);
    expect(error).toHaveBeenCalledTimes(1);
    expect(log).not.toHaveBeenCalled();
  });

  test('hears a warning of the server', async () => {
    const { url } = await serve(json(200, user, { 'Stele-Warning': 'the last key of its domain' }));
    const { lines, logger } = recorder();
    await new Stele({ url, token, logger }).v1.users.get('1');
    expect(lines).toEqual([['warn', 'GET /v1/users/1: the last key of its domain']]);
  });

  test('that fails does not make the call fail', async () => {
    const fail = () => {
      throw new Error('the disk is full');
    };
    const logger = { error: fail, warn: fail, info: fail, debug: fail };
    const { url } = await serve(json(200, user));
    await expect(new Stele({ url, token, logger, logLevel: 'debug' }).v1.users.get('1')).resolves.toEqual(user);
  });

  test.each([
    { logLevel: 'loud' },
    { logLevel: null },
    { logger: {} },
    { logger: { error: fetch } },
    { logger: 'console' },
  ])('is not %j', (options) => {
    expect(() => new Stele({ url: 'http://a', token, ...(options as object) })).toThrow(SteleError);
  });
});

describe('a field is secret', () => {
  test.each([
    'password',
    'PASSWORD',
    'newPassword',
    'key',
    'Key',
    'api_key',
    'apiKeys',
    'token',
    'refreshToken',
    'Secret',
  ])('by the name %s, whatever it holds', async (name) => {
    const { stele, entries } = await client(
      json(200, { at: [{ [name]: { any: ['hidden-thing'] } }], [name]: 7, note: 'It is hidden-thing.' }),
    );
    await stele.v1.users.get('1');
    expect(entries[0]!.response!.body).toEqual({
      at: [{ [name]: '[redacted]' }],
      [name]: '[redacted]',
      note: 'It is [redacted].',
    });
  });

  test.each(['key_id', 'keyboard', 'tokens_used', 'passwordless'])('but not by the name %s', async (name) => {
    const { stele, entries } = await client(json(200, { [name]: 'shown' }));
    await stele.v1.users.get('1');
    expect(entries[0]!.response!.body).toEqual({ [name]: 'shown' });
  });

  test('as a whole, where another secret is a part of it', async () => {
    const body = { password: 'abc', key: 'abcdef', secret: '', note: 'abc abcdef' };
    const { stele, entries } = await client(json(200, body));
    await stele.v1.users.get('1');
    expect(entries[0]!.response!.body).toHaveProperty('note', '[redacted] [redacted]');
  });

  test.each(['password', 'Password', 'urn:ietf:params:scim:schemas:core:2.0:User:password'])(
    'where SCIM names it by the path %s',
    async (path) => {
      const { stele, entries } = await client(json(200, user));
      await stele.scim.users.patch('1', [
        { op: 'replace', path, value: 'hidden-thing' },
        { op: 'replace', path: 'title', value: 'shown' },
      ]);
      expect(entries[0]!.request.body).toMatchObject({
        Operations: [
          { path, value: '[redacted]' },
          { path: 'title', value: 'shown' },
        ],
      });
    },
  );
});

/** Every text in a value, names of fields included. */
function textsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [String(value)];
  return Object.entries(value).flatMap(([name, each]) => [name, ...textsIn(each)]);
}

/** Secrets that are hard to find again: with what JSON, URLs and regular expressions write otherwise. */
const secrets = [
  'correct horse battery staple',
  'a"b\\c\n{"d":1}',
  'p%40s+s&w=r d?#/',
  'Zoë😀日本$1$&`',
  '(.*)[a-z]+^$|\\d',
  "!'()*~-._",
  '\ud800 alone',
];

/** Servers that repeat what they were told in every place that they have. */
const parrots: Record<string, (secret: string) => Handler> = {
  'in JSON': (secret) => (seen, response) =>
    json(200, {
      ...seen,
      parsed: parseJson(seen.body),
      nested: [{ KEY: secret, text: `your key is ${secret}.`, list: [[secret]], more: { Client_Secret: secret } }],
    })(seen, response),
  'in an error': (secret) => (seen, response) =>
    json(400, { error: 'validation_error', message: `${seen.body} ${secret}`, details: { password: [secret] } })(
      seen,
      response,
    ),
  'in a page': (secret) => (seen, response) =>
    response.writeHead(503).end(`<h1>${secret}</h1>${JSON.stringify(seen)}${seen.body}`),
  'in JSON that breaks off': (secret) => (seen, response) =>
    response.writeHead(200).end(JSON.stringify({ key: secret, ...seen }).slice(0, -1)),
  'in headers': (secret) => (seen, response) =>
    response
      .writeHead(200, {
        'X-Echo': `${seen.headers.authorization} ${encodeURIComponent(secret.toWellFormed())}`,
        'Set-Cookie': `session=${encodeURIComponent(secret.toWellFormed())}`,
        'X-Auth-Token': encodeURIComponent(secret.toWellFormed()),
      })
      .end('{}'),
};

describe.each(Object.entries(parrots))('no entry holds a secret that a server repeats %s', (_, parrot) => {
  test.each(everyCall)('%s', async (_name, call) => {
    for (const secret of secrets) {
      const { stele, entries } = await client(parrot(secret));
      await ended(call(stele, secret));
      expect(entries.length).toBeGreaterThan(0);
      for (const text of entries.flatMap(textsIn)) {
        expect(text).not.toContain(token);
        expect(text).not.toContain(secret);
        expect(text).not.toContain(encodeURIComponent(secret.toWellFormed()));
        expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
      }
    }
  });
});

describe('no entry holds the token', () => {
  test('where it is mistaken for something else', async () => {
    const odd = "stele/+key%='()*!&#?";
    const { stele, entries } = await client((seen, response) => json(404, { message: seen.path })(seen, response), odd);
    await ended(stele.v1.users.get(odd));
    await ended(stele.v1.users.list({ filter: { username: odd }, cursor: odd }));
    await ended(stele.v1.users.list({ filter: { password: 'p w' } as never }));
    await ended(stele.v1.users.create({ username: odd, email: odd, password: 'p w' }));
    expect(entries).toHaveLength(4);
    for (const text of entries.flatMap(textsIn)) {
      for (const spelling of [odd, encodeURIComponent(odd), new URLSearchParams({ '': odd }).toString().slice(1)]) {
        expect(text).not.toContain(spelling);
      }
      expect(text).not.toMatch(/p(?: |%20|\+)w/);
    }
  });

  test('or another credential of the caller, or what a fetch of theirs says', async () => {
    const entries: LogEntry[] = [];
    const fetch = () =>
      Promise.reject(new Error(`cannot send Bearer ${token}`, { cause: `${token} and hidden-thing` }));
    const stele = new Stele({
      url: 'http://127.0.0.1:1',
      token,
      fetch,
      retries: 0,
      log: (entry) => entries.push(entry),
    });
    await ended(
      stele.v1.users.get('1', { headers: { AUTHORIZATION: 'Basic hidden-thing', 'X-Api-Key': 'hidden-too' } }),
    );
    expect(entries).toHaveLength(1);
    expect(JSON.stringify(entries)).not.toMatch(/hidden-t|stele_key/);
  });
});
