import { mapRows, checksOf } from '../check.ts';
import { expectAbsent, expectPatched, expectEqual, expectContains } from '../expect.ts';
import { at, type Json, listAt } from '../json.ts';
import type { Session } from '../session.ts';
import type { Need } from '../types.ts';
import { urns } from '../urn.ts';

/** The section of each operation. */
export const ADD = 'RFC 7644 3.5.2.1';
export const REMOVE = 'RFC 7644 3.5.2.2';
export const REPLACE = 'RFC 7644 3.5.2.3';

interface Change {
  readonly title: string;
  readonly source: string;
  /** What the user has before. */
  readonly before?: Json;
  readonly operations: readonly unknown[];
  readonly holds?: Json;
  /** The path to what does not exist afterwards. */
  readonly absent?: readonly string[];
  readonly needs?: readonly Need[];
}

const work = { value: 'check-work@example.com', type: 'work', primary: true };
const home = { value: 'check-home@example.com', type: 'home' };
const other = { value: 'check-other@example.com', type: 'other' };
const both = { emails: [work, home] };
const { primary: _, ...workOnly } = work;

const changes: Readonly<Record<string, Change>> = {
  'add-single': {
    title: 'add sets an attribute without a value',
    source: ADD,
    operations: [{ op: 'add', path: 'displayName', value: 'Added' }],
    holds: { displayName: 'Added' },
    needs: ['User.displayName'],
  },
  'add-over-single': {
    title: 'add replaces the value of a single-valued attribute',
    source: ADD,
    before: { displayName: 'Before' },
    operations: [{ op: 'add', path: 'displayName', value: 'Added' }],
    holds: { displayName: 'Added' },
    needs: ['User.displayName'],
  },
  'add-part': {
    title: 'add to a sub-attribute leaves the others',
    source: ADD,
    operations: [{ op: 'add', path: 'name.middleName', value: 'Kari' }],
    holds: { name: { givenName: 'Check', familyName: 'Sample', middleName: 'Kari' } },
    needs: ['User.name.middleName'],
  },
  'add-complex': {
    title: 'add of sub-attributes leaves the others',
    source: ADD,
    operations: [{ op: 'add', path: 'name', value: { middleName: 'Kari' } }],
    holds: { name: { givenName: 'Check', familyName: 'Sample', middleName: 'Kari' } },
    needs: ['User.name.middleName'],
  },
  'add-to-list': {
    title: 'add to a multi-valued attribute leaves its values',
    source: ADD,
    before: { emails: [work] },
    operations: [{ op: 'add', path: 'emails', value: [home, other] }],
    holds: { emails: [work, home, other] },
  },
  'add-same': {
    title: 'add of a value that exists adds nothing',
    source: ADD,
    before: both,
    operations: [{ op: 'add', path: 'emails', value: [home] }],
    holds: both,
  },
  'add-without-path': {
    title: 'add without a path sets the attributes of its value',
    source: ADD,
    before: { emails: [work] },
    operations: [{ op: 'add', value: { displayName: 'Added', emails: [home] } }],
    holds: { displayName: 'Added', emails: [work, home] },
    needs: ['User.displayName'],
  },
  'add-primary': {
    title: 'a new primary value makes the others not primary',
    source: 'RFC 7644 3.5.2',
    before: { emails: [work] },
    operations: [{ op: 'add', path: 'emails', value: [{ ...home, primary: true }] }],
    holds: { emails: [workOnly, { ...home, primary: true }] },
  },
  'add-through-filter': {
    title: 'add to a sub-attribute of the values that a filter selects',
    source: ADD,
    before: both,
    operations: [{ op: 'add', path: 'emails[type eq "home"].display', value: 'at home' }],
    holds: { emails: [work, { ...home, display: 'at home' }] },
    needs: ['User.emails.display'],
  },
  'remove-single': {
    title: 'remove unassigns an attribute',
    source: REMOVE,
    before: { displayName: 'Before' },
    operations: [{ op: 'remove', path: 'displayName' }],
    absent: ['displayName'],
    needs: ['User.displayName'],
  },
  'remove-part': {
    title: 'remove of a sub-attribute leaves the others',
    source: REMOVE,
    operations: [{ op: 'remove', path: 'name.familyName' }],
    holds: { name: { givenName: 'Check' } },
    absent: ['name', 'familyName'],
  },
  'remove-complex': {
    title: 'remove of a complex attribute removes all sub-attributes',
    source: REMOVE,
    operations: [{ op: 'remove', path: 'name' }],
    absent: ['name'],
  },
  'remove-list': {
    title: 'remove of a multi-valued attribute removes all values',
    source: REMOVE,
    before: both,
    operations: [{ op: 'remove', path: 'emails' }],
    absent: ['emails'],
  },
  'remove-through-filter': {
    title: 'remove with a filter removes the values that it selects',
    source: REMOVE,
    before: both,
    operations: [{ op: 'remove', path: 'emails[type eq "home"]' }],
    holds: { emails: [work] },
  },
  'remove-through-long-filter': {
    title: 'remove with a filter of several conditions removes the values that it selects',
    source: REMOVE,
    before: { emails: [work, home, other] },
    operations: [{ op: 'remove', path: 'emails[type eq "home" or (value co "other" and not (type eq "work"))]' }],
    holds: { emails: [work] },
  },
  'remove-last-through-filter': {
    title: 'remove of the last value unassigns the attribute',
    source: REMOVE,
    before: { emails: [home] },
    operations: [{ op: 'remove', path: 'emails[type eq "home"]' }],
    absent: ['emails'],
  },
  'remove-part-through-filter': {
    title: 'remove of a sub-attribute of the values that a filter selects',
    source: REMOVE,
    before: { emails: [{ ...home, display: 'at home' }, work] },
    operations: [{ op: 'remove', path: 'emails[type eq "home"].display' }],
    holds: { emails: [home, work] },
    absent: ['emails', '0', 'display'],
    needs: ['User.emails.display'],
  },
  'replace-single': {
    title: 'replace sets another value',
    source: REPLACE,
    before: { displayName: 'Before' },
    operations: [{ op: 'replace', path: 'displayName', value: 'After' }],
    holds: { displayName: 'After' },
    needs: ['User.displayName'],
  },
  'replace-nothing': {
    title: 'replace of an attribute without a value sets it',
    source: REPLACE,
    operations: [{ op: 'replace', path: 'nickName', value: 'Nick' }],
    holds: { nickName: 'Nick' },
    needs: ['User.nickName'],
  },
  'replace-part': {
    title: 'replace of a sub-attribute leaves the others',
    source: REPLACE,
    operations: [{ op: 'replace', path: 'name.givenName', value: 'Other' }],
    holds: { name: { givenName: 'Other', familyName: 'Sample' } },
  },
  'replace-complex': {
    title: 'replace of sub-attributes sets them',
    source: REPLACE,
    operations: [{ op: 'replace', path: 'name', value: { givenName: 'Other' } }],
    holds: { name: { givenName: 'Other' } },
  },
  'replace-list': {
    title: 'replace of a multi-valued attribute replaces all values',
    source: REPLACE,
    before: both,
    operations: [{ op: 'replace', path: 'emails', value: [other] }],
    holds: { emails: [other] },
  },
  'replace-through-filter': {
    title: 'replace with a filter replaces the values that it selects',
    source: REPLACE,
    before: both,
    operations: [{ op: 'replace', path: 'emails[type eq "home"]', value: other }],
    holds: { emails: [work, other] },
  },
  'replace-part-through-filter': {
    title: 'replace of a sub-attribute of the values that a filter selects',
    source: REPLACE,
    before: both,
    operations: [{ op: 'replace', path: 'emails[type eq "work"].value', value: other.value }],
    holds: { emails: [{ ...work, value: other.value }, home] },
  },
  'replace-part-through-primary': {
    title: 'a filter compares booleans',
    source: REPLACE,
    before: both,
    operations: [{ op: 'replace', path: 'emails[primary eq true].value', value: other.value }],
    holds: { emails: [{ ...work, value: other.value }, home] },
  },
  'replace-without-path': {
    title: 'replace without a path sets the attributes of its value',
    source: REPLACE,
    before: { displayName: 'Before' },
    operations: [{ op: 'replace', value: { displayName: 'After', emails: [other] } }],
    holds: { displayName: 'After', emails: [other] },
    needs: ['User.displayName'],
  },
  'replace-boolean': {
    title: 'replace sets a boolean',
    source: REPLACE,
    before: { active: true },
    operations: [{ op: 'replace', path: 'active', value: false }],
    holds: { active: false },
    needs: ['User.active'],
  },
  'path-in-other-case': {
    title: 'attribute names in a path match in any case',
    source: 'RFC 7643 2.1',
    before: both,
    operations: [
      { op: 'replace', path: 'NAME.GIVENNAME', value: 'Other' },
      { op: 'remove', path: 'EMAILS[TYPE eq "home"]' },
    ],
    holds: { name: { givenName: 'Other' }, emails: [work] },
  },
  'path-with-urn': {
    title: 'a path may begin with the URN of the core schema',
    source: 'RFC 7644 3.10',
    operations: [{ op: 'replace', path: `${urns.user}:name.givenName`, value: 'Other' }],
    holds: { name: { givenName: 'Other', familyName: 'Sample' } },
  },
  'extension-attribute': {
    title: 'add to an attribute of an extension names it in schemas',
    source: 'RFC 7644 3.5.2',
    operations: [{ op: 'add', path: `${urns.enterprise}:department`, value: 'Mapping' }],
    holds: { [urns.enterprise]: { department: 'Mapping' } },
    needs: ['enterprise'],
  },
  'extension-without-path': {
    title: 'a value without a path may hold an extension',
    source: ADD,
    before: { [urns.enterprise]: { department: 'Mapping' } },
    operations: [{ op: 'add', value: { [urns.enterprise]: { division: 'North' } } }],
    holds: { [urns.enterprise]: { department: 'Mapping', division: 'North' } },
    needs: ['enterprise'],
  },
  'extension-removed': {
    title: 'remove of an attribute of an extension leaves the others',
    source: REMOVE,
    before: { [urns.enterprise]: { department: 'Mapping', division: 'North' } },
    operations: [{ op: 'remove', path: `${urns.enterprise}:division` }],
    holds: { [urns.enterprise]: { department: 'Mapping' } },
    absent: [urns.enterprise, 'division'],
    needs: ['enterprise'],
  },
  'in-order': {
    title: 'operations apply in their order',
    source: 'RFC 7644 3.5.2',
    operations: [
      { op: 'add', path: 'displayName', value: 'first' },
      { op: 'remove', path: 'displayName' },
      { op: 'add', path: 'displayName', value: 'last' },
    ],
    holds: { displayName: 'last' },
    needs: ['User.displayName'],
  },
};

