import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CompatibilityProfile, type Scope } from '@stele/schemas/canonical';
import { encodeApiKeyId, V1IssuedApiKey } from '@stele/schemas/v1';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { exampleOf } from '../../../packages/schemas/src/contract/example.ts';
import { issueApiKey } from '../src/auth/api-key.ts';
import { startServer } from '../src/server.ts';
import { readSettings } from '../src/settings.ts';
import { PostgresProxy } from './faults/postgres-proxy.ts';
import { type Ask, keys, startApp, startReplicas, storedHash, type TestApp } from './support/app.ts';
import { insertKey, type IssuedKey, issueKey, statusOf } from './support/api-keys.ts';
import { contentsOf } from './support/contents.ts';
import { expectRefusal } from './support/refusals.ts';
import { create, faces, patch, urns } from './support/users.ts';

/** Prefix, id, secret, checksum. */
const KEY = /^stele_[0-9a-f]{32}[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/;

/** A revocation is heard of within these milliseconds, on every replica. */
const WITHIN = 5000;

/** When nothing is wrong it is heard of at once: sooner than what was believed is looked for again. */
const HEARD = 2500;

let api: TestApp;
/** On the same database. */
let replica: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ api, replica, stop } = await startReplicas({}, {}));
});
afterAll(() => stop());

const post = (body?: unknown, ask?: Ask) => api.request('POST', '/v1/api-keys', { body, ...ask });

const keyOf = ({ id }: Pick<IssuedKey, 'id'>, ask?: Ask) => api.request('GET', `/v1/api-keys/${id}`, ask);

const rotate = ({ id }: Pick<IssuedKey, 'id'>, body?: object, ask?: Ask) =>
  api.request('POST', `/v1/api-keys/${id}/rotate`, { ...(body && { body }), ...ask });

const revoke = ({ id }: Pick<IssuedKey, 'id'>, ask?: Ask) => api.request('DELETE', `/v1/api-keys/${id}`, ask);

const rowOf = async ({ uuid }: IssuedKey) => (await api.query('SELECT * FROM api_keys WHERE id = $1', [uuid]))[0]!;

/** Waits until a replica refuses a key, and answers with how many milliseconds that took. */
async function refusedAfter(on: TestApp, key: string): Promise<number> {
  const start = performance.now();
  await expect.poll(() => statusOf(on, key), { timeout: 2 * WITHIN, interval: 20 }).toBe(401);
  return performance.now() - start;
}

/** A key that both replicas have just found good. */
async function usedKey(): Promise<IssuedKey> {
  const issued = await issueKey(api);
  expect([await statusOf(api, issued.key), await statusOf(replica, issued.key)]).toEqual([404, 404]);
  return issued;
}

const DAY = 86_400_000;
const inMilliseconds = (time: number) => new Date(Date.now() + time).toISOString();

