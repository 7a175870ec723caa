import { checksOf, type CheckDefinition } from '../check.ts';
import { expectPatched, expectEqual, expectError, expectStatus, expectThat } from '../expect.ts';
import { at } from '../json.ts';
import type { CreatedResource, Session } from '../session.ts';

const source = 'RFC 7644 3.14';
const OTHER = '"scim-check-none"';

async function tagged(session: Session): Promise<CreatedResource & { readonly etag: string }> {
  const made = await session.createUser();
  const etag = (await session.get(made.path)).headers.get('etag');
  expectThat(etag !== null, 'an ETag', 'none');
  return { ...made, etag: etag! };
}

const rename = [{ op: 'replace', path: 'name.givenName', value: 'Other' }];

/** How each method writes a user. */
const writes = {
  PUT: ({ path, body }: CreatedResource, session: Session, ifMatch: string) =>
    session.put(path, { ...body, name: { givenName: 'Other' } }, { 'if-match': ifMatch }),
  PATCH: ({ path }: CreatedResource, session: Session, ifMatch: string) =>
    session.patch(path, rename, { 'if-match': ifMatch }),
  DELETE: ({ path }: CreatedResource, session: Session, ifMatch: string) =>
    session.delete(path, { 'if-match': ifMatch }),
} as const;

const needsOf = (method: string) => (method === 'PATCH' ? (['etag', 'patch'] as const) : (['etag'] as const));

const conditional = Object.entries(writes).flatMap(([method, write]): [string, CheckDefinition][] => [
  [
    `${method.toLowerCase()}-other-version`,
    {
      title: `${method} with the If-Match of another version is 412, and changes nothing`,
      source,
      needs: needsOf(method),
      async run(session: Session) {
        const made = await tagged(session);
        const before = await session.read(made.path);
        expectError(await write(made, session, OTHER), 412);
        expectEqual('the user as it was,', await session.read(made.path), before);
      },
    },
  ],
  [
    `${method.toLowerCase()}-this-version`,
    {
      title: `${method} with the If-Match of this version succeeds`,
      source,
      needs: needsOf(method),
      async run(session: Session) {
        const made = await tagged(session);
        expectStatus(await write(made, session, made.etag), 200, 204);
      },
    },
  ],
]);

export const etag = checksOf('etag', {
  version: {
    title: 'the ETag of a user is its meta.version',
    source,
    needs: ['etag'],
    async run(session) {
      const { path, etag } = await tagged(session);
      expectEqual('meta.version', at(await session.read(path), 'meta', 'version'), etag);
    },
  },
  create: {
    title: 'the response to POST has the ETag of the user',
    source,
    needs: ['etag'],
    async run(session) {
      const { headers, body } = await session.post('/Users', session.userBody());
      expectEqual('ETag', headers.get('etag'), at(body, 'meta', 'version'));
    },
  },
  changes: {
    title: 'the ETag changes with the user',
    source,
    needs: ['etag', 'patch'],
    async run(session) {
      const { path, etag } = await tagged(session);
      expectPatched(await session.patch(path, rename));
      const after = (await session.get(path)).headers.get('etag');
      expectThat(after !== etag, 'another ETag', after);
    },
  },
  'not-modified': {
    title: 'GET with the If-None-Match of this version is 304',
    source,
    needs: ['etag'],
    async run(session) {
      const { path, etag } = await tagged(session);
      const response = await session.get(path, { 'if-none-match': etag });
      expectStatus(response, 304);
      expectEqual('the body', response.text, '');
    },
  },
  modified: {
    title: 'GET with the If-None-Match of another version is 200',
    source,
    needs: ['etag'],
    async run(session) {
      const { path } = await tagged(session);
      expectStatus(await session.get(path, { 'if-none-match': OTHER }), 200);
    },
  },
  ...Object.fromEntries(conditional),
});
