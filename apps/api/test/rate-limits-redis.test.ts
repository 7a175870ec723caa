import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Limit, LimitOverrides } from '../src/limits/limit.ts';
import { openRateLimits, type RateLimits, type Verdict } from '../src/limits/rate-limits.ts';
import { type Ask, keys, startApp, startReplicas, type TestApp } from './support/app.ts';
import { freePort, hasRedis, startRedis, type TestRedis } from './support/redis.ts';
import { parseList } from './support/structured-field.ts';

/** Milliseconds that are many more than a request waits for Redis, and many less than some would wait one by one. */
const BOUND = 1000;

/** Milliseconds in which everything is as before, after an outage. */
const RECOVERY = 10_000;

interface Counting {
  readonly limits: RateLimits;
  readonly log: readonly string[];
  /** Requests that passed uncounted. */
  readonly uncounted: () => Promise<number>;
}

/** Limits of one replica, until the test ends. */
async function open(redisUrl: string, limit = '1000/60'): Promise<Counting> {
  const registry = new Registry();
  const log: string[] = [];
  const each = Limit.parse(limit);
  const limits = await openRateLimits(
    { credential: each, tenant: each, failures: each, overrides: LimitOverrides.parse({}), redisUrl },
    registry,
    (line) => log.push(line),
  );
  onTestFinished(() => limits.onApplicationShutdown());
  const uncounted = async () => {
    const metric = await registry.getSingleMetric('stele_rate_limiter_failures_total')!.get();
    return metric.values[0]!.value;
  };
  return { limits, log, uncounted };
}

/** Nobody has asked in this one's name before. */
const somebody = () => ({ id: randomUUID(), tenantId: randomUUID() });

const passed = ({ refusal }: Verdict): boolean => refusal === undefined;
const counted = ({ headers }: Verdict): boolean => 'ratelimit' in headers;

const untilCounted = ({ limits }: Counting) =>
  vi.waitFor(async () => expect(await limits.take(somebody())).toSatisfy(counted), { timeout: RECOVERY, interval: 20 });

/** How long work takes, in milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** Requests pass uncounted, and wait for nothing: neither for a timer nor for a byte. */
async function passAtOnce({ limits, uncounted }: Counting): Promise<void> {
  const before = await uncounted();
  for (const take of [() => limits.take(somebody()), () => limits.takeFailure('192.0.2.1')]) {
    const waits = new Promise((resolve) => setImmediate(resolve, 'waits'));
    expect(await Promise.race([take(), waits])).toEqual({ headers: {} });
  }
  expect(await uncounted()).toBe(before + 2);
}

interface Proxy {
  readonly url: string;
  /** How often somebody has connected. */
  readonly connections: number;
  /** From now on nothing passes on the connections that there are, not even their end. */
  cut(): void;
}

/** Stands before a Redis until the test ends. */
async function startProxy(redisUrl: string): Promise<Proxy> {
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(redisUrl).port), '127.0.0.1');
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    sockets.push(client, upstream);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return sockets.length / 2;
    },
    cut() {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}

