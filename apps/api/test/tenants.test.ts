import { randomUUID } from 'node:crypto';
import { encodeTenantId } from '@stele/schemas/v1';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ask, keys, startReplicas, type TestApp } from './support/app.ts';
import { statusOf } from './support/api-keys.ts';
import { everyOperation } from './support/calls.ts';
import { contentsOf } from './support/contents.ts';
import { expectRefusal } from './support/refusals.ts';
import { faces, tongues } from './support/users.ts';

let api: TestApp;
let replica: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ api, replica, stop } = await startReplicas({}, {}));
});
afterAll(() => stop());

const post = (path: string, body: unknown, ask?: Ask) =>
  api.request('POST', path, { key: keys.operator, body, ...ask });

const get = (path: string, ask?: Ask) => api.request('GET', path, { key: keys.operator, ...ask });

interface NewTenant {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
}

async function makeTenant(name: string = randomUUID()): Promise<NewTenant> {
  return (await post('/v1/tenants', { name })).body;
}

/** A tenant, and the key of its administrator. */
async function makeTenantWithKey(): Promise<{ tenant: NewTenant; key: string }> {
  const tenant = await makeTenant();
  const { body } = await post(`/v1/tenants/${tenant.id}/api-keys`, { name: 'first', scopes: ['admin'] });
  return { tenant, key: body.key };
}

describe('a tenant that is made', () => {
  it('is where Location says', async () => {
    const name = `Åcme & Sons ${randomUUID()}`;
    const created = await post('/v1/tenants', { name });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: expect.stringMatching(/^tnt_[0-9a-z]{26}$/),
      name,
      created_at: expect.stringMatching(/Z$/),
    });
    const location = created.headers.get('location')!;
    expect(location).toBe(`${api.url}/v1/tenants/${created.body.id}`);
    const found = await get(location.slice(api.url.length));
    expect([found.status, found.body]).toEqual([200, created.body]);
    expect(Math.abs(Date.parse(created.body.created_at) - Date.now())).toBeLessThan(10_000);
  });

  it('has a name that no other has', async () => {
    const { name } = await makeTenant();
    const before = await contentsOf(api);
    const answer = await post('/v1/tenants', { name });
    expect([answer.status, answer.body]).toEqual([409, { error: 'conflict', message: 'Tenant name already taken' }]);
    expect(await contentsOf(api)).toEqual(before);
  });

  it('is made once when many make it at once', async () => {
    const name = randomUUID();
    const asks = Array.from({ length: 8 }, (_, index) =>
      (index % 2 ? api : replica).request('POST', '/v1/tenants', { key: keys.operator, body: { name } }),
    );
    const statuses = (await Promise.all(asks)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
  });

  it('is made once for one Idempotency-Key', async () => {
    const ask = { headers: { 'idempotency-key': randomUUID() } };
    const body = { name: randomUUID() };
    const first = await post('/v1/tenants', body, ask);
    const again = await post('/v1/tenants', body, ask);
    expect([again.status, again.text, again.headers.get('idempotent-replayed')]).toEqual([201, first.text, 'true']);
  });

  it.each([
    ['name', {}],
    ['name', { name: '' }],
    ['name', { name: ' \t ' }],
    ['name', { name: 'acme ' }],
    ['name', { name: 'ac\u0007me' }],
    ['name', { name: '\u202Eacme' }],
    ['name', { name: 'x'.repeat(256) }],
    ['name', { name: 42 }],
    ['name', { name: null }],
    ['id', { name: 'acme', id: encodeTenantId(uuidv7()) }],
    ['created_at', { name: 'acme', created_at: '2023-01-01T12:00:00Z' }],
  ])('is refused for its %s: %j', async (field, body) => {
    const before = await contentsOf(api);
    const answer = await post('/v1/tenants', body);
    expectRefusal('v1', answer, 'validation_error');
    expect(Object.keys(answer.body.details)).toEqual([field]);
    expect(await contentsOf(api)).toEqual(before);
  });

  it('may have a name of 255 characters', async () => {
    const name = randomUUID().padEnd(255, 'x');
    expect((await post('/v1/tenants', { name })).body).toMatchObject({ name });
  });
});

it.each([encodeTenantId(uuidv7()), 'usr_01hzxrphnke7jrvvzhvhsvq5bm', uuidv7(), 'alice', 'default'])(
  'there is no tenant %s, and no key is made for it',
  async (id) => {
    const before = await contentsOf(api);
    const draft = { name: 'first', scopes: ['admin'] };
    for (const answer of [await get(`/v1/tenants/${id}`), await post(`/v1/tenants/${id}/api-keys`, draft)]) {
      expectRefusal('v1', answer, 'not_found');
      expect(answer.body.message).toBe('Tenant not found');
    }
    expect(await contentsOf(api)).toEqual(before);
  },
);

describe('the list of tenants', () => {
  it('comes in pages, the oldest first, which link to each other', async () => {
    const made = [await makeTenant(), await makeTenant(), await makeTenant()];
    const ids: string[] = [];
    let total: unknown;
    for (let path: string | null = '/v1/tenants?per_page=2'; path !== null;) {
      const { body } = await get(path);
      total = body.meta.total;
      ids.push(...body.data.map(({ id }: NewTenant) => id));
      path = body.links.next && body.links.next.slice(api.url.length);
    }
    expect(ids.slice(-3)).toEqual(made.map(({ id }) => id));
    const rows = await api.query('SELECT id FROM tenants ORDER BY created_at, id');
    expect(ids).toEqual(rows.map((row) => encodeTenantId(String(row['id']))));
    expect(total).toBe(ids.length);
  });

  it.each(['page=0', 'per_page=101', 'name=alice'])('is refused by %s', async (query) => {
    const answer = await get(`/v1/tenants?${query}`);
    expectRefusal('v1', answer, 'invalid_parameter');
    expect(Object.keys(answer.body.details)).toEqual([query.split('=')[0]]);
  });
});

