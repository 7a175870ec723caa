import { randomUUID } from 'node:crypto';
import { checksOf } from '../check.ts';
import {
  expectAbsent,
  expectPatched,
  expectEqual,
  expectError,
  expectContains,
  expectStatus,
  expectThat,
} from '../expect.ts';
import { at, type Json, listAt, textAt } from '../json.ts';
import { type CreatedResource, memberOf, type Session } from '../session.ts';
import { urns } from '../urn.ts';
import { expectListed, expectMembers } from './expect-list.ts';

/** https://developer.okta.com/standards/SCIM/SCIMFiles/Okta-SCIM-20-SPEC-Test.json: each source has the name of its test. */
const test = (name: string): string => `Okta SCIM 2.0 Specification Test: ${name}`;

/** https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20: what Okta sends when it provisions. */
const LIFE_CYCLE = 'Okta SCIM 2.0 guide';

/** The user that Okta creates. */
const fields = (session: Session) => ({
  name: { givenName: 'Rosa', familyName: 'Diaz' },
  displayName: 'Rosa Diaz',
  locale: 'en-US',
  externalId: session.uniqueName(),
  groups: [],
  active: true,
  ...(session.server.lacks('User.password') === undefined && { password: '1mz050nq-Tarn-Lake' }),
});

const provisioned = (session: Session): Promise<CreatedResource> => session.createUser(fields(session));

const found = (session: Session, userName: string) =>
  session.get(`/Users?filter=userName%20eq%20%22${encodeURIComponent(userName)}%22&startIndex=1&count=100`);

const asJson = (type: string) => ({
  title: `a user is created as ${type}`,
  source: test('Required Test: Create Okta user with realistic values'),
  async run(session: Session) {
    const response = await session.post('/Users', session.userBody(fields(session)), { 'content-type': type });
    expectStatus(response, 201);
    const received = response.headers.get('content-type');
    expectThat(received?.includes('application/scim+json') === true, 'application/scim+json', received);
  },
});

const rejectsToken = (title: string, authorization: string) => ({
  title,
  source: test('Required Test: Check status 401'),
  async run(session: Session) {
    const response = await session.get('/Users?count=1', { authorization });
    expectError(response, 401);
    expectThat(textAt(response.body, 'detail') !== '', 'a detail', response.body);
    // RFC 9110 11.6.1: a 401 has a challenge.
    expectThat(response.headers.has('www-authenticate'), 'WWW-Authenticate with the 401', 'none');
  },
});

/** Expects that a list has the present value of `active`, and that a filter finds the user by it. */
async function expectActiveInList(session: Session, user: Json, active: boolean): Promise<void> {
  if (session.server.lacks('filter') !== undefined) return;
  const userName = textAt(user, 'userName');
  expectEqual('active in the list', at((await found(session, userName)).body, 'Resources', 0, 'active'), active);
  const filter = `userName eq "${userName}" and active eq ${active}`;
  expectEqual('totalResults', at((await session.list('/Users', { filter })).body, 'totalResults'), 1);
}

