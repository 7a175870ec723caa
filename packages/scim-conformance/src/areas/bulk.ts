import { randomUUID } from 'node:crypto';
import { checksOf } from '../check.ts';
import { expectEqual, expectError, expectStatus, expectThat, SkipError } from '../expect.ts';
import { at, listAt, textAt, valuesOf } from '../json.ts';
import type { Session } from '../session.ts';
import { urns } from '../urn.ts';

const post = (path: string, bulkId: string, data: unknown) => ({ method: 'POST', path, bulkId, data });

const groupOf = (session: Session, ...members: readonly string[]) => ({
  schemas: [urns.group],
  displayName: session.uniqueName(),
  members: members.map((value) => ({ value })),
});

/** The results of operations that are sent together, one for each. */
async function done(session: Session, operations: readonly unknown[], fields = {}): Promise<readonly unknown[]> {
  const response = await session.bulk(operations, fields);
  expectStatus(response, 200);
  return listAt(response.body, 'Operations');
}

const statuses = (results: readonly unknown[]): string[] => results.map((each) => textAt(each, 'status'));
const idOf = (result: unknown): string => textAt(result, 'location').split('/').at(-1)!;

const bad = (bulkId: string) => post('/Users', bulkId, { schemas: [urns.user] });

/** More operations than that are not sent to find out that they are too many. */
const MANY = 10_000;

/** Nor are more bytes than that. */
const LARGE = 16_777_216;

