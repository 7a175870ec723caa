import { scim } from '@stele/schemas/scim';
import { describe, expect, test } from 'vitest';
import { operations, Stele, SteleError, type ScimGroupAttributes } from '../src/index.ts';
import { json, serve, type Handler, type Seen } from './server.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const people = Array.from({ length: 25 }, (_, index) => ({ id: `${index}`, userName: `user${index}` }));

async function client(handler: Handler = json(200, {})) {
  const { url, seen } = await serve(handler);
  const stele = new Stele({ url, token: 'secret', retries: 0 });
  return { scim: stele.scim, seen, bodies: () => seen.map(({ body }) => JSON.parse(body)) };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

type Asked = Record<string, unknown> & { startIndex?: number; count?: number; cursor?: string };

/** What was asked of a list: in the query of a GET, in the body of a search. */
function askedOf({ method, path, body }: Seen): Asked {
  if (method === 'POST') {
    const { schemas, ...rest } = JSON.parse(body);
    expect(schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:SearchRequest']);
    return rest;
  }
  const query = Object.fromEntries(new URL(path, 'http://a').searchParams);
  const numbers = Object.entries(query).filter(([name]) => name === 'startIndex' || name === 'count');
  return { ...query, ...Object.fromEntries(numbers.map(([name, value]) => [name, Number(value)])) };
}

/** RFC 7644 3.4.2.4 and RFC 9865 2: by index, or by cursor (here the place of the next resource). */
const listed: Handler = (seen, response) => {
  const { startIndex = 1, count = 10, cursor } = askedOf(seen);
  const first = cursor === undefined ? Math.max(startIndex, 1) - 1 : Number(cursor);
  const Resources = people.slice(first, first + count);
  json(200, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: people.length,
    itemsPerPage: Resources.length,
    ...(cursor === undefined && { startIndex: first + 1 }),
    ...(cursor !== undefined && first + count < people.length && { nextCursor: String(first + count) }),
    Resources,
  })(seen, response);
};

const lists = ['users.list', 'users.search', 'groups.list', 'groups.search'] as const;

async function listClient(name: (typeof lists)[number], handler = listed) {
  const { scim, seen } = await client(handler);
  const [resource, method] = name.split('.') as ['users', 'list'];
  return { list: scim[resource][method].bind(scim[resource]), seen, asked: () => seen.map(askedOf) };
}

describe.each(lists)('%s', (name) => {
  test('is one page when awaited, asked for as it was said', async () => {
    const { list, asked } = await listClient(name);
    const query = { filter: 'active eq true & "ä"', startIndex: 6, count: 5 };
    const { data, response } = await list(query).withResponse();
    expect(response.status).toBe(200);
    expect(data).toMatchObject({ totalResults: 25, startIndex: 6, Resources: people.slice(5, 10) });
    await list();
    expect(asked()).toEqual([query, {}]);
  });

  test('goes by cursor over all resources when iterated', async () => {
    const { list, asked } = await listClient(name);
    expect(await all(list({ filter: 'id pr' }))).toEqual(people);
    expect(asked()).toEqual(['', '10', '20'].map((cursor) => ({ filter: 'id pr', cursor })));
  });

  test('goes on from a cursor', async () => {
    const { list, asked } = await listClient(name);
    expect(await all(list({ cursor: '20' }))).toEqual(people.slice(20));
    expect(asked()).toEqual([{ cursor: '20' }]);
  });

  // RFC 9865 2.1: a cursor excludes startIndex; this directory does not sort a walk by cursor.
  test.each([
    [{ startIndex: 16 }, [{}], 15],
    [{ startIndex: -3, count: 20 }, [{}, { startIndex: 21 }], 0],
    [{ sortBy: 'userName' }, [{}, { startIndex: 11 }, { startIndex: 21 }], 0],
  ])('goes by index with %j', async (query, pages, first) => {
    const { list, asked } = await listClient(name);
    expect(await all(list(query))).toEqual(people.slice(first));
    expect(asked()).toEqual(pages.map((page) => ({ ...query, ...page })));
  });

  test('asks for a page when all of the one before has been taken, and stops with its loop', async () => {
    const { list, seen } = await listClient(name);
    let taken = 0;
    for await (const _ of list()) {
      taken += 1;
      expect(seen).toHaveLength(Math.ceil(taken / 10));
      if (taken === 15) break;
    }
    expect(seen).toHaveLength(2);
  });

  test('ends with an error where the cursor leads back', async () => {
    const { list, seen } = await listClient(name, json(200, { totalResults: 2, Resources: [{}], nextCursor: '7' }));
    await expect(all(list({ cursor: '7' }))).rejects.toThrow(SteleError);
    expect(seen).toHaveLength(1);
  });

  test.each([{ count: 0 }, { count: 0, startIndex: 1 }])('is empty where %j is asked for', async (query) => {
    const { list, seen } = await listClient(name, json(200, { totalResults: 2, Resources: [], nextCursor: 'a' }));
    expect(await all(list(query))).toEqual([]);
    expect(seen).toHaveLength(1);
  });

  test('names attributes as the place for them has it', async () => {
    const { list, asked } = await listClient(name);
    await list({ attributes: ['id', 'name.givenName'], excludedAttributes: ['photos'] });
    expect(asked()).toEqual([
      name.endsWith('search')
        ? { attributes: ['id', 'name.givenName'], excludedAttributes: ['photos'] }
        : { attributes: 'id,name.givenName', excludedAttributes: 'photos' },
    ]);
  });
});

test('a search among users and groups goes by index', async () => {
  const { scim, seen } = await client(listed);
  expect(await all<unknown>(scim.search({ filter: 'id pr' }))).toEqual(people);
  expect(seen.map(askedOf)).toEqual(
    [{}, { startIndex: 11 }, { startIndex: 21 }].map((at) => ({ filter: 'id pr', ...at })),
  );
  expect(seen.map(({ path }) => path)).toEqual(Array(3).fill('/scim/v2/.search'));
});

test('what describes the service is one page', async () => {
  const documents = [{ id: 'User' }, { id: 'Group' }];
  const { scim, seen } = await client(json(200, { totalResults: 2, Resources: documents }));
  expect(await all<unknown>(scim.resourceTypes.list())).toEqual(documents);
  expect(await all<unknown>(scim.schemas.list())).toEqual(documents);
  await scim.schemas.get(USER);
  expect(seen.map(({ path }) => path)).toEqual([
    '/scim/v2/ResourceTypes',
    '/scim/v2/Schemas',
    `/scim/v2/Schemas/${encodeURIComponent(USER)}`,
  ]);
});

test('a credential that is no user is told so', async () => {
  const { scim } = await client(json(501, { detail: 'A credential here belongs to a client', status: '501' }));
  await expect(scim.me()).rejects.toMatchObject({ status: 501, code: 'not_implemented', attempts: 1 });
});

describe('a resource', () => {
  test('names its schemas, unless the caller does', async () => {
    const { scim, bodies } = await client();
    await scim.users.create({ userName: 'a', [ENTERPRISE]: { department: 'Mapping' } });
    await scim.users.replace('1', { userName: 'a' });
    await scim.groups.create({ displayName: 'a' });
    await scim.groups.replace('1', { displayName: 'a', schemas: ['urn:other'] });
    expect(bodies().map(({ schemas }) => schemas)).toEqual([[USER, ENTERPRISE], [USER], [GROUP], ['urn:other']]);
  });

  test('is shown as far as it was asked for', async () => {
    const { scim, seen } = await client();
    const asked = { attributes: ['userName', `${ENTERPRISE}:department`], excludedAttributes: ['photos'] };
    const { users, groups } = scim;
    await users.create({ userName: 'a' }, asked);
    await users.get('1', asked);
    await users.replace('1', { userName: 'a' }, asked);
    await users.patch('1', [], asked);
    await groups.create({ displayName: 'a' }, asked);
    await groups.get('1', asked);
    await groups.replace('1', { displayName: 'a' }, asked);
    await groups.patch('1', [], asked);
    const query = { attributes: asked.attributes.join(','), excludedAttributes: 'photos' };
    for (const { path } of seen) {
      expect(Object.fromEntries(new URL(path, 'http://a').searchParams)).toEqual(query);
    }
    expect(seen).toHaveLength(8);
  });

  test('is written if it has the version', async () => {
    const { scim, seen } = await client(json(200, {}, { ETag: '"7"' }));
    const { users, groups } = scim;
    const ifMatch = await groups.get('1').withResponse();
    await users.replace('1', { userName: 'a' }, { ifMatch });
    await users.delete('1', { ifMatch });
    await groups.replace('1', { displayName: 'a' }, { ifMatch });
    await groups.delete('1', { ifMatch });
    await groups.addMembers('1', ['2'], { ifMatch });
    await groups.removeMembers('1', ['2'], { ifMatch });
    expect(seen.slice(1).map(({ headers }) => headers['if-match'])).toEqual(Array(6).fill('"7"'));
  });

  test('of a group that was patched is nothing, unless the answer has it', async () => {
    const { scim } = await client((seen, response) =>
      seen.path.includes('attributes') ? json(200, { id: '1' })(seen, response) : response.writeHead(204).end(),
    );
    expect(await scim.groups.patch('1', [])).toBeUndefined();
    expect(await scim.groups.addMembers('1', [])).toBeUndefined();
    expect(await scim.groups.patch('1', [], { attributes: ['id'] })).toEqual({ id: '1' });
  });
});

describe('operations', () => {
  const onUser = operations()
    .add('emails', { value: 'a@example.com', type: 'work' })
    .replace('emails[type eq "work"].value', 'b@example.com')
    .replace('nickName', null)
    .replace('active', false)
    .replace({ title: 'Engineer', locale: null })
    .add({ displayName: 'A' })
    .remove('phoneNumbers[type eq "fax"]')
    .remove('ims', [{ value: 'a' }]);
  const plain = [
    { op: 'add', path: 'emails', value: { value: 'a@example.com', type: 'work' } },
    { op: 'replace', path: 'emails[type eq "work"].value', value: 'b@example.com' },
    { op: 'replace', path: 'nickName', value: null },
    { op: 'replace', path: 'active', value: false },
    { op: 'replace', value: { title: 'Engineer', locale: null } },
    { op: 'add', value: { displayName: 'A' } },
    { op: 'remove', path: 'phoneNumbers[type eq "fax"]' },
    { op: 'remove', path: 'ims', value: [{ value: 'a' }] },
  ] as const;
  const message = { schemas: [PATCH], Operations: plain };

  test('are those of a PATCH, in order', async () => {
    const { scim: client_, bodies } = await client();
    await client_.users.patch('1', onUser);
    await client_.users.patch('1', plain);
    expect(bodies()).toEqual([message, message]);
    expect([...onUser]).toStrictEqual(plain);
    expect(scim.operations.patchUser.body.safeParse(bodies()[0])).toHaveProperty('success', true);
  });

  test('that are built upon stay as they are', () => {
    const first = operations().replace('title', 'a');
    const [left, right] = [first.remove('locale'), first.remove('nickName')];
    expect([first, left, right].map((each) => [...each].map(({ path }) => path))).toEqual([
      ['title'],
      ['title', 'locale'],
      ['title', 'nickName'],
    ]);
  });

  test('add and remove members', async () => {
    const { scim, bodies } = await client((_, response) => response.writeHead(204).end());
    await scim.groups.addMembers('1', ['2', '3']);
    await scim.groups.removeMembers('1', ['2']);
    await scim.groups.patch('1', operations<ScimGroupAttributes>().remove('members[value eq "2"]'));
    expect(bodies().map(({ Operations }) => Operations)).toEqual([
      [{ op: 'add', path: 'members', value: [{ value: '2' }, { value: '3' }] }],
      [{ op: 'remove', path: 'members', value: [{ value: '2' }] }],
      [{ op: 'remove', path: 'members[value eq "2"]' }],
    ]);
  });
});

describe('a bulk request', () => {
  const location = 'https://stele.example.com/scim/v2/Users/01979f2e';
  const refusal = { schemas: [], status: '409', scimType: 'uniqueness', detail: 'userName is taken' };
  const answer = json(200, {
    Operations: [
      { method: 'POST', bulkId: 'jane', location, version: '"1"', status: '201' },
      { method: 'POST', bulkId: 'john', status: '409', response: refusal },
      { method: 'PUT', location, status: '412', response: refusal },
      { method: 'DELETE', location, status: '204' },
    ],
  });

  test('says of each operation what became of it', async () => {
    const { scim } = await client(answer);
    const outcomes = await scim.bulk([]);
    expect(outcomes).toStrictEqual([
      { method: 'POST', bulkId: 'jane', location, id: '01979f2e', version: '"1"', status: 201 },
      { method: 'POST', bulkId: 'john', status: 409, error: refusal },
      { method: 'PUT', location, id: '01979f2e', status: 412, error: refusal },
      { method: 'DELETE', location, id: '01979f2e', status: 204 },
    ]);
  });

  test('names the schemas of what it holds, and leaves the rest as it is', async () => {
    const { scim: client_, bodies, seen } = await client(answer);
    const put = { method: 'PUT', path: '/Users/1', version: '"1"' } as const;
    const remove = { op: 'remove', path: 'title' } as const;
    await client_.bulk(
      [
        { method: 'POST', path: '/Users', bulkId: 'a', data: { userName: 'a', [ENTERPRISE]: { department: 'b' } } },
        { method: 'POST', path: '/Groups', bulkId: 'b', data: { displayName: 'b' } },
        { ...put, data: { schemas: ['urn:other'], userName: 'a' } },
        { method: 'PATCH', path: '/Groups/1', data: { Operations: [remove] } },
        { method: 'PATCH', path: '/Users/1', data: operations().remove('title') },
        { method: 'DELETE', path: '/Users/bulkId:a' },
      ],
      { failOnErrors: 2, idempotencyKey: 'import-7' },
    );
    expect(bodies()).toEqual([
      {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        failOnErrors: 2,
        Operations: [
          {
            method: 'POST',
            path: '/Users',
            bulkId: 'a',
            data: { schemas: [USER, ENTERPRISE], userName: 'a', [ENTERPRISE]: { department: 'b' } },
          },
          { method: 'POST', path: '/Groups', bulkId: 'b', data: { schemas: [GROUP], displayName: 'b' } },
          { ...put, data: { schemas: ['urn:other'], userName: 'a' } },
          { method: 'PATCH', path: '/Groups/1', data: { schemas: [PATCH], Operations: [remove] } },
          { method: 'PATCH', path: '/Users/1', data: { schemas: [PATCH], Operations: [remove] } },
          { method: 'DELETE', path: '/Users/bulkId:a' },
        ],
      },
    ]);
    expect(scim.operations.bulk.body.safeParse(bodies()[0])).toHaveProperty('success', true);
    expect(seen[0]!.headers['idempotency-key']).toBe('import-7');
  });
});
