import { checksOf } from '../check.ts';
import { expectAbsent, expectEqual, expectError, expectContains, expectStatus, expectThat } from '../expect.ts';
import { at, listAt, textAt } from '../json.ts';
import { urns } from '../urn.ts';

const PASSWORD = 'Tarn-Lake-77?-quite-long';

export const users = checksOf('users', {
  create: {
    title: 'POST creates a user and returns 201 with all that was sent',
    source: 'RFC 7644 3.3',
    async run(session) {
      const draft = session.userBody({ active: true });
      const response = await session.post('/Users', draft);
      expectStatus(response, 201);
      expectContains('the user', response.body, draft);
      expectThat(textAt(response.body, 'id') !== '', 'an id', at(response.body, 'id'));
    },
  },
  meta: {
    title: 'a new user has meta.resourceType, location, created and lastModified',
    source: 'RFC 7643 3.1',
    async run(session) {
      const { body, id } = await session.createUser();
      expectEqual('meta.resourceType', at(body, 'meta', 'resourceType'), 'User');
      expectThat(textAt(body, 'meta', 'location').endsWith(`/Users/${id}`), `meta.location with ${id}`, body['meta']);
      for (const name of ['created', 'lastModified']) {
        const time = Date.parse(textAt(body, 'meta', name));
        expectThat(!Number.isNaN(time), `meta.${name} to be a time`, at(body, 'meta', name));
      }
    },
  },
  location: {
    title: 'Location is the address of the new user, as in meta.location',
    source: 'RFC 7644 3.3',
    async run(session) {
      const { headers, body } = await session.post('/Users', session.userBody());
      expectThat(headers.has('location'), 'a Location header', 'none');
      expectEqual('Location', headers.get('location'), at(body, 'meta', 'location'));
    },
  },
  read: {
    title: 'GET of a new user returns what POST returned',
    source: 'RFC 7644 3.4.1',
    async run(session) {
      const { path, body } = await session.createUser();
      expectEqual('the user', await session.read(path), body);
    },
  },
  'password-hidden': {
    title: 'no response shows the password',
    source: 'RFC 7643 4.1.1',
    needs: ['User.password'],
    async run(session) {
      const { path, body } = await session.createUser({ password: PASSWORD });
      for (const seen of [body, await session.read(path), await session.read(`${path}?attributes=password`)]) {
        expectAbsent('password', at(seen, 'password'));
        expectThat(!JSON.stringify(seen).includes(PASSWORD), 'no password', 'it');
      }
    },
  },
  'client-id': {
    title: 'POST ignores an id that the client sends',
    source: 'RFC 7643 3.1',
    async run(session) {
      const id = session.uniqueName();
      const made = await session.createUser({ id });
      expectThat(made.id !== id, 'an id that the server gives', made.id);
    },
  },
  'read-only': {
    title: 'POST ignores read-only attributes',
    source: 'RFC 7644 3.3',
    async run(session) {
      const created = '1999-01-01T00:00:00Z';
      const { body } = await session.createUser({
        meta: { resourceType: 'Shoe', created },
        groups: [{ value: 'none' }],
      });
      expectEqual('meta.resourceType', at(body, 'meta', 'resourceType'), 'User');
      expectThat(Date.parse(textAt(body, 'meta', 'created')) !== Date.parse(created), 'its own meta.created', created);
      expectAbsent('groups', body['groups']);
    },
  },
  'names-in-any-case': {
    title: 'attribute names match in any case',
    source: 'RFC 7643 2.1',
    async run(session) {
      const { userName, name, ...rest } = session.userBody();
      const response = await session.post('/Users', { ...rest, USERNAME: userName, Name: name });
      expectStatus(response, 201);
      expectContains('the user', response.body, { userName, name });
    },
  },
  duplicate: {
    title: 'a userName that is in use is 409 uniqueness',
    source: 'RFC 7644 3.3',
    async run(session) {
      const draft = session.userBody();
      expectStatus(await session.post('/Users', draft), 201);
      expectError(await session.post('/Users', draft), 409, 'uniqueness');
    },
  },
  'duplicate-in-other-case': {
    title: 'a userName that is in use in another case is 409 uniqueness',
    source: 'RFC 7643 4.1.1',
    async run(session) {
      const { body } = await session.createUser();
      const userName = textAt(body, 'userName').toUpperCase();
      expectError(await session.post('/Users', session.userBody({ userName })), 409, 'uniqueness');
    },
  },
  unassigned: {
    title: 'null and an empty list mean no value',
    source: 'RFC 7643 2.5',
    needs: ['User.nickName', 'User.phoneNumbers'],
    async run(session) {
      const { path } = await session.createUser({ nickName: null, phoneNumbers: [] });
      const user = await session.read(path);
      expectAbsent('nickName', user['nickName']);
      expectAbsent('phoneNumbers', user['phoneNumbers']);
    },
  },
  'one-primary': {
    title: 'at most one value of an attribute is primary',
    source: 'RFC 7643 2.4',
    needs: ['User.emails'],
    async run(session) {
      const name = session.uniqueName();
      const emails = ['work', 'home'].map((type) => ({ value: `${name}-${type}@example.com`, type, primary: true }));
      const response = await session.post('/Users', session.userBody({ emails }));
      if (response.status === 400) return;
      expectStatus(response, 201);
      const primaries = listAt(response.body, 'emails').filter((each) => at(each, 'primary') === true);
      expectThat(primaries.length <= 1, 'at most one primary value, or an error', primaries);
    },
  },
  'external-id': {
    title: 'externalId is stored in the case that the client sent',
    source: 'RFC 7643 3.1',
    async run(session) {
      const externalId = `${session.uniqueName()}-Xy`;
      expectEqual('externalId', (await session.createUser({ externalId })).body['externalId'], externalId);
    },
  },
  extension: {
    title: 'the enterprise extension is stored, and listed in schemas',
    source: 'RFC 7643 4.3',
    needs: ['enterprise'],
    async run(session) {
      const { body } = await session.createUser({ [urns.enterprise]: { department: 'Mapping' } });
      expectEqual('department', at(body, urns.enterprise, 'department'), 'Mapping');
      expectThat(listAt(body, 'schemas').includes(urns.enterprise), 'its URN in schemas', body['schemas']);
    },
  },
  'any-characters': {
    title: 'text is stored with all its characters',
    source: 'RFC 7644 3.8',
    async run(session) {
      const name = { givenName: 'Ærø "✿" \\ %', familyName: '李 🜁' };
      const { path } = await session.createUser({ name });
      expectContains('the user', await session.read(path), { name });
    },
  },
});
