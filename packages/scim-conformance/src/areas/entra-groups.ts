import { inArea } from '../check.ts';
import { expectAbsent, expectChanged, expectEqual, expectError, expectHolds } from '../expect.ts';
import { at, textAt } from '../json.ts';
import { type Made, memberOf, type Session } from '../session.ts';
import { urns } from '../urn.ts';
import { deletingNobody, deletingTwice, PROVISIONING, test } from './entra.ts';
import { expectFound, expectMembers } from './reading.ts';

const filteringGroup = (name: string, filter: (displayName: string) => string) => ({
  title: `a group is found by displayName${name.includes('case') ? ' in other case' : ''}`,
  source: test(name),
  needs: ['Groups', 'filter'] as const,
  async run(session: Session) {
    const group = await session.group();
    expectFound(await session.list('/Groups', { filter: filter(textAt(group.body, 'displayName')) }), group);
  },
});

/** The operations with which Entra ID changes the members of a group: a list of values, and `$ref` that is null. */
const send = (session: Session, { path }: Made, op: string, ...users: readonly Made[]) =>
  session.patch(path, [{ op, path: 'members', value: users.map((user) => ({ $ref: null, ...memberOf(user) })) }]);

export const entraGroups = inArea('entra', {
  'create-group': {
    title: "a group is created with externalId and Microsoft's own schema besides",
    source: test('Create a new Group'),
    needs: ['Groups'],
    async run(session) {
      const adscim = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';
      const externalId = session.name();
      const fields = { schemas: [urns.group, adscim], externalId, meta: { resourceType: 'Group' } };
      const { path } = await session.group([], fields);
      expectHolds('the group', await session.read(path), { externalId });
    },
  },
  'duplicate-group': {
    title: 'a group with the externalId of another is 409',
    source: test('Create a duplicate Group'),
    needs: ['Groups'],
    async run(session) {
      const { body } = await session.group([], { externalId: session.name() });
      const { displayName, externalId } = body;
      expectError(await session.post('/Groups', { schemas: [urns.group], displayName, externalId }), 409);
    },
  },
  'filter-group': filteringGroup('Filter for an existing group', (name) => `displayName eq "${name}"`),
  'filter-group-in-other-case': filteringGroup(
    'Filter for existing group different case',
    (name) => `DISPLAYNAME eq "${name.toUpperCase()}"`,
  ),
  'filter-no-group': {
    title: 'a displayName that there is not is an empty list',
    source: test('Filter for a non-existing group'),
    needs: ['Groups', 'filter'],
    run: async (session) =>
      expectFound(await session.list('/Groups', { filter: `displayName eq "${session.name()}"` })),
  },
  'read-group-without-members': {
    title: 'a group is read without its members',
    source: test('Get group by id excluding members'),
    needs: ['Groups'],
    async run(session) {
      const { path, id } = await session.group([await session.user()]);
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
      const group = await session.group([await session.user()]);
      const filter = `displayName eq "${textAt(group.body, 'displayName')}"`;
      const answer = await session.list('/Groups', { filter, excludedAttributes: 'members' });
      expectFound(answer, group);
      expectAbsent('members', at(answer.body, 'Resources', 0, 'members'));
    },
  },
  'patch-group': {
    title: 'name and externalId of a group are replaced',
    source: test('Patch Group - Replace Attributes'),
    needs: ['Groups', 'patch'],
    async run(session) {
      const { path } = await session.group();
      const [displayName, externalId] = [session.name(), session.name()];
      const group = await session.change(
        path,
        { op: 'Replace', path: 'displayName', value: displayName },
        { op: 'Replace', path: 'externalId', value: externalId },
      );
      expectHolds('the group', group, { displayName, externalId });
    },
  },
  members: {
    title: 'members are added, removed and replaced by lists of values',
    source: test('Patch Group - Add Member, Remove Member'),
    needs: ['Groups', 'patch'],
    async run(session) {
      const [one, two] = [await session.user(), await session.user()];
      const group = await session.group();
      for (const [op, users, after] of [
        ['Add', [one], [one]],
        ['Add', [one, two], [one, two]],
        ['Remove', [one], [two]],
        ['Replace', [one], [one]],
      ] as const) {
        expectChanged(await send(session, group, op, ...users));
        await expectMembers(session, group, ...after);
      }
    },
  },
  'is-member': {
    title: 'a group is asked for with its id and a member',
    source: PROVISIONING,
    needs: ['Groups', 'filter'],
    async run(session) {
      const user = await session.user();
      const group = await session.group([user]);
      const filter = `id eq "${group.id}" and members eq "${user.id}"`;
      expectFound(await session.list('/Groups', { filter, excludedAttributes: 'members' }), group);
    },
  },
  'several-on-group': {
    title: 'several operations on one attribute of a group leave what the last one says',
    source: test('Patch Group - Multiple Ops on same attribute'),
    needs: ['Groups', 'patch'],
    async run(session) {
      const { path } = await session.group();
      const externalId = session.name();
      const group = await session.change(
        path,
        { op: 'Remove', path: 'externalId' },
        { op: 'Add', path: 'externalId', value: session.name() },
        { op: 'Replace', path: 'externalId', value: externalId },
      );
      expectEqual('externalId', group['externalId'], externalId);
    },
  },
  'delete-group-twice': { ...deletingTwice('Group', (session) => session.group()), needs: ['Groups'] },
  'delete-no-group': { ...deletingNobody('Group', '/Groups'), needs: ['Groups'] },
});