describe('a key that is made', () => {
  it('is where Location says, and has what was asked for', async () => {
    const body = {
      name: 'nightly sync',
      scopes: ['write'],
      profile: 'strict',
      domain: 'okta',
      expires_at: '2099-01-01T13:00:00+01:00',
    };
    const created = await post(body);
    expect(created.status).toBe(201);
    const { key, ...rest } = created.body;
    expect(rest).toEqual({
      ...body,
      id: expect.stringMatching(/^key_[0-9a-z]{26}$/),
      tenant_id: expect.stringMatching(/^tnt_[0-9a-z]{26}$/),
      expires_at: '2099-01-01T12:00:00Z',
      created_at: expect.stringMatching(/Z$/),
      last_used_at: null,
      previous_secrets: [],
    });
    const location = created.headers.get('location')!;
    expect(location).toBe(`${api.url}/v1/api-keys/${rest.id}`);
    const found = await api.request('GET', location.slice(api.url.length));
    expect([found.status, found.body]).toEqual([200, rest]);
    expect((await keyOf(rest, { key: keys.foreign })).status).toBe(404);
    expect(key).toMatch(KEY);
    expect(Math.abs(Date.parse(rest.created_at) - Date.now())).toBeLessThan(10_000);
  });

  it('looks like the one of the documentation', () => {
    expect(exampleOf(V1IssuedApiKey)).toMatchObject({ key: expect.stringMatching(KEY) });
  });

  it('is the default but for name and scopes when nothing else is said', async () => {
    for (const others of [{}, { expires_at: null }]) {
      const { body } = await post({ name: 'sync', scopes: ['read', 'write'], ...others });
      expect(body).toMatchObject({ scopes: ['read', 'write'], profile: 'default', expires_at: null });
    }
  });

  it.each([
    [
      ['write', 'write', 'read'],
      ['read', 'write'],
    ],
    [
      ['admin', 'read'],
      ['read', 'admin'],
    ],
    [Array.from({ length: 1000 }, () => 'read'), ['read']],
  ])('has a set of scopes: %j', async (scopes, set) => {
    const { body } = await post({ name: 'sync', scopes });
    expect(body.scopes).toEqual(set);
    expect((await keyOf(body)).body.scopes).toEqual(set);
    const [row] = await api.query('SELECT scopes FROM api_keys WHERE key_hash = $1', [storedHash(body.key)]);
    expect(row).toEqual({ scopes: set });
  });

  it('shows what opens this once', async () => {
    const { id, key } = await issueKey(api);
    const answers = [
      await keyOf({ id }),
      await api.request('GET', '/v1/api-keys?per_page=100'),
      await keyOf({ id }, { key }),
    ];
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      expect(text).toContain(id);
      expect(text).not.toContain('stele_');
      expect(text).not.toContain('"key"');
    }
  });

  it('is kept as a hash, and nowhere as it is', async () => {
    const headers = () => ({ 'idempotency-key': randomUUID() });
    const issued = await issueKey(api, {}, { headers: headers() });
    const rotated = (await rotate(issued, {}, { headers: headers() })).body.key as string;
    // Whatever a request with the key leaves behind is looked at too.
    const user = { body: faces.v1.draft(randomUUID()), key: issued.key, headers: headers() };
    expect((await api.request('POST', '/v1/users', user)).status).toBe(201);
    expect(await statusOf(api, rotated)).toBe(404);

    const everything = JSON.stringify(await contentsOf(api));
    for (const key of [issued.key, rotated]) {
      const secret = key.slice('stele_'.length + 32, -6);
      for (const text of [key, secret]) {
        expect(everything).not.toContain(text);
        expect(everything).not.toContain(Buffer.from(text).toString('hex'));
        expect(everything).not.toContain(Buffer.from(text).toString('base64').replace(/=+$/, ''));
      }
      expect(everything).toContain(createHash('sha256').update(key).digest('hex'));
    }
  });

  it('is not shown again to who repeats the request, and not made again', async () => {
    const ask = { headers: { 'idempotency-key': randomUUID() } };
    const body = { name: `key ${randomUUID()}`, scopes: ['read'] };
    const { key, ...rest } = (await post(body, ask)).body;
    const again = await replica.request('POST', '/v1/api-keys', { body, ...ask });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(again.body).toEqual(rest);
    expect(again.headers.get('location')).toBe(`${api.url}/v1/api-keys/${rest.id}`);
    expect(await api.query('SELECT id FROM api_keys WHERE name = $1', [body.name])).toHaveLength(1);
    expect(await statusOf(api, key)).toBe(404);
  });

  const draft = { name: 'sync', scopes: ['read'] };
  it.each([
    ['name', { name: undefined }],
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(256) }],
    ['name', { name: 42 }],
    ['scopes', { scopes: undefined }],
    ['scopes', { scopes: [] }],
    ['scopes', { scopes: 'read' }],
    ['scopes.1', { scopes: ['read', 'root'] }],
    ['scopes.0', { scopes: ['READ'] }],
    ['profile', { profile: 'lax' }],
    ['profile', { profile: null }],
    ['expires_at', { expires_at: inMilliseconds(-1000) }],
    ['expires_at', { expires_at: '2001-09-09T01:46:40Z' }],
    ['expires_at', { expires_at: 'tomorrow' }],
    ['expires_at', { expires_at: '2099-02-30T00:00:00Z' }],
    ['expires_at', { expires_at: 4_070_908_800 }],
    ['expires_at', { expires_at: '9999-12-31T23:59:59-05:00' }],
    ['expires_at', { expires_at: '9999-12-31T23:59:59.999-00:01' }],
    ['id', { id: encodeApiKeyId(uuidv7()) }],
    ['key', { key: issueApiKey(uuidv7()) }],
    ['tenant_id', { tenant_id: 'tnt_01hzxrphnke7jrvvzhvhsvq5bm' }],
  ])('is refused for its %s: %j', async (field, fault) => {
    const before = await contentsOf(api);
    const answer = await post({ ...draft, ...fault });
    expectRefusal('v1', answer, 'validation_error');
    expect(Object.keys(answer.body.details)).toEqual([field]);
    expect(await contentsOf(api)).toEqual(before);
  });
});

describe('a key opens', () => {
  const asks = {
    read: (key: string) => statusOf(api, key),
    write: async (key: string) =>
      (await api.request('POST', '/v1/users', { key, body: faces.v1.draft(randomUUID()) })).status,
    admin: async (key: string) => (await api.request('GET', '/v1/api-keys', { key })).status,
    operator: async (key: string) => (await api.request('GET', '/v1/tenants', { key })).status,
  } satisfies Record<Scope, (key: string) => Promise<number>>;

  it.each([
    [['read'], { read: 404, write: 403, admin: 403, operator: 403 }],
    [['write'], { read: 404, write: 201, admin: 403, operator: 403 }],
    [['admin'], { read: 404, write: 201, admin: 200, operator: 403 }],
    [['read', 'write', 'admin'], { read: 404, write: 201, admin: 200, operator: 403 }],
  ] as const)('at once, on every replica, with exactly its scopes: %j', async (scopes, statuses) => {
    const { key } = await issueKey(api, { scopes });
    expect(await statusOf(replica, key)).toBe(404);
    for (const [scope, ask] of Object.entries(asks)) expect(await ask(key)).toBe(statuses[scope as Scope]);
  });

  it('is what the history says of its writes, whatever it is replaced with', async () => {
    const issued = await issueKey(api, { scopes: ['write'] });
    const id = await create(api, 'scim', randomUUID());
    await patch(api, 'v1', id, { first_name: 'Alice' }, { key: issued.key });
    const { key } = (await rotate(issued)).body;
    await patch(api, 'nerm', id, { title: 'Surveyor' }, { key });
    const { data } = (await api.request('GET', `${faces.v1.user(id)}/history`)).body;
    expect(data.map(({ actor }: { actor: string }) => actor).slice(1)).toEqual([issued.id, issued.id]);
  });

  it('not with the id of one and the secret of another, nor with a secret that was made up', async () => {
    const [one, other] = [await issueKey(api), await issueKey(api)];
    for (const id of [one.uuid, other.uuid]) expect(await statusOf(api, issueApiKey(id))).toBe(401);
    const mixed = one.key.slice(0, 38) + other.key.slice(38);
    expect(await statusOf(api, mixed)).toBe(401);
    expect(await statusOf(api, one.key)).toBe(404);
  });
});

