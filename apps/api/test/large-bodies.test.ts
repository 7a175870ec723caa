import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { errorStatus } from '@stele/schemas/canonical';
import { dialects } from '@stele/schemas/dialects';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, keys, startApp, type TestApp } from './support/app.ts';
import { type Costs, costsOf, idOf } from './support/costs.ts';
import { expectScimError, MOUNTS, type Scim, scimAt, urns } from './support/scim.ts';

const MIB = 1_048_576;
const LARGE = 8 * MIB;

/** A request that has a body of many items (RFC 7644 3.3, 3.5, 3.7). */
interface Write {
  readonly method: string;
  readonly path: string;
  readonly bodyOf: (name: string) => object;
}

const GROUP = '/Groups/{group}';

const writes: readonly Write[] = [
  { method: 'POST', path: '/Groups', bodyOf: (displayName) => ({ schemas: [urns.group], displayName }) },
  { method: 'PUT', path: GROUP, bodyOf: (displayName) => ({ schemas: [urns.group], displayName }) },
  {
    method: 'PATCH',
    path: GROUP,
    bodyOf: (value) => ({ schemas: [urns.patchOp], Operations: [{ op: 'replace', path: 'displayName', value }] }),
  },
  {
    method: 'POST',
    path: '/Bulk',
    bodyOf: (displayName) => ({
      schemas: [urns.bulkRequest],
      Operations: [{ method: 'POST', path: '/Groups', bulkId: '1', data: { schemas: [urns.group], displayName } }],
    }),
  },
];

const atMounts = writes.flatMap((write) => MOUNTS.map((mount) => ({ ...write, mount })));

let api: TestApp;
let scim: Scim;
let costs: Costs;
let group: string;
beforeAll(async () => {
  // The time that requests have is not what is tested here; a pool of one lets the database say what each has done.
  api = await startApp({
    STELE_POOL_SIZE: '1',
    STELE_ACQUIRE_TIMEOUT: '60000',
    STELE_REQUEST_DEADLINE: '300000',
    STELE_BATCH_DEADLINE: '300000',
  });
  scim = scimAt(api);
  costs = await costsOf(api);
  group = await scim.group('Field Team');
});
afterAll(() => api.stop());

/** Sends the head of a request alone. */
function open(
  method: string,
  path: string,
  headers: Readonly<Record<string, string | number>>,
  { url }: Pick<TestApp, 'url'> = api,
): ClientRequest {
  const request = httpRequest(url + path, {
    method,
    agent: false,
    headers: { authorization: `Bearer ${keys.admin}`, 'content-type': 'application/json', ...headers },
  });
  request.on('error', () => {});
  request.flushHeaders();
  return request;
}

async function responseOf(request: ClientRequest): Promise<Answer> {
  const [message] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of message) text += String(chunk);
  const headers = new Headers(
    Object.entries(message.headers).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return { status: message.statusCode!, headers, text, body: text === '' ? undefined : JSON.parse(text) };
}

describe.each(atMounts)('$method $mount$path', ({ method, mount, path, bodyOf }) => {
  const url = () => mount + path.replace('{group}', group);

  test('with a body of 8 MiB is done', async () => {
    const body = JSON.stringify(bodyOf(randomUUID())).padEnd(LARGE);
    const { status, text } = await api.request(method, url(), { body, headers: { 'content-length': String(LARGE) } });
    expect(status, text).toBeLessThan(300);
    if (path === '/Bulk') expect(JSON.parse(text)).toMatchObject({ Operations: [{ status: '201' }] });
  });

  test('with a Content-Length over 8 MiB is 413 before the body arrives', async () => {
    const request = open(method, url(), { 'content-length': LARGE + 1 });
    expectScimError(await responseOf(request), 413);
    request.destroy();
  });

  test('with a body that grows over 8 MiB in chunks is 413', async () => {
    const request = open(method, url(), { 'transfer-encoding': 'chunked' });
    const response = responseOf(request);
    for (let sent = 0; sent <= 8; sent++) request.write(' '.repeat(MIB));
    expectScimError(await response, 413);
    request.destroy();
  });
});

const small = dialects.flatMap((dialect) =>
  Object.values(dialect.operations)
    .filter((operation) => operation.body && !operation.form)
    .flatMap((operation) => dialect.mounts.map((mount) => ({ dialect, operation, mount })))
    .filter(
      ({ operation, mount }) =>
        !atMounts.some(
          (write) =>
            write.mount === mount &&
            write.method === operation.method &&
            write.path.replace(/\{\w+\}/, '{id}') === operation.path,
        ),
    )
    .map(({ operation, mount }) => ({
      dialect,
      method: operation.method,
      path: mount + operation.path,
      scope: operation.scope,
    })),
);

