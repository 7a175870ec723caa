import { CompatibilityProfile } from '@stele/schemas/canonical';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueKey } from './support/api-keys.ts';
import { startApp, type TestApp } from './support/app.ts';
import { expectScimError, MOUNTS, scimAt, urns } from './support/scim.ts';
import { aliceTimes, faces, type Fields, kept, setTimes } from './support/users.ts';

/**
 * `lastLogin` and `cookiesAcceptedAt` are read-only in SailPoint's lifecycle API, and so they are here. RFC 7644 3.3 and
 * 3.5.1: a POST or PUT ignores read-only attributes. 3.5.2: a PATCH of one is 400 `mutability`.
 */
let api: TestApp;
const profileKeys = new Map<string, string>();
beforeAll(async () => {
  api = await startApp();
  for (const profile of CompatibilityProfile.options) {
    profileKeys.set(profile, (await issueKey(api, { profile })).key);
  }
});
afterAll(() => api.stop());

let count = 0;
const unique = () => `mira-${++count}`;

const others = { lastLogin: '2026-04-05T06:07:08.900Z', cookiesAcceptedAt: '2026-04-05T06:07:09.010Z' };
const names = Object.keys(others) as (keyof typeof others)[];

const places = MOUNTS.flatMap((mount) => CompatibilityProfile.options.map((profile) => ({ mount, profile })));

const draft = (name: string, lifecycle: Fields) =>
  faces.scim.draft(name, { schemas: [urns.user, urns.lifecycle], [urns.lifecycle]: lifecycle });

describe.each(places)('at $mount, profile $profile', ({ mount, profile }) => {
  const scim = () => scimAt(api, { mount, key: profileKeys.get(profile)! });

  /** A user with both times at version 1. */
  async function mira(): Promise<{ id: string; name: string; path: string }> {
    const name = unique();
    const id = await scim().user(name, { title: 'Surveyor', [urns.lifecycle]: { profileId: 'p' } });
    await setTimes(api, id);
    return { id, name, path: `/Users/${id}` };
  }

  const lifecycleOf = async (path: string): Promise<unknown> => (await scim().get(path)).body[urns.lifecycle];

  test('POST ignores them, alone and in Bulk', async () => {
    const own = scim();
    const created = await own.send('POST', '/Users', { body: draft(unique(), { ...others, profileId: 'p' }) });
    expect([200, 201]).toContain(created.status);
    expect(created.body[urns.lifecycle]).toEqual({ profileId: 'p' });
    const data = draft(unique(), others);
    const { body } = await own.bulk([{ method: 'POST', path: '/Users', bulkId: 'a', data }]);
    expect(body.Operations[0].status).toBe('201');
    const path = String(body.Operations[0].location).replace(api.url + mount, '');
    expect(await lifecycleOf(path)).toBeUndefined();
  });

  test('PUT ignores them and keeps those of the user, alone and in Bulk', async () => {
    const own = scim();
    for (const given of [others, { lastLogin: null, cookiesAcceptedAt: null }, {}, { lastLogin: 'yesterday' }]) {
      const { path, name } = await mira();
      const body = draft(name, { ...given, profileId: 'q' });
      expect((await own.put(path, body)).body[urns.lifecycle]).toEqual({ profileId: 'q', ...aliceTimes });
      const answer = await own.bulk([{ method: 'PUT', path, data: draft(name, given) }]);
      expect(answer.body.Operations[0].status).toBe('200');
      expect(await lifecycleOf(path)).toEqual(aliceTimes);
    }
  });

  test('PUT without the extension, or with null for it, keeps them', async () => {
    const own = scim();
    for (const extension of [{}, { [urns.lifecycle]: null }, { schemas: [urns.user, urns.lifecycle] }]) {
      const { path, name } = await mira();
      expect((await own.put(path, faces.scim.draft(name, extension))).status).toBe(200);
      expect(await lifecycleOf(path)).toMatchObject(aliceTimes);
    }
  });

  test('PATCH that removes the extension keeps them', async () => {
    const { path } = await mira();
    expect((await scim().patch(path, [{ op: 'remove', path: urns.lifecycle }])).status).toBe(200);
    expect(await lifecycleOf(path)).toEqual(aliceTimes);
  });

  test.each(names)('PATCH of %s by its path is 400 mutability and changes nothing, alone and in Bulk', async (name) => {
    const { path } = await mira();
    const before = await kept(api);
    const target = `${urns.lifecycle}:${name}`;
    for (const operation of [
      { op: 'add', path: target, value: others[name] },
      { op: 'replace', path: target, value: others[name] },
      { op: 'replace', path: target.toUpperCase(), value: others[name] },
      { op: 'remove', path: target },
      { op: 'add', path: urns.lifecycle, value: { [name]: others[name] } },
    ]) {
      const change = { op: 'replace', path: 'title', value: 'Pilot' };
      expectScimError(await scim().patch(path, [change, operation]), 400, 'mutability');
      const data = { schemas: [urns.patchOp], Operations: [change, operation] };
      const { body } = await scim().bulk([{ method: 'PATCH', path, data }]);
      expect(body.Operations[0]).toMatchObject({ status: '400', response: { scimType: 'mutability' } });
    }
    expect(await kept(api)).toEqual(before);
  });

  test('they can be filtered and sorted by', async () => {
    const { name } = await mira();
    const filter = `userName eq "${name}" and ${urns.lifecycle}:lastLogin eq "${aliceTimes.lastLogin}"`;
    expect((await scim().list('/Users', { filter })).body.totalResults).toBe(1);
    expect((await scim().list('/Users', { filter, sortBy: `${urns.lifecycle}:lastLogin` })).status).toBe(200);
  });

  test('/Schemas says readOnly', async () => {
    const { body } = await scim().get(`/Schemas/${urns.lifecycle}`);
    const mutability = (name: string) =>
      body.attributes.find((each: { name: string }) => each.name === name).mutability as string;
    expect(names.map(mutability)).toEqual(['readOnly', 'readOnly']);
    expect(mutability('profileId')).toBe('readWrite');
  });
});