describe('nobody hands out scopes that they do not have', () => {
  const challenge = (scope: Scope) => `Bearer realm="stele", error="insufficient_scope", scope="${scope}"`;

  it.each([[['operator']], [['read', 'operator']], [['operator', 'admin']]])(
    'an administrator makes no key with %j',
    async (scopes) => {
      const before = await contentsOf(api);
      const answer = await post({ name: 'too much', scopes });
      expectRefusal('v1', answer, 'forbidden');
      expect(answer.headers.get('www-authenticate')).toBe(challenge('operator'));
      expect(await contentsOf(api)).toEqual(before);
    },
  );

  it('an administrator does not get the secret of an operator by rotating the key', async () => {
    const [row] = await api.query('SELECT id FROM api_keys WHERE key_hash = $1', [storedHash(keys.operator)]);
    const before = await contentsOf(api);
    const answer = await rotate({ id: encodeApiKeyId(String(row!['id'])) });
    expectRefusal('v1', answer, 'forbidden');
    expect(answer.headers.get('www-authenticate')).toBe(challenge('operator'));
    expect(await contentsOf(api)).toEqual(before);
  });

  it('who has both hands out and rotates both', async () => {
    const key = `test-key-of-somebody-${randomUUID()}`;
    await insertKey(api, key, ['admin', 'operator']);
    const issued = await issueKey(api, { scopes: ['read', 'operator'] }, { key });
    const rotated = await rotate(issued, {}, { key });
    expect([rotated.status, rotated.body.scopes]).toEqual([200, ['read', 'operator']]);
  });
});

describe('a key that expires', () => {
  it('opens until then and not a moment longer, though it is remembered', async () => {
    const end = Date.now() + 1200;
    const { key } = await issueKey(api, { expires_at: new Date(end).toISOString() });
    let opened = 0;
    for (; Date.now() < end - 50; opened++) expect(await statusOf(api, key)).toBe(404);
    expect(opened).toBeGreaterThan(1);
    await sleep(end - Date.now() + 5);
    expect(await statusOf(api, key)).toBe(401);
    // Which never knew it.
    expect(await statusOf(replica, key)).toBe(401);
  });

  it('gets no more time by being rotated', async () => {
    const end = Date.now() + 1000;
    const issued = await issueKey(api, { expires_at: new Date(end).toISOString() });
    const rotated = await rotate(issued, { overlap_seconds: 60 });
    expect(rotated.body.expires_at).toBe(`${new Date(end).toISOString().slice(0, 19)}Z`);
    const both = [issued.key, rotated.body.key];
    for (const key of both) expect(await statusOf(api, key)).toBe(404);
    await sleep(end - Date.now() + 5);
    for (const key of both) expect(await statusOf(api, key)).toBe(401);
  });
});

describe('the last use of a key', () => {
  const lastUse = async (issued: IssuedKey) => (await keyOf(issued)).body.last_used_at as string | null;

  /** What was noted before that is noted too by now: notes of one process go one after the other, or nearly. */
  async function settle(): Promise<void> {
    const other = await issueKey(api);
    await statusOf(api, other.key);
    await statusOf(replica, other.key);
    await expect.poll(() => lastUse(other)).not.toBeNull();
    await sleep(100);
  }

  it('is never, and then the minute', async () => {
    const issued = await issueKey(api);
    await settle();
    expect(await lastUse(issued)).toBeNull();
    await statusOf(api, issued.key);
    await expect.poll(() => lastUse(issued)).not.toBeNull();
    expect(Math.abs(Date.parse((await lastUse(issued))!) - Date.now())).toBeLessThan(60_000);
  });

  it.each([
    [50, false],
    [70, true],
  ])('is written again after a minute: %i seconds after the last one, %s', async (age, written) => {
    const issued = await issueKey(api);
    await api.query("UPDATE api_keys SET last_used_at = now() - $2 * interval '1 second' WHERE id = $1", [
      issued.uuid,
      age,
    ]);
    const before = (await rowOf(issued))['last_used_at'] as Date;
    await statusOf(api, issued.key);
    await settle();
    const after = (await rowOf(issued))['last_used_at'] as Date;
    expect(after > before).toBe(written);
  });

  it('is written once, however often and wherever the key is used', async () => {
    const issued = await issueKey(api);
    await api.query(`
      CREATE TABLE notes (id uuid);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO notes VALUES (OLD.id); RETURN NULL; END $$;
      CREATE TRIGGER note AFTER UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION note()`);
    onTestFinished(async () => {
      await api.query('DROP TABLE notes; DROP FUNCTION note CASCADE');
    });
    const uses = Array.from({ length: 40 }, (_, index) => statusOf(index % 2 ? api : replica, issued.key));
    expect(new Set(await Promise.all(uses))).toEqual(new Set([404]));
    await settle();
    expect(await api.query('SELECT id FROM notes WHERE id = $1', [issued.uuid])).toHaveLength(1);
  });

  it('is not written for who only tries', async () => {
    const issued = await issueKey(api);
    await statusOf(api, issueApiKey(issued.uuid));
    await settle();
    expect(await lastUse(issued)).toBeNull();
  });
});

