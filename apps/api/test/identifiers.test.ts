import { decodeUserId, encodeUserId } from '@stele/schemas/v1';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';
import { create, faces, forgetUsers, read, tongues, views } from './support/users.ts';

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

/** TypeID's base32 by another way: through one big number. */
function typeIdOf(uuid: string): string {
  const digits = BigInt(`0x${uuid.replaceAll('-', '')}`)
    .toString(32)
    .padStart(26, '0');
  return `usr_${digits.replaceAll(/./g, (digit) => '0123456789abcdefghjkmnpqrstvwxyz'[Number.parseInt(digit, 32)]!)}`;
}

// TypeID 0.3, spec/valid.yml: nil, one, ten, sixteen, thirty-two, max-valid, valid-uuidv7.
const vectors = [
  ['00000000-0000-0000-0000-000000000000', 'usr_00000000000000000000000000'],
  ['00000000-0000-0000-0000-000000000001', 'usr_00000000000000000000000001'],
  ['00000000-0000-0000-0000-00000000000a', 'usr_0000000000000000000000000a'],
  ['00000000-0000-0000-0000-000000000010', 'usr_0000000000000000000000000g'],
  ['00000000-0000-0000-0000-000000000020', 'usr_00000000000000000000000010'],
  ['ffffffff-ffff-ffff-ffff-ffffffffffff', 'usr_7zzzzzzzzzzzzzzzzzzzzzzzzz'],
  ['01890a5d-ac96-774b-bcce-b302099a8057', 'usr_01h455vb4pex5vsknk084sn02q'],
  ['0110c853-1d09-52d8-d73e-1194e95b5f19', 'usr_0123456789abcdefghjkmnpqrs'],
] as const;

describe('three spellings of the same 128 bits', () => {
  test.each(vectors)('%s is %s in v1', async (uuid, typeId) => {
    expect([encodeUserId(uuid), decodeUserId(typeId), typeIdOf(uuid)]).toEqual([typeId, uuid, typeId]);
    await create(api, 'scim', 'alice');
    await api.query('UPDATE users SET id = $1', [uuid]);
    const { v1, scim, nerm } = await views(api, uuid);
    expect([v1['id'], scim['id'], nerm['id'], nerm['uid']]).toEqual([typeId, uuid, uuid, uuid.replaceAll('-', '')]);
    expect((await api.request('GET', `/v1/users/${typeId}`)).status).toBe(200);
  });

  test.each(tongues)('a user created through %s has one id, a UUIDv7 in order of time', async (tongue) => {
    const before = Date.now();
    const created = [];
    for (const name of ['alice', 'bob', 'carol']) created.push(await create(api, tongue, name));
    const after = Date.now();
    for (const id of created) {
      // RFC 9562 5.7: 48 bits of Unix time in milliseconds, version 7, variant 10.
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
      expect(time).toBeGreaterThanOrEqual(before);
      expect(time).toBeLessThanOrEqual(after);
      const { v1, scim, nerm } = await views(api, id);
      expect([v1['id'], scim['id'], nerm['id'], nerm['uid']]).toEqual([typeIdOf(id), id, id, id.replaceAll('-', '')]);
    }
    expect(created.toSorted()).toEqual(created);
    expect(await api.query('SELECT id FROM users ORDER BY id')).toEqual(created.map((id) => ({ id })));
  });
});

describe('where a user is', () => {
  test.each([
    ['v1', '/v1/users', 201],
    ['scim', '/scim/v2/Users', 201],
    ['scim', '/api/scim/v2/Users', 200],
    ['scim', '/sso/scim/v2/Users', 200],
  ] as const)('%s: POST %s answers with its Location', async (tongue, path, status) => {
    const created = await api.request('POST', path, { body: faces[tongue].draft('alice') });
    expect(created.status).toBe(status);
    const location = created.headers.get('location')!;
    expect(location).toBe(`${api.url}${path}/${created.body.id}`);
    const found = await api.request('GET', location.slice(api.url.length));
    expect(found.body).toEqual(created.body);
  });

  test.each(['/scim/v2', '/api/scim/v2', '/sso/scim/v2'])('SCIM says meta.location as %s was called', async (mount) => {
    const id = await create(api, 'scim', 'alice');
    const path = `${mount}/Users/${id}`;
    expect((await api.request('GET', path)).body.meta.location).toBe(api.url + path);
  });

  test('each mount of a dialect shows the same user', async () => {
    const id = await create(api, 'scim', 'alice');
    const nerm = await read(api, 'nerm', id);
    expect((await api.request('GET', `/api/users/${id}`)).text).toBe(nerm.text);
    const standard = await read(api, 'scim', id);
    for (const mount of ['/api/scim/v2', '/sso/scim/v2']) {
      const other = await api.request('GET', `${mount}/Users/${id}`);
      expect(other.text.replaceAll(mount, '/scim/v2')).toBe(standard.text);
    }
  });
});
