import { mapRows, checksOf } from '../check.ts';
import { expectAbsent, expectContains, expectStatus, expectThat } from '../expect.ts';
import { at, type Json } from '../json.ts';
import type { Session } from '../session.ts';
import { urns } from '../urn.ts';

interface Projection {
  readonly title: string;
  readonly query: string;
  readonly shown: readonly string[];
  readonly hidden: readonly string[];
}

/** A dot leads to a part. */
const value = (user: Json, name: string): unknown => at(user, ...name.split('.'));

const projections: Readonly<Record<string, Projection>> = {
  attributes: {
    title: 'attributes returns the attributes it names, with id and schemas',
    query: 'attributes=userName',
    shown: ['userName', 'id', 'schemas'],
    hidden: ['name', 'emails'],
  },
  'attributes-in-any-case': {
    title: 'attributes matches names in any case',
    query: 'attributes=USERNAME',
    shown: ['userName'],
    hidden: ['name'],
  },
  several: {
    title: 'attributes takes several names, with commas',
    query: 'attributes=userName,emails',
    shown: ['userName', 'emails'],
    hidden: ['name'],
  },
  part: {
    title: 'attributes takes a sub-attribute',
    query: 'attributes=name.givenName',
    shown: ['name.givenName'],
    hidden: ['name.familyName', 'emails'],
  },
  urn: {
    title: 'attributes takes a name after the URN of its schema',
    query: `attributes=${urns.user}:userName`,
    shown: ['userName', 'id'],
    hidden: ['emails'],
  },
  excluded: {
    title: 'excludedAttributes excludes the attributes it names',
    query: 'excludedAttributes=emails',
    shown: ['userName', 'name', 'id'],
    hidden: ['emails'],
  },
  'excluded-part': {
    title: 'excludedAttributes takes a sub-attribute',
    query: 'excludedAttributes=name.familyName',
    shown: ['name.givenName', 'emails'],
    hidden: ['name.familyName'],
  },
  'excluded-always': {
    title: 'excludedAttributes cannot exclude what is always returned',
    query: 'excludedAttributes=id,schemas,emails',
    shown: ['id', 'schemas'],
    hidden: ['emails'],
  },
};

const projecting = ({ title, query, shown, hidden }: Projection) => ({
  title,
  source: 'RFC 7644 3.9',
  async run(session: Session) {
    const { path } = await session.shared('projected', (own) => own.createUser());
    const user = await session.read(`${path}?${query}`);
    for (const name of shown) expectThat(value(user, name) !== undefined, `${name} with ?${query}`, user);
    for (const name of hidden) expectAbsent(`${name} with ?${query}`, value(user, name));
  },
});

export const projection = checksOf('projection', {
  ...mapRows(projections, projecting),
  extension: {
    title: 'attributes takes an attribute of an extension',
    source: 'RFC 7644 3.9',
    needs: ['enterprise'],
    async run(session) {
      const extension = { department: 'Mapping', division: 'North' };
      const { path } = await session.createUser({ [urns.enterprise]: extension });
      const user = await session.read(`${path}?attributes=${urns.enterprise}:department`);
      expectContains('the user', user, { [urns.enterprise]: { department: 'Mapping' } });
      expectAbsent('division', at(user, urns.enterprise, 'division'));
      expectAbsent('userName', user['userName']);
    },
  },
  create: {
    title: 'attributes limits the response to POST',
    source: 'RFC 7644 3.9',
    async run(session) {
      const response = await session.post('/Users?attributes=userName', session.userBody());
      expectStatus(response, 201);
      expectAbsent('emails', at(response.body, 'emails'));
      expectThat(at(response.body, 'userName') !== undefined, 'userName', response.body);
    },
  },
  patch: {
    title: 'PATCH with attributes returns 200 with these attributes',
    source: 'RFC 7644 3.5.2',
    needs: ['patch'],
    async run(session) {
      const { path } = await session.createUser();
      const operation = { op: 'replace', path: 'name.givenName', value: 'Other' };
      const response = await session.patch(`${path}?attributes=name.givenName`, [operation]);
      expectStatus(response, 200);
      expectContains('the user', response.body, { name: { givenName: 'Other' } });
      expectAbsent('emails', at(response.body, 'emails'));
    },
  },
});