describe.skipIf(!hasRedis)('limits in Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.kill());

  describe('that two replicas share', () => {
    let one: Counting;
    let two: Counting;
    const openBoth = async (limit: string) => {
      one = await open(redis.url, limit);
      two = await open(redis.url, limit);
      await untilCounted(one);
      await untilCounted(two);
    };

    /** How many of so many requests pass, which go to both in turn and all at once. */
    const passing = async (times: number, work: (limits: RateLimits) => Promise<Verdict>) => {
      const verdicts = await Promise.all(
        Array.from({ length: times }, (_, index) => work([one, two][index % 2]!.limits)),
      );
      return verdicts.filter(passed).length;
    };

    it('let exactly the points of a credential pass, whichever is asked', async () => {
      await openBoth('7/60');
      const caller = somebody();
      expect(await passing(40, (limits) => limits.take(caller))).toBe(7);
      expect(await passing(40, (limits) => limits.take(caller))).toBe(0);
      expect(await passing(40, (limits) => limits.take(somebody()))).toBe(40);
    });

    it('let exactly the points of a tenant pass, and those of another', async () => {
      await openBoth('7/60');
      const tenants = [randomUUID(), randomUUID()];
      for (const tenantId of tenants) {
        expect(await passing(40, (limits) => limits.take({ id: randomUUID(), tenantId }))).toBe(7);
      }
    });

    it('count on where the other left off, and say so', async () => {
      await openBoth('7/60');
      const caller = somebody();
      for (const [index, { limits }] of [one, two, one].entries()) {
        const { headers } = await limits.take(caller);
        const item = { r: 7 - index - 1, t: 60 };
        expect(parseList(headers['ratelimit'])).toEqual({ credential: item, tenant: item });
      }
    });

    it('let an address fail no more often than it may', async () => {
      await openBoth('7/60');
      const address = '192.0.2.7';
      expect(await passing(40, (limits) => limits.takeFailure(address))).toBe(7);
      for (const { limits } of [one, two]) expect(await limits.checkAddress(address)).not.toSatisfy(passed);
    });

    it('begin again when the window ends, on the second that was told', async () => {
      await openBoth('2/1');
      const caller = somebody();
      await passing(2, (limits) => limits.take(caller));
      for (const { limits } of [one, two]) {
        const { refusal } = await limits.take(caller);
        expect(refusal).toMatchObject({ code: 'rate_limited', details: { retryAfter: 1 } });
      }
      await sleep(1000);
      expect(await passing(4, (limits) => limits.take(caller))).toBe(2);
    });
  });

  it('keep nothing for longer than a window, under names of their own', async () => {
    const counting = await open(redis.url, '5/30');
    await untilCounted(counting);
    const client = await createClient({ url: redis.url }).connect();
    onTestFinished(() => client.destroy());
    await client.flushAll();
    await counting.limits.take({ id: 'c', tenantId: 't' });
    await counting.limits.takeFailure('2001:db8::1');
    const keys = await client.keys('*');
    expect(keys.toSorted()).toEqual([
      'stele:limit:address:2001:db8:0:0::/64',
      'stele:limit:credential:c',
      'stele:limit:tenant:t',
    ]);
    for (const key of keys) {
      const milliseconds = await client.pTTL(key);
      expect(milliseconds).toBeGreaterThan(0);
      expect(milliseconds).toBeLessThanOrEqual(30_000);
    }
  });

  it('do not ask again about a credential that has used up its points', async () => {
    const { limits } = await open(redis.url, '3/60');
    const client = await createClient({ url: redis.url }).connect();
    onTestFinished(() => client.destroy());
    await vi.waitFor(async () => expect(await limits.take(somebody())).toSatisfy(counted));
    const caller = { id: randomUUID(), tenantId: randomUUID() };
    for (let request = 0; request < 50; request++) await limits.take(caller);
    expect(await client.get(`stele:limit:credential:${caller.id}`)).toBe('3');
    expect(await client.get(`stele:limit:tenant:${caller.tenantId}`)).toBe('3');
  });

  it('do not take a process that was busy for a Redis that does not answer', async () => {
    const counting = await open(redis.url);
    await untilCounted(counting);
    const verdict = counting.limits.take(somebody());
    for (let stall = 0; stall < 5; stall++) {
      const end = performance.now() + 150;
      while (performance.now() < end);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await verdict).toSatisfy(counted);
    expect(await counting.limits.take(somebody())).toSatisfy(counted);
  });
});

describe.skipIf(!hasRedis)('an API with REDIS_URL', () => {
  const users = '/v1/users';

  /** Two replicas, each of which is asked in turn: the statuses of the answers, and which had fields. */
  async function answersOf({ api, replica }: { api: TestApp; replica: TestApp }, times: number, ask: Ask) {
    const answers = [];
    for (let time = 0; time < times; time++) answers.push(await [api, replica][time % 2]!.request('GET', users, ask));
    return {
      statuses: answers.map(({ status }) => status),
      limited: answers.map(({ headers }) => headers.has('ratelimit')),
    };
  }

  it('shares its limits with its replicas, and serves without them when Redis has gone', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const settings = {
      REDIS_URL: redis.url,
      STELE_RATE_LIMIT_CREDENTIAL: '5/600',
      STELE_RATE_LIMIT_FAILURES: '5/600',
    };
    const replicas = await startReplicas(settings, settings);
    onTestFinished(replicas.stop);
    const ready = async () => {
      // Whoever asks before the connection is there is not counted.
      for (const { url } of [replicas.api, replicas.replica]) {
        const { headers } = await fetch(url + users, { headers: { authorization: `Bearer ${keys.foreign}` } });
        expect(headers.has('ratelimit')).toBe(true);
      }
    };
    await vi.waitFor(ready);

    expect(await answersOf(replicas, 8, { key: keys.read })).toEqual({
      statuses: [200, 200, 200, 200, 200, 429, 429, 429],
      limited: Array<boolean>(8).fill(true),
    });
    const guess = { key: 'a-key-that-somebody-has-thought-of-' };
    expect((await answersOf(replicas, 8, guess)).statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);

    await redis.kill();
    expect(await answersOf(replicas, 8, { key: keys.read })).toEqual({
      statuses: Array<number>(8).fill(200),
      limited: Array<boolean>(8).fill(false),
    });
    for (const { url } of [replicas.api, replicas.replica]) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toMatch(/^stele_rate_limiter_failures_total [1-9]\d*$/m);
    }
  });

  it('starts and serves without the Redis', async () => {
    const port = await freePort();
    const api = await startApp({ REDIS_URL: `redis://127.0.0.1:${port}`, STELE_RATE_LIMIT_CREDENTIAL: '1/600' });
    onTestFinished(() => api.stop());
    for (let request = 0; request < 3; request++) {
      const { status, headers } = await api.request('GET', users);
      expect([status, headers.get('ratelimit')]).toEqual([200, null]);
    }
    const redis = await startRedis({ port });
    onTestFinished(() => redis.kill());
    await vi.waitFor(async () => expect((await api.request('GET', users)).status).toBe(429), { timeout: RECOVERY });
  });
});

