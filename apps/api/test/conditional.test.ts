import { isConditional } from '@stele/schemas/contract';
import { dialects } from '@stele/schemas/dialects';
import { encodeUserId } from '@stele/schemas/v1';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Resource } from '@stele/schemas/canonical';
import { startApp, type TestApp } from './support/app.ts';
import { keptOfGroups, scimAt, urns } from './support/scim.ts';
import { expectRefusal } from './support/refusals.ts';
import { create, faces, type Fields, forgetUsers, kept, patch, read, type Tongue, tongues } from './support/users.ts';

const versionedReads = dialects.flatMap(({ name, mounts, operations }) =>
  Object.values(operations)
    .filter(({ method, versioned }) => method === 'GET' && versioned)
    .flatMap(({ path, resource = 'user' }) =>
      mounts.map((mount) => ({
        route: mount + path,
        resource,
        at: (id: string) => mount + path.replace(/\{\w+\}/, name === 'v1' ? encodeUserId(id) : id),
      })),
    ),
);

/** What `If-None-Match` says of a user at version 3, and what a read then is. */
const preconditions: readonly (readonly [ifNoneMatch: string, status: 200 | 304])[] = [
  ['"3"', 304],
  [' "3" ', 304],
  ['"1", "3"', 304],
  ['"3","4"', 304],
  ['"x" ,\t"3"', 304],
  // RFC 9110 5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements".
  [', "3"', 304],
  ['"1",, ,\t,"3",', 304],
  [',', 200],
  ['*', 304],
  // RFC 9110 13.1.2: "A recipient MUST use the weak comparison function".
  ['W/"3"', 304],
  ['W/"1", W/"3"', 304],
  ['"2"', 200],
  ['"4"', 200],
  ['W/"2"', 200],
  ['"1", "2"', 200],
  ['"03"', 200],
  ['"33"', 200],
  ['""', 200],
  // What is no tag matches none.
  ['3', 200],
  ['"3', 200],
  ['', 200],
];

describe('If-None-Match (RFC 9110 13.1.2)', () => {
  let api: TestApp;
  let id: string;
  let ids: Readonly<Partial<Record<Resource, string>>>;
  beforeAll(async () => {
    api = await startApp();
    id = await create(api, 'scim', 'alice');
    const scim = scimAt(api);
    ids = { user: id, group: await scim.group('one') };
    for (const value of ['two', 'three']) {
      await patch(api, 'scim', id, { title: value });
      await scim.patch(`/Groups/${ids.group}`, [{ op: 'replace', path: 'displayName', value }]);
    }
  });
  afterAll(() => api.stop());

  test('there are reads to try it with', () => {
    expect(new Set(versionedReads.map(({ route }) => route))).toContain('/scim/v2/Users/{id}');
    expect(versionedReads.length).toBeGreaterThanOrEqual(tongues.length);
  });

  describe.each(versionedReads)('GET $route', ({ at, resource }) => {
    test.each(preconditions)('%j on version 3: %i', async (ifNoneMatch, status) => {
      const answer = await api.request('GET', at(ids[resource]!), { headers: { 'if-none-match': ifNoneMatch } });
      expect([answer.status, answer.headers.get('etag')]).toEqual([status, '"3"']);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      if (status === 200) return;
      expect(answer.text).toBe('');
      expect(answer.headers.get('content-type')).toBeNull();
      expect(answer.headers.get('x-request-id')).not.toBeNull();
    });

    test.each(['*', '"3"'])('what is not there is not found, whatever %s says', async (ifNoneMatch) => {
      const answer = await api.request('GET', at(uuidv7()), { headers: { 'if-none-match': ifNoneMatch } });
      expect(answer.status).toBe(404);
    });
  });

  test('the tag of any answer is good for the next read, in every dialect', async () => {
    const user = await create(api, 'scim', 'bob');
    for (const tongue of tongues) {
      const etag = (await patch(api, tongue, user, change[tongue](`by ${tongue}`))).headers.get('etag')!;
      const readAll = () =>
        Promise.all(tongues.map((reader) => read(api, reader, user, { headers: { 'if-none-match': etag } })));
      expect((await readAll()).map(({ status }) => status)).toEqual([304, 304, 304]);
      await patch(api, 'scim', user, { nickName: `after ${tongue}` });
      expect((await readAll()).map(({ status }) => status)).toEqual([200, 200, 200]);
    }
  });

  test('of SCIM heeds attributes and If-None-Match together', async () => {
    const path = `${faces.scim.user(id)}?attributes=userName`;
    expect((await api.request('GET', path, { headers: { 'if-none-match': '"3"' } })).status).toBe(304);
    expect((await api.request('GET', path, { headers: { 'if-none-match': '"2"' } })).status).toBe(200);
  });
});