describe('rotation', () => {
  it('makes another key of the same identifier, which opens at once', async () => {
    const issued = await usedKey();
    const before = (await keyOf(issued)).body;
    const rotated = await rotate(issued, { overlap_seconds: 60 });
    expect(rotated.status).toBe(200);
    const { key, ...rest } = rotated.body;
    const previous_secrets = [{ expires_at: expect.stringMatching(/Z$/) }];
    expect({ ...rest, last_used_at: null }).toEqual({ ...before, last_used_at: null, previous_secrets });
    const found = [await keyOf(issued), await api.request('GET', '/v1/api-keys?per_page=100')];
    for (const { text } of found) expect(text).toContain(JSON.stringify(rest.previous_secrets));
    expect(key).not.toBe(issued.key);
    expect(key).toMatch(KEY);
    for (const on of [api, replica]) {
      expect([await statusOf(on, key), await statusOf(on, issued.key)]).toEqual([404, 404]);
    }
  });

  it('leaves the old key open until the overlap ends, and not a moment longer', async () => {
    const issued = await usedKey();
    const start = Date.now();
    const { key } = (await rotate(issued, { overlap_seconds: 1 })).body;
    const rotated = Date.now();
    for (const on of [api, replica]) expect(await statusOf(on, issued.key)).toBe(404);
    expect(Date.now() - start).toBeLessThan(1000);
    await sleep(rotated + 1005 - Date.now());
    for (const on of [api, replica]) {
      expect([await statusOf(on, issued.key), await statusOf(on, key)]).toEqual([401, 404]);
    }
  });

  it('shuts the old key out when there is no overlap', async () => {
    const issued = await usedKey();
    const { key } = (await rotate(issued, { overlap_seconds: 0 })).body;
    const took = await Promise.all([api, replica].map((on) => refusedAfter(on, issued.key)));
    expect(Math.max(...took)).toBeLessThan(HEARD);
    for (const on of [api, replica]) expect(await statusOf(on, key)).toBe(404);
  });

  it.each([
    ['without a body', undefined],
    ['with {}', {}],
    ['with a day', { overlap_seconds: 86_400 }],
  ])('%s leaves the old key open for a day', async (_, body) => {
    const issued = await issueKey(api);
    expect((await rotate(issued, body)).status).toBe(200);
    const { previous_secrets } = (await keyOf(issued)).body;
    expect(Math.abs(Date.parse(previous_secrets[0].expires_at) - Date.now() - DAY)).toBeLessThan(10_000);
    expect(await statusOf(api, issued.key)).toBe(404);
  });

  it.each([-1, 1.5, 30 * 86_400 + 1, '60', null])('is refused with an overlap of %j', async (seconds) => {
    const issued = await issueKey(api);
    const before = await contentsOf(api);
    const answer = await rotate(issued, { overlap_seconds: seconds });
    expectRefusal('v1', answer, 'validation_error');
    expect(Object.keys(answer.body.details)).toEqual(['overlap_seconds']);
    expect(await contentsOf(api)).toEqual(before);
    expect((await rotate(issued, { overlap_seconds: 30 * 86_400 })).status).toBe(200);
  });

  it('is refused with a field that it does not have', async () => {
    const answer = await rotate(await issueKey(api), { scopes: ['admin'] });
    expectRefusal('v1', answer, 'validation_error');
    expect(Object.keys(answer.body.details)).toEqual(['scopes']);
  });

  /** Rotations by the secret with this number, where 0 is the first; which secrets are valid after them. */
  const sequences: Record<string, { steps: [overlap: number, by?: number][]; valid: number[] }> = {
    'twice within the overlap keeps all three': { steps: [[60], [60]], valid: [0, 1, 2] },
    'three times within the overlap keeps all four': { steps: [[60], [86_400], [3600]], valid: [0, 1, 2, 3] },
    'by the newest secret each time keeps all four': {
      steps: [
        [60, 0],
        [60, 1],
        [60, 2],
      ],
      valid: [0, 1, 2, 3],
    },
    'by the oldest secret each time keeps all four': {
      steps: [
        [60, 0],
        [60, 0],
        [60, 0],
      ],
      valid: [0, 1, 2, 3],
    },
    'without an overlap keeps those that have one': { steps: [[60], [0]], valid: [0, 2] },
    'without an overlap by an older secret keeps this one': { steps: [[60], [0, 0]], valid: [0, 2] },
    'without an overlap of a key with four valid secrets ends the newest': {
      steps: [[60], [60], [60], [0]],
      valid: [0, 1, 2, 4],
    },
    'without an overlap twice ends the newest each time': { steps: [[0], [0]], valid: [2] },
  };

  /** Rotates as told; all secrets of the key. */
  async function rotateAll(issued: IssuedKey, steps: readonly [overlap: number, by?: number][]): Promise<string[]> {
    const secrets = [issued.key];
    for (const [overlap_seconds, by] of steps) {
      const rotated = await rotate(issued, { overlap_seconds }, by === undefined ? {} : { key: secrets[by]! });
      expect(rotated.status, rotated.text).toBe(200);
      secrets.push(rotated.body.key);
      // Both replicas have found it good.
      for (const on of [api, replica]) expect(await statusOf(on, secrets.at(-1)!)).toBe(404);
    }
    return secrets;
  }

  it.each(Object.entries(sequences))('%s', async (_, { steps, valid }) => {
    const issued = await usedKey();
    const secrets = await rotateAll(issued, steps);
    for (const [index, secret] of secrets.entries()) {
      if (!valid.includes(index)) for (const on of [api, replica]) await refusedAfter(on, secret);
    }
    for (const on of [api, replica]) {
      for (const index of valid) expect(await statusOf(on, secrets[index]!), String(index)).toBe(404);
    }
    expect((await keyOf(issued)).body.previous_secrets).toHaveLength(valid.length - 1);
  });

  it('of a key with four valid secrets is 409 with the first end, until then', async () => {
    const issued = await usedKey();
    const secrets = await rotateAll(issued, [[3], [60], [90]]);
    const before = await contentsOf(api);
    for (const ask of [{}, { key: secrets[0]! }]) {
      const rejected = await rotate(issued, {}, ask);
      expectRefusal('v1', rejected, 'too_many_secrets');
      const [, end] = /ends at (\S+Z):/.exec(rejected.body.message)!;
      expect((await keyOf(issued)).body.previous_secrets[0].expires_at).toBe(`${end!.slice(0, 19)}Z`);
    }
    expect(await contentsOf(api)).toEqual(before);
    for (const secret of secrets.slice(1)) expect(await statusOf(replica, secret)).toBe(404);

    await expect.poll(() => statusOf(api, secrets[0]!), { timeout: WITHIN }).toBe(401);
    const rotated = await rotate(issued);
    expect([rotated.status, rotated.body.previous_secrets.length]).toEqual([200, 3]);
    for (const secret of [...secrets.slice(1), rotated.body.key]) expect(await statusOf(api, secret)).toBe(404);
  });

  it('many times at once keeps every secret that was given, and no more than four', async () => {
    const issued = await issueKey(api);
    const answers = await Promise.all(Array.from({ length: 6 }, () => rotate(issued, { overlap_seconds: 60 })));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 200, 200, 409, 409, 409]);
    const secrets = answers.flatMap(({ body }) => body.key ?? []);
    for (const secret of [issued.key, ...secrets]) expect(await statusOf(api, secret)).toBe(404);
  });

  it('many times at once ends with one key that opens, and the identifier has it', async () => {
    const issued = await issueKey(api);
    const answers = await Promise.all(Array.from({ length: 6 }, () => rotate(issued, { overlap_seconds: 0 })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    const rotated = answers.map(({ body }) => body.key as string);
    const opening = async () => {
      const statuses = await Promise.all(rotated.map((key) => statusOf(api, key)));
      return statuses.filter((status) => status === 404).length;
    };
    await expect.poll(opening).toBe(1);
  });

  it('of the key that asks for it', async () => {
    const issued = await issueKey(api);
    const rotated = await rotate(issued, { overlap_seconds: 0 }, { key: issued.key });
    expect(rotated.status).toBe(200);
    expect(await refusedAfter(api, issued.key)).toBeLessThan(HEARD);
    expect((await rotate(issued, {}, { key: rotated.body.key })).status).toBe(200);
  });

  it('does not show the key again to who repeats the request, and does not rotate again', async () => {
    const issued = await issueKey(api);
    const ask = { headers: { 'idempotency-key': randomUUID() } };
    const { key, ...rest } = (await rotate(issued, {}, ask)).body;
    const again = await rotate(issued, {}, ask);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(again.body).toEqual(rest);
    expect([await statusOf(api, key), await statusOf(api, issued.key)]).toEqual([404, 404]);
  });

  it('leaves what the identifier has asked for before: a request is repeated with either key', async () => {
    const issued = await issueKey(api);
    const ask = { headers: { 'idempotency-key': randomUUID() }, body: faces.v1.draft(randomUUID()) };
    const first = await api.request('POST', '/v1/users', { ...ask, key: issued.key });
    const { key } = (await rotate(issued)).body;
    const again = await api.request('POST', '/v1/users', { ...ask, key });
    expect([again.status, again.text]).toEqual([201, first.text]);
  });
});