describe.skipIf(!hasRedis)('limits in a Redis that fails', () => {
  it('let requests through at once while it is not there yet, and count from when it is', async () => {
    const port = await freePort();
    const counting = await open(`redis://127.0.0.1:${port}`);
    await passAtOnce(counting);
    const redis = await startRedis({ port });
    onTestFinished(() => redis.kill());
    await untilCounted(counting);
  });

  it('let requests through at once when it has gone, and count again when it is back', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const counting = await open(redis.url);
    await untilCounted(counting);
    const underWay = Array.from({ length: 50 }, () => counting.limits.take(somebody()));
    await redis.kill();
    const time = await timed(async () => expect(await Promise.all(underWay)).toSatisfy((all) => all.every(passed)));
    expect(time).toBeLessThan(BOUND);
    await vi.waitFor(() => passAtOnce(counting));
    await redis.start();
    await untilCounted(counting);
  });

  it('keep nobody waiting for longer than a moment when it hangs, and then nobody at all', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const counting = await open(redis.url);
    await untilCounted(counting);
    const before = await counting.uncounted();
    redis.hang();
    const first = await timed(async () => {
      const verdicts = await Promise.all(Array.from({ length: 50 }, () => counting.limits.take(somebody())));
      for (const verdict of verdicts) expect(verdict).toEqual({ headers: {} });
    });
    expect(first).toBeGreaterThan(90);
    expect(first).toBeLessThan(BOUND);
    expect(await counting.uncounted()).toBe(before + 50);
    // Also after the time for which it is left alone nobody waits.
    for (const pause of [0, 500, 1000]) {
      await sleep(pause);
      await passAtOnce(counting);
    }
    redis.resume();
    await untilCounted(counting);
  });

  it('give up a connection on which nothing is heard any more, and count again on a new one', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const proxy = await startProxy(redis.url);
    const counting = await open(proxy.url);
    await untilCounted(counting);
    // What is on the way is lost, as when a cable is cut: nobody is told that the connection has ended.
    proxy.cut();
    await counting.limits.take(somebody());
    await passAtOnce(counting);
    await untilCounted(counting);
    expect(proxy.connections).toBe(2);
  });

  it('let an address that has failed too often wait, even then', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const counting = await open(redis.url, '2/60');
    await untilCounted(counting);
    for (let failure = 0; failure < 2; failure++) await counting.limits.takeFailure('192.0.2.1');
    await redis.kill();
    expect(await counting.limits.checkAddress('192.0.2.1')).not.toSatisfy(passed);
    expect(await counting.limits.checkAddress('192.0.2.2')).toSatisfy(passed);
  });

  it('say so in the log, once in a while and without the password', async () => {
    const redis = await startRedis({ password: 'right-password' });
    onTestFinished(() => redis.kill());
    const url = new URL(redis.url);
    url.password = 'wrong-password';
    const counting = await open(url.href);
    await vi.waitFor(() => expect(counting.log).toHaveLength(1));
    await passAtOnce(counting);
    await redis.kill();
    // It tries to connect more than once in that time.
    await sleep(1500);
    await passAtOnce(counting);
    expect(counting.log).toEqual([expect.stringMatching(/Redis.*WRONGPASS/)]);
    expect(counting.log[0]).not.toContain('wrong-password');
  });

  it('let requests through that it refuses to count', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const client = await createClient({ url: redis.url }).connect();
    onTestFinished(() => client.destroy());
    const counting = await open(redis.url);
    await untilCounted(counting);
    await client.configSet('maxmemory', '1');
    expect(await counting.limits.take(somebody())).toEqual({ headers: {} });
    expect(await counting.uncounted()).toBeGreaterThan(0);
    expect(counting.log).toEqual([expect.stringContaining('OOM')]);
    await client.configSet('maxmemory', '0');
    expect(await counting.limits.take(somebody())).toSatisfy(counted);
  });

  it('end at once, whatever it does', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const counting = await open(redis.url);
    await untilCounted(counting);
    redis.hang();
    const underWay = counting.limits.take(somebody());
    counting.limits.onApplicationShutdown();
    expect(await timed(async () => expect(await underWay).toEqual({ headers: {} }))).toBeLessThan(BOUND);
    await passAtOnce(counting);
    redis.resume();
    const client = await createClient({ url: redis.url }).connect();
    onTestFinished(() => client.destroy());
    await vi.waitFor(async () => expect(await client.clientList()).toHaveLength(1));
  });
});