describe('the first key of a tenant', () => {
  const draft = { name: 'first', scopes: ['admin'] };

  it('is shown this once, and opens an empty directory, on every replica', async () => {
    const tenant = await makeTenant();
    const issued = await post(`/v1/tenants/${tenant.id}/api-keys`, { ...draft, profile: 'strict' });
    expect(issued.status).toBe(201);
    const { key, ...rest } = issued.body;
    expect(rest).toMatchObject({ tenant_id: tenant.id, name: 'first', scopes: ['admin'], profile: 'strict' });
    expect(key).toMatch(/^stele_/);
    for (const on of [replica, api]) {
      expect((await on.request('GET', '/v1/users', { key })).body).toMatchObject({ data: [], meta: { total: 0 } });
    }
    const listed = await get('/v1/api-keys', { key });
    expect(listed.body.data.map(({ id }: NewTenant) => id)).toEqual([rest.id]);
    expect(listed.text).not.toContain(key);
    // Its maker has a key of another tenant, in which there is no such key.
    expect((await get('/v1/api-keys?per_page=100', { key: keys.admin })).text).not.toContain(rest.id);
  });

  it('makes the others, and hands out no more than it has', async () => {
    const { tenant, key } = await makeTenantWithKey();
    const second = await post('/v1/api-keys', { name: 'second', scopes: ['read'] }, { key });
    expect(second.body).toMatchObject({ tenant_id: tenant.id, scopes: ['read'] });
    expect(await statusOf(api, second.body.key)).toBe(404);
    expectRefusal('v1', await post('/v1/api-keys', { name: 'third', scopes: ['operator'] }, { key }), 'forbidden');
  });

  it('is not shown again to who repeats the request, and kept nowhere', async () => {
    const tenant = await makeTenant();
    const ask = { headers: { 'idempotency-key': randomUUID() } };
    const { key, ...rest } = (await post(`/v1/tenants/${tenant.id}/api-keys`, draft, ask)).body;
    const again = await post(`/v1/tenants/${tenant.id}/api-keys`, draft, ask);
    expect([again.status, again.headers.get('idempotent-replayed'), again.body]).toEqual([201, 'true', rest]);
    expect(JSON.stringify(await contentsOf(api))).not.toContain(key);
    expect((await get('/v1/api-keys', { key })).body.meta.total).toBe(1);
  });

  it.each([
    ['scopes', { scopes: [] }],
    ['scopes.0', { scopes: ['root'] }],
    ['expires_at', { expires_at: '2001-09-09T01:46:40Z' }],
    ['tenant_id', { tenant_id: encodeTenantId(uuidv7()) }],
  ])('is refused for its %s: %j', async (field, fault) => {
    const tenant = await makeTenant();
    const before = await contentsOf(api);
    const answer = await post(`/v1/tenants/${tenant.id}/api-keys`, { ...draft, ...fault });
    expectRefusal('v1', answer, 'validation_error');
    expect(Object.keys(answer.body.details)).toEqual([field]);
    expect(await contentsOf(api)).toEqual(before);
  });
});

describe('two tenants', () => {
  it.each(tongues)('have each their own user of one name (%s)', async (tongue) => {
    const [one, other] = [await makeTenantWithKey(), await makeTenantWithKey()];
    const { users, draft } = faces[tongue];
    const body = draft('alice', tongue === 'scim' ? { externalId: 'hr-1' } : {});
    for (const { key } of [one, other]) {
      expect((await api.request('POST', users, { key, body })).status).toBeLessThan(300);
      expectRefusal(tongue, await api.request('POST', users, { key, body }), 'conflict');
      const { data } = (await get('/v1/users', { key })).body;
      expect(data).toMatchObject([{ username: 'alice' }]);
    }
    const rows = await api.query('SELECT DISTINCT tenant_id, id FROM users WHERE user_name = $1', ['alice']);
    expect(new Set(rows.map((row) => row['id'])).size).toBe(rows.length);
  });
});

describe('the scope operator', () => {
  const ofOperator = everyOperation.filter(({ operation }) => operation.scope === 'operator');

  it('is for tenants alone', () => {
    expect(ofOperator.map(({ operation }) => operation.path)).toEqual(
      everyOperation.map(({ operation }) => operation.path).filter((path) => path.startsWith('/tenants')),
    );
  });

  it('opens no user, no key, and no list of them', async () => {
    for (const path of ['/v1/users', '/v1/api-keys', faces.scim.user(uuidv7()), faces.nerm.user(uuidv7())]) {
      expect((await get(path)).status).toBe(403);
    }
  });

  it('is not part of admin', async () => {
    for (const answer of [
      await get('/v1/tenants', { key: keys.admin }),
      await post('/v1/tenants', { name: randomUUID() }, { key: keys.admin }),
    ]) {
      expectRefusal('v1', answer, 'forbidden');
      expect(answer.headers.get('www-authenticate')).toContain('scope="operator"');
    }
  });
});