/** The value at a path. A number is an index. */
const valueAt = (user: Json, path: readonly string[]): unknown =>
  at(user, ...path.map((step) => (/^\d+$/.test(step) ? Number(step) : step)));

const changing = ({ title, source, before, operations, holds, absent, needs = [] }: Change) => ({
  title,
  source,
  needs: ['patch', ...needs] as const,
  async run(session: Session) {
    const { path } = await session.createUser(before);
    const user = await session.patchAndRead(path, ...operations);
    if (holds) expectContains('the user', user, holds);
    if (absent) expectAbsent(absent.join('.'), valueAt(user, absent));
  },
});

export const patch = checksOf('patch', {
  ...mapRows(changes, changing),
  'nothing-changes': {
    title: 'PATCH without a change leaves meta.lastModified',
    source: ADD,
    needs: ['patch', 'User.displayName'],
    async run(session) {
      const { path } = await session.createUser({ displayName: 'Same' });
      const before = await session.read(path);
      const after = await session.patchAndRead(path, { op: 'add', path: 'displayName', value: 'Same' });
      expectEqual('the user as it was,', after, before);
    },
  },
  response: {
    title: 'a response with a body is the user as GET returns it',
    source: 'RFC 7644 3.5.2',
    needs: ['patch'],
    async run(session) {
      const { path } = await session.createUser();
      const response = await session.patch(path, [{ op: 'replace', path: 'name.givenName', value: 'Other' }]);
      expectPatched(response);
      if (response.status === 200) expectEqual('the user', await session.read(path), response.body);
    },
  },
  schemas: {
    title: 'schemas has an extension once it has a value',
    source: 'RFC 7644 3.5.2',
    needs: ['patch', 'enterprise'],
    async run(session) {
      const { path } = await session.createUser();
      const operation = { op: 'add', path: `${urns.enterprise}:department`, value: 'Mapping' };
      const user = await session.patchAndRead(path, operation);
      expectEqual('the URN in schemas', listAt(user, 'schemas').includes(urns.enterprise), true);
    },
  },
});
