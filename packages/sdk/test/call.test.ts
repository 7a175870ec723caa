import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  ConnectionError,
  operations,
  Stele,
  SteleError,
  TimeoutError,
  type Fetch,
  type ScimGroupAttributes,
} from '../src/index.ts';
import { everyCall } from './calls.ts';
import { json, serve } from './server.ts';

const token = 'stele_key_0123456789abcdef0123456789abcdef';
const user = { id: 'usr_01hzxrphnke7jrvvzhvhsvq5bm', username: 'alice', role: 'user' };

const never = () => undefined;

async function client(handler = json(200, user)) {
  const { url, seen } = await serve(handler);
  return { stele: new Stele({ url, token }), url, seen };
}

describe('a request', () => {
  test('carries the key and says who asks', async () => {
    const { stele, seen } = await client();
    await stele.v1.users.get('1');
    expect(seen[0]!.headers['authorization']).toBe(`Bearer ${token}`);
    expect(seen[0]!.headers['user-agent']).toMatch(/^stele-sdk\/\d/);
  });

  test('is sent below the path of the url', async () => {
    const { url, seen } = await client();
    await new Stele({ url: `${url}/directory/`, token }).v1.users.get('1');
    expect(seen[0]!.path).toBe('/directory/v1/users/1');
  });

  test.each(['a/b', 'a?b=c#d', '../..', 'ä b', '%2e%2e'])(
    'keeps the identifier %j one segment of the path',
    async (id) => {
      const { stele, seen } = await client();
      await stele.v1.users.get(id);
      expect(seen[0]!.path).toBe(`/v1/users/${encodeURIComponent(id)}`);
    },
  );

  test.each(['', '.', '..', '\ud800'])('is not sent for %j, which names nobody', async (id) => {
    const { stele, seen } = await client();
    await expect(stele.v1.users.get(id)).rejects.toThrow(SteleError);
    expect(seen).toEqual([]);
  });

  test('says the fields of a query parameter in brackets', async () => {
    const { stele, seen } = await client();
    await stele.v1.users.list({ page: 2, filter: { role: 'a&b=c', username: 'ä +%' }, sort: 'email' });
    expect(seen[0]!.path).toMatch(/^\/v1\/users\?[\w%+=&]+$/);
    expect(Object.fromEntries(new URL(seen[0]!.path, 'http://a').searchParams)).toEqual({
      page: '2',
      'filter[role]': 'a&b=c',
      'filter[username]': 'ä +%',
      sort: 'email',
    });
  });

  test('says nothing of a query parameter that is undefined', async () => {
    const { stele, seen } = await client();
    const query = { page: undefined, filter: { role: undefined } } as unknown as { page: number };
    await stele.v1.users.list(query);
    expect(seen[0]!.path).toBe('/v1/users');
  });

  test('carries the JSON of its body', async () => {
    const { stele, seen } = await client();
    await stele.scim.users.patch('1', [{ op: 'remove', path: 'title' }]);
    expect(seen[0]!.headers['content-type']).toBe('application/scim+json');
    expect(JSON.parse(seen[0]!.body)).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'remove', path: 'title' }],
    });
  });

  test('names the schemas of a new SCIM user', async () => {
    const { stele, seen } = await client();
    const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    await stele.scim.users.create({ userName: 'alice', [enterprise]: { department: 'Mapping' } });
    expect(JSON.parse(seen[0]!.body).schemas).toEqual(['urn:ietf:params:scim:schemas:core:2.0:User', enterprise]);
  });

  test('has the headers of the caller above its own', async () => {
    const { stele, seen } = await client();
    await stele.v1.users.get('1', { headers: { 'X-Request-Id': 'mine', accept: 'text/plain' } });
    expect(seen[0]!.headers).toMatchObject({ 'x-request-id': 'mine', accept: 'text/plain' });
  });

  test('goes through the fetch that was given', async () => {
    const asked: string[] = [];
    const stele = new Stele({
      url: 'https://stele.example.com',
      token,
      fetch: async (url) => {
        asked.push(url);
        return Response.json(user);
      },
    });
    await expect(stele.v1.users.get('1')).resolves.toEqual(user);
    expect(asked).toEqual(['https://stele.example.com/v1/users/1']);
  });
});

