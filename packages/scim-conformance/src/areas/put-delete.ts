import { inArea } from '../check.ts';
import { expectAbsent, expectEqual, expectError, expectHolds, expectStatus } from '../expect.ts';
import { at, textAt } from '../json.ts';
import { memberOf } from '../session.ts';
import { urns } from '../urn.ts';

export const put = inArea('put', {
  replace: {
    title: 'PUT replaces what it says, and answers with the whole',
    source: 'RFC 7644 3.5.1',
    async run(session) {
      const { path, body } = await session.user();
      const name = { givenName: 'Other', familyName: 'Name' };
      const answer = await session.put(path, { ...body, name });
      expectStatus(answer, 200);
      expectHolds('the user', answer.body, { userName: body['userName'], name });
      expectEqual('the user', await session.read(path), answer.body);
    },
  },
  clear: {
    title: 'PUT clears what it says is null or an empty list',
    source: 'RFC 7644 3.5.1',
    needs: ['User.nickName', 'User.phoneNumbers'],
    async run(session) {
      const { path, body } = await session.user({ nickName: 'Nick', phoneNumbers: [{ value: '+47 55 50 10 00' }] });
      expectStatus(await session.put(path, { ...body, nickName: null, phoneNumbers: [] }), 200);
      const user = await session.read(path);
      expectAbsent('nickName', user['nickName']);
      expectAbsent('phoneNumbers', user['phoneNumbers']);
    },
  },
  'left-out': {
    title: 'what PUT leaves out is afterwards as its answer says',
    source: 'RFC 7644 3.5.1',
    needs: ['User.nickName'],
    async run(session) {
      const { path, body } = await session.user({ nickName: 'Nick' });
      const { nickName: _, ...rest } = body;
      const answer = await session.put(path, rest);
      expectStatus(answer, 200);
      expectEqual('the user', await session.read(path), answer.body);
    },
  },
  'read-only': {
    title: 'PUT ignores what is read-only',
    source: 'RFC 7644 3.5.1',
    async run(session) {
      const { path, body, id } = await session.user();
      const meta = { resourceType: 'Shoe', created: '1999-01-01T00:00:00Z' };
      const answer = await session.put(path, { ...body, id: session.name(), meta, groups: [{ value: 'none' }] });
      expectStatus(answer, 200);
      const user = await session.read(path);
      expectEqual('id', user['id'], id);
      expectEqual('meta.created', at(user, 'meta', 'created'), at(body, 'meta', 'created'));
      expectAbsent('groups', user['groups']);
    },
  },
  'read-back': {
    title: 'PUT of what was read changes nothing',
    source: 'RFC 7644 3.5.1',
    async run(session) {
      const { path } = await session.user({ externalId: session.name() });
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
      const { path, body } = await session.user();
      const userName = `${session.name()}@example.com`;
      expectStatus(await session.put(path, { ...body, userName }), 200);
      expectEqual('userName', (await session.read(path))['userName'], userName);
    },
  },
  taken: {
    title: 'PUT of a userName that is taken is 409 uniqueness, and changes nothing',
    source: 'RFC 7644 3.5.1',
    async run(session) {
      const [other, { path, body }] = [await session.user(), await session.user()];
      const before = await session.read(path);
      const draft = { ...body, userName: other.body['userName'], externalId: session.name() };
      expectError(await session.put(path, draft), 409, 'uniqueness');
      expectEqual('the user', await session.read(path), before);
    },
  },
  extension: {
    title: 'PUT replaces an extension',
    source: 'RFC 7644 3.5.1',
    needs: ['enterprise'],
    async run(session) {
      const { path, body } = await session.user({ [urns.enterprise]: { department: 'Mapping' } });
      expectStatus(await session.put(path, { ...body, [urns.enterprise]: { department: 'Sales' } }), 200);
      expectEqual('department', at(await session.read(path), urns.enterprise, 'department'), 'Sales');
    },
  },
});

export const deletions = inArea('delete', {
  delete: {
    title: 'DELETE answers 204 with no body',
    source: 'RFC 7644 3.6',
    async run(session) {
      const answer = await session.remove((await session.user()).path);
      expectStatus(answer, 204);
      expectEqual('the body', answer.text, '');
    },
  },
  gone: {
    title: 'a deleted user is 404 to GET, PUT and DELETE',
    source: 'RFC 7644 3.6',
    async run(session) {
      const { path, body } = await session.user();
      expectStatus(await session.remove(path), 204);
      expectError(await session.get(path), 404);
      expectError(await session.put(path, body), 404);
      expectError(await session.remove(path), 404);
    },
  },
  'gone-to-patch': {
    title: 'a deleted user is 404 to PATCH',
    source: 'RFC 7644 3.6',
    needs: ['patch'],
    async run(session) {
      const { path } = await session.user();
      expectStatus(await session.remove(path), 204);
      const operation = { op: 'replace', path: 'userName', value: session.name() };
      expectError(await session.patch(path, [operation]), 404);
    },
  },
  'gone-from-lists': {
    title: 'a deleted user is in no list',
    source: 'RFC 7644 3.6',
    needs: ['filter'],
    async run(session) {
      const { path, body } = await session.user();
      expectStatus(await session.remove(path), 204);
      const answer = await session.list('/Users', { filter: `userName eq "${textAt(body, 'userName')}"` });
      expectStatus(answer, 200);
      expectEqual('totalResults', at(answer.body, 'totalResults'), 0);
    },
  },
  'name-free': {
    title: 'the userName of a deleted user is free',
    source: 'RFC 7644 3.6',
    async run(session) {
      const { path, body, id } = await session.user();
      expectStatus(await session.remove(path), 204);
      const again = await session.post('/Users', session.draft({ userName: body['userName'] }));
      expectStatus(again, 201);
      expectEqual('another id', textAt(again.body, 'id') === id, false);
    },
  },
  group: {
    title: 'a deleted group is gone, and its members stay',
    source: 'RFC 7644 3.6',
    needs: ['Groups'],
    async run(session) {
      const user = await session.user();
      const { path } = await session.group([], { members: [memberOf(user)] });
      expectStatus(await session.remove(path), 204);
      expectError(await session.get(path), 404);
      await session.read(user.path);
    },
  },
});
