import fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { parseList } from '../../test/support/structured-field.ts';
import { Limit, LimitOverrides } from './limit.ts';
import { openRateLimits, type RateLimits, type Verdict } from './rate-limits.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Limits {
  readonly credential?: string;
  readonly tenant?: string;
  readonly failures?: string;
  readonly overrides?: z.input<typeof LimitOverrides>;
}

/** Limits as settings say them, off where they do not, and what is counted of them. */
async function open({ credential = 'off', tenant = 'off', failures = 'off', overrides = {} }: Limits) {
  const registry = new Registry();
  const options = {
    credential: Limit.parse(credential),
    tenant: Limit.parse(tenant),
    failures: Limit.parse(failures),
    overrides: LimitOverrides.parse(overrides),
  };
  return { limits: await openRateLimits(options, registry, () => {}), metrics: () => registry.metrics() };
}

const alice = { id: 'alice', tenantId: 'acme' };
const bob = { id: 'bob', tenantId: 'acme' };
const mallory = { id: 'mallory', tenantId: 'evil' };

const later = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

const passed = ({ refusal }: Verdict): boolean => refusal === undefined;

async function repeat<Result>(times: number, work: () => Promise<Result>): Promise<Result[]> {
  const results = [];
  for (let time = 0; time < times; time++) results.push(await work());
  return results;
}

/** How many of so many requests pass. */
const passing = async (times: number, work: () => Promise<Verdict>) =>
  (await repeat(times, work)).filter(passed).length;

/** Item of both fields, by policy. */
const fields = ({ headers }: Verdict) => ({
  policy: parseList(headers['ratelimit-policy']),
  limit: parseList(headers['ratelimit']),
});

const kinds: readonly [
  kind: string,
  limits: (limit: string) => Limits,
  take: (limits: RateLimits) => Promise<Verdict>,
][] = [
  ['credential', (credential) => ({ credential }), (limits) => limits.take(alice)],
  ['tenant', (tenant) => ({ tenant }), (limits) => limits.take(alice)],
  ['address', (failures) => ({ failures }), (limits) => limits.takeFailure('192.0.2.1')],
];