const change: Readonly<Record<Tongue, (value: string) => Fields>> = {
  v1: (value) => ({ first_name: value }),
  scim: (value) => ({ title: value }),
  nerm: (value) => ({ title: value }),
};

const groupAt = (id: string) => `/scim/v2/Groups/${id}`;

/** Everything that is kept, of users and of groups. */
async function everything(api: TestApp): Promise<{ users: unknown; groups: unknown; history: unknown[] }> {
  const [{ users, history }, { history: ofGroups, ...groups }] = await Promise.all([kept(api), keptOfGroups(api)]);
  return { users, groups, history: [...history, ...ofGroups] };
}

/** A form with a picture of one pixel. */
const picture = Buffer.concat([
  Buffer.from('--a-boundary\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n'),
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
  Buffer.from('\r\n--a-boundary--\r\n'),
]);

/** Every operation that heeds `If-Match`, and a body with which it changes alice. */
const conditionalWrites: readonly {
  tongue: Tongue;
  operation: string;
  method: 'PATCH' | 'PUT' | 'DELETE' | 'POST';
  path: (id: string) => string;
  body?: object;
  /** Of the body, unless it is JSON. */
  type?: string;
  /** Whether it is the group that is changed. */
  ofGroup?: true;
  /** Of a success. What is deleted has no version any more. */
  etag: string | null;
}[] = [
  ...tongues.map((tongue) => ({
    tongue,
    operation: tongue === 'scim' ? 'patchUser' : 'updateUser',
    method: 'PATCH' as const,
    path: faces[tongue].user,
    body: faces[tongue].patch(change[tongue]('new')),
    etag: '"2"',
  })),
  {
    tongue: 'v1',
    operation: 'setPassword',
    method: 'PUT',
    path: (id) => `${faces.v1.user(id)}/password`,
    body: { password: 'correct horse battery' },
    etag: '"2"',
  },
  { tongue: 'v1', operation: 'deleteUser', method: 'DELETE', path: faces.v1.user, etag: null },
  {
    tongue: 'scim',
    operation: 'replaceUser',
    method: 'PUT',
    path: faces.scim.user,
    body: faces.scim.draft('alice', { title: 'new' }),
    etag: '"2"',
  },
  { tongue: 'scim', operation: 'deleteUser', method: 'DELETE', path: faces.scim.user, etag: null },
  { tongue: 'nerm', operation: 'deleteUser', method: 'DELETE', path: faces.nerm.user, etag: null },
  {
    tongue: 'nerm',
    operation: 'writeAvatar',
    method: 'POST',
    path: (id) => `${faces.nerm.user(id)}/avatar`,
    body: picture,
    type: 'multipart/form-data; boundary=a-boundary',
    etag: '"2"',
  },
  {
    tongue: 'scim',
    operation: 'patchGroup',
    method: 'PATCH',
    path: groupAt,
    body: faces.scim.patch({ displayName: 'new' }),
    ofGroup: true,
    etag: '"2"',
  },
  {
    tongue: 'scim',
    operation: 'replaceGroup',
    method: 'PUT',
    path: groupAt,
    body: { schemas: [urns.group], displayName: 'new' },
    ofGroup: true,
    etag: '"2"',
  },
  { tongue: 'scim', operation: 'deleteGroup', method: 'DELETE', path: groupAt, ofGroup: true, etag: null },
];

test('every operation that heeds If-Match is asked for below', () => {
  const operations = dialects.flatMap(({ name, operations }) =>
    Object.values(operations)
      .filter(isConditional)
      .map(({ id }) => `${name} ${id}`),
  );
  const asked = conditionalWrites.map(({ tongue, operation }) => `${tongue} ${operation}`);
  expect(asked.toSorted()).toEqual(operations.toSorted());
});

