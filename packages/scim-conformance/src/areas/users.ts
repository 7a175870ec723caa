import { inArea } from '../check.ts';
import { expectAbsent, expectEqual, expectError, expectHolds, expectStatus, expectThat } from '../expect.ts';
import { at, listAt, textAt } from '../json.ts';
import { urns } from '../urn.ts';

const PASSWORD = 'Tarn-Lake-77?-quite-long';

export const users = inArea('users', {
  create: {
    title: 'POST creates a user, and answers 201 with all that was sent',
    source: 'RFC 7644 3.3',
    async run(session) {
      const draft = session.draft({ active: true });
      const answer = await session.post('/Users', draft);
      expectStatus(answer, 201);
      expectHolds('the user', answer.body, draft);
      expectThat(textAt(answer.body, 'id') !== '', 'an id', at(answer.body, 'id'));
    },
  },
  meta: {
    title: 'a new user says its type, its address and since when it is there',
    source: 'RFC 7643 3.1',
    async run(session) {
      const { body, id } = await session.user();
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
      const { headers, body } = await session.post('/Users', session.draft());
      expectThat(headers.has('location'), 'a Location header', 'none');
      expectEqual('Location', headers.get('location'), at(body, 'meta', 'location'));
    },
  },
  read: {
    title: 'what POST answers is what is read afterwards',
    source: 'RFC 7644 3.4.1',
    async run(session) {
      const { path, body } = await session.user();
      expectEqual('the user', await session.read(path), body);
    },
  },
  'password-hidden': {
    title: 'the password is in no answer',
    source: 'RFC 7643 4.1.1',
    needs: ['User.password'],
    async run(session) {
      const { path, body } = await session.user({ password: PASSWORD });
      for (const seen of [body, await session.read(path), await session.read(`${path}?attributes=password`)]) {
        expectAbsent('password', at(seen, 'password'));
        expectThat(!JSON.stringify(seen).includes(PASSWORD), 'the password nowhere', 'it');
      }
    },
  },
  'client-id': {
    title: 'an id that the client sends is ignored',
    source: 'RFC 7643 3.1',
    async run(session) {
      const id = session.name();
      const made = await session.user({ id });
      expectThat(made.id !== id, 'an id that the server gives', made.id);
    },
  },
  'read-only': {
    title: 'read-only attributes that the client sends are ignored',
    source: 'RFC 7644 3.3',
    async run(session) {
      const created = '1999-01-01T00:00:00Z';
      const { body } = await session.user({ meta: { resourceType: 'Shoe', created }, groups: [{ value: 'none' }] });
      expectEqual('meta.resourceType', at(body, 'meta', 'resourceType'), 'User');
      expectThat(Date.parse(textAt(body, 'meta', 'created')) !== Date.parse(created), 'its own meta.created', created);
      expectAbsent('groups', body['groups']);
    },
  },
  'names-in-any-case': {
    title: 'names of attributes are understood in any case',
    source: 'RFC 7643 2.1',
    async run(session) {
      const { userName, name, ...rest } = session.draft();
      const answer = await session.post('/Users', { ...rest, USERNAME: userName, Name: name });
      expectStatus(answer, 201);
      expectHolds('the user', answer.body, { userName, name });
    },
  },
  duplicate: {
    title: 'a userName that is taken is 409 uniqueness',
    source: 'RFC 7644 3.3',
    async run(session) {
      const draft = session.draft();
      expectStatus(await session.post('/Users', draft), 201);
      expectError(await session.post('/Users', draft), 409, 'uniqueness');
    },
  },
  'duplicate-in-other-case': {
    title: 'a userName that is taken in other case is taken',
    source: 'RFC 7643 4.1.1',
    async run(session) {
      const { body } = await session.user();
      const userName = textAt(body, 'userName').toUpperCase();
      expectError(await session.post('/Users', session.draft({ userName })), 409, 'uniqueness');
    },
  },
  unassigned: {
    title: 'null and an empty list are as good as no value',
    source: 'RFC 7643 2.5',
    needs: ['User.nickName', 'User.phoneNumbers'],
    async run(session) {
      const { path } = await session.user({ nickName: null, phoneNumbers: [] });
      const user = await session.read(path);
      expectAbsent('nickName', user['nickName']);
      expectAbsent('phoneNumbers', user['phoneNumbers']);
    },
  },
  'one-primary': {
    title: 'no more than one value of a list is primary',
    source: 'RFC 7643 2.4',
    needs: ['User.emails'],
    async run(session) {
      const name = session.name();
      const emails = ['work', 'home'].map((type) => ({ value: `${name}-${type}@example.com`, type, primary: true }));
      const answer = await session.post('/Users', session.draft({ emails }));
      if (answer.status === 400) return;
      expectStatus(answer, 201);
      const primaries = listAt(answer.body, 'emails').filter((each) => at(each, 'primary') === true);
      expectThat(primaries.length <= 1, 'at most one primary value, or a refusal', primaries);
    },
  },
  'external-id': {
    title: 'externalId is kept as the client wrote it',
    source: 'RFC 7643 3.1',
    async run(session) {
      const externalId = `${session.name()}-Xy`;
      expectEqual('externalId', (await session.user({ externalId })).body['externalId'], externalId);
    },
  },
  extension: {
    title: 'the enterprise extension is kept, and named in schemas',
    source: 'RFC 7643 4.3',
    needs: ['enterprise'],
    async run(session) {
      const { body } = await session.user({ [urns.enterprise]: { department: 'Mapping' } });
      expectEqual('department', at(body, urns.enterprise, 'department'), 'Mapping');
      expectThat(listAt(body, 'schemas').includes(urns.enterprise), 'its URN in schemas', body['schemas']);
    },
  },
  'any-characters': {
    title: 'text is kept whatever its characters',
    source: 'RFC 7644 3.8',
    async run(session) {
      const name = { givenName: 'Ærø "✿" \\ %', familyName: '李 🜁' };
      const { path } = await session.user({ name });
      expectHolds('the user', await session.read(path), { name });
    },
  },
});
