import { CompatibilityProfile } from '@stele/schemas/canonical';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { issueKey } from './support/api-keys.ts';
import { type Answer, startApp, type TestApp } from './support/app.ts';
import { expectScimError, keptOfGroups, MOUNTS, type Scim, scimAt, urns } from './support/scim.ts';
import { faces, kept } from './support/users.ts';

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
const unique = (name: string) => `${name}-${++count}`;

const everything = async () => [await kept(api), await keptOfGroups(api)];

const operations = [{ op: 'replace', path: 'displayName', value: 'New' }];

interface Write {
  readonly method: 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly data?: object;
}

const writesOf = (user: string, group: string): readonly Write[] => {
  const patch = { schemas: [urns.patchOp], Operations: operations };
  return [
    { method: 'PATCH', path: `/Users/${user}`, data: patch },
    { method: 'PUT', path: `/Users/${user}`, data: faces.scim.draft(unique('mira'), { displayName: 'New' }) },
    { method: 'DELETE', path: `/Users/${user}` },
    { method: 'PATCH', path: `/Groups/${group}`, data: patch },
    { method: 'PUT', path: `/Groups/${group}`, data: { schemas: [urns.group], displayName: 'New' } },
    { method: 'DELETE', path: `/Groups/${group}` },
  ];
};

const statusOfBulk = ({ body }: Answer): number => Number(body.Operations[0].status);

/** How a client sends a write with a tag: the header `If-Match` of RFC 7644 3.14, or `version` in a bulk request (3.7). */
const ways: Readonly<Record<string, (scim: Scim, write: Write, tag: string) => Promise<number>>> = {
  'If-Match': async (scim, { method, path, data }, tag) =>
    (await scim.send(method, path, { ...(data && { body: data }), headers: { 'if-match': tag } })).status,
  'Bulk version': async (scim, write, version) => statusOfBulk(await scim.bulk([{ ...write, version }])),
};

const places = MOUNTS.flatMap((mount) => CompatibilityProfile.options.map((profile) => ({ mount, profile })));

// RFC 7644 3.14 and 3.7 print weak tags: `If-Match: W/"a330bc54f0671c9"`, `"version": "W\/\"4weymrEsh5O6cAEK\""`.
describe.each(places)('weak comparison at $mount, profile $profile', ({ mount, profile }) => {
  describe.each(Object.entries(ways))('by %s', (_way, send) => {
    test.each([0, 1, 2, 3, 4, 5])(
      'a weak tag of this version is accepted, one of another is 412 (write %i)',
      async (index) => {
        const scim = scimAt(api, { mount, key: profileKeys.get(profile)! });
        const write = writesOf(await scim.user(unique('mira')), await scim.group(unique('Team')))[index]!;
        const before = await everything();
        expect(await send(scim, write, 'W/"2"')).toBe(412);
        expect(await everything()).toEqual(before);
        expect(await send(scim, write, 'W/"2", W/"1"')).toBeLessThan(300);
      },
    );
  });
});

describe('the tag of a user with groups', () => {
  let scim: Scim;
  let mira: string;
  let shown: string;
  beforeEach(async () => {
    scim = scimAt(api);
    mira = await scim.user(unique('mira'));
    await scim.group(unique('Team'), [mira]);
    shown = (await scim.get(`/Users/${mira}`)).headers.get('etag')!;
  });

  const patch = { method: 'PATCH', data: { schemas: [urns.patchOp], Operations: operations } } as const;

  test('is good for a write as it is shown and weakened, by If-Match and in Bulk', async () => {
    expect(shown).toMatch(/^"1-[0-9a-z]+"$/);
    let version = 1;
    for (const send of Object.values(ways)) {
      for (const weaken of ['', 'W/']) {
        const { headers } = await scim.get(`/Users/${mira}`);
        const value = `value ${++version}`;
        const data = { schemas: [urns.patchOp], Operations: [{ op: 'replace', path: 'title', value }] };
        const tag = weaken + headers.get('etag')!;
        expect(await send(scim, { method: 'PATCH', path: `/Users/${mira}`, data }, tag), tag).toBe(200);
      }
    }
  });

  test('whose groups have changed since is good for a write, and modified for a read', async () => {
    await scim.group(unique('Crew'), [mira]);
    for (const tag of [shown, `W/${shown}`]) {
      const answer = await scim.get(`/Users/${mira}`, { headers: { 'if-none-match': tag } });
      expect(answer.status).toBe(200);
    }
    expect(await ways['If-Match']!(scim, { ...patch, path: `/Users/${mira}` }, `W/${shown}`)).toBe(200);
  });

  test('weakened is not modified for a read', async () => {
    const answer = await scim.get(`/Users/${mira}`, { headers: { 'if-none-match': `W/${shown}` } });
    expect([answer.status, answer.headers.get('etag')]).toEqual([304, shown]);
  });

  test('is no condition by itself: what is no list of tags is 400 and changes nothing', async () => {
    const before = await everything();
    for (const tag of ['W/1', 'w/"1"', 'W/"1" W/"1"']) {
      expectScimError(await scim.patch(`/Users/${mira}`, operations, { headers: { 'if-match': tag } }), 400);
      expect(statusOfBulk(await scim.bulk([{ ...patch, path: `/Users/${mira}`, version: tag }]))).toBe(400);
    }
    expect(await everything()).toEqual(before);
  });
});

test('of ten PATCHes at once with the same weak tag one is accepted, the others are 412', async () => {
  const scim = scimAt(api);
  const mira = await scim.user(unique('mira'));
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      scim.patch(`/Users/${mira}`, [{ op: 'replace', path: 'title', value: `value ${index}` }], {
        headers: { 'if-match': 'W/"1"' },
      }),
    ),
  );
  const statuses = answers.map(({ status }) => status).toSorted((left, right) => left - right);
  expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 412)]);
});
