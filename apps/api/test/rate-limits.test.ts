import { randomUUID } from 'node:crypto';
import { encodeTenantId } from '@stele/schemas/v1';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startApp, storedHash, type TestApp } from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import { parseList } from './support/structured-field.ts';
import { faces, type Tongue, tongues } from './support/users.ts';

/** Seconds; no test takes that long. */
const WINDOW = 600;

interface Caller {
  readonly tenantId: string;
  readonly key: string;
}

/** A new tenant. */
async function tenantOf(api: TestApp, id: string = uuidv7()): Promise<string> {
  await api.query('INSERT INTO tenants (id, name) VALUES ($1, $2)', [id, `tenant ${id}`]);
  return id;
}

/** A new credential, of a new tenant unless it is said. */
async function callerOf(api: TestApp, tenant?: string, scope = 'admin', id: string = uuidv7()): Promise<Caller> {
  const tenantId = tenant ?? (await tenantOf(api));
  const key = `test-key-of-somebody-${randomUUID()}`;
  await api.query('INSERT INTO api_keys (id, tenant_id, name, key_hash, scopes) VALUES ($1, $2, $3, $4, $5)', [
    id,
    tenantId,
    'key',
    storedHash(key),
    [scope],
  ]);
  return { tenantId, key };
}

const guess = () => `a-key-that-somebody-has-thought-of-${randomUUID()}`;

/** Asks for a user that is not there: one request, answered with 404. */
const ask = (api: TestApp, key: string, tongue: Tongue = 'v1', headers: Readonly<Record<string, string>> = {}) =>
  api.request('GET', faces[tongue].user(uuidv7()), { key, headers });

const fields = ({ headers }: Answer) => ({
  policy: parseList(headers.get('ratelimit-policy')),
  limit: parseList(headers.get('ratelimit')),
});

/** How often so many requests, one after the other, are answered with each status. */
async function statuses(times: number, send: () => Promise<Answer>): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (let time = 0; time < times; time++) {
    const { status } = await send();
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

/** The value of one line of `GET /metrics`. */
async function metric(api: TestApp, name: string): Promise<number> {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length),
  );
}

