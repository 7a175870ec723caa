import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { RedisClientType } from 'redis';
import type { Quota } from './limit.ts';
import type { MeterName } from './meter.ts';
import type { PointStore } from './point-store.ts';

/**
 * How long an answer is waited for: so many ticks of so many milliseconds. A process that is busy ticks slower, and so
 * does not take an answer that it has not come to read for one that did not come.
 */
const TICKS = 10;
const TICK = 10;

/** Milliseconds for which a Redis that kept somebody waiting is left alone. */
const REST = 1000;

/** Milliseconds after which a connection is given up: one that is not made, and one on which nothing is heard. */
const CONNECT_TIMEOUT = 2000;
const SILENCE = 3000;

/** Milliseconds between signs of life, so that a connection without requests is not silent, and until the next try to connect. */
const PING_INTERVAL = 1000;
const CONNECT_AGAIN = 500;

/** Milliseconds between two lines of the log. */
const LOG_INTERVAL = 10_000;

/** Counts in a Redis, or a Valkey, for every replica that uses it. */
export class RedisStore implements PointStore {
  private resting = false;
  private loggedAt = Number.NEGATIVE_INFINITY;

  private constructor(
    private readonly client: RedisClientType,
    private readonly log: (line: string) => void,
  ) {
    client.on('error', (error: Error) => this.complain(error));
  }

  /** Begins to connect, and does not wait for it. */
  static async open(url: string, log: (line: string) => void): Promise<RedisStore> {
    // A large package, for those who use it.
    const { createClient } = await import('redis');
    const client = createClient({
      url,
      disableOfflineQueue: true,
      pingInterval: PING_INTERVAL,
      // What is not answered in time is told here; theirs costs a signal for each command.
      commandOptions: { timeout: 0 },
      socket: { connectTimeout: CONNECT_TIMEOUT, socketTimeout: SILENCE, reconnectStrategy: () => CONNECT_AGAIN },
    }) as RedisClientType;
    const store = new RedisStore(client, log);
    // It tries until it is closed, and tells its errors by events.
    client.connect().catch(() => {});
    return store;
  }

  limiter(name: MeterName, { points, seconds }: Quota): RateLimiterRedis {
    return new RateLimiterRedis({
      storeClient: this.client,
      useRedisPackage: true,
      keyPrefix: `stele:limit:${name}`,
      points,
      duration: seconds,
      // Who has used up all points is refused without asking until the window ends. Of addresses there can be too many
      // for that list, which is searched as a whole when it is long.
      ...(name !== 'address' && { inMemoryBlockOnConsumed: points }),
    });
  }

  async attempt<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    if (!this.client.isReady || this.resting) return undefined;
    const patience = startPatience();
    try {
      return await Promise.race([work(), patience.over]);
    } catch (error) {
      this.complain(error as Error);
      if (error === silence) void this.rest();
      return undefined;
    } finally {
      patience.end();
    }
  }

  close(): void {
    this.client.destroy();
  }

  /** Leaves Redis alone for a while, and then until it says a word. When the connection ends, the next one begins anew. */
  private async rest(): Promise<void> {
    if (this.resting) return;
    this.resting = true;
    await sleep(REST, undefined, { ref: false });
    await this.client.ping().catch(() => {});
    this.resting = false;
  }

  private complain(error: Error & { code?: string }): void {
    const now = performance.now();
    if (now < this.loggedAt + LOG_INTERVAL) return;
    this.loggedAt = now;
    // Several addresses of one host fail together, and then have no message of their own.
    this.log(
      `The Redis of the rate limits cannot be used, and requests pass uncounted: ${error.message || error.code}`,
    );
  }
}

const silence = new Error(`nothing was heard for ${TICKS * TICK} milliseconds`);

/** Is over, with a failure, when it has not been ended before. */
function startPatience(): { over: Promise<never>; end: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  let ticks = 0;
  const timer = setInterval(() => {
    if (++ticks === TICKS) reject(silence);
  }, TICK);
  return { over: promise, end: () => clearInterval(timer) };
}
