import { mapRows, checksOf } from '../check.ts';
import {
  expectAbsent,
  expectPatched,
  expectEqual,
  expectError,
  expectContains,
  expectStatus,
  expectThat,
  SkipError,
} from '../expect.ts';
import { at, listAt, textAt, valuesOf } from '../json.ts';
import { type CreatedResource, memberOf, type Session } from '../session.ts';
import { urns } from '../urn.ts';
import { expectListed, expectMembers } from './expect-list.ts';

const groupsOf = async (session: Session, { path }: CreatedResource): Promise<string[]> =>
  valuesOf(listAt(await session.read(path), 'groups'));

interface Change {
  readonly title: string;
  readonly source: string;
  /** How many of the users are members before. */
  readonly before: number;
  readonly operations: (users: readonly [CreatedResource, CreatedResource, CreatedResource]) => readonly unknown[];
  /** Which of the users are members afterwards. */
  readonly after: readonly (0 | 1 | 2)[];
}

const changes: Readonly<Record<string, Change>> = {
  'add-member': {
    title: 'add of a member leaves the others',
    source: 'RFC 7644 3.5.2.1',
    before: 1,
    operations: ([, b]) => [{ op: 'add', path: 'members', value: [memberOf(b)] }],
    after: [0, 1],
  },
  'add-members': {
    title: 'add sets the members of an empty group',
    source: 'RFC 7644 3.5.2.1',
    before: 0,
    operations: ([a, b]) => [{ op: 'add', path: 'members', value: [memberOf(a), memberOf(b)] }],
    after: [0, 1],
  },
  'add-member-again': {
    title: 'a member is not added twice',
    source: 'RFC 7644 3.5.2.1',
    before: 1,
    operations: ([a]) => [{ op: 'add', path: 'members', value: [memberOf(a)] }],
    after: [0],
  },
  'add-without-path': {
    title: 'add without a path adds the members of its value',
    source: 'RFC 7644 3.5.2.1',
    before: 1,
    operations: ([, b]) => [{ op: 'add', value: { members: [memberOf(b)] } }],
    after: [0, 1],
  },
  'remove-member': {
    title: 'remove with a filter removes the member that it selects',
    source: 'RFC 7644 3.5.2.2',
    before: 2,
    operations: ([a]) => [{ op: 'remove', path: `members[value eq "${a.id}"]` }],
    after: [1],
  },
  'remove-members': {
    title: 'remove of members removes all',
    source: 'RFC 7644 3.5.2.2',
    before: 2,
    operations: () => [{ op: 'remove', path: 'members' }],
    after: [],
  },
  'replace-members': {
    title: 'replace of members replaces all',
    source: 'RFC 7644 3.5.2.3',
    before: 2,
    operations: ([, , c]) => [{ op: 'replace', path: 'members', value: [memberOf(c)] }],
    after: [2],
  },
  'remove-and-add': {
    title: 'one PATCH removes and adds members',
    source: 'RFC 7644 3.5.2',
    before: 2,
    operations: ([a, , c]) => [
      { op: 'remove', path: `members[value eq "${a.id}"]` },
      { op: 'add', path: 'members', value: [memberOf(c)] },
    ],
    after: [1, 2],
  },
};

const changing = ({ title, source, before, operations, after }: Change) => ({
  title,
  source,
  needs: ['Groups', 'patch'] as const,
  async run(session: Session) {
    const users = [await session.createUser(), await session.createUser(), await session.createUser()] as const;
    const group = await session.createGroup(users.slice(0, before));
    expectPatched(await session.patch(group.path, operations(users)));
    await expectMembers(session, group, ...after.map((index) => users[index]));
  },
});