export const okta = checksOf('okta', {
  created: {
    title: 'GET of a new user returns what was sent',
    source: test('Required Test: Verify that user was created'),
    async run(session) {
      const { path, body } = await provisioned(session);
      const name = { givenName: 'Rosa', familyName: 'Diaz' };
      expectContains('the user', await session.read(path), { userName: body['userName'], name });
    },
  },
  'unknown-user': {
    title: 'GET of an unknown user is 404, with the status as a string',
    source: test('Required Test: Check status 404'),
    run: async (session) => expectError(await session.get('/Users/00919288221112222'), 404),
  },
  users: {
    title: 'users are listed by startIndex and count',
    source: test('Required Test: Test Users endpoint'),
    async run(session) {
      await session.createUser();
      const response = await session.get('/Users?count=1&startIndex=1');
      expectStatus(response, 200);
      expectThat(listAt(response.body, 'schemas').includes(urns.listResponse), 'a ListResponse', response.body);
      for (const name of ['itemsPerPage', 'startIndex', 'totalResults']) {
        expectThat(typeof at(response.body, name) === 'number', `${name} to be a number`, at(response.body, name));
      }
      expectEqual('startIndex', at(response.body, 'startIndex'), 1);
      expectEqual('the number of resources', listAt(response.body, 'Resources').length, 1);
      for (const name of ['id', 'userName']) {
        expectThat(textAt(response.body, 'Resources', 0, name) !== '', `${name} of the resource`, response.body);
      }
    },
  },
  read: {
    title: 'a user is read with its name, userName, emails and active',
    source: test('Required Test: Get Users/{{id}}'),
    async run(session) {
      const { path, id, body } = await provisioned(session);
      expectContains('the user', await session.read(path), {
        id,
        userName: body['userName'],
        name: { givenName: 'Rosa', familyName: 'Diaz' },
        active: true,
        emails: [{ value: body['userName'] }],
      });
    },
  },
  'unknown-name': {
    title: 'a filter on an unknown userName returns an empty list',
    source: test('Required Test: Test invalid User by username'),
    needs: ['filter'],
    async run(session) {
      const response = await found(session, `${session.uniqueName()}@atko.com`);
      expectStatus(response, 200);
      expectThat(listAt(response.body, 'schemas').includes(urns.listResponse), 'a ListResponse', response.body);
      expectEqual('totalResults', at(response.body, 'totalResults'), 0);
    },
  },
  'unknown-id': {
    title: 'GET of an unknown id is 404 with a detail',
    source: test('Required Test: Test invalid User by ID'),
    async run(session) {
      const response = await session.get(`/Users/${randomUUID().replaceAll('-', '')}`);
      expectError(response, 404);
      expectThat(textAt(response.body, 'detail') !== '', 'a detail', response.body);
    },
  },
  create: {
    title: 'an unknown user is created, and found',
    source: test('Required Test: Create Okta user with realistic values'),
    needs: ['filter'],
    async run(session) {
      const draft = session.userBody(fields(session));
      const userName = textAt(draft, 'userName');
      expectEqual('totalResults', at((await found(session, userName)).body, 'totalResults'), 0);
      const response = await session.post('/Users', draft);
      expectStatus(response, 201);
      expectContains('the user', response.body, { userName, active: true, name: { givenName: 'Rosa' } });
      expectAbsent('password', at(response.body, 'password'));
      expectEqual('id', at((await found(session, userName)).body, 'Resources', 0, 'id'), at(response.body, 'id'));
    },
  },
  'create-json': asJson('application/json'),
  'create-json-charset': asJson('application/json; charset=utf-8'),
  'create-scim-json': asJson('application/scim+json; charset=utf-8'),
  again: {
    title: 'a second POST of the same user is 409',
    source: test('Required Test: Expect failure when recreating user with same values'),
    async run(session) {
      const draft = session.userBody(fields(session));
      expectStatus(await session.post('/Users', draft), 201);
      expectError(await session.post('/Users', draft), 409);
    },
  },
  case: {
    title: 'a userName is found in any case',
    source: test('Required Test: Username Case Sensitivity Check'),
    needs: ['filter'],
    async run(session) {
      const user = await session.createUser();
      const response = await found(session, textAt(user.body, 'userName').toUpperCase());
      expectListed(response, user);
      expectEqual('userName', at(response.body, 'Resources', 0, 'userName'), user.body['userName']);
    },
  },
  groups: {
    title: 'groups are listed',
    source: test('Optional Test: Verify Groups endpoint'),
    needs: ['Groups'],
    async run(session) {
      const response = await session.get('/Groups');
      expectStatus(response, 200);
      expectThat(listAt(response.body, 'schemas').includes(urns.listResponse), 'a ListResponse', response.body);
      expectThat(typeof at(response.body, 'totalResults') === 'number', 'totalResults', response.body);
    },
  },
  'no-token': rejectsToken('no token is 401 with a detail', ''),
  'no-scheme': rejectsToken('a token without a scheme is 401 with a detail', 'scim-check-abcdefghijklmnopqrstuvwxyz'),
  'other-token': rejectsToken('another token is 401 with a detail', 'Bearer scim-check-abcdefghijklmnopqrstuvwxyz'),
  update: {
    title: 'a user that was read is put back whole, with changes',
    source: LIFE_CYCLE,
    async run(session) {
      const { path } = await provisioned(session);
      const before = await session.read(path);
      const { meta, ...rest } = before;
      const title = session.server.lacks('User.title') === undefined && { title: 'Detective' };
      const wanted = { ...rest, ...title, name: { ...(rest['name'] as object), familyName: 'Santiago' } };
      expectStatus(await session.put(path, { ...wanted, meta }), 200);
      const { meta: _, ...after } = await session.read(path);
      expectContains('the user', after, wanted);
      expectEqual('attributes', Object.keys(after).toSorted(), Object.keys(wanted).toSorted());
    },
  },
  deactivate: {
    title: 'a user is deactivated and reactivated by PATCH without a path',
    source: LIFE_CYCLE,
    needs: ['patch'],
    async run(session) {
      const { path, body } = await provisioned(session);
      for (const active of [false, true]) {
        const user = await session.patchAndRead(path, { op: 'replace', value: { active } });
        expectContains('the user', user, { active, displayName: 'Rosa Diaz' });
        await expectActiveInList(session, body, active);
      }
    },
  },
  'deactivate-by-put': {
    title: 'a user is deactivated by PUT',
    source: LIFE_CYCLE,
    async run(session) {
      const { path, body } = await provisioned(session);
      expectStatus(await session.put(path, { ...(await session.read(path)), active: false }), 200);
      expectEqual('active', (await session.read(path))['active'], false);
      await expectActiveInList(session, body, false);
    },
  },
  password: {
    title: 'a password is changed by PATCH and PUT, and not shown',
    source: LIFE_CYCLE,
    needs: ['patch', 'changePassword', 'User.password'],
    async run(session) {
      const { path } = await provisioned(session);
      const password = 'Tarn-Lake-77?-quite-long';
      const response = await session.patch(path, [{ op: 'replace', value: { password } }]);
      expectPatched(response);
      expectThat(!response.text.includes(password), 'no password', 'it');
      const other = `${password}-2`;
      const replaced = await session.put(path, { ...(await session.read(path)), password: other });
      expectStatus(replaced, 200);
      expectThat(!replaced.text.includes(other), 'no password', 'it');
    },
  },
  'push-group': {
    title: 'a group is pushed: created, filled, renamed with its id, emptied and deleted',
    source: LIFE_CYCLE,
    needs: ['Groups', 'patch'],
    async run(session) {
      const [one, two] = [await session.createUser(), await session.createUser()];
      const group = await session.createGroup([], { members: [] });
      const listed = [one, two].map((user) => ({ ...memberOf(user), display: textAt(user.body, 'userName') }));
      expectPatched(await session.patch(group.path, [{ op: 'add', path: 'members', value: listed }]));
      await expectMembers(session, group, one, two);
      const displayName = session.uniqueName();
      const renamed = { op: 'replace', value: { id: group.id, displayName } };
      expectContains('the group', await session.patchAndRead(group.path, renamed), { displayName });
      expectPatched(await session.patch(group.path, [{ op: 'remove', path: `members[value eq "${one.id}"]` }]));
      await expectMembers(session, group, two);
      expectStatus(await session.delete(group.path), 204);
      await session.read(one.path);
    },
  },
  'put-group': {
    title: 'the members of a group are replaced by PUT',
    source: LIFE_CYCLE,
    needs: ['Groups'],
    async run(session) {
      const user = await session.createUser();
      const group = await session.createGroup();
      const displayName = textAt(group.body, 'displayName');
      const members = [{ ...memberOf(user), display: textAt(user.body, 'userName') }];
      const body = { schemas: [urns.group], id: group.id, displayName, members };
      expectStatus(await session.put(group.path, body), 200, 204);
      await expectMembers(session, group, user);
    },
  },
});
