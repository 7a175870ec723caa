import { afterAll, expect, test } from 'vitest';
import { startApp } from './support/app.ts';
import { showsBehaviour } from './support/behaviour.ts';
import { scimAt, urns } from './support/scim.ts';

// The checks of the area `entra` of `@stele/scim-conformance` hold for any server, and run in `scim-check.test.ts`.
// What is particular to Stele is here.

const api = await startApp();
afterAll(() => api.stop());
const scim = scimAt(api);

showsBehaviour('Microsoft Entra ID', 'Microsoft SCIM Validator');

test.each([1, 2, 3, 4])(
  'a page has startIndex and itemsPerPage, also beyond the end: startIndex=%j',
  async (startIndex) => {
    const { body: known } = await scim.list('/Users', { count: 0 });
    for (let total = known.totalResults; total < 3; total += 1) await scim.user(`user-${total}`);
    const { body } = await scim.list('/Users', { startIndex, count: 1 });
    expect(body).toMatchObject({ startIndex, totalResults: 3, itemsPerPage: startIndex > 3 ? 0 : 1 });
  },
);

test('a group is created with an unknown schema, shows its own alone, and is changed with 204', async () => {
  const adscim = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';
  const id = await scim.group('BBKTAHRTZSKD', [], { schemas: [urns.group, adscim], meta: { resourceType: 'Group' } });
  expect((await scim.get(`/Groups/${id}`)).body.schemas).toEqual([urns.group]);
  const [member] = (await scim.list('/Users')).body.Resources;
  for (const operation of [
    { op: 'Replace', path: 'displayName', value: 'NSZHLAHZVHXU' },
    { op: 'Add', path: 'members', value: [{ $ref: null, value: member.id }] },
  ]) {
    const { status, text } = await scim.patch(`/Groups/${id}`, [operation]);
    expect([status, text]).toEqual([204, '']);
  }
});

test('the manager is shown as its id alone', async () => {
  const id = await scim.user('employee');
  const boss = await scim.user('boss');
  const operation = { op: 'Add', path: `${urns.enterprise}:manager`, value: boss };
  expect((await scim.patch(`/Users/${id}`, [operation])).body[urns.enterprise].manager).toEqual({ value: boss });
});
