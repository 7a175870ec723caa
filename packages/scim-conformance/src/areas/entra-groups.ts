import { checksOf } from '../check.ts';
import { expectAbsent, expectPatched, expectEqual, expectError, expectContains } from '../expect.ts';
import { at, textAt } from '../json.ts';
import { type CreatedResource, memberOf, type Session } from '../session.ts';
import { urns } from '../urn.ts';
import { deletingUnknown, deletingTwice, PROVISIONING, test } from './entra.ts';
import { expectListed, expectMembers } from './expect-list.ts';

const filteringGroup = (name: string, filter: (displayName: string) => string) => ({
  title: `a group is found by displayName${name.includes('case') ? ' in other case' : ''}`,
  source: test(name),
  needs: ['Groups', 'filter'] as const,
  async run(session: Session) {
    const group = await session.createGroup();
    expectListed(await session.list('/Groups', { filter: filter(textAt(group.body, 'displayName')) }), group);
  },
});

/** The operations with which Entra ID changes the members of a group: a list of values, and `$ref` that is null. */
const send = (session: Session, { path }: CreatedResource, op: string, ...users: readonly CreatedResource[]) =>
  session.patch(path, [{ op, path: 'members', value: users.map((user) => ({ $ref: null, ...memberOf(user) })) }]);

export const entraGroups = checksOf('entra', {
  'create-group': {
    title: "a group is created with externalId and Microsoft's own schema besides",
    source: test('Create a new Group'),
    needs: ['Groups'],
    async run(session) {
      const adscim = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';
      const externalId = session.uniqueName();
      const fields = { schemas: [urns.group, adscim], externalId, meta: { resourceType: 'Group' } };
      const { path } = await session.createGroup([], fields);
      expectContains('the group', await session.read(path), { externalId });
    },
  },
  'duplicate-group': {
    title: 'a group with the externalId of another is 409',
    source: test('Create a duplicate Group'),
    needs: ['Groups'],
    async run(session) {
      const { body } = await session.createGroup([], { externalId: session.uniqueName() });
      const { displayName, externalId } = body;
      expectError(await session.post('/Groups', { schemas: [urns.group], displayName, externalId }), 409, 'uniqueness');
    },
  },
  'filter-group': filteringGroup('Filter for an existing group', (name) => `displayName eq "${name}"`),
  'filter-group-in-other-case': filteringGroup(
    'Filter for existing group different case',
    (name) => `DISPLAYNAME eq "${name.toUpperCase()}"`,
  ),
  'filter-group-by-external-id': {
    title: 'a group is found by externalId, without its members',
    source: PROVISIONING,
    needs: ['Groups', 'filter'],
    async run(session) {
      const group = await session.createGroup([await session.createUser()], { externalId: session.uniqueName() });
      const filter = `externalId eq "${textAt(group.body, 'externalId')}"`;
      const response = await session.list('/Groups', { filter, excludedAttributes: 'members' });
      expectListed(response, group);
      expectAbsent('members', at(response.body, 'Resources', 0, 'members'));
    },
  },
  'filter-no-group': {
    title: 'a filter on an unknown displayName returns an empty list',
    source: test('Filter for a non-existing group'),
    needs: ['Groups', 'filter'],
    run: async (session) =>
      expectListed(await session.list('/Groups', { filter: `displayName eq "${session.uniqueName()}"` })),
  },
  'read-group-without-members': {
    title: 'a group is read without its members',
    source: test('Get group by id excluding members'),
    needs: ['Groups'],
    async run(session) {
      const { path, id } = await session.createGroup([await session.createUser()]);
      const group = await session.read(`${path}?excludedAttributes=members`);
      expectEqual('id', group['id'], id);
      expectAbsent('members', group['members']);
    },
  },
  'filter-group-without-members': {
    title: 'a group is found by displayName, without its members',
    source: test('Filter for existing group excluding members'),
    needs: ['Groups', 'filter'],
    async run(session) {
      const group = await session.createGroup([await session.createUser()]);
      const filter = `displayName eq "${textAt(group.body, 'displayName')}"`;
      const response = await session.list('/Groups', { filter, excludedAttributes: 'members' });
      expectListed(response, group);
      expectAbsent('members', at(response.body, 'Resources', 0, 'members'));
    },
  },
  'patch-group': {
    title: 'name and externalId of a group are replaced',
    source: test('Patch Group - Replace Attributes'),
    needs: ['Groups', 'patch'],
    async run(session) {
      const { path } = await session.createGroup();
      const [displayName, externalId] = [session.uniqueName(), session.uniqueName()];
      const group = await session.patchAndRead(
        path,
        { op: 'Replace', path: 'displayName', value: displayName },
        { op: 'Replace', path: 'externalId', value: externalId },
      );
      expectContains('the group', group, { displayName, externalId });
    },
  },
  members: {
    title: 'members are added, removed and replaced by lists of values',
    source: test('Patch Group - Add Member, Remove Member'),
    needs: ['Groups', 'patch'],
    async run(session) {
      const [one, two] = [await session.createUser(), await session.createUser()];
      const group = await session.createGroup();
      for (const [op, users, after] of [
        ['Add', [one], [one]],
        ['Add', [one, two], [one, two]],
        ['Remove', [one], [two]],
        ['Replace', [one], [one]],
      ] as const) {
        expectPatched(await send(session, group, op, ...users));
        await expectMembers(session, group, ...after);
      }
    },
  },
  'is-member': {
    title: 'a filter on the id and a member of a group finds it, and not by another user',
    source: PROVISIONING,
    needs: ['Groups', 'filter'],
    async run(session) {
      const [user, other] = [await session.createUser(), await session.createUser()];
      const group = await session.createGroup([user]);
      const find = ({ id }: CreatedResource) =>
        session.list('/Groups', {
          filter: `id eq "${group.id}" and members eq "${id}"`,
          excludedAttributes: 'members',
        });
      expectListed(await find(user), group);
      expectListed(await find(other));
    },
  },
  'several-on-group': {
    title: 'several operations on one attribute of a group leave the value of the last one',
    source: test('Patch Group - Multiple Ops on same attribute'),
    needs: ['Groups', 'patch'],
    async run(session) {
      const { path } = await session.createGroup();
      const externalId = session.uniqueName();
      const group = await session.patchAndRead(
        path,
        { op: 'Remove', path: 'externalId' },
        { op: 'Add', path: 'externalId', value: session.uniqueName() },
        { op: 'Replace', path: 'externalId', value: externalId },
      );
      expectEqual('externalId', group['externalId'], externalId);
    },
  },
  'delete-group-twice': { ...deletingTwice('Group', (session) => session.createGroup()), needs: ['Groups'] },
  'delete-no-group': { ...deletingUnknown('Group', '/Groups'), needs: ['Groups'] },
});