describe('STELE_REQUIRE_IF_MATCH (RFC 6585 3)', () => {
  let api: TestApp;
  let id: string;
  let group: string;
  beforeAll(async () => {
    api = await startApp({ STELE_REQUIRE_IF_MATCH: 'true' });
  });
  afterAll(() => api.stop());
  beforeEach(async () => {
    await forgetUsers(api);
    id = await create(api, 'scim', 'alice');
    group = await scimAt(api).group('one');
  });

  describe.each(conditionalWrites)('$tongue $operation', ({ tongue, method, path, body, type, ofGroup, etag }) => {
    const send = (headers?: Record<string, string>) =>
      api.request(method, path(ofGroup ? group : id), { body, ...(type && { type }), ...(headers && { headers }) });

    test('without If-Match is refused and changes nothing', async () => {
      const before = await everything(api);
      expectRefusal(tongue, await send(), 'precondition_required');
      // A condition on what is not there is no word on the version to change.
      expectRefusal(tongue, await send({ 'if-none-match': '"7"' }), 'precondition_required');
      expect(await everything(api)).toEqual(before);
    });

    test.each([['"1"'], ['*'], ['"7", "1"'], [',"1"'], ['"7",, ,\t,"1" ,']])('with %s goes on', async (ifMatch) => {
      const answer = await send({ 'if-match': ifMatch });
      expect([answer.status < 300, answer.headers.get('etag')]).toEqual([true, etag]);
      expect((await everything(api)).history).toHaveLength(3);
    });

    test(`with W/"1" ${tongue === 'scim' ? 'goes on' : 'is rejected'}`, async () => {
      const answer = await send({ 'if-match': 'W/"1"' });
      if (tongue === 'scim') expect([answer.status < 300, answer.headers.get('etag')]).toEqual([true, etag]);
      else expectRefusal(tongue, answer, 'precondition_failed');
    });

    test.each([
      ['"2"', 'precondition_failed'],
      ['W/"2"', 'precondition_failed'],
      [',"2",', 'precondition_failed'],
      ['1', 'bad_request'],
      [' , ,', 'bad_request'],
      [', *', 'bad_request'],
      ['"1" "2"', 'bad_request'],
    ] as const)('with %s is refused with %s and changes nothing', async (ifMatch, code) => {
      const before = await everything(api);
      expectRefusal(tongue, await send({ 'if-match': ifMatch }), code);
      expect(await everything(api)).toEqual(before);
    });

    // RFC 9110 13.1.2: "the origin server MUST NOT perform the requested method" where it names what is there.
    test.each(['*', '"1"', 'W/"1"', '"7", "1"', ',"7",,"1",'])(
      'with If-None-Match: %s is refused and changes nothing',
      async (tags) => {
        const before = await everything(api);
        expectRefusal(tongue, await send({ 'if-match': '*', 'if-none-match': tags }), 'precondition_failed');
        expect(await everything(api)).toEqual(before);
      },
    );

    test('with If-None-Match of another version goes on', async () => {
      expect((await send({ 'if-match': '*', 'if-none-match': '"7"' })).status).toBeLessThan(300);
    });
  });

  test.each(tongues)('%s: reads and creates do not need it', async (tongue) => {
    expect((await read(api, tongue, id)).status).toBe(200);
    await expect(create(api, tongue, 'bob')).resolves.toEqual(expect.any(String));
  });

  test.each(tongues)('%s: a preview changes nothing and does not need it', async (tongue) => {
    const before = await kept(api);
    const preview = (headers: Record<string, string>) =>
      patch(api, tongue, id, change[tongue]('new'), { headers: { prefer: 'return=preview', ...headers } });
    const answer = await preview({});
    expect([answer.status, Object.keys(answer.body.changes as object)]).toEqual([200, Object.keys(change[tongue](''))]);
    expectRefusal(tongue, await preview({ 'if-match': '"2"' }), 'precondition_failed');
    expect(await kept(api)).toEqual(before);
  });

  test.each(tongues)('%s: return=minimal does', async (tongue) => {
    const before = await kept(api);
    const answer = await patch(api, tongue, id, change[tongue]('new'), { headers: { prefer: 'return=minimal' } });
    expectRefusal(tongue, answer, 'precondition_required');
    expect(await kept(api)).toEqual(before);
  });
});

describe('without STELE_REQUIRE_IF_MATCH', () => {
  let api: TestApp;
  beforeAll(async () => {
    api = await startApp({ STELE_REQUIRE_IF_MATCH: 'false' });
  });
  afterAll(() => api.stop());

  test.each(conditionalWrites)(
    '$tongue $operation goes on without If-Match',
    async ({ operation, tongue, ...write }) => {
      const name = `${tongue}-${operation}`;
      const id = write.ofGroup ? await scimAt(api).group(name) : await create(api, 'scim', name);
      const { method, path, body, type } = write;
      expect((await api.request(method, path(id), { body, ...(type && { type }) })).status).toBeLessThan(300);
    },
  );
});