export const bulk = checksOf('bulk', {
  form: {
    title: 'each result has method, bulkId, location and status',
    source: 'RFC 7644 3.7',
    needs: ['bulk'],
    async run(session) {
      const response = await session.bulk([post('/Users', 'one', session.userBody())]);
      expectStatus(response, 200);
      expectThat(listAt(response.body, 'schemas').includes(urns.bulkResponse), 'a BulkResponse', response.body);
      const [result] = listAt(response.body, 'Operations');
      for (const [name, value] of Object.entries({ method: 'POST', bulkId: 'one', status: '201' })) {
        expectEqual(name, at(result, name), value);
      }
      await session.read(`/Users/${idOf(result)}`);
    },
  },
  methods: {
    title: 'POST, PUT and DELETE in one request',
    source: 'RFC 7644 3.7.3',
    needs: ['bulk'],
    async run(session) {
      const [one, two] = [await session.createUser(), await session.createUser()];
      const name = { givenName: 'Other', familyName: 'Name' };
      const results = await done(session, [
        post('/Users', 'three', session.userBody()),
        { method: 'PUT', path: one.path, data: { ...one.body, name } },
        { method: 'DELETE', path: two.path },
      ]);
      expectEqual('statuses', statuses(results), ['201', '200', '204']);
      expectEqual('givenName', at(await session.read(one.path), 'name', 'givenName'), 'Other');
      expectError(await session.get(two.path), 404);
    },
  },
  patch: {
    title: 'PATCH in a request',
    source: 'RFC 7644 3.7.3',
    needs: ['bulk', 'patch'],
    async run(session) {
      const { path } = await session.createUser();
      const Operations = [{ op: 'replace', path: 'name.givenName', value: 'Other' }];
      await done(session, [{ method: 'PATCH', path, data: { schemas: [urns.patchOp], Operations } }]);
      expectEqual('givenName', at(await session.read(path), 'name', 'givenName'), 'Other');
    },
  },
  error: {
    title: 'an operation that fails has its error, and the others are executed',
    source: 'RFC 7644 3.7.3',
    needs: ['bulk'],
    async run(session) {
      const results = await done(session, [bad('a'), post('/Users', 'b', session.userBody())]);
      expectEqual('statuses', statuses(results), ['400', '201']);
      const error = at(results[0], 'response');
      expectThat(listAt(error, 'schemas').includes(urns.error), 'a SCIM error as response', error);
    },
  },
  'delete-unknown': {
    title: 'an unknown resource is 404 in its result',
    source: 'RFC 7644 3.7.3',
    needs: ['bulk'],
    async run(session) {
      const results = await done(session, [{ method: 'DELETE', path: `/Users/${randomUUID()}` }]);
      expectEqual('statuses', statuses(results), ['404']);
    },
  },
  'bulk-id': {
    title: 'a bulkId stands for the id of what comes before',
    source: 'RFC 7644 3.7.2',
    needs: ['bulk', 'Groups'],
    async run(session) {
      const results = await done(session, [
        post('/Users', 'user', session.userBody()),
        post('/Groups', 'group', groupOf(session, 'bulkId:user')),
      ]);
      expectEqual('statuses', statuses(results), ['201', '201']);
      const group = await session.read(`/Groups/${idOf(results[1])}`);
      expectEqual('members', valuesOf(listAt(group, 'members')), [idOf(results[0])]);
    },
  },
  'bulk-id-ahead': {
    title: 'a bulkId stands for the id of what comes after',
    source: 'RFC 7644 3.7.2',
    needs: ['bulk', 'Groups'],
    async run(session) {
      const results = await done(session, [
        post('/Groups', 'group', groupOf(session, 'bulkId:user')),
        post('/Users', 'user', session.userBody()),
      ]);
      expectEqual('statuses', statuses(results), ['201', '201']);
      const group = await session.read(`/Groups/${idOf(results[0])}`);
      expectEqual('members', valuesOf(listAt(group, 'members')), [idOf(results[1])]);
    },
  },
  circle: {
    title: 'two groups may be members of each other',
    source: 'RFC 7644 3.7.1',
    needs: ['bulk', 'Groups'],
    async run(session) {
      const results = await done(session, [
        post('/Groups', 'a', groupOf(session, 'bulkId:b')),
        post('/Groups', 'b', groupOf(session, 'bulkId:a')),
      ]);
      expectEqual('statuses', statuses(results), ['201', '201']);
      const [a, b] = results.map(idOf);
      for (const [group, member] of [
        [a, b],
        [b, a],
      ]) {
        expectEqual('members', valuesOf(listAt(await session.read(`/Groups/${group}`), 'members')), [member]);
      }
    },
  },
  'unknown-bulk-id': {
    title: 'a reference to an unknown bulkId is an error',
    source: 'RFC 7644 3.7.2',
    needs: ['bulk', 'Groups'],
    async run(session) {
      const results = await done(session, [post('/Groups', 'group', groupOf(session, 'bulkId:unknown'))]);
      expectThat(textAt(results[0], 'status').startsWith('4'), 'an error status', at(results[0], 'status'));
    },
  },
  'fail-on-errors': {
    title: 'processing stops after failOnErrors errors',
    source: 'RFC 7644 3.7.3',
    needs: ['bulk'],
    async run(session) {
      const operations = [bad('a'), post('/Users', 'b', session.userBody())];
      expectEqual('statuses', statuses(await done(session, operations, { failOnErrors: 1 })), ['400']);
    },
  },
  'too-many': {
    title: 'more operations than maxOperations are 413, and none is executed',
    source: 'RFC 7644 3.7.4',
    needs: ['bulk'],
    async run(session) {
      const most = at(session.server.config, 'bulk', 'maxOperations');
      if (typeof most !== 'number' || most > MANY) throw new SkipError(`maxOperations is ${String(most)}`);
      const draft = session.userBody();
      const rest = Array.from({ length: most }, () => ({ method: 'DELETE', path: `/Users/${randomUUID()}` }));
      expectError(await session.bulk([post('/Users', 'first', draft), ...rest]), 413);
      // The name is not in use: no user was created.
      expectStatus(await session.post('/Users', draft), 201);
    },
  },
  'too-large': {
    title: 'a request of more than maxPayloadSize is 413',
    source: 'RFC 7644 3.7.4',
    needs: ['bulk'],
    async run(session) {
      const most = at(session.server.config, 'bulk', 'maxPayloadSize');
      if (typeof most !== 'number' || most > LARGE) throw new SkipError(`maxPayloadSize is ${String(most)}`);
      const draft = session.userBody({ displayName: 'x'.repeat(most) });
      expectError(await session.bulk([post('/Users', 'large', draft)]), 413);
    },
  },
  'other-version': {
    title: 'an operation on another version is 412 in its result',
    source: 'RFC 7644 3.7',
    needs: ['bulk', 'etag'],
    async run(session) {
      const { path } = await session.createUser();
      const results = await done(session, [{ method: 'DELETE', path, version: '"scim-check-none"' }]);
      expectEqual('statuses', statuses(results), ['412']);
      await session.read(path);
    },
  },
  'other-schemas': {
    title: 'a request with the schema of another message is 400',
    source: 'RFC 7644 3.7',
    needs: ['bulk'],
    run: async (session) => {
      expectError(await session.post('/Bulk', { schemas: [urns.patchOp], Operations: [] }), 400);
    },
  },
});
