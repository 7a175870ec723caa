import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, startApp, type TestApp } from './support/app.ts';
import { showsBehaviour } from './support/behaviour.ts';
import { expectScimError, type Scim, scimAt, urns } from './support/scim.ts';
import { forgetUsers } from './support/users.ts';

let api: TestApp;
let scim: Scim;
beforeAll(async () => {
  api = await startApp();
  scim = scimAt(api);
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

/** The user that Okta's tests and its provisioning create. */
const okta = (name: string) => ({
  schemas: [urns.user],
  userName: name,
  name: { givenName: 'Rosa', familyName: 'Diaz' },
  emails: [{ primary: true, value: name, type: 'work' }],
  displayName: 'Rosa Diaz',
  locale: 'en-US',
  externalId: '00ujl29u0le5T6Aj10h7',
  groups: [],
  password: '1mz050nq',
  active: true,
});

const patchOp = (...Operations: object[]) => ({ schemas: [urns.patchOp], Operations });
const scimJson = { type: 'application/scim+json; charset=utf-8' };

// https://developer.okta.com/standards/SCIM/SCIMFiles/Okta-SCIM-20-SPEC-Test.json; each test has the name of its check.
describe('Okta SCIM 2.0 Specification Test', () => {
  showsBehaviour('Okta', 'Okta SCIM 2.0 Specification Test');

  test('Required Test: Test Users endpoint', async () => {
    await scim.user('one');
    const { status, body } = await scim.get('/Users?count=1&startIndex=1');
    expect(status).toBe(200);
    expect(body.Resources).not.toEqual([]);
    expect(body.schemas).toContain(urns.listResponse);
    expect(body).toMatchObject({ itemsPerPage: expect.any(Number), startIndex: 1, totalResults: 1 });
    expect(body.Resources[0]).toMatchObject({ id: expect.any(String), userName: 'one', active: true });
  });

  test('Required Test: Get Users/{{id}}', async () => {
    const { body: made } = await scim.send('POST', '/Users', { body: okta('rosa@example.com') });
    const { status, body } = await scim.get(`/Users/${made.id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: made.id,
      name: { familyName: 'Diaz', givenName: 'Rosa' },
      userName: 'rosa@example.com',
      active: true,
      emails: [{ value: 'rosa@example.com' }],
    });
  });

  test('Required Test: Test invalid User by username', async () => {
    const { status, body } = await scim.get('/Users?filter=userName eq "abcdefgh@atko.com"');
    expect(status).toBe(200);
    expect(body).toMatchObject({ schemas: [urns.listResponse], totalResults: 0 });
  });

  test('Required Test: Test invalid User by ID', async () => {
    const answer = await scim.get('/Users/010101001010101011001010101011');
    expectScimError(answer, 404);
    expect(answer.body.detail).toMatch(/./);
  });

  test('Required Test: Make sure random user doesn’t exist, then create it, then find it in other case', async () => {
    const filter = (name: string) => scim.get(`/Users?filter=userName%20eq%20%22${encodeURIComponent(name)}%22`);
    expect((await filter('Rosa.Diaz@example.com')).body.totalResults).toBe(0);
    const { status, body, headers } = await scim.send('POST', '/Users', { body: okta('Rosa.Diaz@example.com') });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(body.meta.location);
    expect(body).toMatchObject({
      active: true,
      name: { givenName: 'Rosa' },
      schemas: expect.arrayContaining([urns.user]),
    });
    expect(body).not.toHaveProperty('password');
    const found = await filter('rosa.diaz@EXAMPLE.com');
    expect(found.body).toMatchObject({
      totalResults: 1,
      Resources: [{ id: body.id, userName: 'Rosa.Diaz@example.com' }],
    });
  });

  test.each([{ type: 'application/json' }, { type: 'application/json; charset=utf-8' }, scimJson])(
    'Required Test: Create Okta user, as %j',
    async (ask) => {
      const answer = await scim.send('POST', '/Users', { body: okta('rosa@example.com'), ...ask });
      expect(answer.status, answer.text).toBe(201);
      expect(answer.headers.get('content-type')).toContain('application/scim+json');
    },
  );

  test('Required Test: Expect failure when recreating user with same values', async () => {
    await scim.send('POST', '/Users', { body: okta('rosa@example.com') });
    const again = await scim.send('POST', '/Users', { body: okta('ROSA@example.com') });
    expectScimError(again, 409, 'uniqueness');
  });

  test('Required Test: Username Case Sensitivity Check', async () => {
    const id = await scim.user('rosa@example.com');
    const { body } = await scim.get('/Users?filter=userName eq "ROSA@EXAMPLE.COM"');
    expect(body.Resources).toEqual([expect.objectContaining({ id })]);
  });

  test('Optional Test: Verify Groups endpoint', async () => {
    const started = performance.now();
    const { status, body } = await scim.get('/Groups');
    expect([status, body.schemas, body.totalResults, body.Resources]).toEqual([200, [urns.listResponse], 0, []]);
    expect(performance.now() - started).toBeLessThan(600);
  });

  test.each([
    ['no header', null],
    ['a token without a scheme', 'abcdefghijklmnopqrstuvwxyz0123456789abcdef'],
    ['another token', 'Bearer abcdefghijklmnopqrstuvwxyz0123456789abcdef'],
  ])('Required Test: Check 401 or 403 with %s', async (_, authorization) => {
    const answer = await api.request('GET', '/scim/v2/Users?startIndex=1&count=100', {
      key: null,
      ...(authorization !== null && { headers: { authorization } }),
    });
    expectScimError(answer, 401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
  });
});

// https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20: the requests of Okta's provisioning, in its order.
describe("Okta's life cycle", () => {
  showsBehaviour('Okta', "Okta's provisioning requests");

  const read = (id: string) => scim.get(`/Users/${id}?startIndex=1&count=100`);

  async function create(): Promise<string> {
    expect(
      (await scim.get('/Users?filter=userName%20eq%20%22rosa%40example.com%22&startIndex=1&count=100')).body
        .totalResults,
    ).toBe(0);
    return (await scim.send('POST', '/Users', { body: okta('rosa@example.com'), ...scimJson })).body.id as string;
  }

  test('update: reads the user and puts it back whole', async () => {
    const id = await create();
    const { body } = await read(id);
    const changed = { ...body, name: { ...body.name, familyName: 'Santiago' }, title: 'Detective' };
    const answer = await scim.put(`/Users/${id}`, changed, scimJson);
    expect(answer.status, answer.text).toBe(200);
    const { meta: _, ...after } = (await read(id)).body;
    const { meta: __, ...wanted } = changed;
    expect(after).toEqual(wanted);
    expect(answer.body).toEqual((await read(id)).body);
  });

  test('a PUT of what was read moves nothing', async () => {
    const id = await create();
    const before = await read(id);
    expect((await scim.put(`/Users/${id}`, before.body)).text).toBe(before.text);
    expect((await read(id)).text).toBe(before.text);
  });

  test('deactivate and reactivate, by PATCH without a path', async () => {
    const id = await create();
    for (const active of [false, true]) {
      const answer = await scim.patch(`/Users/${id}`, [{ op: 'replace', value: { active } }]);
      expect([answer.status, answer.body.active]).toEqual([200, active]);
      expect((await read(id)).body).toMatchObject({ active, displayName: 'Rosa Diaz' });
      const { body } = await scim.get(`/Users?filter=userName eq "rosa@example.com"`);
      expect(body.Resources[0].active).toBe(active);
    }
  });

  test('deactivate, by PUT of the whole user', async () => {
    const id = await create();
    const { body } = await read(id);
    const answer = await scim.put(`/Users/${id}`, { ...body, active: false });
    expect(answer.body.active).toBe(false);
    expect((await scim.get('/Users?filter=active eq false')).body.totalResults).toBe(1);
  });

  test('change of a password, by PATCH and PUT', async () => {
    const id = await create();
    const patched = await scim.patch(`/Users/${id}`, [{ op: 'replace', value: { password: 'Tarn-Lake-77?' } }]);
    expect([patched.status, patched.text.includes('Tarn')]).toEqual([200, false]);
    expect(patched.body.meta.version).toBe('"2"');
    const put = await scim.put(`/Users/${id}`, { ...patched.body, password: 'Tarn-Lake-78?' });
    expect([put.body.meta.version, put.text.includes('Tarn')]).toEqual(['"3"', false]);
  });

  describe('group push', () => {
    let users: string[];
    let group: string;
    const at = () => `/Groups/${group}`;
    const ok = ({ status, text }: Answer) => expect([200, 204], text).toContain(status);
    const listed = (...ids: string[]) => ids.map((value) => ({ value, display: `${value}@example.com` }));

    beforeEach(async () => {
      users = await Promise.all(['a', 'b', 'c'].map((name) => scim.user(`${name}@example.com`)));
      const body = { schemas: [urns.group], displayName: 'Test SCIMv2', members: [] };
      const answer = await scim.send('POST', '/Groups', { body, ...scimJson });
      group = answer.body.id;
    });

    test('is looked for, made, and found by its name', async () => {
      const { body: none } = await scim.get('/Groups?filter=displayName eq "Test"&startIndex=1&count=100');
      expect(none.totalResults).toBe(0);
      const { body } = await scim.get('/Groups?filter=displayName eq "test scimv2"');
      expect(body.Resources).toEqual([expect.objectContaining({ id: group, displayName: 'Test SCIMv2' })]);
    });

    test('members are added, removed and replaced', async () => {
      const [a, b, c] = users as [string, string, string];
      ok(await scim.send('PATCH', at(), { body: patchOp({ op: 'add', path: 'members', value: listed(a, b) }) }));
      expect(await scim.members(group)).toEqual([a, b].toSorted());
      ok(
        await scim.send('PATCH', at(), {
          body: patchOp(
            { op: 'remove', path: `members[value eq "${a}"]` },
            { op: 'add', path: 'members', value: listed(c) },
          ),
        }),
      );
      expect(await scim.members(group)).toEqual([b, c].toSorted());
      ok(await scim.send('PATCH', at(), { body: patchOp({ op: 'replace', path: 'members', value: listed(a) }) }));
      expect(await scim.members(group)).toEqual([a]);
    });

    test('is renamed with its id in the value', async () => {
      ok(
        await scim.send('PATCH', at(), {
          body: patchOp({ op: 'replace', value: { id: group, displayName: 'Renamed' } }),
        }),
      );
      expect((await scim.get(at())).body.displayName).toBe('Renamed');
    });

    test('is replaced whole, by PUT', async () => {
      const [a, b] = users as [string, string];
      const body = { schemas: [urns.group], id: group, displayName: 'Test SCIMv2', members: listed(a, b) };
      ok(await scim.put(at(), body));
      expect(await scim.members(group)).toEqual([a, b].toSorted());
    });

    test('is deleted, and its members stay', async () => {
      await scim.patch(at(), [{ op: 'add', path: 'members', value: listed(users[0]!) }]);
      expect((await scim.remove(at())).status).toBe(204);
      expectScimError(await scim.get(at()), 404);
      expect((await scim.get(`/Users/${users[0]}`)).status).toBe(200);
    });
  });
});
