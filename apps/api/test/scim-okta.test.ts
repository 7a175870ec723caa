import { afterAll, expect, test } from 'vitest';
import { startApp } from './support/app.ts';
import { showsBehaviour } from './support/behaviour.ts';
import { scimAt, urns } from './support/scim.ts';

// The checks of the area `okta` of `@stele/scim-conformance` hold for any server, and run in `scim-check.test.ts`.
// What is particular to Stele is here.

const api = await startApp();
afterAll(() => api.stop());
const scim = scimAt(api);

showsBehaviour('Okta', "Okta's provisioning requests");

/** The user that Okta's provisioning creates. */
const okta = (name: string) => ({
  schemas: [urns.user],
  userName: name,
  name: { givenName: 'Rosa', familyName: 'Diaz' },
  emails: [{ primary: true, value: name, type: 'work' }],
  displayName: 'Rosa Diaz',
  locale: 'en-US',
  externalId: `id-of-${name}`,
  groups: [],
  password: '1mz050nq',
  active: true,
});

async function create(name: string): Promise<string> {
  const { status, text, body } = await scim.send('POST', '/Users', { body: okta(name) });
  expect(status, text).toBe(201);
  return `/Users/${body.id}`;
}

test('PUT of what GET returned changes nothing, neither the version', async () => {
  const path = await create('rosa@example.com');
  const before = await scim.get(path);
  expect((await scim.put(path, before.body)).text).toBe(before.text);
  expect((await scim.get(path)).text).toBe(before.text);
});

test('PATCH and PUT of a password each raise the version', async () => {
  const path = await create('password@example.com');
  const patched = await scim.patch(path, [{ op: 'replace', value: { password: 'Tarn-Lake-77?' } }]);
  expect([patched.status, patched.body.meta.version]).toEqual([200, '"2"']);
  const put = await scim.put(path, { ...patched.body, password: 'Tarn-Lake-78?' });
  expect([put.status, put.body.meta.version]).toEqual([200, '"3"']);
});

// Okta SCIM 2.0 Specification Test, "Optional Test: Verify Groups endpoint".
test('GET of all groups of an empty directory takes less than 600 ms', async () => {
  const start = performance.now();
  const { status, body } = await scim.get('/Groups');
  expect([status, body.schemas, body.totalResults, body.Resources]).toEqual([200, [urns.listResponse], 0, []]);
  expect(performance.now() - start).toBeLessThan(600);
});
