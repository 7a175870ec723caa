import { randomUUID } from 'node:crypto';
import { inArea } from '../check.ts';
import { expectError, expectStatus, expectThat } from '../expect.ts';
import type { Session } from '../session.ts';
import { urns } from '../urn.ts';

const nobody = () => `/Users/${randomUUID()}`;

/** A POST that is refused; what it should not have created is deleted. */
const refused = (title: string, source: string, body: (session: Session) => unknown, ...scimTypes: string[]) => ({
  title: `${title} is refused`,
  source,
  run: async (session: Session) => expectError(await session.post('/Users', body(session)), 400, ...scimTypes),
});

export const errors = inArea('errors', {
  'read-nobody': {
    title: 'reading a user that is not there is 404, as a SCIM error',
    source: 'RFC 7644 3.12',
    run: async (session) => expectError(await session.get(nobody()), 404),
  },
  'replace-nobody': {
    title: 'PUT of a user that is not there is 404, and creates nobody',
    source: 'RFC 7644 3.5.1',
    run: async (session) => expectError(await session.put(nobody(), session.draft()), 404),
  },
  'patch-nobody': {
    title: 'PATCH of a user that is not there is 404',
    source: 'RFC 7644 3.12',
    needs: ['patch'],
    run: async (session) =>
      expectError(await session.patch(nobody(), [{ op: 'replace', path: 'userName', value: session.name() }]), 404),
  },
  'delete-nobody': {
    title: 'DELETE of a user that is not there is 404',
    source: 'RFC 7644 3.6',
    run: async (session) => expectError(await session.remove(nobody()), 404),
  },
  'media-type': {
    title: 'a refusal is application/scim+json',
    source: 'RFC 7644 3.12',
    async run(session) {
      const type = (await session.get(nobody())).headers.get('content-type');
      expectThat(type?.startsWith('application/scim+json') === true, 'application/scim+json', type);
    },
  },
  'no-json': refused('a body that is no JSON', 'RFC 7644 3.12', () => '{"schemas": [', 'invalidSyntax'),
  'no-object': refused('a body that is a list', 'RFC 7644 3.12', () => [], 'invalidSyntax', 'invalidValue'),
  'other-schemas': refused('a user with the schema of a message', 'RFC 7643 3', (session) =>
    session.draft({ schemas: [urns.patchOp] }),
  ),
  'no-user-name': refused(
    'a user without userName',
    'RFC 7643 4.1.1',
    (session) => session.draft({ userName: undefined }),
    'invalidValue',
    'invalidSyntax',
  ),
  'object-for-text': refused(
    'an object where the schema says text',
    'RFC 7643 2.3',
    (session) => session.draft({ userName: { text: session.name() } }),
    'invalidValue',
    'invalidSyntax',
  ),
  'text-for-object': refused(
    'text where the schema says an object',
    'RFC 7643 2.3.8',
    (session) => session.draft({ name: 'Check Stele' }),
    'invalidValue',
    'invalidSyntax',
  ),
  'unknown-endpoint': {
    title: 'an endpoint that is not there is 404',
    source: 'RFC 7644 3.12',
    run: async (session) => expectStatus(await session.get('/Shoes'), 404),
  },
  'wrong-token': {
    title: 'another token is refused with 401 and WWW-Authenticate',
    source: 'RFC 7644 2',
    async run(session) {
      const answer = await session.get('/Users?count=1', { authorization: `Bearer ${randomUUID()}` });
      expectStatus(answer, 401);
      // RFC 7235 3.1: "The server generating a 401 response MUST send a WWW-Authenticate header field".
      expectThat(answer.headers.has('www-authenticate'), 'WWW-Authenticate with the 401', 'none');
    },
  },
  'patch-with-other-schemas': {
    title: 'a PATCH with the schema of another message is 400',
    source: 'RFC 7644 3.5.2',
    needs: ['patch'],
    async run(session) {
      const { path } = await session.user();
      const Operations = [{ op: 'replace', path: 'userName', value: session.name() }];
      const body = { schemas: [urns.listResponse], Operations };
      expectError(await session.send('PATCH', path, { body }), 400);
    },
  },
  'put-without-user-name': {
    title: 'a PUT without what is required is refused',
    source: 'RFC 7644 3.5.1',
    async run(session) {
      const { path } = await session.user();
      expectError(await session.put(path, { schemas: [urns.user] }), 400);
    },
  },
});
