import { inArea } from '../check.ts';
import { expectAbsent, expectEqual, expectError, expectStatus, expectThat } from '../expect.ts';
import { at, listAt, textAt } from '../json.ts';
import type { Session } from '../session.ts';
import { urns } from '../urn.ts';

const documents = async (session: Session, path: string): Promise<readonly unknown[]> =>
  listAt(await session.read(path), 'Resources');

const types = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary', 'complex'];

/** The values that RFC 7643 7 allows for the characteristics of an attribute; a default may be left out. */
const characteristics: Readonly<Record<string, readonly unknown[]>> = {
  type: types,
  multiValued: [true, false],
  required: [true, false, undefined],
  caseExact: [true, false, undefined],
  mutability: ['readOnly', 'readWrite', 'immutable', 'writeOnly', undefined],
  returned: ['always', 'never', 'default', 'request', undefined],
  uniqueness: ['none', 'server', 'global', undefined],
};

function checkAttribute(urn: string, attribute: unknown): void {
  const name = `${urn}:${textAt(attribute, 'name')}`;
  expectThat(textAt(attribute, 'name') !== '', `a name of each attribute of ${urn}`, attribute);
  for (const [each, allowed] of Object.entries(characteristics)) {
    const value = at(attribute, each);
    expectThat(allowed.includes(value), `${each} of ${name} to be one of RFC 7643's`, value);
  }
  const parts = listAt(attribute, 'subAttributes');
  expectThat(
    (textAt(attribute, 'type') === 'complex') === parts.length > 0,
    `subAttributes of ${name} if it is complex, and only then`,
    parts.length,
  );
  for (const part of parts) checkAttribute(name, part);
}

async function attributeOfUser(session: Session, name: string): Promise<unknown> {
  const { attributes } = (await session.read(`/Schemas/${urns.user}`)) as { attributes?: unknown };
  return listAt({ attributes }, 'attributes').find((each) => textAt(each, 'name') === name);
}

const refusesFilter = (path: string) => ({
  title: `a filter on ${path} is refused with 403`,
  source: 'RFC 7644 4',
  run: async (session: Session) => expectError(await session.list(path, { filter: 'name eq "User"' }), 403),
});

const refusesPost = (path: string) => ({
  title: `${path} cannot be written`,
  source: 'RFC 7644 4',
  run: async (session: Session) => expectStatus(await session.post(path, {}), 405, 404, 403, 501),
});

