import type { OnApplicationShutdown } from '@nestjs/common';
import { DirectoryError } from '@stele/schemas/canonical';
import { Counter, type Registry } from 'prom-client';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Limit, LimitOverrides } from './limit.ts';
import { Meter, type MeterName, type Reading, secondsOf } from './meter.ts';
import { networkOf } from './network.ts';
import { MemoryStore, type PointStore } from './point-store.ts';
import { RedisStore } from './redis-store.ts';

export interface RateLimitOptions {
  /** Requests of each credential. */
  readonly credential: Limit;
  /** Requests of all of a tenant's credentials together. */
  readonly tenant: Limit;
  /** Failed authentications from each address. */
  readonly failures: Limit;
  readonly overrides: LimitOverrides;
  /** Where points are counted, so that replicas share them; in this process unless it is said. */
  readonly redisUrl?: string | undefined;
}

/** What the limits say of a request: header fields for its answer, and why it is not served where it is not. */
export interface Verdict {
  readonly headers: Readonly<Record<string, string>>;
  readonly refusal?: DirectoryError;
}

/** A meter, and the key of which it is to take a point. */
type Asked = readonly [meter: Meter, key: string];

const unlimited: Verdict = { headers: {} };

const messages: Readonly<Record<MeterName, string>> = {
  credential: 'This credential has sent too many requests',
  tenant: "This tenant's credentials have sent too many requests",
  address: 'Authentication has failed too often from this address',
};

/**
 * The limits over the store that the options name; waits for no connection.
 * @param log takes lines about a store that does not answer, one in some seconds
 */
export async function openRateLimits(
  options: RateLimitOptions,
  registry: Registry,
  log: (line: string) => void,
): Promise<RateLimits> {
  const { redisUrl } = options;
  return new RateLimits(options, redisUrl ? await RedisStore.open(redisUrl, log) : new MemoryStore(), registry);
}

/** Limits requests by credential and by tenant, and failed authentications by address. */
export class RateLimits implements OnApplicationShutdown {
  private readonly credentialMeter: (id: string) => Meter | undefined;
  private readonly tenantMeter: (id: string) => Meter | undefined;
  private readonly addressMeter: Meter | undefined;
  /** Those that have failed too often, as far as this process knows: to ask about them costs nothing. */
  private readonly blocked = new RateLimiterMemory({ keyPrefix: '', points: 0, duration: 0 });
  private readonly refused: Counter<'limit'>;
  private readonly uncounted: Counter;

  constructor(
    { credential, tenant, failures, overrides }: RateLimitOptions,
    private readonly store: PointStore,
    registry: Registry,
  ) {
    this.credentialMeter = metersOf('credential', credential, overrides.credentials, store);
    this.tenantMeter = metersOf('tenant', tenant, overrides.tenants, store);
    this.addressMeter = meterOf('address', failures, store);
    this.refused = new Counter({
      name: 'stele_rate_limited_total',
      help: 'Requests that were rejected, by the limit that they had reached.',
      labelNames: ['limit'],
      registers: [registry],
    });
    for (const limit of Object.keys(messages)) this.refused.inc({ limit }, 0);
    this.uncounted = new Counter({
      name: 'stele_rate_limiter_failures_total',
      help: 'Requests that passed uncounted, because the store of the rate limits did not respond.',
      registers: [registry],
    });
  }

  onApplicationShutdown(): void {
    this.store.close();
  }

  /** Counts a request. The credential comes first: what it is refused for does not use up its tenant's points. */
  async take({ id, tenantId }: { readonly id: string; readonly tenantId: string }): Promise<Verdict> {
    const credential = this.credentialMeter(id);
    const tenant = this.tenantMeter(tenantId);
    const asked: Asked[] = [];
    if (credential) asked.push([credential, id]);
    if (tenant) asked.push([tenant, tenantId]);
    return asked.length === 0 ? unlimited : this.judge(asked, await this.ask(asked));
  }

  /** Counts a failed authentication. */
  async takeFailure(address: string): Promise<Verdict> {
    const meter = this.addressMeter;
    if (!meter) return unlimited;
    const network = networkOf(address);
    const asked: Asked[] = [[meter, network]];
    const readings = await this.ask(asked);
    for (const reading of readings) {
      if (reading.remaining === 0) await this.blocked.block(network, secondsOf(reading));
    }
    return this.judge(asked, readings);
  }

  /** Refuses an address from which authentication has failed too often; counts nothing. */
  async checkAddress(address: string): Promise<Verdict> {
    const meter = this.addressMeter;
    if (!meter) return unlimited;
    const network = networkOf(address);
    const block = await this.blocked.get(network);
    if (!block || block.msBeforeNext <= 0) return unlimited;
    return this.judge([[meter, network]], [meter.read(block, true)]);
  }

  /** Takes a point from each until one refuses; says nothing when the store does not. */
  private async ask(asked: readonly Asked[]): Promise<readonly Reading[]> {
    const readings = await this.store.attempt(async () => {
      const readings: Reading[] = [];
      for (const [meter, key] of asked) {
        const reading = await meter.take(key);
        readings.push(reading);
        if (reading.refused) break;
      }
      return readings;
    });
    if (readings) return readings;
    this.uncounted.inc();
    return [];
  }

  /** draft-ietf-httpapi-ratelimit-headers-10: `r` points remain, and in `t` seconds all are there again. */
  private judge(asked: readonly Asked[], readings: readonly Reading[]): Verdict {
    if (readings.length === 0) return unlimited;
    const headers = {
      'ratelimit-policy': asked.map(([meter]) => meter.policy).join(', '),
      ratelimit: readings.map(itemOf).join(', '),
    };
    const last = readings.at(-1)!;
    if (!last.refused) return { headers };
    const { name } = last.meter;
    this.refused.inc({ limit: name });
    return { headers, refusal: new DirectoryError('rate_limited', messages[name], { retryAfter: secondsOf(last) }) };
  }
}

const itemOf = (reading: Reading): string => `"${reading.meter.name}";r=${reading.remaining};t=${secondsOf(reading)}`;

function meterOf(name: MeterName, limit: Limit, store: PointStore): Meter | undefined {
  return limit === 'off' ? undefined : new Meter(name, limit, store.limiter(name, limit));
}

/** Finds the meter of a key: its own, or the one for all. */
function metersOf(
  name: MeterName,
  limit: Limit,
  overrides: Readonly<Record<string, Limit>>,
  store: PointStore,
): (key: string) => Meter | undefined {
  const common = meterOf(name, limit, store);
  const own = new Map(Object.entries(overrides).map(([key, each]) => [key, meterOf(name, each, store)]));
  return (key) => (own.has(key) ? own.get(key) : common);
}