describe('an answer', () => {
  test('is its data', async () => {
    const { stele } = await client();
    await expect(stele.v1.users.get('1')).resolves.toEqual(user);
  });

  test('has version, request id and response beside the data', async () => {
    const { stele } = await client(json(200, user, { ETag: '"7"', 'X-Request-Id': 'request-1' }));
    const { data, etag, requestId, response } = await stele.v1.users.get('1').withResponse();
    expect({ data, etag, requestId, status: response.status }).toEqual({
      data: user,
      etag: '"7"',
      requestId: 'request-1',
      status: 200,
    });
  });

  test('loses the wrapper of NERM, with and without its response', async () => {
    const { stele } = await client(json(200, { user }, { ETag: '"7"' }));
    await expect(stele.nerm.users.get('1')).resolves.toEqual(user);
    await expect(stele.nerm.users.get('1').withResponse()).resolves.toMatchObject({ data: user, etag: '"7"' });
  });

  test('without content is undefined', async () => {
    const { stele } = await client((_, response) => response.writeHead(204).end());
    await expect(stele.v1.users.setPassword('1', 'password')).resolves.toBeUndefined();
  });

  test('can be awaited twice and chained like any promise', async () => {
    const { stele, seen } = await client();
    const call = stele.v1.users.get('1');
    const ended: string[] = [];
    await call.finally(() => ended.push('finally'));
    await expect(Promise.all([call, call.then(({ username }) => username)])).resolves.toEqual([user, 'alice']);
    expect(ended).toEqual(['finally']);
    expect(seen).toHaveLength(1);
  });

  test('that is a redirect is refused, so that a POST never becomes a GET', async () => {
    const { stele, seen } = await client((_, response) => response.writeHead(302, { Location: '/elsewhere' }).end());
    const draft = { username: 'a', email: 'a@example.com', password: 'password' };
    await expect(stele.v1.users.create(draft)).rejects.toMatchObject({ name: 'ApiError', status: 302 });
    expect(seen).toHaveLength(1);
  });
});

describe('a precondition', () => {
  test('is an ETag, or a result that carries one', async () => {
    const { stele, seen } = await client(json(200, user, { ETag: '"7"' }));
    const read = await stele.v1.users.get('1').withResponse();
    await stele.v1.users.update('1', { role: 'admin' }, { ifMatch: '"6"' });
    await stele.v1.users.update('1', { role: 'admin' }, { ifMatch: read });
    expect(seen.map(({ headers }) => headers['if-match'])).toEqual([undefined, '"6"', '"7"']);
  });

  // RFC 9110 8.8.3.3: a proxy that compresses weakens the tags of the directory, which are strong.
  test.each([
    ['W/"7"', '"7"'],
    ['"6", W/"7",W/"8"', '"6", "7","8"'],
    ['"W/"', '"W/"'],
    ['*', '*'],
  ])('%s is sent as %s', async (given, sent) => {
    const { stele, seen } = await client(json(200, user, { ETag: given }));
    const read = await stele.v1.users.get('1').withResponse();
    await stele.v1.users.update('1', {}, { ifMatch: given });
    await stele.v1.users.update('1', {}, { ifMatch: read });
    expect(seen.slice(1).map(({ headers }) => headers['if-match'])).toEqual([sent, sent]);
  });

  test.each([undefined, '', { etag: undefined }])('that is %j is not silently left out', async (ifMatch) => {
    const { stele, seen } = await client();
    await expect(stele.v1.users.update('1', { role: 'admin' }, { ifMatch })).rejects.toThrow(SteleError);
    expect(seen).toEqual([]);
  });
});

