import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConnectionError, Stele, SteleError, TimeoutError } from '../src/index.ts';
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

  test.each(['', 'two words', 'line\nbreak', 'schlüssel'])('%j is refused without being repeated', (bad) => {
    const make = () => new Stele({ url: 'http://127.0.0.1', token: bad });
    expect(make).toThrow(SteleError);
    if (bad) expect(make).not.toThrow(bad);
  });
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
