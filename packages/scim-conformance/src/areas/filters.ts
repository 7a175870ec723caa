import { mapRows, checksOf } from '../check.ts';
import { expectEqual, expectError, expectStatus } from '../expect.ts';
import { listAt } from '../json.ts';
import type { Session } from '../session.ts';
import type { Need } from '../types.ts';
import { urns } from '../urn.ts';
import { sampleUsers, type SampleUsers, type SampleName, sampleNamesIn } from './sample-users.ts';

interface Filter {
  readonly title: string;
  /** `own` finds the three sample users and no other user, for filters that would find others. */
  readonly filter: (people: SampleUsers & { readonly own: string }) => string;
  readonly finds: readonly SampleName[];
  readonly needs?: readonly Need[];
  readonly source?: string;
}

const department = `${urns.enterprise}:department`;

const filters: Readonly<Record<string, Filter>> = {
  eq: {
    title: 'eq finds one',
    filter: ({ tag }) => `userName eq "${tag}ada@example.com"`,
    finds: ['ada'],
  },
  'eq-in-other-case': {
    title: 'eq ignores case where the schema has caseExact false',
    filter: ({ tag }) => `userName eq "${tag.toUpperCase()}ADA@Example.com"`,
    finds: ['ada'],
    source: 'RFC 7643 2.2',
  },
  'eq-case-exact': {
    title: 'eq compares case where the schema has caseExact true',
    filter: ({ tag, own }) => `externalId eq "${tag}a" and ${own}`,
    finds: [],
    source: 'RFC 7643 3.1',
  },
  'eq-external-id': {
    title: 'eq finds by externalId',
    filter: ({ tag }) => `externalId eq "${tag}A"`,
    finds: ['ada'],
    source: 'RFC 7643 3.1',
  },
  'eq-id': { title: 'eq finds by id', filter: ({ users }) => `id eq "${users.bob.id}"`, finds: ['bob'] },
  'eq-no-match': {
    title: 'eq without a match returns an empty list',
    filter: ({ tag }) => `userName eq "${tag}none"`,
    finds: [],
  },
  'name-in-other-case': {
    title: 'attribute names in a filter match in any case',
    filter: ({ tag }) => `USERNAME eq "${tag}ada@example.com"`,
    finds: ['ada'],
    source: 'RFC 7643 2.1',
  },
  'operator-in-other-case': {
    title: 'operators match in any case',
    filter: ({ tag, own }) => `userName EQ "${tag}ada@example.com" OR userName Sw "${tag}b" And ${own}`,
    finds: ['ada', 'bob'],
  },
  'name-with-urn': {
    title: 'an attribute may stand after the URN of its schema',
    filter: ({ tag }) => `${urns.user}:userName eq "${tag}ada@example.com"`,
    finds: ['ada'],
    source: 'RFC 7644 3.10',
  },
  ne: {
    title: 'ne finds the others',
    filter: ({ tag, own }) => `userName ne "${tag}ada@example.com" and ${own}`,
    finds: ['bob', 'cyd'],
  },
  co: { title: 'co finds a part', filter: ({ own }) => `userName co "b@ex" and ${own}`, finds: ['bob'] },
  sw: { title: 'sw finds a beginning', filter: ({ tag }) => `userName sw "${tag}c"`, finds: ['cyd'] },
  ew: { title: 'ew finds an end', filter: ({ own }) => `userName ew "da@example.com" and ${own}`, finds: ['ada'] },
  gt: {
    title: 'gt compares text by the alphabet',
    filter: ({ tag, own }) => `userName gt "${tag}ada@example.com" and ${own}`,
    finds: ['bob', 'cyd'],
  },
  ge: {
    title: 'ge takes in what is equal',
    filter: ({ tag, own }) => `userName ge "${tag}bob@example.com" and ${own}`,
    finds: ['bob', 'cyd'],
  },
  lt: {
    title: 'lt compares text by the alphabet',
    filter: ({ tag, own }) => `userName lt "${tag}bob@example.com" and ${own}`,
    finds: ['ada'],
  },
  le: {
    title: 'le takes in what is equal',
    filter: ({ tag, own }) => `userName le "${tag}bob@example.com" and ${own}`,
    finds: ['ada', 'bob'],
  },
  'gt-time': {
    title: 'gt compares times',
    filter: ({ own }) => `meta.created gt "2011-05-13T04:42:34Z" and ${own}`,
    finds: ['ada', 'bob', 'cyd'],
  },
  'lt-time': {
    title: 'lt compares times',
    filter: ({ own }) => `meta.lastModified lt "2011-05-13T04:42:34Z" and ${own}`,
    finds: [],
  },
  pr: {
    title: 'pr finds users that have a value',
    filter: ({ own }) => `title pr and ${own}`,
    finds: ['ada', 'bob'],
    needs: ['User.title'],
  },
  'pr-of-list': {
    title: 'pr of a multi-valued attribute finds users with a value in it',
    filter: ({ own }) => `emails pr and ${own}`,
    finds: ['ada', 'bob', 'cyd'],
  },
  not: {
    title: 'not finds the others',
    filter: ({ own }) => `not (title pr) and ${own}`,
    finds: ['cyd'],
    needs: ['User.title'],
  },
  'not-of-or': {
    title: 'not of a group',
    filter: ({ own, tag }) => `not (userName sw "${tag}a" or userName sw "${tag}b") and ${own}`,
    finds: ['cyd'],
  },
  or: {
    title: 'or finds both',
    filter: ({ tag }) => `userName eq "${tag}ada@example.com" or userName eq "${tag}cyd@example.com"`,
    finds: ['ada', 'cyd'],
  },
  precedence: {
    title: 'and binds closer than or',
    filter: ({ tag, own }) => `userName sw "${tag}a" or userName sw "${tag}b" and active eq true and ${own}`,
    finds: ['ada'],
    needs: ['User.active'],
  },
  grouping: {
    title: 'parentheses bind closest',
    filter: ({ tag, own }) => `(userName sw "${tag}a" or userName sw "${tag}b") and active eq false and ${own}`,
    finds: ['bob'],
    needs: ['User.active'],
  },
  boolean: {
    title: 'eq compares booleans',
    filter: ({ own }) => `active eq false and ${own}`,
    finds: ['bob'],
    needs: ['User.active'],
  },
  part: {
    title: 'a dot leads to a part',
    filter: ({ own }) => `name.familyName eq "ADAMS" and ${own}`,
    finds: ['bob'],
    needs: ['User.name.familyName'],
  },
  'part-of-list': {
    title: 'a dot leads to a part of each value of a list',
    filter: ({ tag }) => `emails.value eq "${tag}z-ada@example.com"`,
    finds: ['ada'],
  },
  list: {
    title: 'a list without a part is compared by value',
    filter: ({ tag }) => `emails co "${tag}b-"`,
    finds: ['bob'],
    needs: ['User.emails.value'],
  },
  'value-path': {
    title: 'brackets ask for one value that has it all',
    filter: ({ tag }) => `emails[type eq "home" and value sw "${tag}"]`,
    finds: ['ada', 'bob'],
    needs: ['User.emails.type'],
  },
  'value-path-of-one': {
    title: 'brackets do not mix values',
    filter: ({ tag }) => `emails[type eq "work" and value eq "${tag}z-ada@example.com"]`,
    finds: [],
    needs: ['User.emails.type'],
  },
  'value-path-and-more': {
    title: 'brackets stand among other conditions',
    filter: ({ own }) => `${own} and (emails[type eq "work"] or title eq "BAKER") and not (active eq true)`,
    finds: ['bob'],
    needs: ['User.emails.type', 'User.title', 'User.active'],
  },
  escapes: {
    title: 'a quote in a value is escaped as in JSON',
    filter: ({ own }) => `name.givenName eq "Bob \\"B.\\"" and ${own}`,
    finds: ['bob'],
  },
  extension: {
    title: 'an attribute of an extension stands after its URN',
    filter: ({ own }) => `${department} eq "mapping" and ${own}`,
    finds: ['ada'],
    needs: ['enterprise'],
    source: 'RFC 7644 3.10',
  },
};