export const discovery = inArea('discovery', {
  config: {
    title: 'ServiceProviderConfig says what the server can do',
    source: 'RFC 7643 5',
    async run(session) {
      const config = await session.read('/ServiceProviderConfig');
      expectThat(
        listAt(config, 'schemas').includes(urns.serviceProviderConfig),
        `schemas to hold ${urns.serviceProviderConfig}`,
        config['schemas'],
      );
      for (const feature of ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag']) {
        const supported = at(config, feature, 'supported');
        expectThat(typeof supported === 'boolean', `${feature}.supported to be true or false`, supported);
      }
      expectThat(Array.isArray(config['authenticationSchemes']), 'authenticationSchemes to be a list', config);
    },
  },
  'config-limits': {
    title: 'ServiceProviderConfig says how much the server takes',
    source: 'RFC 7643 5',
    async run(session) {
      const config = await session.read('/ServiceProviderConfig');
      for (const [feature, limit] of [
        ['bulk', 'maxOperations'],
        ['bulk', 'maxPayloadSize'],
        ['filter', 'maxResults'],
      ] as const) {
        const value = at(config, feature, limit);
        expectThat(Number.isInteger(value), `${feature}.${limit} to be a whole number`, value);
      }
    },
  },
  'resource-types': {
    title: 'ResourceTypes lists each kind with its endpoint and schema',
    source: 'RFC 7643 6',
    async run(session) {
      const all = await documents(session, '/ResourceTypes');
      for (const each of all) {
        for (const name of ['name', 'endpoint', 'schema']) {
          expectThat(textAt(each, name) !== '', `${name} of each resource type`, each);
        }
      }
      expectThat(
        all.some((each) => textAt(each, 'schema') === urns.user),
        `a resource type with the schema ${urns.user}`,
        all,
      );
    },
  },
  'resource-type': {
    title: 'each resource type can be read by its name',
    source: 'RFC 7644 4',
    async run(session) {
      for (const each of await documents(session, '/ResourceTypes')) {
        expectEqual('the resource type', await session.read(`/ResourceTypes/${textAt(each, 'name')}`), each);
      }
    },
  },
  endpoints: {
    title: 'each resource type answers at its endpoint',
    source: 'RFC 7643 6',
    async run(session) {
      for (const each of await documents(session, '/ResourceTypes')) {
        expectStatus(await session.list(textAt(each, 'endpoint'), { count: 1 }), 200);
      }
    },
  },
  schemas: {
    title: 'Schemas is a list that has the schemas of each resource type',
    source: 'RFC 7644 4',
    async run(session) {
      const answer = await session.read('/Schemas');
      expectThat(listAt(answer, 'schemas').includes(urns.listResponse), 'a ListResponse', answer['schemas']);
      const known = listAt(answer, 'Resources').map((each) => textAt(each, 'id'));
      for (const type of await documents(session, '/ResourceTypes')) {
        const extensions = listAt(type, 'schemaExtensions').map((each) => textAt(each, 'schema'));
        for (const urn of [textAt(type, 'schema'), ...extensions]) {
          expectThat(known.includes(urn), `${urn} in /Schemas`, known);
        }
      }
    },
  },
  schema: {
    title: 'each schema can be read by its URN',
    source: 'RFC 7644 4',
    async run(session) {
      for (const each of await documents(session, '/Schemas')) {
        expectEqual('the schema', await session.read(`/Schemas/${textAt(each, 'id')}`), each);
      }
    },
  },
  characteristics: {
    title: "each attribute has the characteristics of RFC 7643, with RFC 7643's values",
    source: 'RFC 7643 7',
    async run(session) {
      for (const schema of await documents(session, '/Schemas')) {
        for (const attribute of listAt(schema, 'attributes')) checkAttribute(textAt(schema, 'id'), attribute);
      }
    },
  },
  'user-name': {
    title: 'userName is required and unique',
    source: 'RFC 7643 4.1.1',
    async run(session) {
      const userName = await attributeOfUser(session, 'userName');
      expectEqual('required of userName', at(userName, 'required'), true);
      expectThat(['server', 'global'].includes(textAt(userName, 'uniqueness')), 'userName to be unique', userName);
    },
  },
  password: {
    title: 'password can be written and is never returned',
    source: 'RFC 7643 4.1.1',
    needs: ['User.password'],
    async run(session) {
      const password = await attributeOfUser(session, 'password');
      expectEqual('mutability of password', at(password, 'mutability'), 'writeOnly');
      expectEqual('returned of password', at(password, 'returned'), 'never');
    },
  },
  'groups-of-user': {
    title: 'the groups of a user are read-only',
    source: 'RFC 7643 4.1.2',
    needs: ['User.groups'],
    async run(session) {
      expectEqual('mutability of groups', at(await attributeOfUser(session, 'groups'), 'mutability'), 'readOnly');
    },
  },
  'unknown-schema': {
    title: 'a schema that is not there is not found',
    source: 'RFC 7644 3.12',
    run: async (session) => expectError(await session.get('/Schemas/urn:stele:check:none'), 404),
  },
  'unknown-resource-type': {
    title: 'a resource type that is not there is not found',
    source: 'RFC 7644 3.12',
    run: async (session) => expectError(await session.get('/ResourceTypes/Shoe'), 404),
  },
  'filter-resource-types': refusesFilter('/ResourceTypes'),
  'filter-schemas': refusesFilter('/Schemas'),
  'paging-ignored': {
    title: 'paging of what describes the server is ignored',
    source: 'RFC 7644 4',
    async run(session) {
      const whole = await documents(session, '/Schemas');
      expectEqual('all schemas', await documents(session, '/Schemas?startIndex=2&count=1'), whole);
    },
  },
  'post-config': refusesPost('/ServiceProviderConfig'),
  'post-resource-types': refusesPost('/ResourceTypes'),
  'post-schemas': refusesPost('/Schemas'),
  me: {
    title: '/Me is the user, leads there, or is said not to be there',
    source: 'RFC 7644 3.11',
    run: async (session) => expectStatus(await session.get('/Me'), 200, 308, 403, 404, 501),
  },
  'media-type': {
    title: 'answers are application/scim+json',
    source: 'RFC 7644 3.8',
    async run(session) {
      const { headers } = await session.get('/ServiceProviderConfig');
      const type = headers.get('content-type');
      expectThat(type?.startsWith('application/scim+json') === true, 'application/scim+json', type);
    },
  },
  'no-credential': {
    title: 'what there is to read of users needs a credential',
    source: 'RFC 7644 2',
    async run(session) {
      const answer = await session.get('/Users?count=1', { authorization: '' });
      expectStatus(answer, 401, 403);
      expectAbsent('users without a credential', at(answer.body, 'Resources'));
    },
  },
});
