import { checksOf } from '../check.ts';
import { expectAbsent, expectEqual, expectError, expectContains, expectStatus } from '../expect.ts';
import { at, textAt } from '../json.ts';
import { memberOf } from '../session.ts';
import { urns } from '../urn.ts';

export const put = checksOf('put', {
  replace: {
    title: 'PUT replaces the attributes it has, and returns the whole user',
    source: 'RFC 7644 3.5.1',
    async run(session) {
      const { path, body } = await session.createUser();
      const name = { givenName: 'Other', familyName: 'Name' };
      const response = await session.put(path, { ...body, name });
      expectStatus(response, 200);
      expectContains('the user', response.body, { userName: body['userName'], name });
      expectEqual('the user', await session.read(path), response.body);
    },
  },
  clear: {
    title: 'PUT clears an attribute that is null or an empty list',
    source: 'RFC 7644 3.5.1',
    needs: ['User.nickName', 'User.phoneNumbers'],
    async run(session) {
      const { path, body } = await session.createUser({
        nickName: 'Nick',
        phoneNumbers: [{ value: '+47 55 50 10 00' }],
      });
      expectStatus(await session.put(path, { ...body, nickName: null, phoneNumbers: [] }), 200);
      const user = await session.read(path);
      expectAbsent('nickName', user['nickName']);
      expectAbsent('phoneNumbers', user['phoneNumbers']);
    },
  },
  'left-out': {
    title: 'PUT without an attribute returns the user as it is then',
    source: 'RFC 7644 3.5.1',
    needs: ['User.nickName'],
    async run(session) {
      const { path, body } = await session.createUser({ nickName: 'Nick' });
      const { nickName: _, ...rest } = body;
      const response = await session.put(path, rest);
      expectStatus(response, 200);
      expectEqual('the user', await session.read(path), response.body);
    },
  },
  'read-only': {
    title: 'PUT ignores read-only attributes',
    source: 'RFC 7644 3.5.1',
    async run(session) {
      const { path, body, id } = await session.createUser();
      const meta = { resourceType: 'Shoe', created: '1999-01-01T00:00:00Z' };
      const response = await session.put(path, {
        ...body,
        id: session.uniqueName(),
        meta,
        groups: [{ value: 'none' }],
      });
      expectStatus(response, 200);
      const user = await session.read(path);
      expectEqual('id', user['id'], id);
      expectEqual('meta.created', at(user, 'meta', 'created'), at(body, 'meta', 'created'));
      expectAbsent('groups', user['groups']);
    },
  },
  'read-back': {
    title: 'PUT of what GET returned changes nothing',
    source: 'RFC 7644 3.5.1',
    async run(session) {
      const { path } = await session.createUser({ externalId: session.uniqueName() });
      const { meta: _, ...before } = await session.read(path);
      expectStatus(await session.put(path, before), 200);
      const { meta: __, ...after } = await session.read(path);
      expectEqual('the user', after, before);
    },
  },
  rename: {
    title: 'PUT changes the userName',
    source: 'RFC 7644 3.5.1',
    async run(session) {
      const { path, body } = await session.createUser();
      const userName = `${session.uniqueName()}@example.com`;
      expectStatus(await session.put(path, { ...body, userName }), 200);
      expectEqual('userName', (await session.read(path))['userName'], userName);
    },
  },
  taken: {
    title: 'PUT of a userName that is in use is 409 uniqueness, and changes nothing',
    source: 'RFC 7644 3.5.1',
    async run(session) {
      const [other, { path, body }] = [await session.createUser(), await session.createUser()];
      const before = await session.read(path);
      const draft = { ...body, userName: other.body['userName'], externalId: session.uniqueName() };
      expectError(await session.put(path, draft), 409, 'uniqueness');
      expectEqual('the user', await session.read(path), before);
    },
  },
  extension: {
    title: 'PUT replaces an extension',
    source: 'RFC 7644 3.5.1',
    needs: ['enterprise'],
    async run(session) {
      const { path, body } = await session.createUser({ [urns.enterprise]: { department: 'Mapping' } });
      expectStatus(await session.put(path, { ...body, [urns.enterprise]: { department: 'Sales' } }), 200);
      expectEqual('department', at(await session.read(path), urns.enterprise, 'department'), 'Sales');
    },
  },
});

export const deletions = checksOf('delete', {
  delete: {
    title: 'DELETE returns 204 without a body',
    source: 'RFC 7644 3.6',
    async run(session) {
      const response = await session.delete((await session.createUser()).path);
      expectStatus(response, 204);
      expectEqual('the body', response.text, '');
    },
  },
  gone: {
    title: 'a deleted user is 404 to GET, PUT and DELETE',
    source: 'RFC 7644 3.6',
    async run(session) {
      const { path, body } = await session.createUser();
      expectStatus(await session.delete(path), 204);
      expectError(await session.get(path), 404);
      expectError(await session.put(path, body), 404);
      expectError(await session.delete(path), 404);
    },
  },
  'gone-to-patch': {
    title: 'a deleted user is 404 to PATCH',
    source: 'RFC 7644 3.6',
    needs: ['patch'],
    async run(session) {
      const { path } = await session.createUser();
      expectStatus(await session.delete(path), 204);
      const operation = { op: 'replace', path: 'userName', value: session.uniqueName() };
      expectError(await session.patch(path, [operation]), 404);
    },
  },
  'gone-from-lists': {
    title: 'a deleted user is not in lists',
    source: 'RFC 7644 3.6',
    needs: ['filter'],
    async run(session) {
      const { path, body } = await session.createUser();
      expectStatus(await session.delete(path), 204);
      const response = await session.list('/Users', { filter: `userName eq "${textAt(body, 'userName')}"` });
      expectStatus(response, 200);
      expectEqual('totalResults', at(response.body, 'totalResults'), 0);
    },
  },
  'name-free': {
    title: 'the userName of a deleted user can be used again',
    source: 'RFC 7644 3.6',
    async run(session) {
      const { path, body, id } = await session.createUser();
      expectStatus(await session.delete(path), 204);
      const again = await session.post('/Users', session.userBody({ userName: body['userName'] }));
      expectStatus(again, 201);
      expectEqual('another id', textAt(again.body, 'id') === id, false);
    },
  },
  group: {
    title: 'a deleted group is 404, and its members remain',
    source: 'RFC 7644 3.6',
    needs: ['Groups'],
    async run(session) {
      const user = await session.createUser();
      const { path } = await session.createGroup([], { members: [memberOf(user)] });
      expectStatus(await session.delete(path), 204);
      expectError(await session.get(path), 404);
      await session.read(user.path);
    },
  },
});
