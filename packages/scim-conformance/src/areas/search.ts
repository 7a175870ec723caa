import { checksOf } from '../check.ts';
import { expectAbsent, expectEqual, expectError, expectStatus, expectThat, SkipError } from '../expect.ts';
import { at, listAt } from '../json.ts';
import type { Session } from '../session.ts';
import { urns } from '../urn.ts';
import { sampleUsers, sampleNamesIn } from './sample-users.ts';

/** Nothing announces `.search`, so a server that has none is not wrong. */
async function search(session: Session, path: string, body: object) {
  const response = await session.post(`${path}/.search`, body);
  if ([404, 405, 501].includes(response.status)) throw new SkipError('it has no .search');
  return response;
}

const request = (parameters: object) => ({ schemas: [urns.searchRequest], ...parameters });

const source = 'RFC 7644 3.4.3';

export const searches = checksOf('search', {
  filter: {
    title: 'POST .search finds what the filter in its body selects',
    source,
    needs: ['filter'],
    async run(session) {
      const all = await sampleUsers(session);
      const filter = `userName sw "${all.tag}" and not (userName sw "${all.tag}a")`;
      const response = await search(session, '/Users', request({ filter }));
      expectStatus(response, 200);
      expectEqual('found', sampleNamesIn(all, listAt(response.body, 'Resources')).toSorted(), ['bob', 'cyd']);
      expectEqual('totalResults', at(response.body, 'totalResults'), 2);
    },
  },
  attributes: {
    title: 'attributes is a list in the body of a search',
    source,
    needs: ['filter'],
    async run(session) {
      const { tag } = await sampleUsers(session);
      const parameters = { filter: `userName sw "${tag}"`, attributes: ['userName'], startIndex: 1, count: 1 };
      const response = await search(session, '/Users', request(parameters));
      expectStatus(response, 200);
      expectThat(at(response.body, 'Resources', 0, 'userName') !== undefined, 'userName', response.body);
      expectAbsent('emails', at(response.body, 'Resources', 0, 'emails'));
      expectEqual('the number of resources', listAt(response.body, 'Resources').length, 1);
    },
  },
  root: {
    title: 'a search at the root finds resources of each kind',
    source,
    needs: ['filter'],
    async run(session) {
      const all = await sampleUsers(session);
      const response = await search(session, '', request({ filter: `userName eq "${all.tag}bob@example.com"` }));
      expectStatus(response, 200);
      expectEqual('found', sampleNamesIn(all, listAt(response.body, 'Resources')), ['bob']);
    },
  },
  invalid: {
    title: 'POST .search with an invalid filter is 400 invalidFilter',
    source,
    needs: ['filter'],
    run: async (session) =>
      expectError(await search(session, '/Users', request({ filter: 'userName eq' })), 400, 'invalidFilter'),
  },
});