describe('a key that is revoked', () => {
  it('opens nothing any more, on any replica', async () => {
    const issued = await usedKey();
    const revoked = await revoke(issued);
    expect([revoked.status, revoked.text]).toEqual([204, '']);
    const took = await Promise.all([api, replica].map((on) => refusedAfter(on, issued.key)));
    expect(Math.max(...took)).toBeLessThan(HEARD);
  });

  it('takes its older secrets with it', async () => {
    const issued = await usedKey();
    const { key: second } = (await rotate(issued)).body;
    const { key } = (await rotate(issued)).body;
    for (const each of [second, key]) expect(await statusOf(replica, each)).toBe(404);
    await revoke(issued, { key: issued.key });
    const took = await Promise.all([issued.key, second, key].map((each) => refusedAfter(replica, each)));
    expect(Math.max(...took)).toBeLessThan(HEARD);
  });

  it('may be the one that asks for it', async () => {
    const issued = await issueKey(api);
    expect((await revoke(issued, { key: issued.key })).status).toBe(204);
    expect(await refusedAfter(api, issued.key)).toBeLessThan(HEARD);
  });

  it('is not there any more', async () => {
    const issued = await issueKey(api);
    await revoke(issued);
    const before = await contentsOf(api);
    for (const answer of [await keyOf(issued), await rotate(issued), await revoke(issued)]) {
      expectRefusal('v1', answer, 'not_found');
      expect(answer.body.message).toBe('API key not found');
    }
    expect(await contentsOf(api)).toEqual(before);
    expect((await api.request('GET', '/v1/api-keys?per_page=100')).text).not.toContain(issued.id);
  });

  it.each(['key_01hzxrphnke7jrvvzhvhsvq5bm', 'usr_01hzxrphnke7jrvvzhvhsvq5bm', uuidv7(), 'x'])(
    'is like one that never was: %s',
    async (id) => {
      for (const answer of [await keyOf({ id }), await rotate({ id }), await revoke({ id })]) {
        expectRefusal('v1', answer, 'not_found');
        expect(answer.body.message).toBe('API key not found');
      }
    },
  );
});

