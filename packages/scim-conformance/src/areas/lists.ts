import { checksOf } from '../check.ts';
import { expectAbsent, expectEqual, expectError, expectStatus, expectThat } from '../expect.ts';
import { at, listAt } from '../json.ts';
import type { Session } from '../session.ts';
import { urns } from '../urn.ts';
import { sampleUsers, sampleNamesIn } from './sample-users.ts';

type Parameters = Readonly<Record<string, string | number>>;

/** The list of the three sample users and no other user. */
async function ask(session: Session, parameters: Parameters) {
  const all = await sampleUsers(session);
  const response = await session.list('/Users', { filter: `userName sw "${all.tag}"`, ...parameters });
  expectStatus(response, 200);
  return { body: response.body, names: sampleNamesIn(all, listAt(response.body, 'Resources')) };
}

const paged = (title: string, parameters: Parameters, startIndex: number, length: number) => ({
  title,
  source: 'RFC 7644 3.4.2.4',
  needs: ['filter'] as const,
  async run(session: Session) {
    const { body, names } = await ask(session, parameters);
    expectEqual('totalResults', at(body, 'totalResults'), 3);
    expectEqual('the number of resources', names.length, length);
    const itemsPerPage = at(body, 'itemsPerPage');
    if (itemsPerPage !== undefined) expectEqual('itemsPerPage', itemsPerPage, length);
    if (length > 0) expectEqual('startIndex', at(body, 'startIndex'), startIndex);
  },
});

const sorted = (title: string, parameters: Parameters, order: readonly string[], attribute: `User.${string}`) => ({
  title,
  source: 'RFC 7644 3.4.2.3',
  needs: ['filter', 'sort', attribute] as const,
  async run(session: Session) {
    expectEqual('the order', (await ask(session, parameters)).names, order);
  },
});

export const lists = checksOf('lists', {
  form: {
    title: 'a list has the ListResponse schema and totalResults',
    source: 'RFC 7644 3.4.2',
    needs: ['filter'],
    async run(session) {
      const { body } = await ask(session, {});
      expectThat(listAt(body, 'schemas').includes(urns.listResponse), 'a ListResponse', at(body, 'schemas'));
      expectEqual('totalResults', at(body, 'totalResults'), 3);
    },
  },
  empty: {
    title: 'an empty list is 200 with totalResults 0',
    source: 'RFC 7644 3.4.2',
    needs: ['filter'],
    async run(session) {
      const { body } = await ask(session, { filter: `userName eq "${session.uniqueName()}"` });
      expectEqual('totalResults', at(body, 'totalResults'), 0);
      expectAbsent('Resources', at(body, 'Resources'));
    },
  },
  'first-page': paged('count limits the resources of a page', { startIndex: 1, count: 2 }, 1, 2),
  'last-page': paged('startIndex is the index of the first resource on a page', { startIndex: 3, count: 2 }, 3, 1),
  'beyond-the-end': paged('a page beyond the end is empty', { startIndex: 4, count: 2 }, 4, 0),
  'start-index-zero': paged('startIndex=0 counts as 1', { startIndex: 0, count: 1 }, 1, 1),
  'start-index-negative': paged('a negative startIndex counts as 1', { startIndex: -3, count: 1 }, 1, 1),
  'count-zero': paged('count=0 returns totalResults without resources', { count: 0 }, 1, 0),
  'count-negative': paged('a negative count counts as 0', { count: -1 }, 1, 0),
  'count-large': paged('count may be larger than the list', { count: 50 }, 1, 3),
  walk: {
    title: 'the pages of a list have each user once',
    source: 'RFC 7644 3.4.2.4',
    needs: ['filter'],
    async run(session) {
      const seen: string[] = [];
      for (const startIndex of [1, 2, 3]) seen.push(...(await ask(session, { startIndex, count: 1 })).names);
      expectEqual('on three pages', seen.toSorted(), ['ada', 'bob', 'cyd']);
    },
  },
  'items-per-page': {
    title: 'itemsPerPage is the number of resources on a page',
    source: 'RFC 7644 3.4.2.4',
    needs: ['filter'],
    async run(session) {
      const { body } = await ask(session, { startIndex: 1, count: 2 });
      expectEqual('itemsPerPage', at(body, 'itemsPerPage'), 2);
    },
  },
  attributes: {
    title: 'attributes limits the attributes of each resource in a list',
    source: 'RFC 7644 3.9',
    needs: ['filter'],
    async run(session) {
      const { body } = await ask(session, { attributes: 'userName' });
      for (const each of listAt(body, 'Resources')) {
        expectThat(at(each, 'userName') !== undefined, 'userName', each);
        expectAbsent('emails', at(each, 'emails'));
      }
    },
  },
  same: {
    title: 'a list has a user as GET returns it',
    source: 'RFC 7644 3.4.2',
    needs: ['filter'],
    async run(session) {
      const { users } = await sampleUsers(session);
      const { body } = await ask(session, { filter: `id eq "${users.ada.id}"` });
      expectEqual('the user', at(body, 'Resources', 0), await session.read(users.ada.path));
    },
  },
  'sort-user-name': sorted('sortBy sorts, ascending', { sortBy: 'userName' }, ['ada', 'bob', 'cyd'], 'User.userName'),
  'sort-ascending': sorted(
    'sortOrder=ascending',
    { sortBy: 'userName', sortOrder: 'ascending' },
    ['ada', 'bob', 'cyd'],
    'User.userName',
  ),
  'sort-descending': sorted(
    'sortOrder=descending',
    { sortBy: 'userName', sortOrder: 'descending' },
    ['cyd', 'bob', 'ada'],
    'User.userName',
  ),
  'sort-part': sorted(
    'a sub-attribute sorts, case-insensitively where its schema has caseExact false',
    { sortBy: 'name.familyName' },
    ['bob', 'cyd', 'ada'],
    'User.name.familyName',
  ),
  'sort-list': sorted('a list sorts by its primary value', { sortBy: 'emails' }, ['cyd', 'bob', 'ada'], 'User.emails'),
  'sort-missing': sorted('a user without a value comes last', { sortBy: 'title' }, ['bob', 'ada', 'cyd'], 'User.title'),
  'sort-missing-descending': sorted(
    'a user without a value comes first in a descending order',
    { sortBy: 'title', sortOrder: 'descending' },
    ['cyd', 'ada', 'bob'],
    'User.title',
  ),
});

