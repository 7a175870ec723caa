import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keys, startApp, type TestApp } from './support/app.ts';
import { expectScimError, MOUNTS, type Scim, scimAt, urns } from './support/scim.ts';
import { alice, faces, forgetUsers, kept } from './support/users.ts';

let api: TestApp;
let scim: Scim;
beforeAll(async () => {
  api = await startApp();
  scim = scimAt(api);
});
afterAll(() => api.stop());

const schemaUrns = [urns.user, urns.enterprise, urns.lifecycle, urns.group];

describe.each(MOUNTS)('discovery at %s (RFC 7644 4)', (mount) => {
  const at = (): Scim => scimAt(api, { mount, key: keys.read });

  test('/ServiceProviderConfig says what holds', async () => {
    const { status, body } = await at().get('/ServiceProviderConfig');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 8_388_608 },
      filter: { supported: true, maxResults: 1000 },
      changePassword: { supported: true },
      sort: { supported: true },
      etag: { supported: true },
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: 'index',
        defaultPageSize: 100,
        maxPageSize: 1000,
      },
      authenticationSchemes: [{ type: 'oauthbearertoken', primary: true }],
      meta: { resourceType: 'ServiceProviderConfig', location: `${api.url}${mount}/ServiceProviderConfig` },
    });
  });

  test.each(['ResourceTypes', 'Schemas'])(
    '/%s is a list, each of which is found by its id at its address',
    async (kind) => {
      const { status, body } = await at().get(`/${kind}`);
      const ids = kind === 'Schemas' ? schemaUrns : ['User', 'Group'];
      expect(status).toBe(200);
      expect(body).toMatchObject({ schemas: [urns.listResponse], totalResults: ids.length, itemsPerPage: ids.length });
      expect(body.Resources.map(({ id }: { id: string }) => id).toSorted()).toEqual(ids.toSorted());
      for (const each of body.Resources) {
        expect(each.meta.location).toBe(`${api.url}${mount}/${kind}/${each.id}`);
        expect((await at().get(`/${kind}/${each.id}`)).body).toEqual(each);
      }
      expectScimError(await at().get(`/${kind}/Shoe`), 404);
      // RFC 7644 4: "If a "filter" is provided, the service provider SHOULD respond with HTTP status code 403".
      expectScimError(await at().get(`/${kind}?filter=id pr`), 403);
    },
  );

  test('each resource type names its schemas and its endpoint', async () => {
    for (const { schema, schemaExtensions, endpoint } of (await at().get('/ResourceTypes')).body.Resources) {
      expect((await at().get(endpoint)).status).toBe(200);
      for (const urn of [schema, ...schemaExtensions.map((each: { schema: string }) => each.schema)]) {
        expect((await at().get(`/Schemas/${urn}`)).body.id).toBe(urn);
      }
    }
  });

  const paths = [
    '/ServiceProviderConfig',
    '/ResourceTypes',
    '/ResourceTypes/User',
    '/Schemas',
    `/Schemas/${urns.user}`,
  ];
  test.each(paths)('%s is read only', async (path) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expectScimError(await scimAt(api, { mount }).send(method, path, { body: {} }), 405);
    }
  });

  const closed = [...paths.filter((path) => path !== '/ServiceProviderConfig'), '/Users', '/Groups', '/Me'];
  test.each(closed)('%s needs a credential', async (path) => {
    expectScimError(await api.request('GET', mount + path, { key: null }), 401);
  });

  test('/Me is not there until credentials carry a user (RFC 7644 3.11)', async () => {
    expectScimError(await at().get('/Me'), 501);
  });
});