test.each(small)('$method $path with a Content-Length over 1 MiB is 413', async ({ dialect, method, path, scope }) => {
  const url = path.replaceAll(/\{\w+\}/g, randomUUID());
  const key = scope === 'operator' ? keys.operator : keys.admin;
  const request = open(method, url, { authorization: `Bearer ${key}`, 'content-length': MIB + 1 });
  const { status, body } = await responseOf(request);
  expect(status).toBe(errorStatus.payload_too_large);
  expect(dialect.error.safeParse(body).success).toBe(true);
  request.destroy();
});

// What costs more than bytes is bounded as it is in a small body: 8 MiB take no more of the event loop than 1 MiB did.
describe('a body is 413, and changes nothing, when it holds', () => {
  const members = (values: string) => `{"schemas":["${urns.group}"],"displayName":"Large","members":[${values}]}`;
  const filled = (value: string, count: number) => Array.from({ length: count }, () => value).join(',');

  test.each([
    ['more than 400,000 values', members(filled('{}', 200_001))],
    [
      'more than 1,000 members in one object',
      members(`{${Array.from({ length: 1001 }, (_, n) => `"a${n}":0`).join()}}`),
    ],
    ['a text of more than 1 MiB', members(`{"value":"${'x'.repeat(MIB + 1)}"}`)],
    ['a name of more than 1 MiB', members(`{"${'x'.repeat(MIB + 1)}":1}`)],
  ])('%s', async (_, body) => {
    expect(Buffer.byteLength(body)).toBeLessThan(LARGE);
    expectScimError(await api.request('PUT', `/scim/v2/Groups/${group}`, { body }), 413);
    expect(await scim.members(group)).toEqual([]);
  });

  test('JSON text of more than 1 MiB in the values of a PATCH, which is 400', async () => {
    const value = JSON.stringify({ displayName: 'Text' }).padEnd(MIB / 2);
    const patch = (count: number) =>
      scim.patch(
        `/Groups/${group}`,
        Array.from({ length: count }, () => ({ op: 'replace', value })),
      );
    expect((await patch(2)).status).toBe(204);
    expectScimError(await patch(3), 400, 'tooMany');
  });

  test('in an operation of a bulk request more than this operation could hold alone', async () => {
    const data = {
      schemas: [urns.user],
      userName: randomUUID(),
      photos: Array.from({ length: 3 }, () => ({ value: 'x'.repeat(MIB / 2) })),
    };
    const [refused, done] = (
      await scim.bulk([
        { method: 'POST', path: '/Users', bulkId: '1', data },
        { method: 'POST', path: '/Users', bulkId: '2', data: { ...data, photos: [] } },
      ])
    ).body.Operations;
    expect(refused).toMatchObject({ status: '413', response: { schemas: [urns.error], status: '413' } });
    expect(done).toMatchObject({ status: '201' });
  });
});

