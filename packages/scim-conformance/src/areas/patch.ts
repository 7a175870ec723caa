import { eachOf, inArea, type Need } from '../check.ts';
import { expectAbsent, expectChanged, expectEqual, expectHolds } from '../expect.ts';
import { at, type Json, listAt } from '../json.ts';
import type { Session } from '../session.ts';
import { urns } from '../urn.ts';
import { ADD, REMOVE, REPLACE } from './patch-sources.ts';

interface Change {
  readonly title: string;
  readonly source: string;
  /** What the user has before. */
  readonly before?: Json;
  readonly operations: readonly unknown[];
  readonly holds?: Json;
  /** The names on the way to what is not there afterwards. */
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
    title: 'add gives a value to what has none',
    source: ADD,
    operations: [{ op: 'add', path: 'displayName', value: 'Added' }],
    holds: { displayName: 'Added' },
    needs: ['User.displayName'],
  },
  'add-over-single': {
    title: 'add replaces the value of what holds one',
    source: ADD,
    before: { displayName: 'Before' },
    operations: [{ op: 'add', path: 'displayName', value: 'Added' }],
    holds: { displayName: 'Added' },
    needs: ['User.displayName'],
  },
  'add-part': {
    title: 'add to a part leaves the other parts',
    source: ADD,
    operations: [{ op: 'add', path: 'name.middleName', value: 'Kari' }],
    holds: { name: { givenName: 'Check', familyName: 'Stele', middleName: 'Kari' } },
    needs: ['User.name.middleName'],
  },
  'add-complex': {
    title: 'add of parts leaves the parts that it does not name',
    source: ADD,
    operations: [{ op: 'add', path: 'name', value: { middleName: 'Kari' } }],
    holds: { name: { givenName: 'Check', familyName: 'Stele', middleName: 'Kari' } },
    needs: ['User.name.middleName'],
  },
  'add-to-list': {
    title: 'add to a list leaves the values that are there',
    source: ADD,
    before: { emails: [work] },
    operations: [{ op: 'add', path: 'emails', value: [home, other] }],
    holds: { emails: [work, home, other] },
  },
  'add-same': {
    title: 'add of a value that is in the list already adds nothing',
    source: ADD,
    before: both,
    operations: [{ op: 'add', path: 'emails', value: [home] }],
    holds: both,
  },
  'add-without-path': {
    title: 'add without a path takes the attributes of its value',
    source: ADD,
    before: { emails: [work] },
    operations: [{ op: 'add', value: { displayName: 'Added', emails: [home] } }],
    holds: { displayName: 'Added', emails: [work, home] },
    needs: ['User.displayName'],
  },
  'add-primary': {
    title: 'a value that becomes primary takes the place of the one that was',
    source: 'RFC 7644 3.5.2',
    before: { emails: [work] },
    operations: [{ op: 'add', path: 'emails', value: [{ ...home, primary: true }] }],
    holds: { emails: [workOnly, { ...home, primary: true }] },
  },
  'add-through-filter': {
    title: 'add to a part of the values that a filter selects',
    source: ADD,
    before: both,
    operations: [{ op: 'add', path: 'emails[type eq "home"].display', value: 'at home' }],
    holds: { emails: [work, { ...home, display: 'at home' }] },
    needs: ['User.emails.display'],
  },
  'remove-single': {
    title: 'remove leaves nothing',
    source: REMOVE,
    before: { displayName: 'Before' },
    operations: [{ op: 'remove', path: 'displayName' }],
    absent: ['displayName'],
    needs: ['User.displayName'],
  },
  'remove-part': {
    title: 'remove of a part leaves the other parts',
    source: REMOVE,
    operations: [{ op: 'remove', path: 'name.familyName' }],
    holds: { name: { givenName: 'Check' } },
    absent: ['name', 'familyName'],
  },
  'remove-complex': {
    title: 'remove takes all parts',
    source: REMOVE,
    operations: [{ op: 'remove', path: 'name' }],
    absent: ['name'],
  },
  'remove-list': {
    title: 'remove takes all values',
    source: REMOVE,
    before: both,
    operations: [{ op: 'remove', path: 'emails' }],
    absent: ['emails'],
  },
  'remove-through-filter': {
    title: 'remove takes the values that a filter selects',
    source: REMOVE,
    before: both,
    operations: [{ op: 'remove', path: 'emails[type eq "home"]' }],
    holds: { emails: [work] },
  },
  'remove-through-long-filter': {
    title: 'remove understands a filter with more than one condition',
    source: REMOVE,
    before: { emails: [work, home, other] },
    operations: [{ op: 'remove', path: 'emails[type eq "home" or (value co "other" and not (type eq "work"))]' }],
    holds: { emails: [work] },
  },
  'remove-last-through-filter': {
    title: 'a list that nothing is left of is unassigned',
    source: REMOVE,
    before: { emails: [home] },
    operations: [{ op: 'remove', path: 'emails[type eq "home"]' }],
    absent: ['emails'],
  },
  'remove-part-through-filter': {
    title: 'remove of a part of the values that a filter selects',
    source: REMOVE,
    before: { emails: [{ ...home, display: 'at home' }, work] },
    operations: [{ op: 'remove', path: 'emails[type eq "home"].display' }],
    holds: { emails: [home, work] },
    absent: ['emails', '0', 'display'],
    needs: ['User.emails.display'],
  },
  'replace-single': {
    title: 'replace gives another value',
    source: REPLACE,
    before: { displayName: 'Before' },
    operations: [{ op: 'replace', path: 'displayName', value: 'After' }],
    holds: { displayName: 'After' },
    needs: ['User.displayName'],
  },
  'replace-nothing': {
    title: 'replace of what has no value is an add',
    source: REPLACE,
    operations: [{ op: 'replace', path: 'nickName', value: 'Nick' }],
    holds: { nickName: 'Nick' },
    needs: ['User.nickName'],
  },
  'replace-part': {
    title: 'replace of a part leaves the other parts',
    source: REPLACE,
    operations: [{ op: 'replace', path: 'name.givenName', value: 'Other' }],
    holds: { name: { givenName: 'Other', familyName: 'Stele' } },
  },
  'replace-complex': {
    title: 'replace of parts takes the place of the parts that it names',
    source: REPLACE,
    operations: [{ op: 'replace', path: 'name', value: { givenName: 'Other' } }],
    holds: { name: { givenName: 'Other' } },
  },
  'replace-list': {
    title: 'replace of a list takes the place of all values',
    source: REPLACE,
    before: both,
    operations: [{ op: 'replace', path: 'emails', value: [other] }],
    holds: { emails: [other] },
  },
  'replace-through-filter': {
    title: 'replace takes the place of the values that a filter selects',
    source: REPLACE,
    before: both,
    operations: [{ op: 'replace', path: 'emails[type eq "home"]', value: other }],
    holds: { emails: [work, other] },
  },
  'replace-part-through-filter': {
    title: 'replace of a part of the values that a filter selects',
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
    title: 'replace without a path takes the attributes of its value',
    source: REPLACE,
    before: { displayName: 'Before' },
    operations: [{ op: 'replace', value: { displayName: 'After', emails: [other] } }],
    holds: { displayName: 'After', emails: [other] },
    needs: ['User.displayName'],
  },
  'replace-boolean': {
    title: 'replace of a boolean',
    source: REPLACE,
    before: { active: true },
    operations: [{ op: 'replace', path: 'active', value: false }],
    holds: { active: false },
    needs: ['User.active'],
  },
  'path-in-other-case': {
    title: 'names in a path are understood in any case',
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
    holds: { name: { givenName: 'Other', familyName: 'Stele' } },
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

/** What is at the end of the way; a number on it stands for a place in a list. */
const valueAt = (user: Json, way: readonly string[]): unknown =>
  at(user, ...way.map((step) => (/^\d+$/.test(step) ? Number(step) : step)));

const changing = ({ title, source, before, operations, holds, absent, needs = [] }: Change) => ({
  title,
  source,
  needs: ['patch', ...needs] as const,
  async run(session: Session) {
    const { path } = await session.user(before);
    const user = await session.change(path, ...operations);
    if (holds) expectHolds('the user', user, holds);
    if (absent) expectAbsent(absent.join('.'), valueAt(user, absent));
  },
});

export const patch = inArea('patch', {
  ...eachOf(changes, changing),
  'nothing-changes': {
    title: 'a value that is there already does not touch meta.lastModified',
    source: ADD,
    needs: ['patch', 'User.displayName'],
    async run(session) {
      const { path } = await session.user({ displayName: 'Same' });
      const before = await session.read(path);
      const after = await session.change(path, { op: 'add', path: 'displayName', value: 'Same' });
      expectEqual('the user as it was,', after, before);
    },
  },
  answer: {
    title: 'an answer with a body is the whole user as it is then',
    source: 'RFC 7644 3.5.2',
    needs: ['patch'],
    async run(session) {
      const { path } = await session.user();
      const answer = await session.patch(path, [{ op: 'replace', path: 'name.givenName', value: 'Other' }]);
      expectChanged(answer);
      if (answer.status === 200) expectEqual('the user', await session.read(path), answer.body);
    },
  },
  schemas: {
    title: 'schemas names an extension once it holds something',
    source: 'RFC 7644 3.5.2',
    needs: ['patch', 'enterprise'],
    async run(session) {
      const { path } = await session.user();
      const operation = { op: 'add', path: `${urns.enterprise}:department`, value: 'Mapping' };
      const user = await session.change(path, operation);
      expectEqual('the URN in schemas', listAt(user, 'schemas').includes(urns.enterprise), true);
    },
  },
});
