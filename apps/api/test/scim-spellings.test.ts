import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comparable } from '../../../packages/schemas/test/comparable.ts';
import {
  filterOf,
  groupWrite,
  memberIds,
  RESOURCE_ID,
  typesByName,
  userBody,
  userWrite,
  type Write,
} from '../../../packages/schemas/test/requests.ts';
import { spellings } from '../../../packages/schemas/test/spellings.ts';
import { issueKey } from './support/api-keys.ts';
import { type Answer, keys, startApp, type TestApp } from './support/app.ts';
import { scimAt, STANDARD } from './support/scim.ts';

let api: TestApp;
/** A key with the same `externalId` of each resource as `keys.admin`. */
let strictKey: string;
/** The ids of the users that are members, by those of `memberIds`. */
const members = new Map<string, string>();
beforeAll(async () => {
  api = await startApp();
  strictKey = (await issueKey(api, { profile: 'strict', domain: 'default' })).key;
  for (const id of memberIds) members.set(id, await scimAt(api).user(`member-${id}`));
});
afterAll(() => api.stop());

/** The same value with the ids that the server has given. */
const withIds = <Value>(value: Value, id: string): Value =>
  JSON.parse(
    [...members, [RESOURCE_ID, id] as const].reduce(
      (text, [name, given]) => text.replaceAll(name, given),
      JSON.stringify(value),
    ),
  ) as Value;

const succeeded = (response: Answer): Answer => {
  expect(response.status, response.text).toBeLessThan(300);
  return response;
};

interface Outcome {
  readonly resource: unknown;
  readonly ignored: string | null;
}

/** Sends one write. Gives the id of the resource, and what is ignored. */
type Send = (
  method: string,
  path: string,
  body: unknown,
) => Promise<{ readonly id: string; readonly ignored: string | null }>;

const directly =
  (key: string, mount: string): Send =>
  async (method, path, body) => {
    const { headers, body: resource } = succeeded(await api.request(method, mount + path, { key, body }));
    return { id: String(resource?.id), ignored: headers.get('stele-ignored') };
  };

const inBulk =
  (key: string, mount: string): Send =>
  async (method, path, data) => {
    const operation = { method, path, data, ...(method === 'POST' && { bulkId: 'one' }) };
    const response = await scimAt(api, { mount, key }).bulk([operation]);
    const [done] = response.body.Operations as { status: string; location: string }[];
    expect(Number(done!.status), response.text).toBeLessThan(300);
    return { id: done!.location.split('/').at(-1)!, ignored: response.headers.get('stele-ignored') };
  };

/** The resource after a write, which is deleted so that another one may have its names. */
async function outcome({ base, sent }: Write, key: string, send: Send): Promise<Outcome> {
  const { endpoint } = typesByName[sent.type];
  const post = (body: unknown) => api.request('POST', `${STANDARD}${endpoint}`, { key, body });
  const created = sent.method === 'POST' ? undefined : succeeded(await post(withIds(base, '')));
  const id = String(created?.body.id ?? '');
  const path = created ? `${endpoint}/${id}` : endpoint;
  const written = await send(sent.method, path, withIds(sent.body, id));
  const there = `${STANDARD}${endpoint}/${created ? id : written.id}`;
  const { id: _, ...resource } = succeeded(await api.request('GET', `${there}?attributes=`, { key })).body as object & {
    id: string;
  };
  succeeded(await api.request('DELETE', there, { key }));
  return { resource: comparable(resource), ignored: written.ignored };
}

const write = fc.oneof({ weight: 3, arbitrary: userWrite }, groupWrite);

describe('another spelling of a request stores what its RFC spelling stores', () => {
  test.each(Object.entries(spellings))('%s', async (_, { variants, writes = write, ignores, mount }) => {
    await fc.assert(
      fc.asyncProperty(writes, fc.nat(), fc.boolean(), async (given, choice, bulk) => {
        const all = variants(given);
        fc.pre(all.length > 0);
        const spelled = { ...given, sent: all[choice % all.length]! };
        const send = (bulk ? inBulk : directly)(keys.admin, mount ?? STANDARD);
        const { resource, ignored } = await outcome(spelled, keys.admin, send);
        expect(resource).toEqual((await outcome(given, strictKey, directly(strictKey, STANDARD))).resource);
        expect(ignored).toEqual(ignores ? expect.stringContaining('favouriteColour') : null);
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });

  test.each(Object.values(typesByName))('in filters on $name', async (type) => {
    const scim = scimAt(api);
    for (const body of fc.sample(userBody, 5)) await scim.send('POST', '/Users', { body });
    await scim.group('Field Team', [...members.values()]);
    const idsIn = (response: Answer): unknown[] =>
      (succeeded(response).body.Resources as { id: string }[]).map(({ id }) => id).toSorted();
    await fc.assert(
      fc.asyncProperty(filterOf(type), async ({ rfc, sent }) => {
        const query = (filter: string) => `${type.endpoint}?count=200&filter=${encodeURIComponent(filter)}`;
        const expected = idsIn(await scim.get(query(rfc), { key: strictKey }));
        expect(idsIn(await scim.get(query(sent)))).toEqual(expected);
        expect(idsIn(await scim.search(type.endpoint, { filter: sent, count: 200 }))).toEqual(expected);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  test.each([
    ['attributes=userName&attributes=name', 'attributes=userName,name'],
    ['excludedAttributes=emails&excludedAttributes=name', 'excludedAttributes=emails,name'],
    ['sortBy=userName&sortOrder=Descending', 'sortBy=userName&sortOrder=descending'],
    ['sortBy=userName&sortOrder=ASCENDING', 'sortBy=userName&sortOrder=ascending'],
    ['filter=&sortBy=&attributes=', 'count=100'],
  ])('GET /Users?%s lists what %s lists', async (sent, rfc) => {
    const scim = scimAt(api);
    for (const body of fc.sample(userBody, 2)) await scim.send('POST', '/Users', { body });
    const listed = async (query: string, key: string) => succeeded(await scim.get(`/Users?${query}`, { key })).text;
    expect(await listed(sent, keys.admin)).toBe(await listed(rfc, keys.admin));
  });
});
