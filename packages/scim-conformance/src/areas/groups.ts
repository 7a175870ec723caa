import { eachOf, inArea } from '../check.ts';
import {
  expectAbsent,
  expectChanged,
  expectEqual,
  expectError,
  expectHolds,
  expectStatus,
  expectThat,
  Skip,
} from '../expect.ts';
import { at, listAt, textAt, valuesOf } from '../json.ts';
import { type Made, memberOf, type Session } from '../session.ts';
import { urns } from '../urn.ts';
import { expectFound, expectMembers } from './reading.ts';

const groupsOf = async (session: Session, { path }: Made): Promise<string[]> =>
  valuesOf(listAt(await session.read(path), 'groups'));

interface Change {
  readonly title: string;
  readonly source: string;
  /** How many of the users are members before. */
  readonly before: number;
  readonly operations: (users: readonly [Made, Made, Made]) => readonly unknown[];
  /** Which of the users are members afterwards. */
  readonly after: readonly (0 | 1 | 2)[];
}

const changes: Readonly<Record<string, Change>> = {
  'add-member': {
    title: 'add gives a group one more member',
    source: 'RFC 7644 3.5.2.1',
    before: 1,
    operations: ([, b]) => [{ op: 'add', path: 'members', value: [memberOf(b)] }],
    after: [0, 1],
  },
  'add-members': {
    title: 'add gives an empty group members',
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
    title: 'add without a path takes members from its value',
    source: 'RFC 7644 3.5.2.1',
    before: 1,
    operations: ([, b]) => [{ op: 'add', value: { members: [memberOf(b)] } }],
    after: [0, 1],
  },
  'remove-member': {
    title: 'remove takes the member that a filter selects',
    source: 'RFC 7644 3.5.2.2',
    before: 2,
    operations: ([a]) => [{ op: 'remove', path: `members[value eq "${a.id}"]` }],
    after: [1],
  },
  'remove-members': {
    title: 'remove takes all members',
    source: 'RFC 7644 3.5.2.2',
    before: 2,
    operations: () => [{ op: 'remove', path: 'members' }],
    after: [],
  },
  'replace-members': {
    title: 'replace takes the place of all members',
    source: 'RFC 7644 3.5.2.3',
    before: 2,
    operations: ([, , c]) => [{ op: 'replace', path: 'members', value: [memberOf(c)] }],
    after: [2],
  },
  'remove-and-add': {
    title: 'members come and go in one PATCH',
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
    const users = [await session.user(), await session.user(), await session.user()] as const;
    const group = await session.group(users.slice(0, before));
    expectChanged(await session.patch(group.path, operations(users)));
    await expectMembers(session, group, ...after.map((index) => users[index]));
  },
});