describe('requests', () => {
  let api: TestApp;
  const unlimited = uuidv7();
  const small = uuidv7();
  beforeAll(async () => {
    const overrides = { tenants: { [encodeTenantId(small)]: `1/${WINDOW}` }, credentials: { [unlimited]: 'off' } };
    api = await startApp({
      STELE_RATE_LIMIT_CREDENTIAL: `3/${WINDOW}`,
      STELE_RATE_LIMIT_TENANT: `5/${WINDOW}`,
      STELE_RATE_LIMIT_OVERRIDES: JSON.stringify(overrides),
    });
  });
  afterAll(() => api.stop());

  const policy = { credential: { q: 3, w: WINDOW }, tenant: { q: 5, w: WINDOW } };

  describe.each(tongues)('in %s', (tongue) => {
    it('pass as often as they may, and say how often that still is', async () => {
      const { key } = await callerOf(api);
      const { users, draft } = faces[tongue];
      const answers = [await api.request('POST', users, { key, body: draft('alice') })];
      expect(answers[0]!.status).toBeLessThan(300);
      for (let request = 0; request < 2; request++) answers.push(await ask(api, key, tongue));
      for (const [index, answer] of answers.entries()) {
        expect(answer.headers.has('retry-after')).toBe(false);
        expect(fields(answer)).toMatchObject({
          policy,
          limit: { credential: { r: 2 - index }, tenant: { r: 4 - index } },
        });
      }
    });

    it('are refused after that in the words of the dialect, and told when to come back', async () => {
      const { key } = await callerOf(api);
      expect(await statuses(3, () => ask(api, key, tongue))).toEqual({ 404: 3 });
      const answer = await ask(api, key, tongue);
      expectRefusal(tongue, answer, 'rate_limited');
      expect(answer.headers.get('content-type')).toBe(
        `application/${tongue === 'scim' ? 'scim+json' : 'json'}; charset=utf-8`,
      );
      const retryAfter = Number(answer.headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThan(WINDOW - 60);
      expect(retryAfter).toBeLessThanOrEqual(WINDOW);
      expect(fields(answer)).toEqual({ policy, limit: { credential: { r: 0, t: retryAfter } } });
    });
  });

  it('change nothing when they are refused', async () => {
    const { key, tenantId } = await callerOf(api);
    await statuses(3, () => ask(api, key));
    const { users, draft } = faces.v1;
    expect(await statuses(3, () => api.request('POST', users, { key, body: draft('alice') }))).toEqual({ 429: 3 });
    expect(await api.query('SELECT 1 FROM users WHERE tenant_id = $1', [tenantId])).toEqual([]);
  });

  it('of all credentials of a tenant count together, those of another tenant do not', async () => {
    const one = await callerOf(api);
    const two = await callerOf(api, one.tenantId);
    const foreign = await callerOf(api);
    expect(await statuses(10, () => ask(api, one.key))).toEqual({ 404: 3, 429: 7 });
    expect(await statuses(2, () => ask(api, two.key))).toEqual({ 404: 2 });
    const refused = await ask(api, two.key);
    expectRefusal('v1', refused, 'rate_limited');
    expect(fields(refused).limit).toMatchObject({ credential: { r: 0 }, tenant: { r: 0 } });
    expect(await statuses(3, () => ask(api, foreign.key))).toEqual({ 404: 3 });
  });

  it('count whatever dialect they are in', async () => {
    const { key } = await callerOf(api);
    for (const tongue of tongues) expect((await ask(api, key, tongue)).status).toBe(404);
    for (const tongue of tongues) expect((await ask(api, key, tongue)).status).toBe(429);
  });

  it('count also when their scope does not allow them', async () => {
    const { key } = await callerOf(api, undefined, 'read');
    const { users, draft } = faces.v1;
    expect(await statuses(5, () => api.request('POST', users, { key, body: draft('alice') }))).toEqual({
      403: 3,
      429: 2,
    });
  });

  it('have the limits of their own tenant and credential', async () => {
    const one = await callerOf(api, await tenantOf(api, small));
    expect(await statuses(3, () => ask(api, one.key))).toEqual({ 404: 1, 429: 2 });
    const two = await callerOf(api, undefined, 'admin', unlimited);
    const answer = await ask(api, two.key);
    expect(fields(answer)).toMatchObject({ policy: { tenant: { q: 5 } }, limit: { tenant: { r: 4 } } });
    expect(await statuses(5, () => ask(api, two.key))).toEqual({ 404: 4, 429: 1 });
  });

  it.each(['/livez', '/readyz', '/metrics', '/openapi/v1.json'])('to %s are not counted', async (path) => {
    const { key } = await callerOf(api);
    await statuses(4, () => ask(api, key));
    for (const authorization of [`Bearer ${key}`, `Bearer ${guess()}`]) {
      const response = await fetch(api.url + path, { headers: { authorization } });
      expect(response.status).toBe(200);
      expect(response.headers.has('ratelimit')).toBe(false);
    }
  });

  it('that are refused are counted in the metrics, by what refused them', async () => {
    const names = ['credential', 'tenant', 'address'].map((limit) => `stele_rate_limited_total{limit="${limit}"}`);
    const read = () => Promise.all(names.map((name) => metric(api, name)));
    const before = await read();
    const one = await callerOf(api);
    const two = await callerOf(api, one.tenantId);
    await statuses(7, () => ask(api, one.key));
    await statuses(3, () => ask(api, two.key));
    expect(await read()).toEqual([before[0]! + 4, before[1]! + 1, before[2]!]);
    expect(await metric(api, 'stele_rate_limiter_failures_total')).toBe(0);
  });
});

describe('failed authentication', () => {
  let api: TestApp;
  beforeAll(async () => {
    api = await startApp({
      STELE_RATE_LIMIT_CREDENTIAL: 'off',
      STELE_RATE_LIMIT_TENANT: 'off',
      STELE_RATE_LIMIT_FAILURES: `3/${WINDOW}`,
      STELE_TRUST_PROXY: '127.0.0.1',
    });
  });
  afterAll(() => api.stop());

  let addresses = 0;
  /** From where nobody has come before. */
  const somewhere = () => ({ 'x-forwarded-for': `192.0.2.${++addresses}` });

  describe.each(tongues)('in %s', (tongue) => {
    it('is answered with 401 as often as it may, and then with 429, from its address alone', async () => {
      const from = somewhere();
      for (let failure = 0; failure < 3; failure++) {
        expectRefusal(tongue, await ask(api, guess(), tongue, from), 'unauthorized');
      }
      const answer = await ask(api, guess(), tongue, from);
      expectRefusal(tongue, answer, 'rate_limited');
      const retryAfter = Number(answer.headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThan(WINDOW - 60);
      expect(fields(answer)).toEqual({
        policy: { address: { q: 3, w: WINDOW } },
        limit: { address: { r: 0, t: retryAfter } },
      });
      expectRefusal(tongue, await ask(api, guess(), tongue, somewhere()), 'unauthorized');
    });
  });

  it('is answered with 401 exactly as often as it may also when many try at once', async () => {
    const from = somewhere();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(api, guess(), 'v1', from)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      ...Array<number>(3).fill(401),
      ...Array<number>(17).fill(429),
    ]);
  });

  it('does not keep out those whose key was good before, from the same address', async () => {
    const from = somewhere();
    const { key } = await callerOf(api);
    expect((await ask(api, key, 'v1', from)).status).toBe(404);
    expect(await statuses(6, () => ask(api, guess(), 'v1', from))).toEqual({ 401: 3, 429: 3 });
    expect(await statuses(6, () => ask(api, key, 'v1', from))).toEqual({ 404: 6 });
  });

  it('tells nobody whether the next guess is right', async () => {
    const from = somewhere();
    const { key } = await callerOf(api);
    await statuses(3, () => ask(api, guess(), 'v1', from));
    expect((await ask(api, key, 'v1', from)).status).toBe(429);
  });

  it('is not what a good key does', async () => {
    const from = somewhere();
    const { key } = await callerOf(api);
    expect(await statuses(10, () => ask(api, key, 'v1', from))).toEqual({ 404: 10 });
    expect((await ask(api, guess(), 'v1', from)).status).toBe(401);
  });

  it('counts for a whole /64', async () => {
    const from = (address: string) => ask(api, guess(), 'v1', { 'x-forwarded-for': address });
    for (const host of ['1', '2', 'ffff:3']) expect((await from(`2001:db8:0:7::${host}`)).status).toBe(401);
    expect((await from('2001:db8:0:7::4')).status).toBe(429);
    expect((await from('2001:db8:0:8::4')).status).toBe(401);
  });

  it('is counted in the metrics when it is refused', async () => {
    const name = 'stele_rate_limited_total{limit="address"}';
    const from = somewhere();
    const before = await metric(api, name);
    await statuses(5, () => ask(api, guess(), 'v1', from));
    expect(await metric(api, name)).toBe(before + 2);
  });

  it('is all that is limited when the other limits are off', async () => {
    const { key } = await callerOf(api);
    const answer = await ask(api, key);
    expect([answer.headers.get('ratelimit'), answer.headers.get('ratelimit-policy')]).toEqual([null, null]);
  });
});