/** All pages of a cursor, and the users on them. */
async function walk(session: Session, count: number) {
  const pages: unknown[] = [];
  const seen: string[] = [];
  let cursor: unknown = '';
  while (typeof cursor === 'string' && pages.length < 10) {
    const { body, names } = await ask(session, { count, cursor });
    pages.push(body);
    seen.push(...names);
    cursor = at(body, 'nextCursor');
  }
  return { pages, seen };
}

export const cursors = checksOf('cursors', {
  first: {
    title: 'an empty cursor returns the first page and nextCursor',
    source: 'RFC 9865 2',
    needs: ['cursor', 'filter'],
    async run(session) {
      const { body, names } = await ask(session, { count: 2, cursor: '' });
      expectEqual('the number of resources', names.length, 2);
      expectThat(typeof at(body, 'nextCursor') === 'string', 'nextCursor', at(body, 'nextCursor'));
    },
  },
  walk: {
    title: 'the pages of a cursor have each user once, and the last has no nextCursor',
    source: 'RFC 9865 2',
    needs: ['cursor', 'filter'],
    async run(session) {
      const { pages, seen } = await walk(session, 1);
      expectEqual('on all pages', seen.toSorted(), ['ada', 'bob', 'cyd']);
      expectAbsent('nextCursor on the last page', at(pages.at(-1), 'nextCursor'));
    },
  },
  whole: {
    title: 'a page with all users has no nextCursor',
    source: 'RFC 9865 2',
    needs: ['cursor', 'filter'],
    async run(session) {
      const { body } = await ask(session, { count: 50, cursor: '' });
      expectAbsent('nextCursor', at(body, 'nextCursor'));
    },
  },
  invalid: {
    title: 'an invalid cursor is 400 invalidCursor',
    source: 'RFC 9865 3',
    needs: ['cursor'],
    run: async (session) =>
      expectError(await session.list('/Users', { cursor: session.uniqueName() }), 400, 'invalidCursor'),
  },
});