it('news of keys that came while nobody listened is caught up with, and listened for again', async () => {
  const [before, after] = [await usedKey(), await usedKey()];
  const listening = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'stele-keys'";
  const listeners = async () => (await api.query(`SELECT pid ${listening}`)).length;
  await expect.poll(listeners).toBe(2);
  await api.query(`SELECT pg_terminate_backend(pid, 5000) ${listening}`);
  await revoke(before);
  expect(await listeners()).toBe(0);
  const caughtUp = await Promise.all([api, replica].map((on) => refusedAfter(on, before.key)));
  expect(await listeners()).toBe(2);
  await revoke(after);
  const heard = await Promise.all([api, replica].map((on) => refusedAfter(on, after.key)));
  expect(Math.max(...caughtUp, ...heard)).toBeLessThan(HEARD);
});

it('a key that is changed behind the back of every replica opens what it now may', async () => {
  const [deleted, changed] = [await usedKey(), await usedKey()];
  await api.query('DELETE FROM api_keys WHERE id = $1', [deleted.uuid]);
  await api.query("UPDATE api_keys SET scopes = '{operator}' WHERE id = $1", [changed.uuid]);
  for (const on of [api, replica]) {
    expect(await refusedAfter(on, deleted.key)).toBeLessThan(HEARD);
    await expect.poll(() => statusOf(on, changed.key), { timeout: HEARD }).toBe(403);
  }
});

describe('a key that is revoked while it is looked up', () => {
  let proxy: PostgresProxy;
  /** On the same database, whose answers it can be made to wait for. */
  let slow: TestApp;
  beforeAll(async () => {
    proxy = await PostgresProxy.before(api.databaseUrl);
    slow = await startApp({}, { databaseUrl: proxy.url });
    // So that it has connections, which take several answers to make.
    await statusOf(slow, keys.read);
  });
  afterAll(async () => {
    await slow.stop();
    proxy.close();
  });

  /** Revokes a key while the database's answer, which does not know of that yet, is on its way. */
  async function revokeMeanwhile(): Promise<IssuedKey> {
    const issued = await issueKey(api);
    proxy.delay = 1500;
    const first = statusOf(slow, issued.key);
    await sleep(300);
    proxy.delay = 0;
    await revoke(issued);
    expect(await first).toBe(404);
    return issued;
  }

  it('is not remembered once that was heard of', async () => {
    const { key } = await revokeMeanwhile();
    expect(await statusOf(slow, key)).toBe(401);
  });

  // A connection that is lost without a word, as when a cable is pulled, is not listened on again for minutes.
  describe('or just before, when nobody hears of it', () => {
    beforeAll(() => api.query('ALTER TABLE api_keys DISABLE TRIGGER api_keys_changed'));
    afterAll(() => api.query('ALTER TABLE api_keys ENABLE TRIGGER api_keys_changed'));

    it.concurrent('is not believed for longer than it may, however slow the answer was', async () => {
      const start = performance.now();
      const { key } = await revokeMeanwhile();
      await refusedAfter(slow, key);
      // The key was revoked after 300 milliseconds.
      expect(performance.now() - start).toBeLessThan(WITHIN + 300);
    });

    it.concurrent('is not believed for longer than it may, however busy it is', async () => {
      const issued = await usedKey();
      await revoke(issued);
      const took = await Promise.all([api, replica].map((on) => refusedAfter(on, issued.key)));
      expect(Math.max(...took)).toBeLessThan(WITHIN);
    });
  });
});