// The switch `readOnlyMayBeRepeated`: Okta replays what it read.
test.each(['default', 'dronahq'] as const)(
  '%s: PATCH with the values that are shown changes the rest',
  async (profile) => {
    const scim = scimAt(api, { key: profileKeys.get(profile)!, mount: profile === 'default' ? MOUNTS[0] : MOUNTS[1] });
    const id = await scim.user(unique(), { [urns.lifecycle]: { profileId: 'p' } });
    await setTimes(api, id);
    const { body } = await scim.get(`/Users/${id}`);
    for (const [index, operation] of [
      { op: 'replace', value: { ...body, title: 'title 0' } },
      { op: 'replace', value: { [urns.lifecycle]: body[urns.lifecycle], title: 'title 1' } },
      { op: 'add', value: { [`${urns.lifecycle}:lastLogin`]: aliceTimes.lastLogin, title: 'title 2' } },
    ].entries()) {
      const answer = await scim.patch(`/Users/${id}`, [operation]);
      expect([answer.status, answer.body.title], answer.text).toEqual([200, `title ${index}`]);
      expect(answer.body[urns.lifecycle]).toEqual({ profileId: 'p', ...aliceTimes });
    }
    const other = { [urns.lifecycle]: { lastLogin: others.lastLogin } };
    expectScimError(await scim.patch(`/Users/${id}`, [{ op: 'replace', value: other }]), 400, 'mutability');
  },
);

test.each(['strict', 'interop'] as const)(
  '%s: PATCH with the values that are shown is 400 mutability',
  async (profile) => {
    const scim = scimAt(api, { key: profileKeys.get(profile)! });
    const id = await scim.user(unique());
    await setTimes(api, id);
    const operation = { op: 'replace', path: urns.lifecycle, value: aliceTimes };
    expectScimError(await scim.patch(`/Users/${id}`, [operation]), 400, 'mutability');
  },
);
