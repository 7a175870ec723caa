import { inArea } from '../check.ts';
import { expectAbsent, expectEqual, expectError, expectStatus, expectThat, Skip } from '../expect.ts';
import { at, listAt } from '../json.ts';
import type { Session } from '../session.ts';
import { urns } from '../urn.ts';
import { people, personsIn } from './people.ts';

/** Nothing announces `.search`, so a server that has none is not wrong. */
async function search(session: Session, path: string, body: object) {
  const answer = await session.post(`${path}/.search`, body);
  if ([404, 405, 501].includes(answer.status)) throw new Skip('it has no .search');
  return answer;
}

const request = (parameters: object) => ({ schemas: [urns.searchRequest], ...parameters });

const source = 'RFC 7644 3.4.3';

export const searches = inArea('search', {
  filter: {
    title: 'POST .search finds what a filter in its body says',
    source,
    needs: ['filter'],
    async run(session) {
      const all = await people(session);
      const filter = `userName sw "${all.tag}" and not (userName sw "${all.tag}a")`;
      const answer = await search(session, '/Users', request({ filter }));
      expectStatus(answer, 200);
      expectEqual('found', personsIn(all, listAt(answer.body, 'Resources')).toSorted(), ['bob', 'cyd']);
      expectEqual('totalResults', at(answer.body, 'totalResults'), 2);
    },
  },
  attributes: {
    title: 'attributes is a list in the body of a search',
    source,
    needs: ['filter'],
    async run(session) {
      const { tag } = await people(session);
      const parameters = { filter: `userName sw "${tag}"`, attributes: ['userName'], startIndex: 1, count: 1 };
      const answer = await search(session, '/Users', request(parameters));
      expectStatus(answer, 200);
      expectThat(at(answer.body, 'Resources', 0, 'userName') !== undefined, 'userName', answer.body);
      expectAbsent('emails', at(answer.body, 'Resources', 0, 'emails'));
      expectEqual('so many resources:', listAt(answer.body, 'Resources').length, 1);
    },
  },
  root: {
    title: 'a search at the root finds resources of each kind',
    source,
    needs: ['filter'],
    async run(session) {
      const all = await people(session);
      const answer = await search(session, '', request({ filter: `userName eq "${all.tag}bob@example.com"` }));
      expectStatus(answer, 200);
      expectEqual('found', personsIn(all, listAt(answer.body, 'Resources')), ['bob']);
    },
  },
  invalid: {
    title: 'a search with a filter that is none is refused with invalidFilter',
    source,
    needs: ['filter'],
    run: async (session) =>
      expectError(await search(session, '/Users', request({ filter: 'userName eq' })), 400, 'invalidFilter'),
  },
});