export const groups = checksOf('groups', {
  create: {
    title: 'POST creates a group with its members',
    source: 'RFC 7644 3.3',
    needs: ['Groups'],
    async run(session) {
      const [one, two] = [await session.createUser(), await session.createUser()];
      const group = await session.createGroup([one, two]);
      expectEqual('meta.resourceType', at(group.body, 'meta', 'resourceType'), 'Group');
      await expectMembers(session, group, one, two);
    },
  },
  'create-empty': {
    title: 'a group may have no members',
    source: 'RFC 7643 4.2',
    needs: ['Groups'],
    run: async (session) => expectMembers(session, await session.createGroup()),
  },
  'no-name': {
    title: 'POST of a group without displayName is 400',
    source: 'RFC 7643 4.2',
    needs: ['Groups'],
    run: async (session) => expectError(await session.post('/Groups', { schemas: [urns.group] }), 400),
  },
  'of-user': {
    title: 'a user shows its groups at once',
    source: 'RFC 7643 4.1.2',
    needs: ['Groups', 'User.groups'],
    async run(session) {
      const user = await session.createUser();
      const group = await session.createGroup([user]);
      expectEqual('groups', await groupsOf(session, user), [group.id]);
    },
  },
  'of-user-after-patch': {
    title: 'the groups of a user change at once with the members of a group',
    source: 'RFC 7643 4.1.2',
    needs: ['Groups', 'patch', 'User.groups'],
    async run(session) {
      const user = await session.createUser();
      const group = await session.createGroup();
      expectPatched(await session.patch(group.path, [{ op: 'add', path: 'members', value: [memberOf(user)] }]));
      expectEqual('groups', await groupsOf(session, user), [group.id]);
      expectPatched(await session.patch(group.path, [{ op: 'remove', path: `members[value eq "${user.id}"]` }]));
      expectEqual('groups', await groupsOf(session, user), []);
    },
  },
  'of-user-after-deletion': {
    title: 'the groups of a user have no deleted group',
    source: 'RFC 7643 4.1.2',
    needs: ['Groups', 'User.groups'],
    async run(session) {
      const user = await session.createUser();
      const { path } = await session.createGroup([user]);
      expectStatus(await session.delete(path), 204);
      expectEqual('groups', await groupsOf(session, user), []);
    },
  },
  'deleted-member': {
    title: 'a deleted user is no longer a member of its groups',
    source: 'RFC 7644 3.6',
    needs: ['Groups'],
    async run(session) {
      const [stays, leaves] = [await session.createUser(), await session.createUser()];
      const group = await session.createGroup([stays, leaves]);
      expectStatus(await session.delete(leaves.path), 204);
      await expectMembers(session, group, stays);
    },
  },
  nested: {
    title: 'a group may be a member of a group',
    source: 'RFC 7643 4.2',
    needs: ['Groups'],
    async run(session) {
      const inner = await session.createGroup([await session.createUser()]);
      const { path } = await session.createGroup();
      const body = { schemas: [urns.group], displayName: session.uniqueName(), members: [memberOf(inner)] };
      const response = await session.put(path, body);
      if (response.status === 400) throw new SkipError('it takes no groups as members');
      expectStatus(response, 200, 204);
      expectEqual('members', valuesOf(listAt(await session.read(path), 'members')), [inner.id]);
    },
  },
  'without-members': {
    title: 'excludedAttributes=members returns the group without its members',
    source: 'RFC 7644 3.9',
    needs: ['Groups'],
    async run(session) {
      const { path, body } = await session.createGroup([await session.createUser()]);
      const group = await session.read(`${path}?excludedAttributes=members`);
      expectAbsent('members', group['members']);
      expectEqual('displayName', group['displayName'], body['displayName']);
    },
  },
  replace: {
    title: 'PUT replaces the members',
    source: 'RFC 7644 3.5.1',
    needs: ['Groups'],
    async run(session) {
      const [one, two] = [await session.createUser(), await session.createUser()];
      const group = await session.createGroup([one]);
      const displayName = session.uniqueName();
      const body = { schemas: [urns.group], displayName, members: [memberOf(two)] };
      expectStatus(await session.put(group.path, body), 200, 204);
      await expectMembers(session, group, two);
      expectEqual('displayName', (await session.read(group.path))['displayName'], displayName);
    },
  },
  rename: {
    title: 'PATCH of displayName leaves the members',
    source: 'RFC 7644 3.5.2.3',
    needs: ['Groups', 'patch'],
    async run(session) {
      const user = await session.createUser();
      const group = await session.createGroup([user]);
      const displayName = session.uniqueName();
      const after = await session.patchAndRead(group.path, { op: 'replace', path: 'displayName', value: displayName });
      expectContains('the group', after, { displayName });
      await expectMembers(session, group, user);
    },
  },
  atomic: {
    title: 'PATCH with an invalid operation changes neither name nor members',
    source: 'RFC 7644 3.5.2',
    needs: ['Groups', 'patch'],
    async run(session) {
      const group = await session.createGroup([await session.createUser()]);
      const before = await session.read(group.path);
      const operations = [
        { op: 'remove', path: 'members' },
        { op: 'replace', path: 'id', value: 'scim-check' },
      ];
      expectError(await session.patch(group.path, operations), 400);
      expectEqual('the group as it was,', await session.read(group.path), before);
    },
  },
  'members-immutable': {
    title: 'PATCH of a sub-attribute of a member is 400 where the schema makes it immutable',
    source: 'RFC 7643 8.7.1',
    needs: ['Groups', 'patch'],
    async run(session) {
      const members = session.server.schemas['Group']?.[0]?.attributes.find(({ name }) => name === 'members');
      const value = members?.subAttributes.find(({ name }) => name === 'value');
      if (value?.mutability !== 'immutable') throw new SkipError('its schemas do not call members.value immutable');
      const [one, two] = [await session.createUser(), await session.createUser()];
      const group = await session.createGroup([one]);
      const operation = { op: 'replace', path: `members[value eq "${one.id}"].value`, value: two.id };
      expectError(await session.patch(group.path, [operation]), 400, 'mutability');
      await expectMembers(session, group, one);
    },
  },
  filter: {
    title: 'groups are found by name',
    source: 'RFC 7644 3.4.2.2',
    needs: ['Groups', 'filter'],
    async run(session) {
      const group = await session.createGroup();
      const filter = `displayName eq "${textAt(group.body, 'displayName')}"`;
      const response = await session.list('/Groups', { filter });
      expectListed(response, group);
    },
  },
  'filter-members': {
    title: 'groups are found by a member, until it is removed',
    source: 'RFC 7644 3.4.2.2',
    needs: ['Groups', 'filter', 'patch'],
    async run(session) {
      const user = await session.createUser();
      const group = await session.createGroup([user]);
      await session.createGroup([await session.createUser()]);
      const find = (id: string) => session.list('/Groups', { filter: `members.value eq "${id}"` });
      expectListed(await find(user.id), group);
      expectPatched(await session.patch(group.path, [{ op: 'remove', path: 'members' }]));
      expectListed(await find(user.id));
    },
  },
  'filter-users': {
    title: 'users are found by a group',
    source: 'RFC 7644 3.4.2.2',
    needs: ['Groups', 'filter', 'User.groups'],
    async run(session) {
      const user = await session.createUser();
      const group = await session.createGroup([user]);
      const response = await session.list('/Users', { filter: `groups.value eq "${group.id}"` });
      expectListed(response, user);
    },
  },
  etag: {
    title: 'the ETag of a group changes with its members',
    source: 'RFC 7644 3.14',
    needs: ['Groups', 'patch', 'etag'],
    async run(session) {
      const group = await session.createGroup();
      const before = (await session.get(group.path)).headers.get('etag');
      const member = memberOf(await session.createUser());
      expectPatched(await session.patch(group.path, [{ op: 'add', path: 'members', value: [member] }]));
      const after = (await session.get(group.path)).headers.get('etag');
      expectThat(before !== null && after !== before, `an ETag other than ${before}`, after);
    },
  },
  ...mapRows(changes, changing),
});
