import { checksOf } from '../check.ts';
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

const rejectsFilter = (path: string) => ({
  title: `GET ${path} with a filter is 403`,
  source: 'RFC 7644 4',
  run: async (session: Session) => expectError(await session.list(path, { filter: 'name eq "User"' }), 403),
});

const rejectsPost = (path: string) => ({
  title: `POST ${path} is an error`,
  source: 'RFC 7644 4',
  run: async (session: Session) => expectStatus(await session.post(path, {}), 405, 404, 403, 501),
});

export const discovery = checksOf('discovery', {
  config: {
    title: 'ServiceProviderConfig has each feature with supported true or false',
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
    title: 'ServiceProviderConfig has the limits of bulk requests and filters',
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
    title: 'GET of the endpoint of each resource type is 200',
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
      const response = await session.read('/Schemas');
      expectThat(listAt(response, 'schemas').includes(urns.listResponse), 'a ListResponse', response['schemas']);
      const known = listAt(response, 'Resources').map((each) => textAt(each, 'id'));
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
    title: 'GET of an unknown schema is 404',
    source: 'RFC 7644 3.12',
    run: async (session) => expectError(await session.get('/Schemas/urn:scim-check:none'), 404),
  },
  'unknown-resource-type': {
    title: 'GET of an unknown resource type is 404',
    source: 'RFC 7644 3.12',
    run: async (session) => expectError(await session.get('/ResourceTypes/Shoe'), 404),
  },
  'filter-resource-types': rejectsFilter('/ResourceTypes'),
  'filter-schemas': rejectsFilter('/Schemas'),
  'paging-ignored': {
    title: '/Schemas ignores startIndex and count',
    source: 'RFC 7644 4',
    async run(session) {
      const whole = await documents(session, '/Schemas');
      expectEqual('all schemas', await documents(session, '/Schemas?startIndex=2&count=1'), whole);
    },
  },
  'post-config': rejectsPost('/ServiceProviderConfig'),
  'post-resource-types': rejectsPost('/ResourceTypes'),
  'post-schemas': rejectsPost('/Schemas'),
  me: {
    title: 'GET /Me is the user, a redirect to it, or an error',
    source: 'RFC 7644 3.11',
    run: async (session) => expectStatus(await session.get('/Me'), 200, 308, 403, 404, 501),
  },
  'media-type': {
    title: 'the media type of responses is application/scim+json',
    source: 'RFC 7644 3.8',
    async run(session) {
      const { headers } = await session.get('/ServiceProviderConfig');
      const type = headers.get('content-type');
      expectThat(type?.startsWith('application/scim+json') === true, 'application/scim+json', type);
    },
  },
  'no-credential': {
    title: 'GET of users without credentials is 401 or 403',
    source: 'RFC 7644 2',
    async run(session) {
      const response = await session.get('/Users?count=1', { authorization: '' });
      expectStatus(response, 401, 403);
      expectAbsent('users without a credential', at(response.body, 'Resources'));
    },
  },
});
