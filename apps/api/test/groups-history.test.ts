import { encodeApiKeyId, encodeGroupId, encodeUserId } from '@stele/schemas/v1';
import { Stele } from '../../../packages/sdk/src/index.ts';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ask, keys, startApp, storedHash, type TestApp } from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import { scimAt } from './support/scim.ts';

let api: TestApp;
let scim: ReturnType<typeof scimAt>;
beforeAll(async () => {
  api = await startApp();
  scim = scimAt(api);
});
afterAll(() => api.stop());

const ask = (id: string, query = '', on?: Ask) => api.request('GET', `/v1/groups/${id}/history${query}`, on);

async function historyOf(id: string, query?: string, on?: Ask) {
  const { status, text, body } = await ask(id, query, on);
  expect(status, text).toBe(200);
  expect(Object.keys(body)).toEqual(['data']);
  return body.data as { seq: number; version: number; changes: object; members?: object }[];
}

const versions = (entries: readonly { readonly version: number }[]) => entries.map(({ version }) => version);

test('each write is an entry, with what changed, who came and who left', async () => {
  const [user, other] = [await scim.user(uuidv7()), await scim.user(uuidv7())];
  const inner = await scim.group('inner');
  const id = await scim.group('Crew', [user], { externalId: 'hr-1' });
  const key = { key: keys.write, headers: { 'x-request-id': 'the-patch' } };
  await scim.patch(
    `/Groups/${id}`,
    [
      { op: 'replace', path: 'displayName', value: 'Team' },
      { op: 'add', path: 'members', value: [{ value: other }, { value: inner }] },
      { op: 'remove', path: `members[value eq "${user}"]` },
    ],
    key,
  );
  // What changes nothing is no write.
  await scim.patch(`/Groups/${id}`, [{ op: 'replace', path: 'displayName', value: 'Team' }]);
  await scim.remove(`/Users/${other}`);
  await scim.remove(`/Groups/${inner}`);
  await scim.remove(`/Groups/${id}`);

  const entries = await historyOf(id);
  const [credential] = await api.query('SELECT id FROM api_keys WHERE key_hash = $1', [storedHash(keys.write)]);
  expect(entries[1]).toEqual({
    seq: expect.any(Number),
    version: 2,
    at: expect.stringMatching(/Z$/),
    actor: encodeApiKeyId(String(credential!['id'])),
    dialect: 'scim',
    operation: 'patchGroup',
    request_id: 'the-patch',
    changes: { display_name: { old: 'Crew', new: 'Team' } },
    members: {
      added: expect.toSatisfy((ids: string[]) =>
        [encodeUserId(other), encodeGroupId(inner)].every((each) => ids.includes(each)),
      ),
      added_total: 2,
      removed: [encodeUserId(user)],
      removed_total: 1,
    },
  });
  expect(entries.map(({ changes, members }) => ({ changes, members }))).toMatchObject([
    {
      changes: { display_name: { new: 'Crew' } },
      members: { added: [encodeUserId(user)], added_total: 1 },
    },
    {},
    { changes: {}, members: { removed: [encodeUserId(other)], removed_total: 1 } },
    { changes: {}, members: { removed: [encodeGroupId(inner)], removed_total: 1 } },
    { changes: { display_name: { old: 'Team' } } },
  ]);
  const [, external] = Object.entries(entries[0]!.changes).find(([name]) => name.startsWith('external_ids.'))!;
  expect(external).toEqual({ new: 'hr-1' });
  expect(entries[4]!.members).toBeUndefined();
});

describe('after and limit', () => {
  let id: string;
  beforeAll(async () => {
    id = await scim.group('version 1');
    for (const version of [2, 3, 4, 5]) {
      await scim.patch(`/Groups/${id}`, [{ op: 'replace', path: 'displayName', value: `version ${version}` }]);
    }
  });

  test('walk through it, the oldest first, each entry once', async () => {
    const seen = [];
    for (
      let after = 0, page;
      (page = await historyOf(id, `?after=${after}&limit=2`)).length > 0;
      after = page.at(-1)!.seq
    ) {
      seen.push(versions(page));
    }
    expect(seen).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('are followed by the SDK', async () => {
    const { v1 } = new Stele({ url: api.url, token: keys.read });
    const seen = [];
    for await (const { version } of v1.groups.history(id, { limit: 2 })) seen.push(version);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  test.each(['limit=0', 'limit=101', 'limit=x', 'after=-1', 'after=1.5', 'page=1'])('%s is rejected', async (query) => {
    expectRefusal('v1', await ask(id, `?${query}`), 'invalid_parameter');
  });

  test('take 100 unless told, and end a page early where entries are large', async () => {
    const [large, small] = [uuidv7(), uuidv7()];
    await recordWrites(large, 5, 20_000);
    await recordWrites(small, 120, 1);
    expect(versions(await historyOf(small))).toHaveLength(100);
    const page = await historyOf(large);
    expect(versions(page)).toEqual([1]);
    expect(page[0]!.members).toMatchObject({ added: { length: 1000 }, added_total: 20_000 });
    expect(versions(await historyOf(large, `?after=${page[0]!.seq}`))).toEqual([2]);
  });

  /** Writes of so many random members each, straight into the database. */
  const recordWrites = (group: string, writes: number, members: number) =>
    api.query(
      `INSERT INTO group_history (tenant_id, group_id, version, at, credential_id, dialect, operation, request_id, changes)
       SELECT k.tenant_id, $1, version, now(), k.id, 'scim', 'patchGroup', 'r',
         jsonb_build_object('members', jsonb_build_object('added',
           (SELECT jsonb_agg(gen_random_uuid()) FROM generate_series(1, $3 + 0 * version))))
       FROM api_keys k, generate_series(1, $2) AS version
       WHERE k.key_hash = $4`,
      [group, writes, members, storedHash(keys.admin)],
    );
});

describe('whose history it is', () => {
  const spellings: Readonly<Record<string, (id: string) => string>> = {
    'the UUID': (id) => id,
    'the UUID in upper case': (id) => id.toUpperCase(),
    grp_: encodeGroupId,
  };

  test.each(Object.keys(spellings))('is named by %s', async (name) => {
    const id = await scim.group('one');
    expect(versions(await historyOf(spellings[name]!(id)))).toEqual([1]);
    expect(versions(await historyOf(spellings[name]!(id), '', { key: keys.read }))).toEqual([1]);
  });

  test.each(['', '?limit=1', '?after=1', '?after=999999'])(
    "of none, and of another tenant's, is not found (%s)",
    async (query) => {
      const foreign = await scimAt(api, { key: keys.foreign }).group('theirs');
      const user = await scim.user(uuidv7());
      for (const id of [uuidv7(), foreign, user, encodeUserId(user), 'none', foreign.replaceAll('-', '')]) {
        const answer = await ask(id, query);
        expectRefusal('v1', answer, 'not_found');
        expect(answer.body.message).toBe('Group not found');
      }
      expect(await historyOf(foreign, '', { key: keys.foreign })).toHaveLength(1);
    },
  );

  test('after its end is empty, also of a group that is deleted', async () => {
    const id = await scim.group('gone');
    await scim.remove(`/Groups/${id}`);
    const [, last] = await historyOf(id);
    expect(await historyOf(id, `?after=${last!.seq}`)).toEqual([]);
  });
});