describe('large bodies under way at once', () => {
  const declared = { 'content-length': LARGE };

  test('have a bound for each tenant, beyond which a large body is 503 and a small one is done', async () => {
    const path = `/scim/v2/Groups/${group}`;
    const requests = Array.from({ length: 3 }, () => open('PUT', path, declared));
    const responses = requests.map(responseOf);
    // None is complete, so that only the one for which there is no room has a response. Which one that is does not matter.
    const [response, turnedAway] = await Promise.race(
      responses.map(async (each, index) => [await each, index] as const),
    );
    const [first, second] = [0, 1, 2].filter((index) => index !== turnedAway) as [number, number];
    expectScimError(response, 503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(
      (await scim.patch(`/Groups/${group}`, [{ op: 'replace', path: 'displayName', value: 'Small' }])).status,
    ).toBe(204);
    // Another tenant has its own share.
    const other = open('POST', '/scim/v2/Groups', { ...declared, authorization: `Bearer ${keys.foreign}` });
    other.end(JSON.stringify(writes[0]!.bodyOf('Elsewhere')).padEnd(LARGE));
    expect((await responseOf(other)).status).toBe(201);
    // What is done, or was cut off, makes room.
    requests[first]!.end(JSON.stringify(writes[1]!.bodyOf('Large')).padEnd(LARGE));
    expect((await responses[first]!).status).toBe(200);
    const next = open('PUT', path, declared);
    next.end(JSON.stringify(writes[1]!.bodyOf('Larger')).padEnd(LARGE));
    expect((await responseOf(next)).status).toBe(200);
    responses[second]!.catch(() => {});
    for (const request of requests) request.destroy();
  });
});

test('STELE_MAX_LARGE_BODY sets the limit, which /ServiceProviderConfig says', async () => {
  const other = await startApp({ STELE_MAX_LARGE_BODY: String(2 * MIB) }, api);
  try {
    for (const [server, limit] of [
      [api, LARGE],
      [other, 2 * MIB],
    ] as const) {
      for (const mount of MOUNTS) {
        const { body } = await scimAt(server, { mount }).get('/ServiceProviderConfig');
        expect(body.bulk.maxPayloadSize).toBe(limit);
      }
    }
    const body = JSON.stringify(writes[1]!.bodyOf('Field Team'));
    const path = `/scim/v2/Groups/${group}`;
    expect((await other.request('PUT', path, { body: body.padEnd(2 * MIB) })).status).toBe(200);
    const larger = open('PUT', path, { 'content-length': 2 * MIB + 1 }, other);
    expectScimError(await responseOf(larger), 413);
    larger.destroy();
  } finally {
    await other.stop();
  }
});

describe('50,000 members', () => {
  const COUNT = 50_000;
  const listed = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, n) => ({ value: idOf(first + n) }));
  const all = listed(1, COUNT);
  const bodyOf = (members: object[]) => ({ schemas: [urns.group], displayName: 'Everybody', members });
  const add = (value: object[]) => [{ op: 'add', path: 'members', value }];
  const path = '?attributes=displayName';

  beforeAll(async () => {
    await costs.addUsers(1, COUNT + 1);
    await costs.analyze();
  }, 120_000);

  const sizeOf = async (id: string) =>
    (await api.query('SELECT count(*)::integer AS size FROM group_members WHERE group_id = $1', [id]))[0]!['size'];
  /** How many came and left, by the last row of the history. */
  const lastChange = async (id: string) =>
    (
      await api.query(
        `SELECT version, COALESCE(jsonb_array_length(changes -> 'members' -> 'added'), 0) AS added,
          COALESCE(jsonb_array_length(changes -> 'members' -> 'removed'), 0) AS removed
        FROM group_history WHERE group_id = $1 ORDER BY version DESC LIMIT 1`,
        [id],
      )
    )[0];

  test('come by POST, stay and leave by PUT, each written once', { timeout: 300_000 }, async () => {
    const created = await costs.workOf(() => scim.send('POST', `/Groups${path}`, { body: bodyOf(all) }));
    const id = created.answer.body.id as string;
    expect(created.rows).toMatchObject({ group_members: COUNT, groups: 1, group_history: 1 });
    expect(await sizeOf(id)).toBe(COUNT);
    expect(await lastChange(id)).toEqual({ version: 1, added: COUNT, removed: 0 });

    const put = (members: object[]) => costs.workOf(() => scim.put(`/Groups/${id}${path}`, bodyOf(members)));
    const same = await put(all);
    // Each is looked at, and none is written.
    expect(same.rows).toMatchObject({ group_history: 0 });
    expect(same.rows.group_members).toBeLessThanOrEqual(2 * COUNT);
    expect(await lastChange(id)).toEqual({ version: 1, added: COUNT, removed: 0 });

    await put([...all.slice(1), ...listed(COUNT + 1, COUNT + 1)]);
    expect(await sizeOf(id)).toBe(COUNT);
    expect(await lastChange(id)).toEqual({ version: 2, added: 1, removed: 1 });

    await put([]);
    expect(await sizeOf(id)).toBe(0);
    expect(await lastChange(id)).toEqual({ version: 3, added: 0, removed: COUNT });

    const whole = await scim.put(`/Groups/${id}`, bodyOf(all));
    expect(whole.status).toBe(200);
    expect(whole.body.members).toHaveLength(COUNT);
    await scim.remove(`/Groups/${id}`);
  });

  test('come and leave by PATCH and by Bulk', { timeout: 300_000 }, async () => {
    const id = await scim.group('Everybody');
    const patched = await costs.workOf(() => scim.patch(`/Groups/${id}`, add(all)));
    expect(patched.answer.status).toBe(204);
    expect(patched.rows).toMatchObject({ group_members: COUNT, group_history: 1 });
    expect(await lastChange(id)).toEqual({ version: 2, added: COUNT, removed: 0 });
    const removed = await scim.patch(`/Groups/${id}`, [{ op: 'remove', path: 'members', value: all }]);
    expect(removed.status).toBe(204);
    expect(await lastChange(id)).toEqual({ version: 3, added: 0, removed: COUNT });
    const { body } = await scim.bulk([
      { method: 'PATCH', path: `/Groups/${id}`, data: { schemas: [urns.patchOp], Operations: add(all) } },
      { method: 'POST', path: '/Groups', bulkId: '1', data: { ...bodyOf(all.slice(0, 10_000)), displayName: 'Some' } },
    ]);
    expect(body.Operations.map(({ status }: { status: string }) => status)).toEqual(['204', '201']);
    expect(await sizeOf(id)).toBe(COUNT);
  });

  test('of whom the last is unknown are 400, and change nothing', { timeout: 300_000 }, async () => {
    const id = await scim.group('Nobody');
    const unknown = [...all, { value: randomUUID() }];
    expectScimError(await scim.put(`/Groups/${id}`, bodyOf(unknown)), 400);
    expectScimError(await scim.patch(`/Groups/${id}`, add(unknown)), 400);
    expect(await sizeOf(id)).toBe(0);
    expect(await lastChange(id)).toEqual({ version: 1, added: 0, removed: 0 });
  });
});
