import { randomUUID } from 'node:crypto';
import { checksOf } from '../check.ts';
import { expectError, expectStatus, expectThat } from '../expect.ts';
import type { Session } from '../session.ts';
import { urns } from '../urn.ts';

const unknownUser = () => `/Users/${randomUUID()}`;

/** A POST that has to fail. What it creates all the same is deleted. */
const rejected = (title: string, source: string, body: (session: Session) => unknown, ...scimTypes: string[]) => ({
  title: `POST of ${title} is 400`,
  source,
  run: async (session: Session) => expectError(await session.post('/Users', body(session)), 400, ...scimTypes),
});

export const errors = checksOf('errors', {
  'read-unknown': {
    title: 'GET of an unknown user is 404, as a SCIM error',
    source: 'RFC 7644 3.12',
    run: async (session) => expectError(await session.get(unknownUser()), 404),
  },
  'replace-unknown': {
    title: 'PUT of an unknown user is 404, and creates no user',
    source: 'RFC 7644 3.5.1',
    run: async (session) => expectError(await session.put(unknownUser(), session.userBody()), 404),
  },
  'patch-unknown': {
    title: 'PATCH of an unknown user is 404',
    source: 'RFC 7644 3.12',
    needs: ['patch'],
    run: async (session) =>
      expectError(
        await session.patch(unknownUser(), [{ op: 'replace', path: 'userName', value: session.uniqueName() }]),
        404,
      ),
  },
  'delete-unknown': {
    title: 'DELETE of an unknown user is 404',
    source: 'RFC 7644 3.6',
    run: async (session) => expectError(await session.delete(unknownUser()), 404),
  },
  'media-type': {
    title: 'the media type of errors is application/scim+json',
    source: 'RFC 7644 3.12',
    async run(session) {
      const type = (await session.get(unknownUser())).headers.get('content-type');
      expectThat(type?.startsWith('application/scim+json') === true, 'application/scim+json', type);
    },
  },
  'no-json': rejected('a body that is not JSON', 'RFC 7644 3.12', () => '{"schemas": [', 'invalidSyntax'),
  'no-object': rejected('a body that is a list', 'RFC 7644 3.12', () => [], 'invalidSyntax', 'invalidValue'),
  'other-schemas': rejected('a user with the schema of a message', 'RFC 7643 3', (session) =>
    session.userBody({ schemas: [urns.patchOp] }),
  ),
  'no-user-name': rejected(
    'a user without userName',
    'RFC 7643 4.1.1',
    (session) => session.userBody({ userName: undefined }),
    'invalidValue',
    'invalidSyntax',
  ),
  'object-for-text': rejected(
    'an object in place of a string',
    'RFC 7643 2.3',
    (session) => session.userBody({ userName: { text: session.uniqueName() } }),
    'invalidValue',
    'invalidSyntax',
  ),
  'text-for-object': rejected(
    'a string in place of an object',
    'RFC 7643 2.3.8',
    (session) => session.userBody({ name: 'Check Sample' }),
    'invalidValue',
    'invalidSyntax',
  ),
  'unknown-endpoint': {
    title: 'an unknown endpoint is 404',
    source: 'RFC 7644 3.12',
    run: async (session) => expectStatus(await session.get('/Shoes'), 404),
  },
  'wrong-token': {
    title: 'an unknown token is 401 with WWW-Authenticate',
    source: 'RFC 7644 2',
    async run(session) {
      const response = await session.get('/Users?count=1', { authorization: `Bearer ${randomUUID()}` });
      expectStatus(response, 401);
      // RFC 7235 3.1: "The server generating a 401 response MUST send a WWW-Authenticate header field".
      expectThat(response.headers.has('www-authenticate'), 'WWW-Authenticate with the 401', 'none');
    },
  },
  'patch-with-other-schemas': {
    title: 'a PATCH with the schema of another message is 400',
    source: 'RFC 7644 3.5.2',
    needs: ['patch'],
    async run(session) {
      const { path } = await session.createUser();
      const Operations = [{ op: 'replace', path: 'userName', value: session.uniqueName() }];
      const body = { schemas: [urns.listResponse], Operations };
      expectError(await session.send('PATCH', path, { body }), 400);
    },
  },
  'put-without-user-name': {
    title: 'PUT without a required attribute is 400',
    source: 'RFC 7644 3.5.1',
    async run(session) {
      const { path } = await session.createUser();
      expectError(await session.put(path, { schemas: [urns.user] }), 400);
    },
  },
});
