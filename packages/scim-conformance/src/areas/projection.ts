import { eachOf, inArea } from '../check.ts';
import { expectAbsent, expectHolds, expectStatus, expectThat } from '../expect.ts';
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
    title: 'attributes shows what it names, with id and schemas',
    query: 'attributes=userName',
    shown: ['userName', 'id', 'schemas'],
    hidden: ['name', 'emails'],
  },
  'attributes-in-any-case': {
    title: 'attributes names in any case',
    query: 'attributes=USERNAME',
    shown: ['userName'],
    hidden: ['name'],
  },
  several: {
    title: 'attributes names several, with commas',
    query: 'attributes=userName,emails',
    shown: ['userName', 'emails'],
    hidden: ['name'],
  },
  part: {
    title: 'attributes names a part of an attribute',
    query: 'attributes=name.givenName',
    shown: ['name.givenName'],
    hidden: ['name.familyName', 'emails'],
  },
  urn: {
    title: 'attributes names an attribute after the URN of its schema',
    query: `attributes=${urns.user}:userName`,
    shown: ['userName', 'id'],
    hidden: ['emails'],
  },
  excluded: {
    title: 'excludedAttributes leaves out what it names',
    query: 'excludedAttributes=emails',
    shown: ['userName', 'name', 'id'],
    hidden: ['emails'],
  },
  'excluded-part': {
    title: 'excludedAttributes leaves out a part of an attribute',
    query: 'excludedAttributes=name.familyName',
    shown: ['name.givenName', 'emails'],
    hidden: ['name.familyName'],
  },
  'excluded-always': {
    title: 'what is returned always cannot be left out',
    query: 'excludedAttributes=id,schemas,emails',
    shown: ['id', 'schemas'],
    hidden: ['emails'],
  },
};

const show = ({ title, query, shown, hidden }: Projection) => ({
  title,
  source: 'RFC 7644 3.9',
  async run(session: Session) {
    const { path } = await session.shared('projected', (own) => own.user());
    const user = await session.read(`${path}?${query}`);
    for (const name of shown) expectThat(value(user, name) !== undefined, `${name} with ?${query}`, user);
    for (const name of hidden) expectAbsent(`${name} with ?${query}`, value(user, name));
  },
});

export const projection = inArea('projection', {
  ...eachOf(projections, show),
  extension: {
    title: 'attributes names an attribute of an extension',
    source: 'RFC 7644 3.9',
    needs: ['enterprise'],
    async run(session) {
      const extension = { department: 'Mapping', division: 'North' };
      const { path } = await session.user({ [urns.enterprise]: extension });
      const user = await session.read(`${path}?attributes=${urns.enterprise}:department`);
      expectHolds('the user', user, { [urns.enterprise]: { department: 'Mapping' } });
      expectAbsent('division', at(user, urns.enterprise, 'division'));
      expectAbsent('userName', user['userName']);
    },
  },
  create: {
    title: 'attributes is heeded by POST',
    source: 'RFC 7644 3.9',
    async run(session) {
      const answer = await session.post('/Users?attributes=userName', session.draft());
      expectStatus(answer, 201);
      expectAbsent('emails', at(answer.body, 'emails'));
      expectThat(at(answer.body, 'userName') !== undefined, 'userName', answer.body);
    },
  },
  patch: {
    title: 'attributes is heeded by PATCH, which then answers 200',
    source: 'RFC 7644 3.5.2',
    needs: ['patch'],
    async run(session) {
      const { path } = await session.user();
      const operation = { op: 'replace', path: 'name.givenName', value: 'Other' };
      const answer = await session.patch(`${path}?attributes=name.givenName`, [operation]);
      expectStatus(answer, 200);
      expectHolds('the user', answer.body, { name: { givenName: 'Other' } });
      expectAbsent('emails', at(answer.body, 'emails'));
    },
  },
});
