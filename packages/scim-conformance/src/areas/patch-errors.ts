import { mapRows, checksOf } from '../check.ts';
import { expectEqual, expectError } from '../expect.ts';
import type { Json } from '../json.ts';
import type { Session } from '../session.ts';
import type { Need } from '../types.ts';
import { ADD, REMOVE, REPLACE } from './patch.ts';

interface InvalidOperation {
  readonly title: string;
  readonly operation: Json;
  readonly scimTypes: readonly string[];
  readonly source?: string;
  readonly needs?: readonly Need[];
}

const invalidOperations: Readonly<Record<string, InvalidOperation>> = {
  'remove-without-path': {
    title: 'remove without a path is noTarget',
    operation: { op: 'remove' },
    scimTypes: ['noTarget'],
    source: REMOVE,
  },
  'remove-required': {
    title: 'remove of a required attribute is mutability',
    operation: { op: 'remove', path: 'userName' },
    scimTypes: ['mutability', 'invalidValue'],
    source: REMOVE,
  },
  'read-only': {
    title: 'a change of a read-only attribute is mutability',
    operation: { op: 'replace', path: 'meta.created', value: '1999-01-01T00:00:00Z' },
    scimTypes: ['mutability'],
    source: 'RFC 7644 3.5.2',
  },
  'read-only-id': {
    title: 'a change of the id is mutability',
    operation: { op: 'replace', path: 'id', value: 'scim-check' },
    scimTypes: ['mutability'],
    source: 'RFC 7644 3.5.2',
  },
  'read-only-groups': {
    title: 'a change of the groups of a user is mutability',
    operation: { op: 'add', path: 'groups', value: [{ value: 'scim-check' }] },
    scimTypes: ['mutability'],
    source: 'RFC 7643 4.1.2',
    needs: ['User.groups'],
  },
  'unknown-attribute': {
    title: 'a path to an unknown attribute is invalidPath',
    operation: { op: 'replace', path: 'shoeSize', value: 44 },
    scimTypes: ['invalidPath', 'noTarget'],
  },
  'malformed-path': {
    title: 'a malformed path is invalidPath',
    operation: { op: 'replace', path: 'emails[type eq', value: 'x' },
    scimTypes: ['invalidPath', 'invalidFilter'],
  },
  'no-match': {
    title: 'replace through a filter that matches nothing is noTarget',
    operation: { op: 'replace', path: 'emails[value ew "@nowhere.example"].display', value: 'x' },
    scimTypes: ['noTarget'],
    source: REPLACE,
    needs: ['User.emails.display'],
  },
  'wrong-type': {
    title: 'a value of another type is invalidValue',
    operation: { op: 'replace', path: 'active', value: { no: 'boolean' } },
    scimTypes: ['invalidValue'],
    needs: ['User.active'],
  },
  'no-value': {
    title: 'add without a value is 400',
    operation: { op: 'add', path: 'displayName' },
    scimTypes: ['invalidValue', 'invalidSyntax'],
    source: ADD,
  },
  'unknown-operation': {
    title: 'an unknown operation is invalidSyntax',
    operation: { op: 'move', path: 'displayName', value: 'x' },
    scimTypes: ['invalidSyntax', 'invalidValue'],
    source: 'RFC 7644 3.5.2',
  },
};

/** The invalid operation follows a valid one: a PATCH is atomic (RFC 7644 3.5.2), so that one must change nothing either. */
const rejecting = ({ title, operation, scimTypes, source = 'RFC 7644 3.12', needs = [] }: InvalidOperation) => ({
  title,
  source,
  needs: ['patch', ...needs] as const,
  async run(session: Session) {
    const { path } = await session.createUser();
    const before = await session.read(path);
    const good = { op: 'replace', path: 'name.givenName', value: 'Never' };
    expectError(await session.patch(path, [good, operation]), 400, ...scimTypes);
    expectEqual('the user as it was,', await session.read(path), before);
  },
});

export const patchErrors = checksOf('patch', {
  ...mapRows(invalidOperations, rejecting),
  atomic: {
    title: 'PATCH with an invalid second operation does not apply the first',
    source: 'RFC 7644 3.5.2',
    needs: ['patch', 'User.displayName'],
    async run(session) {
      const { path } = await session.createUser({ displayName: 'Before' });
      const before = await session.read(path);
      const operations = [
        { op: 'replace', path: 'displayName', value: 'After' },
        { op: 'replace', path: 'id', value: 'scim-check' },
      ];
      expectError(await session.patch(path, operations), 400);
      expectEqual('the user as it was,', await session.read(path), before);
    },
  },
  taken: {
    title: 'PATCH to a userName that is in use is 409 uniqueness',
    source: 'RFC 7644 3.12',
    needs: ['patch'],
    async run(session) {
      const [first, second] = [await session.createUser(), await session.createUser()];
      const operation = { op: 'replace', path: 'userName', value: first.body['userName'] };
      expectError(await session.patch(second.path, [operation]), 409, 'uniqueness');
    },
  },
});