describe('a call ends', () => {
  test('with a TimeoutError when its time is up', async () => {
    const { stele, url } = await client(never);
    await expect(stele.v1.users.get('1', { timeout: 20 })).rejects.toThrow(TimeoutError);
    await expect(new Stele({ url, token, timeout: 20 }).v1.users.get('1')).rejects.toThrow(TimeoutError);
  });

  test('with a TimeoutError when the body does not come', async () => {
    const { stele } = await client((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).write('{');
    });
    await expect(stele.v1.users.get('1', { timeout: 100 })).rejects.toThrow(TimeoutError);
  });

  test('with the reason of its signal', async () => {
    const { stele } = await client(never);
    const reason = new Error('changed my mind');
    await expect(stele.v1.users.get('1', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const call = stele.v1.users.get('1', { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await expect(call).rejects.toBe(reason);
  });

  test('without a timer when it may take for ever', async () => {
    const { stele } = await client();
    await expect(stele.v1.users.get('1', { timeout: Infinity })).resolves.toEqual(user);
  });

  test.each([0, -1, Number.NaN])('before it begins when its timeout is %d', async (timeout) => {
    const { stele, seen } = await client();
    await expect(stele.v1.users.get('1', { timeout })).rejects.toThrow(SteleError);
    expect(seen).toEqual([]);
  });

  test('with a ConnectionError that names the cause when nobody answers', async () => {
    const stele = new Stele({ url: 'http://127.0.0.1:1', token, retries: 0 });
    const error = await stele.v1.users.get('1').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toHaveProperty('cause');
  });

  test('at the first attempt when the URL cannot work', async () => {
    const { url } = await client();
    const attempt = (url: string) => new Stele({ url, token }).v1.users.get('1').catch((thrown: unknown) => thrown);
    // A port that fetch blocks, and TLS where there is none.
    for (const wrong of ['http://127.0.0.1:1', url.replace('http', 'https')]) {
      expect(await attempt(wrong)).toMatchObject({ name: 'ConnectionError', attempts: 1, isRetryable: false });
    }
  });

  test('with a ConnectionError when the connection breaks', async () => {
    const { stele } = await client((_, response) => response.destroy());
    await expect(stele.v1.users.get('1', { retries: 0 })).rejects.toThrow(ConnectionError);
  });
});

describe('the key', () => {
  test('is not shown by the client, its answers or its errors', async () => {
    const { stele } = await client(json(401, { error: 'unauthorized', message: 'no' }));
    const error = await stele.v1.users.get('1').catch((thrown: unknown) => thrown);
    const offline = await new Stele({ url: 'http://127.0.0.1:1', token, retries: 0 }).v1.users
      .get('1')
      .catch((thrown: unknown) => thrown);
    const call = (await client()).stele.v1.users.get('1');
    const shown = [stele, stele.v1.users, error, offline, call, await call.withResponse()].map((each) =>
      [inspect(each, { depth: 9, showHidden: true }), JSON.stringify(each), String(each)].join(),
    );
    expect(shown.join()).not.toContain(token);
  });

  test.each(['', 'two words', 'line\nbreak', 'schlüssel', undefined, null, 7, ['key']])(
    '%j is refused without being repeated',
    (bad) => {
      const make = () => new Stele({ url: 'http://127.0.0.1', token: bad as string });
      expect(make).toThrow(SteleError);
      if (typeof bad === 'string' && bad) expect(make).not.toThrow(bad);
    },
  );
});

test.each([
  '',
  'stele.example.com',
  'ftp://stele.example.com',
  'http://jane:hidden@stele.example.com',
  'http://a/?b',
  'http://a/#b',
])('the url %j is refused without being repeated', (url) => {
  const make = () => new Stele({ url, token });
  expect(make).toThrow(SteleError);
  expect(make).not.toThrow('hidden');
});

describe('a request that no method has', () => {
  const ids = 'urn:ietf:params:scim:schemas:core:2.0:User';

  test.each([
    ['/v1/users', 'application/json'],
    ['/scim/v2/Users', 'application/scim+json'],
    ['/api/users', 'application/json'],
  ])('to %s has the token, a key and %s', async (path, type) => {
    const { stele, seen } = await client();
    const call = stele.request<typeof user>({ method: 'POST', path, query: { a: { b: 1 } }, body: { schemas: [ids] } });
    expect(await call).toEqual(user);
    expect(seen).toMatchObject([
      {
        method: 'POST',
        path: `${path}?a%5Bb%5D=1`,
        headers: { authorization: `Bearer ${token}`, 'content-type': type, 'idempotency-key': expect.any(String) },
        body: JSON.stringify({ schemas: [ids] }),
      },
    ]);
  });

  test('may be to a link of a response', async () => {
    const { url, seen } = await serve(json(200, user));
    const stele = new Stele({ url: `${url}/directory`, token });
    await stele.request({ method: 'GET', path: `${url}/directory/v1/users?cursor=a%2Fb#top`, query: { per_page: 1 } });
    await stele.request({ method: 'GET', path: `${url}/directory/scim/v2/Users` });
    expect(seen.map(({ path }) => path)).toEqual([
      '/directory/v1/users?cursor=a%2Fb&per_page=1',
      '/directory/scim/v2/Users',
    ]);
    expect(seen[0]!.headers).not.toHaveProperty('idempotency-key');
    expect(seen[1]!.headers).toHaveProperty('accept', 'application/scim+json');
  });

  test.each<[what: string, body: unknown, type: string, sent: string]>([
    ['bytes', new TextEncoder().encode('a'), 'application/octet-stream', 'a'],
    ['a Blob', new Blob(['a'], { type: 'text/csv' }), 'text/csv', 'a'],
    ['parameters', new URLSearchParams({ a: 'b c' }), 'application/x-www-form-urlencoded;charset=UTF-8', 'a=b+c'],
    ['JSON', null, 'application/json', 'null'],
  ])('sends %s', async (_, body, type, sent) => {
    const { stele, seen } = await client();
    await stele.request({ method: 'PUT', path: '/v1/a', body }, { headers: {} });
    await stele.request({ method: 'PUT', path: '/v1/a', body }, { headers: { 'Content-Type': 'text/x' } });
    expect(seen[0]).toMatchObject({ headers: { 'content-type': type }, body: sent });
    expect(seen[1]).toMatchObject({ headers: { 'content-type': 'text/x' }, body: sent });
  });

  test.each<[what: string, method: string, text: string, data: unknown]>([
    ['text', 'GET', 'up 1', 'up 1'],
    ['no content', 'HEAD', '', undefined],
  ])('gives %s', async (_, method, text, data) => {
    const { stele } = await client((_seen, response) => response.writeHead(200).end(text));
    expect(await stele.request({ method, path: '/metrics' })).toBe(data);
  });

  test('has the errors and the retries of a method', async () => {
    const { stele, seen } = await client(json(503, { error: 'unavailable' }, { 'Retry-After': '0' }));
    await expect(stele.request({ method: 'PATCH', path: '/v1/a' }, { retries: 1 })).rejects.toMatchObject({
      name: 'UnavailableError',
      attempts: 2,
    });
    expect(seen[1]).toEqual(seen[0]);
  });

  test.each<[what: string, request: unknown]>([
    ['nothing', undefined],
    ['without a method', { path: '/' }],
    ['with a method in lower case', { method: 'get', path: '/' }],
    ['with a method that fetch does not send', { method: 'TRACE', path: '/' }],
    ['with a body that fetch does not send', { method: 'GET', path: '/', body: {} }],
    ['to another server', { method: 'GET', path: 'http://evil.example/v1/users' }],
    ['to a server whose name goes on', { method: 'GET', path: '.evil.example/v1/users' }],
    ['to a user of another server', { method: 'GET', path: '@evil.example/v1/users' }],
    ['to no path', { method: 'GET', path: 7 }],
    ['with a line break', { method: 'GET', path: '/v1/a\nb' }],
  ])('is not sent: %s', async (_, request) => {
    const { stele, seen } = await client();
    await expect(stele.request(request as never)).rejects.toThrow(SteleError);
    expect(seen).toEqual([]);
  });
});

describe('a preview', () => {
  const changes = { role: { old: 'user', new: 'admin' } };

  test.each<[name: string, preview: (stele: Stele) => PromiseLike<unknown>]>([
    ['v1', ({ v1 }) => v1.users.preview('1', { role: 'admin' }, { ifMatch: '"1"' })],
    ['scim', ({ scim }) => scim.users.preview('1', [{ op: 'remove', path: 'title' }], { ifMatch: '"1"' })],
    ['scim groups', ({ scim }) => scim.groups.preview('1', operations<ScimGroupAttributes>(), { ifMatch: '"1"' })],
    ['nerm', ({ nerm }) => nerm.users.preview('1', { status: 'Disabled' }, { ifMatch: '"1"' })],
  ])('of %s asks for the changes, and has no key because it writes nothing', async (_, preview) => {
    const { stele, seen } = await client(json(200, { changes }));
    expect(await preview(stele)).toEqual({ changes });
    expect(seen).toMatchObject([{ method: 'PATCH', headers: { prefer: 'return=preview', 'if-match': '"1"' } }]);
    expect(seen[0]!.headers).not.toHaveProperty('idempotency-key');
  });
});

test('returnMinimal asks for a response without data', async () => {
  const { stele, seen } = await client((_, response) => response.writeHead(204, { ETag: '"8"' }).end());
  const { data, etag } = await stele.v1.users.update('1', {}, { returnMinimal: true }).withResponse();
  expect([data, etag]).toEqual([undefined, '"8"']);
  await stele.scim.users.patch('1', [], { returnMinimal: true });
  await stele.scim.users.patch('1', [], { returnMinimal: false });
  expect(seen.map(({ headers }) => headers['prefer'])).toEqual(['return=minimal', 'return=minimal', undefined]);
});

describe('an application', () => {
  test.each([
    [{ name: 'hr-sync' }, 'hr-sync'],
    [{ name: 'hr-sync', version: '1.2.0', url: 'https://example.com' }, 'hr-sync/1.2.0 (https://example.com)'],
  ])('is named in User-Agent: %j', async (appInfo, product) => {
    const { url, seen } = await serve(json(200, user));
    await new Stele({ url, token, appInfo }).v1.users.get('1');
    expect(seen[0]!.headers['user-agent']).toMatch(/^stele-sdk\/\S+ /);
    expect(seen[0]!.headers['user-agent']).toContain(` ${product}`);
  });

  test.each([null, { name: '' }, { name: 'a b' }, { name: 'a', version: '1\n' }, { name: 'a', url: 'b)' }, {}])(
    'is not %j',
    (appInfo) => {
      expect(() => new Stele({ url: 'http://a', token, appInfo: appInfo as never })).toThrow(SteleError);
    },
  );
});

test.each(['timeout', 'retries', 'maxRetryAfter'])('a client whose %s is -1 is not made', (name) => {
  expect(() => new Stele({ url: 'http://a', token, [name]: -1 })).toThrow(`${name} must be`);
});

test('an error does not repeat the value of a header that cannot be sent', async () => {
  const { stele } = await client();
  const error = await stele.v1.users
    .get('1', { headers: { 'X-Api-Key': 'hidden\nthing' } })
    .then(String, (thrown: unknown) => inspect(thrown));
  expect(error).toContain('X-Api-Key');
  expect(error).not.toContain('hidden');
});

describe('everything that is thrown is a SteleError', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;

  let deep: object = {};
  for (let level = 0; level < 50_000; level += 1) deep = { deep };

  type Method = (...given: unknown[]) => PromiseLike<unknown>;
  /** A client as JavaScript has it, where each method takes any arguments. */
  type Loose<What> = {
    [Name in keyof What]: What[Name] extends (...given: never[]) => unknown ? Method : Loose<What[Name]>;
  };

  test.each<[what: string, call: (stele: Loose<Stele>) => PromiseLike<unknown>]>([
    ['a body that is cyclic', ({ v1 }) => v1.users.update('1', cyclic)],
    ['a body with a BigInt', ({ v1 }) => v1.users.update('1', { age: 1n })],
    ['a body with NaN', ({ scim }) => scim.users.replace('1', { userName: 'a', age: Number.NaN })],
    ['a body with a promise', ({ v1 }) => v1.users.update('1', { email: Promise.resolve('a') })],
    ['a body with an invalid date', ({ nerm }) => nerm.users.update('1', { at: new Date('no') })],
    ['a body whose toJSON throws', ({ v1 }) => v1.users.update('1', { toJSON: () => [].at(0)!['x'] })],
    ['no body', ({ v1 }) => v1.users.create()],
    ['no identifier', ({ v1 }) => v1.users.get()],
    ['a query with a symbol', ({ v1 }) => v1.users.list({ cursor: Symbol('no') })],
    ['a query with null', ({ v1 }) => v1.users.list({ filter: { role: null } })],
    ['a query with an invalid date', ({ v1 }) => v1.users.list({ cursor: new Date('no') })],
    ['a header with a line break', ({ v1 }) => v1.users.get('1', { headers: { 'X-A': 'a\nb' } })],
    ['a header that is undefined', ({ v1 }) => v1.users.get('1', { headers: { 'X-A': undefined } })],
    ['a header name with a space', ({ v1 }) => v1.users.get('1', { headers: { 'X A': 'a' } })],
    ...['Content-Length', 'Transfer-Encoding', 'connection', 'Upgrade', 'Expect', 'Keep-Alive'].map(
      (name): [string, (stele: Loose<Stele>) => PromiseLike<unknown>] => [
        `a header ${name}, which is that of the platform`,
        ({ v1 }) => v1.users.update('1', {}, { headers: { [name]: '1' } }),
      ],
    ),
    ['a header that is no text', ({ v1 }) => v1.users.get('1', { headers: { 'X-A': '😀' } })],
    ['a body of too many levels', ({ v1 }) => v1.users.update('1', deep)],
    ['a signal that is none', ({ v1 }) => v1.users.get('1', { signal: {} })],
    ['a timeout that is text', ({ v1 }) => v1.users.get('1', { timeout: '1' })],
    ['retries that are null', ({ v1 }) => v1.users.get('1', { retries: null })],
    ['an Idempotency-Key that is null', ({ v1 }) => v1.users.update('1', {}, { idempotencyKey: null })],
    ['an Idempotency-Key that is a number', ({ v1 }) => v1.users.update('1', {}, { idempotencyKey: 7 })],
    ['an ifMatch that is a number', ({ v1 }) => v1.users.update('1', {}, { ifMatch: 7 })],
    ['an ifMatch with a line break', ({ v1 }) => v1.users.update('1', {}, { ifMatch: '"a\n"' })],
    ['a batch that is no list', ({ v1 }) => v1.users.batch(7)],
    ['a PATCH that is no list', ({ scim }) => scim.users.patch('1', 7)],
    ['a bulk request that is no list', ({ scim }) => scim.bulk(undefined)],
    ['a bulk request of nothing', ({ scim }) => scim.bulk([null])],
    ['members to add that are no list', ({ scim }) => scim.groups.addMembers('1', 'abc')],
    ['members to remove that are missing', ({ scim }) => scim.groups.removeMembers('1')],
    ['attributes that are no list', ({ scim }) => scim.users.get('1', { attributes: 'userName' })],
    ['a picture that is text', ({ nerm }) => nerm.users.setAvatar('1', 'picture')],
    ['an interval that is text', ({ nerm }) => nerm.jobs.wait('1', { interval: '1' })],
  ])('%s', async (_, call) => {
    const { stele, seen } = await client();
    let promise: PromiseLike<unknown> | undefined;
    expect(() => (promise = call(stele as unknown as Loose<Stele>))).not.toThrow();
    await expect(Promise.resolve(promise)).rejects.toThrow(SteleError);
    expect(seen).toEqual([]);
  });

  test.each<[what: string, fetch: () => unknown]>([
    ['throws a text', () => Promise.reject('no')],
    ['throws at once', () => [].at(0)!['x']],
    ['gives nothing', () => undefined],
    ['gives a body that fails', async () => ({ text: () => Promise.reject(new Error('no')) })],
    ['gives no headers', async () => ({ status: 200, ok: true, text: async () => '{}' })],
  ])('a fetch that %s', async (_, fetch) => {
    const stele = new Stele({ url: 'http://127.0.0.1', token, fetch: fetch as Fetch, retries: 0 });
    await expect(stele.v1.users.get('1')).rejects.toThrow(SteleError);
  });

  test.each(everyCall)('%s without arguments', async (_, call) => {
    const stele = new Stele({
      url: 'http://127.0.0.1',
      token,
      retries: 0,
      fetch: () => Promise.reject(new Error('no')),
    });
    await expect(Promise.resolve(call(stele, undefined as unknown as string))).rejects.toThrow(SteleError);
  });

  test.each([undefined, null, 7, {}, { url: Symbol('no'), token }, { url: 'http://a', token, fetch: 7 }])(
    'a client of %o',
    (options) => {
      expect(() => new Stele(options as never)).toThrow(SteleError);
    },
  );
});

describe('in a browser', () => {
  afterEach(() => vi.unstubAllGlobals());

  test.each(['document', 'importScripts'])('with %s a token needs dangerouslyAllowBrowser', async (name) => {
    vi.stubGlobal(name, {});
    const { url, seen } = await serve(json(200, user));
    expect(() => new Stele({ url, token })).toThrow(/dangerouslyAllowBrowser/);
    expect(() => new Stele({ url, token, dangerouslyAllowBrowser: false })).toThrow(SteleError);
    await new Stele({ url, token, dangerouslyAllowBrowser: true, appInfo: { name: 'a' } }).v1.users.get('1');
    // The browser sends its own.
    expect(seen[0]!.headers['user-agent']).not.toMatch(/stele-sdk/);
  });
});

describe('where the platform has less', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('than randomUUID, as on a page without TLS, a change has a key', async () => {
    const { stele, seen } = await client();
    const { crypto } = globalThis;
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes) });
    for (const role of ['admin', 'user'] as const) await stele.v1.users.update('1', { role });
    await stele.nerm.users.setAvatar('1', new Uint8Array(1));
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    for (const key of keys) expect(key).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(new Set(keys)).toHaveLength(3);
  });
});

test('many calls with one signal share a listener, which is removed with the last', async () => {
  const { signal } = new AbortController();
  const listeners = () => getEventListeners(signal, 'abort').length;
  const { stele } = await client((seen, response) => json(200, listeners())(seen, response));
  const calls = Array.from({ length: 20 }, () => stele.v1.users.get('1', { signal }));
  expect(await Promise.all(calls)).toEqual(Array(20).fill(1));
  expect(listeners()).toBe(0);
});
