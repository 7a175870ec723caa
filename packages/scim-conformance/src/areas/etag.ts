import { inArea, type Rule } from '../check.ts';
import { expectChanged, expectEqual, expectError, expectStatus, expectThat } from '../expect.ts';
import { at } from '../json.ts';
import type { Made, Session } from '../session.ts';

const source = 'RFC 7644 3.14';
const OTHER = '"stele-check-none"';

async function tagged(session: Session): Promise<Made & { readonly etag: string }> {
  const made = await session.user();
  const etag = (await session.get(made.path)).headers.get('etag');
  expectThat(etag !== null, 'an ETag', 'none');
  return { ...made, etag: etag! };
}

const rename = [{ op: 'replace', path: 'name.givenName', value: 'Other' }];

/** How each method writes a user. */
const writes = {
  PUT: ({ path, body }: Made, session: Session, ifMatch: string) =>
    session.put(path, { ...body, name: { givenName: 'Other' } }, { 'if-match': ifMatch }),
  PATCH: ({ path }: Made, session: Session, ifMatch: string) => session.patch(path, rename, { 'if-match': ifMatch }),
  DELETE: ({ path }: Made, session: Session, ifMatch: string) => session.remove(path, { 'if-match': ifMatch }),
} as const;

const needsOf = (method: string) => (method === 'PATCH' ? (['etag', 'patch'] as const) : (['etag'] as const));

const conditional = Object.entries(writes).flatMap(([method, write]): [string, Rule][] => [
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
      title: `${method} with the If-Match of this version goes on`,
      source,
      needs: needsOf(method),
      async run(session: Session) {
        const made = await tagged(session);
        expectStatus(await write(made, session, made.etag), 200, 204);
      },
    },
  ],
]);

export const etag = inArea('etag', {
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
    title: 'a new user comes with its ETag',
    source,
    needs: ['etag'],
    async run(session) {
      const { headers, body } = await session.post('/Users', session.draft());
      expectEqual('ETag', headers.get('etag'), at(body, 'meta', 'version'));
    },
  },
  changes: {
    title: 'the ETag changes with the user',
    source,
    needs: ['etag', 'patch'],
    async run(session) {
      const { path, etag } = await tagged(session);
      expectChanged(await session.patch(path, rename));
      const after = (await session.get(path)).headers.get('etag');
      expectThat(after !== etag, 'another ETag', after);
    },
  },
  'not-modified': {
    title: 'a read with the If-None-Match of this version is 304',
    source,
    needs: ['etag'],
    async run(session) {
      const { path, etag } = await tagged(session);
      const answer = await session.get(path, { 'if-none-match': etag });
      expectStatus(answer, 304);
      expectEqual('the body', answer.text, '');
    },
  },
  modified: {
    title: 'a read with the If-None-Match of another version is 200',
    source,
    needs: ['etag'],
    async run(session) {
      const { path } = await tagged(session);
      expectStatus(await session.get(path, { 'if-none-match': OTHER }), 200);
    },
  },
  ...Object.fromEntries(conditional),
});