describe('the list of keys', () => {
  let admin: IssuedKey;
  let made: string[];
  const list = (query: string) => api.request('GET', `/v1/api-keys${query}`, { key: admin.key });

  beforeAll(async () => {
    const tenant = await api.request('POST', '/v1/tenants', { key: keys.operator, body: { name: randomUUID() } });
    const ask = { key: keys.operator, body: { name: 'first', scopes: ['admin'] } };
    admin = (await api.request('POST', `/v1/tenants/${tenant.body.id}/api-keys`, ask)).body;
    made = [admin.id];
    for (const name of ['second', 'third', 'fourth', 'fifth']) {
      made.push((await issueKey(api, { name }, { key: admin.key })).id);
    }
  });

  it('comes in pages, the oldest first, which link to each other', async () => {
    const ids: string[] = [];
    const pages = [];
    for (let query: string | null = '?per_page=2'; query !== null;) {
      const { body } = await list(query);
      pages.push(body.meta);
      ids.push(...body.data.map(({ id }: { id: string }) => id));
      expect(body.links.self).toBe(`${api.url}/v1/api-keys${query}`);
      expect(body.links.prev === null).toBe(body.meta.page === 1);
      query = body.links.next && new URL(body.links.next).search;
    }
    expect(ids).toEqual(made);
    expect(pages).toEqual([1, 2, 3].map((page) => ({ total: 5, page, per_page: 2 })));
    expect((await list('?per_page=2&page=3')).body.links.prev).toBe(`${api.url}/v1/api-keys?per_page=2&page=2`);
  });

  it('has ten keys on a page unless it is said, and none after the last', async () => {
    expect((await list('')).body).toMatchObject({ meta: { total: 5, page: 1, per_page: 10 }, links: { next: null } });
    for (const page of [2, 1_000_000_000]) {
      expect((await list(`?page=${page}`)).body).toMatchObject({ data: [], meta: { total: 5, page } });
    }
  });

  it.each(['page=0', 'per_page=0', 'per_page=101', 'page=x', 'name=first', 'cursor='])(
    'is refused by %s',
    async (query) => {
      const answer = await list(`?${query}`);
      expectRefusal('v1', answer, 'invalid_parameter');
      expect(Object.keys(answer.body.details)).toEqual([query.split('=')[0]]);
    },
  );
});

describe('without a database', () => {
  let proxy: PostgresProxy;
  let cut: TestApp;
  let issued: IssuedKey;
  beforeAll(async () => {
    issued = await issueKey(api);
    proxy = await PostgresProxy.before(api.databaseUrl);
    cut = await startApp({ STELE_ACQUIRE_TIMEOUT: '500' }, { databaseUrl: proxy.url });
    proxy.refuse();
    proxy.cut();
  });
  afterAll(async () => {
    await cut.stop();
    proxy.close();
  });

  const other = (character: string) => (character === 'a' ? 'b' : 'a');
  const changedAt = (index: number) => (key: string) => key.slice(0, index) + other(key[index]!) + key.slice(index + 1);

  // "A malformed key costs no query."
  it.each<[string, (key: string) => string]>([
    ['that is mistyped in its id', changedAt(20)],
    ['that is mistyped in its secret', changedAt(60)],
    ['that is mistyped in its checksum', changedAt(86)],
    ['with two characters exchanged', (key) => key.replace(/(.)(?!\1)(.)(?=.{7}$)/, '$2$1')],
    ['that lacks its end', (key) => key.slice(0, -1)],
    ['that lacks everything', () => 'stele_'],
    ['that is longer', (key) => `${key}0`],
    ['that is there twice', (key) => key + key],
    ['that is too short to be a given one', () => 'x'.repeat(31)],
  ])('a key %s is known not to be valid', async (_, broken) => {
    const key = broken(issued.key);
    expect(key).not.toBe(issued.key);
    expect(await statusOf(cut, key)).toBe(401);
  });

  it.each<[string, () => string]>([
    ['a key of the directory', () => issued.key],
    ['a key that looks like one', () => issueApiKey(uuidv7())],
    ['a key that an administrator may have given', () => 'x'.repeat(32)],
  ])('nobody knows whether %s is valid', async (_, key) => {
    expect(await statusOf(cut, key())).toBe(503);
  });
});

describe('the profile of a key', () => {
  const title = { title: 'Surveyor' };
  const message = (...Operations: object[]) => ({ schemas: [urns.patchOp], Operations });
  const bodies = {
    'an operator in another case': message({ op: 'Replace', path: 'title', value: 'Surveyor' }),
    'an operation without a path': message({ op: 'replace', value: title }),
    'a user in place of operations': title,
  } as const;

  // `packages/schemas/src/scim/profile.ts`: `operatorInAnyCase`, `pathRequired`, `bareBody`.
  const statuses: Record<keyof typeof bodies, Record<CompatibilityProfile, number>> = {
    'an operator in another case': { default: 200, strict: 400, interop: 400, dronahq: 200 },
    'an operation without a path': { default: 200, strict: 200, interop: 400, dronahq: 200 },
    'a user in place of operations': { default: 400, strict: 400, interop: 400, dronahq: 200 },
  };

  it.each(
    (Object.keys(bodies) as (keyof typeof bodies)[]).flatMap((what) =>
      CompatibilityProfile.options.map((profile) => ({ what, profile, status: statuses[what][profile] })),
    ),
  )('$profile answers $what with $status', async ({ what, profile, status }) => {
    const { key } = await issueKey(api, { profile, scopes: ['write'] });
    const id = await create(api, 'scim', randomUUID());
    for (const on of [api, replica]) {
      const answer = await on.request('PATCH', faces.scim.user(id), { key, body: bodies[what] });
      expect(answer.status, answer.text).toBe(status);
    }
    for (const mount of ['/api/scim/v2', '/sso/scim/v2']) {
      const answer = await api.request('PATCH', `${mount}/Users/${id}`, { key, body: bodies[what] });
      expect(answer.status, answer.text).toBe(200);
    }
  });

  it('stays when the key is rotated', async () => {
    const { key } = (await rotate(await issueKey(api, { profile: 'strict' }))).body;
    const id = await create(api, 'scim', randomUUID());
    const body = bodies['an operator in another case'];
    expect((await api.request('PATCH', faces.scim.user(id), { key, body })).status).toBe(400);
  });
});

