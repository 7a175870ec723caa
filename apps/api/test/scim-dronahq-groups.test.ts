import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { issueKey } from './support/api-keys.ts';
import { startApp, type TestApp } from './support/app.ts';
import { DRONAHQ, expectScimError, keptOfGroups, type Scim, scimAt, STANDARD, urns } from './support/scim.ts';
import { forgetUsers } from './support/users.ts';

// DronaHQ SCIM REST documentation: groups are answered with 200, and members are named as DronaHQ knows them.

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

describe.each(DRONAHQ)('%s', (mount) => {
  let scim: Scim;
  let ann: string;
  let ben: string;
  let team: string;
  beforeEach(async () => {
    scim = scimAt(api, { mount });
    ann = await scim.user('ann', { externalId: '1001', displayName: 'Ann', emails: [{ value: 'ann@example.com' }] });
    ben = await scim.user('ben', { externalId: '1002', emails: [{ value: 'ben@example.com' }, { value: 'b@b.c' }] });
    team = await scim.group('Team');
  });

  test('PATCH of a group returns 200 and the group, DELETE 200', async () => {
    const patched = await scim.patch(`/Groups/${team}`, [{ op: 'add', path: 'members', value: [{ value: ann }] }]);
    expect(patched.status, patched.text).toBe(200);
    expect(patched.body).toEqual((await scim.get(`/Groups/${team}`)).body);
    expect(patched.body.members).toEqual([
      { value: ann, display: 'Ann', type: 'User', $ref: `${api.url}${mount}/Users/${ann}` },
    ]);
    expect((await scim.remove(`/Groups/${team}`)).status).toBe(200);
    expectScimError(await scim.get(`/Groups/${team}`), 404);
  });

  test('members show their display in a list, and elsewhere on request', async () => {
    await scim.patch(`/Groups/${team}`, [{ op: 'add', path: 'members', value: [{ value: ann }] }]);
    expect((await scim.list('/Groups')).body.Resources[0].members[0].display).toBe('Ann');
    expect((await scimAt(api).get(`/Groups/${team}`)).body.members[0]).not.toHaveProperty('display');
  });

  const names = [
    ['the id', () => ann],
    ['the externalId', () => '1001'],
    ['the externalId as a number', () => 1001],
    ['the e-mail address in another case', () => 'ANN@example.com'],
  ] as const;

  test.each(names)('a member is named by %s, in every kind of write', async (_, name) => {
    const value = [{ value: name() }];
    const writes = [
      () => scim.patch(`/Groups/${team}`, [{ op: 'add', path: 'members', value }]),
      () => scim.patch(`/Groups/${team}`, [{ op: 'replace', path: 'members', value: [name()] }]),
      () => scim.patch(`/Groups/${team}`, [{ op: 'add', value: { members: value } }]),
      () => scim.send('PATCH', `/Groups/${team}`, { body: { members: value } }),
      () => scim.put(`/Groups/${team}`, { schemas: [urns.group], displayName: 'Team', members: value }),
      () =>
        scim.bulk([
          { method: 'PATCH', path: `/Groups/${team}`, data: { Operations: [{ op: 'add', path: 'members', value }] } },
        ]),
    ];
    const removals = [
      () => scim.patch(`/Groups/${team}`, [{ op: 'remove', path: 'members', value }]),
      () => scim.patch(`/Groups/${team}`, [{ op: 'remove', path: `members[value eq "${String(name())}"]` }]),
    ];
    for (const [index, write] of writes.entries()) {
      const answer = await write();
      expect(answer.status, answer.text).toBe(200);
      expect(await scim.members(team)).toEqual([ann]);
      const removed = await removals[index % 2]!();
      expect(removed.status, removed.text).toBe(200);
      expect(await scim.members(team)).toEqual([]);
    }
    const created = await scim.send('POST', '/Groups', { body: { displayName: 'New', members: value } });
    expect(created.status, created.text).toBe(200);
    expect(await scim.members(created.body.id as string)).toEqual([ann]);
  });

  test('a group may be named by its externalId', async () => {
    const inner = await scim.group('Inner', [], { externalId: 'g-1' });
    await scim.patch(`/Groups/${team}`, [{ op: 'add', path: 'members', value: ['g-1', 'ben@example.com'] }]);
    expect(await scim.members(team)).toEqual([inner, ben].toSorted());
  });

  test('an id comes before an externalId, and an externalId before an e-mail address', async () => {
    await scim.put(`/Users/${ben}`, { schemas: [urns.user], userName: 'ben', externalId: ann });
    await scim.patch(`/Groups/${team}`, [{ op: 'replace', path: 'members', value: [ann] }]);
    expect(await scim.members(team)).toEqual([ann]);
    await scim.put(`/Users/${ben}`, { schemas: [urns.user], userName: 'ben', externalId: 'ann@example.com' });
    await scim.patch(`/Groups/${team}`, [{ op: 'replace', path: 'members', value: ['ann@example.com'] }]);
    expect(await scim.members(team)).toEqual([ben]);
  });

  test.each(['1001', 'shared@example.com'])('%s with two matches is 400 and changes nothing', async (name) => {
    await scim.user('cem', { externalId: '1001', emails: [{ value: 'shared@example.com' }] });
    await scim.user('dan', { emails: [{ value: 'Shared@example.com' }] });
    const before = await keptOfGroups(api);
    for (const op of ['add', 'replace', 'remove']) {
      const answer = await scim.patch(`/Groups/${team}`, [{ op, path: 'members', value: [ben, name] }]);
      expectScimError(answer, 400, 'invalidValue');
    }
    expect(await keptOfGroups(api)).toEqual(before);
  });

  test('a name without a match is 400 in add and changes nothing, also beside good ones', async () => {
    const before = await keptOfGroups(api);
    const answer = await scim.patch(`/Groups/${team}`, [{ op: 'add', path: 'members', value: [ann, 'missing@b.c'] }]);
    expectScimError(answer, 400, 'invalidValue');
    expect(await keptOfGroups(api)).toEqual(before);
  });

  test('the externalId of another provisioning domain names no member', async () => {
    const { key } = await issueKey(api, { profile: 'default' });
    const other = scimAt(api, { mount, key });
    expectScimError(await other.patch(`/Groups/${team}`, [{ op: 'add', path: 'members', value: ['1001'] }]), 400);
  });
});

test(`at ${STANDARD} a member is named by its id alone, and PATCH and DELETE of a group return 204`, async () => {
  const scim = scimAt(api);
  const ann = await scim.user('ann', { emails: [{ value: 'ann@example.com' }] });
  const team = await scim.group('Team');
  const patch = (value: string) => scim.patch(`/Groups/${team}`, [{ op: 'add', path: 'members', value: [{ value }] }]);
  expectScimError(await patch('ann@example.com'), 400, 'invalidValue');
  expect((await patch(ann)).status).toBe(204);
  expect((await scim.remove(`/Groups/${team}`)).status).toBe(204);
});