describe('PUT (RFC 7644 3.5.1)', () => {
  const put = (id: string, body: object, headers: Record<string, string> = {}) =>
    scim.put(`/Users/${id}`, body, { headers });
  const named = (fields: object = {}) => faces.scim.draft('alice', { ...fields });
  const create = async () => {
    await forgetUsers(api);
    return scim.user('alice', { ...alice, password: 'Tarn-Lake-77?' });
  };
  const hashOf = async (id: string) =>
    (await api.query('SELECT to_jsonb(u) AS row FROM users u WHERE id = $1', [id])).map(({ row }) =>
      Object.entries(row as object).filter(([name]) => name.includes('password')),
    );

  test('clears what it leaves out, but for active, the password and extensions that it does not name', async () => {
    const id = await create();
    const secret = await hashOf(id);
    expect(JSON.stringify(secret)).toContain('argon2id');
    await scim.patch(`/Users/${id}`, [{ op: 'replace', path: 'active', value: false }]);
    const { status, body, text } = await put(id, named());
    expect(status, text).toBe(200);
    const { id: _id, meta: _meta, schemas, ...rest } = body;
    expect(rest).toEqual({
      userName: 'alice',
      active: false,
      [urns.enterprise]: alice[urns.enterprise],
      [urns.lifecycle]: alice[urns.lifecycle],
    });
    expect(schemas.toSorted()).toEqual([urns.user, urns.enterprise, urns.lifecycle].toSorted());
    expect(await hashOf(id)).toEqual(secret);
  });

  test.each([
    ['that it names without a value', { schemas: [urns.user, urns.enterprise] }],
    ['whose value is empty', { schemas: [urns.user, urns.enterprise], [urns.enterprise]: {} }],
  ])('clears an extension %s', async (_, fields) => {
    const id = await create();
    const { body } = await put(id, { ...named(), ...fields });
    expect(body).not.toHaveProperty([urns.enterprise]);
    expect(body[urns.lifecycle]).toEqual(alice[urns.lifecycle]);
    expect(body.schemas.toSorted()).toEqual([urns.user, urns.lifecycle].toSorted());
  });

  test('replaces an extension that it holds as a whole', async () => {
    const id = await create();
    const { body } = await put(id, { ...named(), [urns.enterprise]: { department: 'Sales' } });
    expect(body[urns.enterprise]).toEqual({ department: 'Sales' });
  });

  test('ignores what is read only', async () => {
    const id = await create();
    const { body } = await put(id, {
      ...named(),
      id: randomUUID(),
      meta: { resourceType: 'Shoe', version: '"99"', created: '1999-01-01T00:00:00Z', location: 'x' },
      groups: [{ value: randomUUID() }],
    });
    expect(body).toMatchObject({ id, meta: { resourceType: 'User', version: '"2"' } });
    expect(body).not.toHaveProperty('groups');
  });

  test('of what was read, in whatever order, moves nothing', async () => {
    const id = await create();
    const before = await scim.get(`/Users/${id}`);
    const reversed = Object.fromEntries(Object.entries(before.body).toReversed());
    const answer = await put(id, reversed);
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"1"']);
    expect((await scim.get(`/Users/${id}`)).text).toBe(before.text);
  });

  test('renames in other case, and keeps a pending user pending', async () => {
    const id = await create();
    await api.request('PATCH', faces.nerm.user(id), { body: { user: { status: 'Pending' } } });
    const { body } = await put(id, { ...named(), userName: 'ALICE', active: false });
    expect([body.userName, body.active]).toEqual(['ALICE', false]);
    const seen = await api.request('GET', faces.nerm.user(id));
    expect(seen.body.user.status).toBe('Pending');
  });

  test.each([
    ['without userName', { schemas: [urns.user] }, 400, 'invalidValue'],
    ['with other schemas', { ...named(), schemas: [urns.group] }, 400, 'invalidSyntax'],
    ['with a name that is taken', { ...named(), userName: 'BOB' }, 409, 'uniqueness'],
    ['with a password that is too short', { ...named(), password: 'x' }, 400, 'invalidValue'],
  ])('%s is refused, and nothing moves', async (_, body, status, scimType) => {
    const id = await create();
    await scim.user('bob', { externalId: 'bob-1' });
    const before = await kept(api);
    expectScimError(await put(id, body), status, scimType);
    expect(await kept(api)).toEqual(before);
  });

  test('never creates', async () => {
    expectScimError(await put(randomUUID(), named()), 404);
  });

  test('heeds If-Match', async () => {
    const id = await create();
    expectScimError(await put(id, named({ title: 'x' }), { 'if-match': '"2"' }), 412);
    expect((await put(id, named({ title: 'x' }), { 'if-match': '"1"' })).headers.get('etag')).toBe('"2"');
    expect((await put(id, named({ title: 'y' }), { 'if-match': '*' })).headers.get('etag')).toBe('"3"');
  });
});

describe('DELETE (RFC 7644 3.6)', () => {
  test.each(MOUNTS)('at %s, then 404 everywhere', async (mount) => {
    await forgetUsers(api);
    const own = scimAt(api, { mount });
    const id = await own.user('alice', { externalId: 'hr-1' });
    const answer = await own.remove(`/Users/${id}`);
    expect([answer.status, answer.text, answer.headers.get('etag')]).toEqual([204, '', null]);
    for (const each of MOUNTS) {
      const there = scimAt(api, { mount: each });
      expectScimError(await there.get(`/Users/${id}`), 404);
      expectScimError(await there.put(`/Users/${id}`, faces.scim.draft('alice')), 404);
      expectScimError(await there.patch(`/Users/${id}`, [{ op: 'add', path: 'title', value: 'x' }]), 404);
      expectScimError(await there.remove(`/Users/${id}`), 404);
      expect((await there.list('/Users')).body.totalResults).toBe(0);
      expect((await there.search('', {})).body.totalResults).toBe(0);
    }
    for (const tongue of ['v1', 'nerm'] as const) {
      expect((await api.request('GET', faces[tongue].user(id))).status).toBe(404);
    }
    // RFC 7644 3.6: "the service provider SHOULD NOT consider the deleted resource in conflict calculation".
    expect(await own.user('ALICE', { externalId: 'hr-1' })).not.toBe(id);
    const history = await api.query('SELECT operation FROM user_history WHERE user_id = $1 ORDER BY version', [id]);
    expect(history.map(({ operation }) => operation)).toEqual(['createUser', 'deleteUser']);
  });

  test('heeds If-Match', async () => {
    await forgetUsers(api);
    const id = await scim.user('alice');
    expectScimError(await scim.remove(`/Users/${id}`, { headers: { 'if-match': '"2"' } }), 412);
    expect((await scim.remove(`/Users/${id}`, { headers: { 'if-match': '"1"' } })).status).toBe(204);
  });
});