describe('a key that the settings name', () => {
  const given = () => `a-key-that-an-administrator-made-up-${randomUUID()}`;

  async function start(key: string): Promise<string> {
    const server = await startServer(
      readSettings({
        NODE_ENV: 'production',
        DATABASE_URL: api.databaseUrl,
        STELE_BOOTSTRAP_KEY: key,
        PORT: '0',
        STELE_LOG_LEVEL: 'silent',
      }),
      () => {},
    );
    onTestFinished(() => server.stop());
    return server.url;
  }

  const statusAt = async (url: string, key: string) =>
    (await fetch(`${url}/v1/api-keys`, { headers: { authorization: `Bearer ${key}` } })).status;

  const rowsOf = (key: string) =>
    api.query(
      'SELECT k.id, t.name AS tenant, k.scopes, k.revoked_at FROM api_keys k JOIN tenants t ON t.id = k.tenant_id WHERE k.key_hash = $1',
      [storedHash(key)],
    );

  /** Starts a server with a key, and finds the identifier that this has. */
  async function bootstrap(key = given()): Promise<IssuedKey> {
    await start(key);
    const uuid = String((await rowsOf(key))[0]!['id']);
    return { id: encodeApiKeyId(uuid), uuid, key };
  }

  it('has every scope in the default tenant', async () => {
    const { key } = await bootstrap();
    expect(await rowsOf(key)).toMatchObject([{ tenant: 'default', scopes: ['read', 'write', 'admin', 'operator'] }]);
    for (const path of ['/v1/users', '/v1/api-keys', '/v1/tenants']) {
      expect((await api.request('GET', path, { key })).status).toBe(200);
    }
  });

  it('is made once, however many replicas start at once, and again', async () => {
    const key = given();
    await Promise.all([start(key), start(key), start(key)]);
    const before = await rowsOf(key);
    expect(before).toHaveLength(1);
    await start(key);
    expect(await rowsOf(key)).toEqual(before);
    expect(await api.query("SELECT id FROM tenants WHERE name = 'default'")).toHaveLength(1);
  });

  it('may look like one that is made here, right or broken', async () => {
    const right = issueApiKey(uuidv7());
    const broken = `stele_${'0'.repeat(81)}`;
    expect(await statusAt(await start(right), right)).toBe(200);
    expect(await statusAt(await start(broken), broken)).toBe(200);
    expect(await statusAt(api.url, right)).toBe(200);
  });

  it('cannot be rotated, since the next start would make it again', async () => {
    const issued = await bootstrap();
    const others = await issueKey(api, {}, { key: issued.key });
    const before = await contentsOf(api);
    for (const { key } of [issued, others]) expectRefusal('v1', await rotate(issued, {}, { key }), 'bad_request');
    expect(await contentsOf(api)).toEqual(before);
  });

  it('can be revoked, and is not made again by the next start', async () => {
    const issued = await bootstrap();
    expect((await revoke(issued, { key: issued.key })).status).toBe(204);
    expect(await refusedAfter(api, issued.key)).toBeLessThan(HEARD);
    expect(await statusAt(await start(issued.key), issued.key)).toBe(401);
    expect(await rowsOf(issued.key)).toMatchObject([{ id: issued.uuid, revoked_at: expect.any(Date) }]);
  });

  it('gets the scopes that there are since it was made', async () => {
    const { key, uuid } = await bootstrap();
    await api.query("UPDATE api_keys SET scopes = '{read,write,admin}' WHERE id = $1", [uuid]);
    await start(key);
    expect(await rowsOf(key)).toMatchObject([{ scopes: ['read', 'write', 'admin', 'operator'] }]);
  });

  it('keeps scopes and tenant when it was made here', async () => {
    const issued = await issueKey(api, { scopes: ['read'] });
    const before = await rowsOf(issued.key);
    await start(issued.key);
    expect(await rowsOf(issued.key)).toEqual(before);
    expect(before).toMatchObject([{ tenant: 'alice', scopes: ['read'] }]);
  });

  it('does not keep the API from starting when it was made here and replaced since, and opens nothing new', async () => {
    const issued = await issueKey(api);
    const { key } = (await rotate(issued, { overlap_seconds: 0 })).body;
    const url = await start(issued.key);
    expect([await statusAt(url, issued.key), await statusAt(url, key)]).toEqual([401, 200]);
    expect(await rowsOf(issued.key)).toEqual([]);
  });
});
