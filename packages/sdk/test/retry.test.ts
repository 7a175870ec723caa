import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pauseAfter } from '../src/core/retry.ts';
import {
  BadRequestError,
  ConflictError,
  ConnectionError,
  Stele,
  SteleError,
  TimeoutError,
  UnavailableError,
} from '../src/index.ts';
import { everyCall } from './calls.ts';
import { json, serve, type Handler } from './server.ts';

const token = 'stele_key_0123456789abcdef0123456789abcdef';
const user = { id: 'usr_01hzxrphnke7jrvvzhvhsvq5bm', username: 'alice', role: 'user' };
const ok = json(200, user);
const down = json(503, { error: 'unavailable', message: 'Not now' });

/** Answers with the first handler first, and with the last one from then on. */
const inTurn = (...handlers: [Handler, ...Handler[]]): Handler => {
  const left = [...handlers];
  return (seen, response) => (left.length > 1 ? left.shift()! : left[0]!)(seen, response);
};

async function client(handler: Handler, options: { retries?: number; timeout?: number } = {}) {
  const { url, seen } = await serve(handler);
  return { stele: new Stele({ url, token, ...options }), seen };
}

const thrownBy = (call: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(call).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

// No test waits for the dice.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

describe('a call is tried again', () => {
  test.each<[string, Handler]>([
    ['the connection breaks', (_, response) => response.destroy()],
    [
      'the answer breaks off',
      (_, response) => {
        response.writeHead(200, { 'Content-Length': '100' }).write('{');
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ...[408, 425, 429, 500, 502, 503, 504, 520, 524, 529].map((status): [string, Handler] => [
      `${status}`,
      json(status, {}),
    ]),
    ['409 with Retry-After', json(409, { error: 'request_in_progress', message: 'Wait' }, { 'Retry-After': '0' })],
  ])('after %s', async (_, failure) => {
    const { stele, seen } = await client(inTurn(failure, ok));
    await expect(stele.v1.users.update('1', { role: 'admin' })).resolves.toEqual(user);
    expect(seen).toHaveLength(2);
  });

  test.each([400, 401, 403, 404, 409, 412, 413, 422, 428, 501, 507])('but not after %d', async (status) => {
    const { stele, seen } = await client(inTurn(json(status, {}), ok));
    expect(await thrownBy(stele.v1.users.get('1'))).toMatchObject({ status, attempts: 1 });
    expect(seen).toHaveLength(1);
  });

  test('but not after a success that is not JSON', async () => {
    const { stele, seen } = await client(inTurn((_, response) => response.writeHead(200).end('<h1>'), ok));
    expect(await thrownBy(stele.v1.users.get('1'))).toMatchObject({ code: 'malformed_answer' });
    expect(seen).toHaveLength(1);
  });

  test('twice, unless the client or the call says otherwise', async () => {
    const { stele, seen } = await client(down);
    const requests = async (call: PromiseLike<unknown>) => {
      const before = seen.length;
      const error = await thrownBy(call);
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error).toHaveProperty('attempts', seen.length - before);
      return seen.length - before;
    };
    expect(await requests(stele.v1.users.get('1'))).toBe(3);
    expect(await requests(stele.v1.users.get('1', { retries: 0 }))).toBe(1);
    expect(await requests(stele.v1.users.get('1', { retries: 4 }))).toBe(5);
    const never = (await client(down, { retries: 0 })).stele;
    expect(await thrownBy(never.v1.users.get('1'))).toHaveProperty('attempts', 1);
    expect(await thrownBy(never.v1.users.get('1', { retries: 1 }))).toHaveProperty('attempts', 2);
  });

  test.each([-1, Number.NaN])('never %d times', async (retries) => {
    const { stele, seen } = await client(ok);
    expect(await thrownBy(stele.v1.users.get('1', { retries }))).toBeInstanceOf(SteleError);
    expect(seen).toEqual([]);
  });

  test('and an error says how often it was tried', async () => {
    const { stele } = await client(inTurn(down, json(404, { error: 'not_found', message: 'User not found' })));
    const error = await thrownBy(stele.v1.users.get('1'));
    expect(error).toMatchObject({ attempts: 2, message: 'GET /v1/users/1: 404 User not found (after 2 attempts)' });
    const broken = await client((_, response) => response.destroy());
    const gone = await thrownBy(broken.stele.v1.users.get('1'));
    expect(gone).toBeInstanceOf(ConnectionError);
    expect(gone).toMatchObject({ attempts: 3, message: expect.stringContaining('after 3 attempts') });
    expect(await thrownBy(broken.stele.v1.users.get(''))).toHaveProperty('attempts', 0);
  });
});

describe('a change is made once', () => {
  test.each(everyCall)('%s has one name for all attempts if it is one, and is the same request', async (_, call) => {
    const { stele, seen } = await client(down);
    await thrownBy(call(stele, 'password'));
    await thrownBy(call(stele, 'password'));
    expect(seen).toHaveLength(6);
    const names = seen.map(({ headers }) => headers['idempotency-key']);
    const [first] = names;
    // RFC 7644 3.4.3: a search is a POST that reads. So is a query for audit events.
    if (seen[0]!.method === 'GET' || /\/(\.search|query)$/.test(seen[0]!.path)) {
      expect(new Set(names)).toEqual(new Set([undefined]));
    } else {
      expect(first).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
      expect(names).toEqual([first, first, first, names[3], names[3], names[3]]);
      expect(names[3]).not.toBe(first);
    }
    for (const attempt of seen.slice(1, 3)) expect(attempt).toEqual(seen[0]);
  });

  test('although its answer was lost', async () => {
    const answers = new Map<string, unknown>();
    // docs/concepts.md#idempotency: the same request gets the stored response; nothing is done twice.
    const { stele } = await client(({ headers, body }, response) => {
      const key = String(headers['idempotency-key']);
      const known = answers.get(key);
      if (known) return json(201, known)({ method: '', path: '', headers, body }, response);
      answers.set(key, { id: `usr_${answers.size + 1}`, ...(JSON.parse(body) as object) });
      response.destroy();
    });
    const draft = { username: 'jane', email: 'jane@example.com', password: 'password' };
    await expect(stele.v1.users.create(draft)).resolves.toHaveProperty('id', 'usr_1');
    expect(answers.size).toBe(1);
  });

  test('although the process that asked for it was another one', async () => {
    const { stele, seen } = await client(inTurn(down, ok));
    const options = { idempotencyKey: 'import-7/jane' };
    await stele.v1.users.update('1', { role: 'admin' }, options);
    await stele.scim.users.patch('1', [], options);
    await stele.nerm.users.create({ login: 'a', name: 'a', email: 'a@b.c', type: 'NeprofileUser' }, options);
    expect(seen.map(({ headers }) => headers['idempotency-key'])).toEqual(Array(4).fill('import-7/jane'));
  });

  test.each(['', 'two words', 'line\nbreak', 'clé', 'k'.repeat(256)])('and has no name like %j', async (key) => {
    const { stele, seen } = await client(ok);
    expect(await thrownBy(stele.v1.users.delete('1', { idempotencyKey: key }))).toBeInstanceOf(SteleError);
    expect(seen).toEqual([]);
  });

  test('and stays the same request when a fetch adds a header to it', async () => {
    const { url, seen } = await serve(inTurn(down, ok));
    const fetch: typeof globalThis.fetch = (url, init) => {
      (init!.headers as Headers).append('X-Trace', '1');
      return globalThis.fetch(url, init);
    };
    await new Stele({ url, token, fetch }).v1.users.update('1', {});
    expect(seen.map(({ headers }) => headers['x-trace'])).toEqual(['1', '1']);
  });
});

describe('the wait before another attempt', () => {
  // "Full jitter": anything between nothing and a bound that doubles, up to a cap.
  test.each([
    [1, 500],
    [2, 1000],
    [3, 2000],
    [5, 8000],
    [50, 8000],
  ])('%d is random, up to %d ms', (attempts, bound) => {
    const error = new ConnectionError('');
    for (const dice of [0, 0.25, 0.5, 0.999]) {
      vi.mocked(Math.random).mockReturnValue(dice);
      expect(pauseAfter(error, attempts, 0)).toBeCloseTo(dice * bound);
    }
  });

  test.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2000).toUTCString()],
  ])('is no shorter than Retry-After says, in %s', async (_, retryAfter) => {
    const times: number[] = [];
    const { stele } = await client((seen, response) => {
      times.push(Date.now());
      if (times.length > 1) ok(seen, response);
      else json(503, {}, { 'Retry-After': retryAfter() })(seen, response);
    });
    await stele.v1.users.get('1');
    expect(times[1]! - times[0]!).toBeGreaterThan(950);
  });

  test('is for the caller when Retry-After is more than a minute', async () => {
    const { stele, seen } = await client(json(429, {}, { 'Retry-After': '61' }));
    expect(await thrownBy(stele.v1.users.get('1', { timeout: 3_600_000 }))).toMatchObject({
      retryAfter: 61,
      attempts: 1,
    });
    expect(seen).toHaveLength(1);
  });

  test.each([
    ['longer than the call allows', { maxRetryAfter: 999 }, { maxRetryAfter: 500 }, 1],
    ['longer than the client allows', { maxRetryAfter: 999 }, {}, 1],
    ['as long as it may be', {}, { maxRetryAfter: 1000 }, 2],
  ])('is %s', async (_, options, callOptions, requests) => {
    const { url, seen } = await serve(inTurn(json(429, {}, { 'Retry-After': '1' }), ok));
    await thrownBy(new Stele({ url, token, ...options }).v1.users.get('1', callOptions));
    expect(seen).toHaveLength(requests);
  });

  test('is ended by the signal', async () => {
    const { stele, seen } = await client(json(429, {}, { 'Retry-After': '60' }));
    const controller = new AbortController();
    const call = thrownBy(stele.v1.users.get('1', { timeout: 3_600_000, signal: controller.signal }));
    // The answer is long there: what has not ended by now is the wait.
    await expect(Promise.race([call, wait(300, 'waiting')])).resolves.toBe('waiting');
    const reason = new Error('changed my mind');
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    controller.abort(reason);
    // Neither the wait nor the timeout keeps the process from its end.
    await expect(call.finally(() => expect(timers()).toBe(before - 2))).resolves.toBe(reason);
    expect(seen).toHaveLength(1);
  });

  test('is not begun when it would not fit into the timeout', async () => {
    const { stele, seen } = await client(json(503, {}, { 'Retry-After': '5' }), { timeout: 4000 });
    const call = thrownBy(stele.v1.users.get('1'));
    const error = await Promise.race([call, wait(1000, 'waiting')]);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toHaveProperty('attempts', 1);
    expect(seen).toHaveLength(1);
  });
});

test('the timeout is one for all attempts', async () => {
  const slowly: Handler = (seen, response) => void setTimeout(() => down(seen, response), 200);
  const { stele, seen } = await client(slowly, { retries: 100, timeout: 900 });
  const error = await thrownBy(stele.v1.users.get('1'));
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toHaveProperty('attempts', seen.length);
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.length).toBeLessThan(6);
});

test('a request that stays in progress is a conflict in the end', async () => {
  const { stele } = await client(json(409, { error: 'request_in_progress', message: 'Wait' }, { 'Retry-After': '0' }));
  const error = await thrownBy(stele.v1.users.update('1', {}));
  expect(error).toBeInstanceOf(ConflictError);
  expect(error).toMatchObject({ code: 'request_in_progress', attempts: 3 });
});

test.each([
  [422, 'idempotency_key_reused'],
  [428, 'precondition_required'],
])('%d is a bad request by the name %s in every dialect', async (status, code) => {
  const { stele } = await client(json(status, {}));
  for (const { users } of [stele.v1, stele.scim, stele.nerm]) {
    const error = await thrownBy(users.get('1'));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toHaveProperty('code', code);
  }
});