export const groups = inArea('groups', {
  create: {
    title: 'POST creates a group with its members',
    source: 'RFC 7644 3.3',
    needs: ['Groups'],
    async run(session) {
      const [one, two] = [await session.user(), await session.user()];
      const group = await session.group([one, two]);
      expectEqual('meta.resourceType', at(group.body, 'meta', 'resourceType'), 'Group');
      await expectMembers(session, group, one, two);
    },
  },
  'create-empty': {
    title: 'a group may have no members',
    source: 'RFC 7643 4.2',
    needs: ['Groups'],
    run: async (session) => expectMembers(session, await session.group()),
  },
  'no-name': {
    title: 'a group without displayName is refused',
    source: 'RFC 7643 4.2',
    needs: ['Groups'],
    run: async (session) => expectError(await session.post('/Groups', { schemas: [urns.group] }), 400),
  },
  'of-user': {
    title: 'a user shows the groups that it is in, at once',
    source: 'RFC 7643 4.1.2',
    needs: ['Groups', 'User.groups'],
    async run(session) {
      const user = await session.user();
      const group = await session.group([user]);
      expectEqual('groups', await groupsOf(session, user), [group.id]);
    },
  },
  'of-user-after-patch': {
    title: 'a user shows at once that it has come to a group, and left it',
    source: 'RFC 7643 4.1.2',
    needs: ['Groups', 'patch', 'User.groups'],
    async run(session) {
      const user = await session.user();
      const group = await session.group();
      expectChanged(await session.patch(group.path, [{ op: 'add', path: 'members', value: [memberOf(user)] }]));
      expectEqual('groups', await groupsOf(session, user), [group.id]);
      expectChanged(await session.patch(group.path, [{ op: 'remove', path: `members[value eq "${user.id}"]` }]));
      expectEqual('groups', await groupsOf(session, user), []);
    },
  },
  'of-user-after-deletion': {
    title: 'a user shows no group that is deleted',
    source: 'RFC 7643 4.1.2',
    needs: ['Groups', 'User.groups'],
    async run(session) {
      const user = await session.user();
      const { path } = await session.group([user]);
      expectStatus(await session.remove(path), 204);
      expectEqual('groups', await groupsOf(session, user), []);
    },
  },
  'deleted-member': {
    title: 'a user that is deleted leaves its groups',
    source: 'RFC 7644 3.6',
    needs: ['Groups'],
    async run(session) {
      const [stays, leaves] = [await session.user(), await session.user()];
      const group = await session.group([stays, leaves]);
      expectStatus(await session.remove(leaves.path), 204);
      await expectMembers(session, group, stays);
    },
  },
  nested: {
    title: 'a group may be a member of a group',
    source: 'RFC 7643 4.2',
    needs: ['Groups'],
    async run(session) {
      const inner = await session.group([await session.user()]);
      const { path } = await session.group();
      const body = { schemas: [urns.group], displayName: session.name(), members: [memberOf(inner)] };
      const answer = await session.put(path, body);
      if (answer.status === 400) throw new Skip('it takes no groups as members');
      expectStatus(answer, 200, 204);
      expectEqual('members', valuesOf(listAt(await session.read(path), 'members')), [inner.id]);
    },
  },
  'without-members': {
    title: 'excludedAttributes=members spares the members',
    source: 'RFC 7644 3.9',
    needs: ['Groups'],
    async run(session) {
      const { path, body } = await session.group([await session.user()]);
      const group = await session.read(`${path}?excludedAttributes=members`);
      expectAbsent('members', group['members']);
      expectEqual('displayName', group['displayName'], body['displayName']);
    },
  },
  replace: {
    title: 'PUT makes the members those of its list',
    source: 'RFC 7644 3.5.1',
    needs: ['Groups'],
    async run(session) {
      const [one, two] = [await session.user(), await session.user()];
      const group = await session.group([one]);
      const displayName = session.name();
      const body = { schemas: [urns.group], displayName, members: [memberOf(two)] };
      expectStatus(await session.put(group.path, body), 200, 204);
      await expectMembers(session, group, two);
      expectEqual('displayName', (await session.read(group.path))['displayName'], displayName);
    },
  },
  rename: {
    title: 'PATCH of the name leaves the members',
    source: 'RFC 7644 3.5.2.3',
    needs: ['Groups', 'patch'],
    async run(session) {
      const user = await session.user();
      const group = await session.group([user]);
      const displayName = session.name();
      const after = await session.change(group.path, { op: 'replace', path: 'displayName', value: displayName });
      expectHolds('the group', after, { displayName });
      await expectMembers(session, group, user);
    },
  },
  atomic: {
    title: 'an operation that is refused leaves name and members as they were',
    source: 'RFC 7644 3.5.2',
    needs: ['Groups', 'patch'],
    async run(session) {
      const group = await session.group([await session.user()]);
      const before = await session.read(group.path);
      const operations = [
        { op: 'remove', path: 'members' },
        { op: 'replace', path: 'id', value: 'stele-check' },
      ];
      expectError(await session.patch(group.path, operations), 400);
      expectEqual('the group as it was,', await session.read(group.path), before);
    },
  },
  'members-immutable': {
    title: 'the parts of a member cannot be changed where the schema says so',
    source: 'RFC 7643 8.7.1',
    needs: ['Groups', 'patch'],
    async run(session) {
      const members = session.server.schemas['Group']?.[0]?.attributes.find(({ name }) => name === 'members');
      const value = members?.subAttributes.find(({ name }) => name === 'value');
      if (value?.mutability !== 'immutable') throw new Skip('its schemas do not call members.value immutable');
      const [one, two] = [await session.user(), await session.user()];
      const group = await session.group([one]);
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
      const group = await session.group();
      const filter = `displayName eq "${textAt(group.body, 'displayName')}"`;
      const answer = await session.list('/Groups', { filter });
      expectFound(answer, group);
    },
  },
  'filter-members': {
    title: 'groups are found by a member',
    source: 'RFC 7644 3.4.2.2',
    needs: ['Groups', 'filter'],
    async run(session) {
      const user = await session.user();
      const group = await session.group([user]);
      await session.group();
      const answer = await session.list('/Groups', { filter: `members.value eq "${user.id}"` });
      expectFound(answer, group);
    },
  },
  'filter-users': {
    title: 'users are found by a group',
    source: 'RFC 7644 3.4.2.2',
    needs: ['Groups', 'filter', 'User.groups'],
    async run(session) {
      const user = await session.user();
      const group = await session.group([user]);
      const answer = await session.list('/Users', { filter: `groups.value eq "${group.id}"` });
      expectFound(answer, user);
    },
  },
  etag: {
    title: 'the ETag of a group changes with its members',
    source: 'RFC 7644 3.14',
    needs: ['Groups', 'patch', 'etag'],
    async run(session) {
      const group = await session.group();
      const before = (await session.get(group.path)).headers.get('etag');
      const member = memberOf(await session.user());
      expectChanged(await session.patch(group.path, [{ op: 'add', path: 'members', value: [member] }]));
      const after = (await session.get(group.path)).headers.get('etag');
      expectThat(before !== null && after !== before, `an ETag other than ${before}`, after);
    },
  },
  ...eachOf(changes, changing),
});