const finding = ({ title, filter, finds, needs = [], source = 'RFC 7644 3.4.2.2' }: Filter) => ({
  title,
  source,
  needs: ['filter', ...needs] as const,
  async run(session: Session) {
    const all = await sampleUsers(session);
    const text = filter({ ...all, own: `userName sw "${all.tag}"` });
    const response = await session.list('/Users', { filter: text, count: 100 });
    expectStatus(response, 200);
    expectEqual(`for ${text} exactly`, sampleNamesIn(all, listAt(response.body, 'Resources')).toSorted(), finds);
  },
});

const invalid: Readonly<Record<string, readonly [title: string, filter: string]>> = {
  'no-operator': ['a name alone', 'userName'],
  'no-value': ['an operator without a value', 'userName eq'],
  'unknown-operator': ['an unknown operator', 'userName is "x"'],
  'open-parenthesis': ['a parenthesis that stays open', '(userName pr'],
  'open-bracket': ['a bracket that stays open', 'emails[type eq "work"'],
  'open-quote': ['a quote that stays open', 'userName eq "x'],
  'no-second': ['an "and" with nothing after it', 'userName pr and'],
  'single-quotes': ['single quotes', "userName eq 'x'"],
  'order-of-booleans': ['an order of booleans', 'active gt true'],
};

const rejecting = ([what, filter]: readonly [string, string]) => ({
  title: `${what} is 400 invalidFilter`,
  source: 'RFC 7644 3.4.2.2',
  needs: ['filter'] as const,
  run: async (session: Session) => expectError(await session.list('/Users', { filter }), 400, 'invalidFilter'),
});

export const filterChecks = checksOf('filters', { ...mapRows(filters, finding), ...mapRows(invalid, rejecting) });
