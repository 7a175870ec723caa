import { inArea } from '../check.ts';
import { expectAbsent, expectEqual, expectError, expectStatus, expectThat } from '../expect.ts';
import { at, listAt } from '../json.ts';
import type { Session } from '../session.ts';
import { urns } from '../urn.ts';
import { people, personsIn } from './people.ts';

type Parameters = Readonly<Record<string, string | number>>;

/** The list of the three people and nobody else. */
async function ask(session: Session, parameters: Parameters) {
  const all = await people(session);
  const answer = await session.list('/Users', { filter: `userName sw "${all.tag}"`, ...parameters });
  expectStatus(answer, 200);
  return { body: answer.body, persons: personsIn(all, listAt(answer.body, 'Resources')) };
}

const paged = (title: string, parameters: Parameters, startIndex: number, length: number) => ({
  title,
  source: 'RFC 7644 3.4.2.4',
  needs: ['filter'] as const,
  async run(session: Session) {
    const { body, persons } = await ask(session, parameters);
    expectEqual('totalResults', at(body, 'totalResults'), 3);
    expectEqual('so many resources:', persons.length, length);
    if (length > 0) expectEqual('startIndex', at(body, 'startIndex'), startIndex);
  },
});

const sorted = (title: string, parameters: Parameters, order: readonly string[], attribute: `User.${string}`) => ({
  title,
  source: 'RFC 7644 3.4.2.3',
  needs: ['filter', 'sort', attribute] as const,
  async run(session: Session) {
    expectEqual('the order', (await ask(session, parameters)).persons, order);
  },
});

export const lists = inArea('lists', {
  form: {
    title: 'a list says what it is, and how much there is',
    source: 'RFC 7644 3.4.2',
    needs: ['filter'],
    async run(session) {
      const { body } = await ask(session, {});
      expectThat(listAt(body, 'schemas').includes(urns.listResponse), 'a ListResponse', at(body, 'schemas'));
      expectEqual('totalResults', at(body, 'totalResults'), 3);
    },
  },
  empty: {
    title: 'a list of nothing is 200 with totalResults 0',
    source: 'RFC 7644 3.4.2',
    needs: ['filter'],
    async run(session) {
      const { body } = await ask(session, { filter: `userName eq "${session.name()}"` });
      expectEqual('totalResults', at(body, 'totalResults'), 0);
      expectAbsent('Resources', at(body, 'Resources'));
    },
  },
  'first-page': paged('count limits what is shown', { startIndex: 1, count: 2 }, 1, 2),
  'last-page': paged('startIndex says where a page begins', { startIndex: 3, count: 2 }, 3, 1),
  'beyond-the-end': paged('a page beyond the end is empty', { startIndex: 4, count: 2 }, 4, 0),
  'start-index-zero': paged('startIndex=0 counts as 1', { startIndex: 0, count: 1 }, 1, 1),
  'start-index-negative': paged('a negative startIndex counts as 1', { startIndex: -3, count: 1 }, 1, 1),
  'count-zero': paged('count=0 asks for the total alone', { count: 0 }, 1, 0),
  'count-negative': paged('a negative count counts as 0', { count: -1 }, 1, 0),
  'count-large': paged('count may be more than there is', { count: 50 }, 1, 3),
  walk: {
    title: 'pages show everybody once',
    source: 'RFC 7644 3.4.2.4',
    needs: ['filter'],
    async run(session) {
      const seen: string[] = [];
      for (const startIndex of [1, 2, 3]) seen.push(...(await ask(session, { startIndex, count: 1 })).persons);
      expectEqual('on three pages', seen.toSorted(), ['ada', 'bob', 'cyd']);
    },
  },
  'items-per-page': {
    title: 'itemsPerPage is how many a page shows',
    source: 'RFC 7644 3.4.2.4',
    needs: ['filter'],
    async run(session) {
      const { body } = await ask(session, { startIndex: 1, count: 2 });
      expectEqual('itemsPerPage', at(body, 'itemsPerPage'), 2);
    },
  },
  attributes: {
    title: 'attributes is heeded in a list',
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
    title: 'a list shows a user as a read of it does',
    source: 'RFC 7644 3.4.2',
    needs: ['filter'],
    async run(session) {
      const { users } = await people(session);
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
    'a part sorts, without case where the schema says so',
    { sortBy: 'name.familyName' },
    ['bob', 'cyd', 'ada'],
    'User.name.familyName',
  ),
  'sort-list': sorted('a list sorts by its primary value', { sortBy: 'emails' }, ['cyd', 'bob', 'ada'], 'User.emails'),
  'sort-missing': sorted('who has no value comes last', { sortBy: 'title' }, ['bob', 'ada', 'cyd'], 'User.title'),
  'sort-missing-descending': sorted(
    'who has no value comes first in a descending order',
    { sortBy: 'title', sortOrder: 'descending' },
    ['cyd', 'ada', 'bob'],
    'User.title',
  ),
});

/** All pages of a walk by cursor, and who is on them. */
async function walk(session: Session, count: number) {
  const pages: unknown[] = [];
  const seen: string[] = [];
  let cursor: unknown = '';
  while (typeof cursor === 'string' && pages.length < 10) {
    const { body, persons } = await ask(session, { count, cursor });
    pages.push(body);
    seen.push(...persons);
    cursor = at(body, 'nextCursor');
  }
  return { pages, seen };
}

export const cursors = inArea('cursors', {
  first: {
    title: 'an empty cursor begins a walk, and nextCursor goes on with it',
    source: 'RFC 9865 2',
    needs: ['cursor', 'filter'],
    async run(session) {
      const { body, persons } = await ask(session, { count: 2, cursor: '' });
      expectEqual('so many resources:', persons.length, 2);
      expectThat(typeof at(body, 'nextCursor') === 'string', 'nextCursor', at(body, 'nextCursor'));
    },
  },
  walk: {
    title: 'a walk passes everybody once, and ends without nextCursor',
    source: 'RFC 9865 2',
    needs: ['cursor', 'filter'],
    async run(session) {
      const { pages, seen } = await walk(session, 1);
      expectEqual('everybody:', seen.toSorted(), ['ada', 'bob', 'cyd']);
      expectAbsent('nextCursor on the last page', at(pages.at(-1), 'nextCursor'));
    },
  },
  whole: {
    title: 'a page that shows everybody has no nextCursor',
    source: 'RFC 9865 2',
    needs: ['cursor', 'filter'],
    async run(session) {
      const { body } = await ask(session, { count: 50, cursor: '' });
      expectAbsent('nextCursor', at(body, 'nextCursor'));
    },
  },
  invalid: {
    title: 'a cursor that is none is refused with invalidCursor',
    source: 'RFC 9865 3',
    needs: ['cursor'],
    run: async (session) => expectError(await session.list('/Users', { cursor: session.name() }), 400, 'invalidCursor'),
  },
});