describe.each(kinds)('the limit of a %s', (kind, limitsOf, take) => {
  it('lets exactly its points pass in a window, and tells the others when to come back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.array(fc.nat(999), { maxLength: 40 }),
        async (points, seconds, gaps) => {
          const { limits } = await open(limitsOf(`${points}/${seconds}`));
          const verdicts: Verdict[] = [];
          let time = 0;
          for (const gap of gaps) {
            const verdict = await take(limits);
            const left = Math.ceil((seconds * 1000 - time) / 1000);
            expect(passed(verdict)).toBe(verdicts.length < points);
            expect(fields(verdict)).toEqual({
              policy: { [kind]: { q: points, w: seconds } },
              limit: { [kind]: { r: Math.max(0, points - verdicts.length - 1), t: left } },
            });
            if (!passed(verdict)) {
              expect(verdict.refusal).toMatchObject({ code: 'rate_limited', details: { retryAfter: left } });
            }
            verdicts.push(verdict);
            // All within the window that the first one begins.
            const wait = time + gap < seconds * 1000 ? gap : 0;
            await later(wait / 1000);
            time += wait;
          }
          const retryAfter = verdicts.at(-1)?.refusal?.details.retryAfter;
          if (retryAfter === undefined) return;
          await later(retryAfter);
          expect(await take(limits)).toSatisfy(passed);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('lets exactly its points pass also of those who come at once', async () => {
    const { limits } = await open(limitsOf('5/60'));
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => take(limits)));
    expect(verdicts.filter(passed)).toHaveLength(5);
  });

  it('does not wait longer for those who go on asking', async () => {
    const { limits } = await open(limitsOf('1/10'));
    expect(await passing(1, () => take(limits))).toBe(1);
    for (let second = 0; second < 9; second++) {
      expect(await passing(10, () => take(limits))).toBe(0);
      await later(1);
    }
    await later(1);
    expect(await passing(2, () => take(limits))).toBe(1);
  });

  it('counts what it refuses', async () => {
    const { limits, metrics } = await open(limitsOf('2/60'));
    await repeat(5, () => take(limits));
    const text = await metrics();
    for (const [each] of kinds) {
      expect(text).toContain(`stele_rate_limited_total{limit="${each}"} ${each === kind ? 3 : 0}`);
    }
    expect(text).toContain('stele_rate_limiter_failures_total 0');
  });

  it('says and counts nothing when it is off', async () => {
    const { limits } = await open(limitsOf('off'));
    const verdicts = await repeat(100, () => take(limits));
    for (const verdict of verdicts) expect(verdict).toEqual({ headers: {} });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('credentials and tenants', () => {
  it('has fields of both', async () => {
    const { limits } = await open({ credential: '60000/60', tenant: '120000/30' });
    expect((await limits.take(alice)).headers).toEqual({
      'ratelimit-policy': '"credential";q=60000;w=60, "tenant";q=120000;w=30',
      ratelimit: '"credential";r=59999;t=60, "tenant";r=119999;t=30',
    });
  });

  it('counts the credentials of a tenant together, and each on its own', async () => {
    const { limits } = await open({ credential: '4/60', tenant: '6/60' });
    expect(await passing(10, () => limits.take(alice))).toBe(4);
    expect(await passing(10, () => limits.take(bob))).toBe(2);
  });

  it('does not use up a tenant by what one of its credentials is refused', async () => {
    const { limits } = await open({ credential: '1/60', tenant: '100/60' });
    await repeat(50, () => limits.take(alice));
    expect(fields(await limits.take(bob)).limit).toMatchObject({ tenant: { r: 98 } });
  });

  it('refuses by the credential without a word of the tenant, which was not asked', async () => {
    const { limits } = await open({ credential: '1/10', tenant: '1/60' });
    await limits.take(alice);
    const verdict = await limits.take(alice);
    expect(fields(verdict)).toEqual({
      policy: { credential: { q: 1, w: 10 }, tenant: { q: 1, w: 60 } },
      limit: { credential: { r: 0, t: 10 } },
    });
    expect(verdict.refusal!.details.retryAfter).toBe(10);
  });

  it('refuses by the tenant, for as long as its window is', async () => {
    const { limits } = await open({ credential: '5/10', tenant: '1/60' });
    await limits.take(alice);
    const verdict = await limits.take(bob);
    expect(fields(verdict).limit).toEqual({ credential: { r: 4, t: 10 }, tenant: { r: 0, t: 60 } });
    expect(verdict.refusal!.details.retryAfter).toBe(60);
  });

  it('leaves other tenants alone', async () => {
    const { limits } = await open({ credential: '3/60', tenant: '3/60' });
    await repeat(10, () => limits.take(alice));
    expect(await passing(10, () => limits.take(mallory))).toBe(3);
  });

  it('never takes one for the other, whatever their ids', async () => {
    const { limits } = await open({ credential: '2/60', tenant: '2/60', failures: '2/60' });
    const one = '192.0.2.1';
    expect(await passing(5, () => limits.take({ id: one, tenantId: one }))).toBe(2);
    expect(await passing(5, () => limits.takeFailure(one))).toBe(2);
  });
});

describe('overrides', () => {
  const both = { credential: '3/60', tenant: '4/60' };

  it('hold for one credential', async () => {
    const { limits } = await open({ ...both, overrides: { credentials: { alice: '1/60' } } });
    expect(await passing(9, () => limits.take(alice))).toBe(1);
    expect(await passing(9, () => limits.take(bob))).toBe(3);
  });

  it('hold for one tenant', async () => {
    const { limits } = await open({ ...both, overrides: { tenants: { acme: '1/60' } } });
    expect(await passing(9, () => limits.take(alice))).toBe(1);
    expect(await passing(9, () => limits.take(mallory))).toBe(3);
  });

  it('turn off, and say nothing of what is off', async () => {
    const { limits } = await open({ ...both, overrides: { credentials: { alice: 'off' }, tenants: { evil: 'off' } } });
    expect(Object.keys(fields(await limits.take(alice)).limit)).toEqual(['tenant']);
    expect(Object.keys(fields(await limits.take(mallory)).policy)).toEqual(['credential']);
    expect(await passing(9, () => limits.take(alice))).toBe(3);
  });

  it('turn on what is off for others', async () => {
    const { limits } = await open({ overrides: { tenants: { acme: '2/5' } } });
    expect(await passing(9, () => limits.take(alice))).toBe(2);
    expect(await limits.take(mallory)).toEqual({ headers: {} });
  });
});

describe('addresses', () => {
  const one = '192.0.2.1';

  it('are refused before they are asked, once they have failed as often as they may, until their window ends', async () => {
    const { limits } = await open({ failures: '3/60' });
    await repeat(2, () => limits.takeFailure(one));
    expect(await limits.checkAddress(one)).toEqual({ headers: {} });
    await later(20);
    await limits.takeFailure(one);
    const verdict = await limits.checkAddress(one);
    expect(verdict.refusal).toMatchObject({ code: 'rate_limited', details: { retryAfter: 40 } });
    expect(fields(verdict)).toEqual({
      policy: { address: { q: 3, w: 60 } },
      limit: { address: { r: 0, t: 40 } },
    });
    await later(39.9);
    expect(await limits.checkAddress(one)).not.toSatisfy(passed);
    await later(0.2);
    expect(await limits.checkAddress(one)).toSatisfy(passed);
    expect(await passing(9, () => limits.takeFailure(one))).toBe(3);
  });

  it('may be asked about as often as one likes', async () => {
    const { limits } = await open({ failures: '2/60' });
    await limits.takeFailure(one);
    await repeat(100, () => limits.checkAddress(one));
    expect(await passing(9, () => limits.takeFailure(one))).toBe(1);
  });

  it('fail each on their own', async () => {
    const { limits } = await open({ failures: '1/60' });
    await limits.takeFailure(one);
    expect(await limits.checkAddress(one)).not.toSatisfy(passed);
    expect(await limits.checkAddress('192.0.2.2')).toSatisfy(passed);
    expect(await limits.takeFailure('192.0.2.2')).toSatisfy(passed);
  });

  it('fail together in one /64, and with an IPv4 address that is spelt as one of IPv6', async () => {
    const { limits } = await open({ failures: '2/60' });
    await limits.takeFailure('2001:db8::1');
    await limits.takeFailure('2001:db8::ffff:2');
    expect(await limits.checkAddress('2001:db8::3')).not.toSatisfy(passed);
    expect(await limits.checkAddress('2001:db8:0:1::1')).toSatisfy(passed);
    await limits.takeFailure('::ffff:192.0.2.1');
    await limits.takeFailure(one);
    expect(await limits.checkAddress(one)).not.toSatisfy(passed);
  });

  it('are forgotten when their window ends', async () => {
    const { limits } = await open({ failures: '1/60' });
    for (let host = 0; host < 250; host++) await limits.takeFailure(`192.0.2.${host}`);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await later(60);
    expect(vi.getTimerCount()).toBe(0);
  });
});
