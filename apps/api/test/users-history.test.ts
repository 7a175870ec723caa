import { encodeApiKeyId, encodeUserId } from '@stele/schemas/v1';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type Ask, keys, startReplicas, storedHash, type TestApp } from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import {
  alice,
  create,
  faces,
  type Fields,
  forgetUsers,
  operate,
  patch,
  recordTimes,
  type Tongue,
  tongues,
  urns,
} from './support/users.ts';

interface Entry {
  readonly seq: number;
  readonly version: number;
  readonly at: string;
  readonly actor: string;
  readonly dialect: string;
  readonly operation: string;
  readonly request_id: string;
  readonly changes: Readonly<Record<string, { readonly old?: unknown; readonly new?: unknown }>>;
}

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

let api: TestApp;
let replica: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ api, replica, stop } = await startReplicas({ STELE_GROUP_COMMIT: 'true' }, { STELE_GROUP_COMMIT: 'false' }));
});
afterAll(() => stop());
beforeEach(() => forgetUsers(api));

const ask = (id: string, query = '', { on = api, ...rest }: Ask & { on?: TestApp } = {}): Promise<Answer> =>
  on.request('GET', `${faces.v1.user(id)}/history${query}`, rest);

async function historyOf(id: string, query?: string, on?: Parameters<typeof ask>[2]): Promise<Entry[]> {
  const answer = await ask(id, query, on);
  expect(answer.status, answer.text).toBe(200);
  expect(Object.keys(answer.body)).toEqual(['data']);
  return answer.body.data;
}

const versions = (entries: readonly Entry[]) => entries.map(({ version }) => version);

describe('an entry', () => {
  test.each(tongues)('of %s: which version, when, whose, and how', async (tongue) => {
    const id = await create(api, tongue, 'alice');
    const fields = { v1: { last_name: 'L' }, scim: { name: { familyName: 'L' } }, nerm: { title: 'L' } }[tongue];
    const answer = await patch(api, tongue, id, fields, { key: keys.write, headers: { 'x-request-id': 'the-patch' } });
    expect(answer.status).toBe(200);
    const [creation, change, ...more] = await historyOf(id);
    expect(more).toEqual([]);
    const credential = async (key: string) => {
      const [row] = await api.query('SELECT id FROM api_keys WHERE key_hash = $1', [storedHash(key)]);
      return encodeApiKeyId(String(row!['id']));
    };
    const shown = (await api.request('GET', faces.v1.user(id))).body;
    expect(creation).toEqual({
      seq: expect.any(Number),
      version: 1,
      at: shown.created_at,
      actor: await credential(keys.admin),
      dialect: tongue,
      operation: 'createUser',
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      changes: expect.objectContaining({ username: { new: 'alice' }, status: { new: 'active' } }),
    });
    expect(change).toEqual({
      seq: expect.any(Number),
      version: 2,
      at: shown.updated_at,
      actor: await credential(keys.write),
      dialect: tongue,
      operation: tongue === 'scim' ? 'patchUser' : 'updateUser',
      request_id: 'the-patch',
      changes: { [tongue === 'nerm' ? 'title' : 'last_name']: { new: 'L' } },
    });
    expect(change!.seq).toBeGreaterThan(creation!.seq);
  });

  test('of an access token names issuer and subject', async () => {
    const id = await create(api, 'scim', 'alice');
    await api.query(
      `INSERT INTO user_history (tenant_id, user_id, version, at, credential_id, dialect, operation, request_id, changes, actor)
       SELECT tenant_id, user_id, 2, at, credential_id, dialect, operation, request_id, '{}', 'https://id.example.com alice' FROM user_history`,
    );
    expect((await historyOf(id)).at(-1)).toMatchObject({ actor: 'https://id.example.com alice', changes: {} });
  });

  test('says nothing of what has no name here', async () => {
    const id = await create(api, 'scim', 'alice');
    await api.query(
      `INSERT INTO user_history (tenant_id, user_id, version, at, credential_id, dialect, operation, request_id, changes)
       SELECT tenant_id, user_id, 2, at, credential_id, dialect, operation, request_id,
         '{"title": {"new": "x"}, "shoeSize": {"new": 43}, "passwordHash": {"new": "x"}, "constructor": {"new": 1}}' FROM user_history`,
    );
    expect((await historyOf(id)).at(-1)!.changes).toEqual({ title: { new: 'x' } });
  });
});

describe("the changes of every dialect in v1's words", () => {
  const emails = [
    { value: 'al@example.com', type: 'work', primary: true },
    { value: 'al@home.example', type: 'home' },
  ];
  const roles = [{ value: 'editor', primary: true }, { value: 'auditor' }];
  const draft: Fields = { title: 'Surveyor', name: { givenName: 'Al' }, emails, roles };

  const changes: readonly [name: string, tongue: Tongue, fields: Fields, changes: Entry['changes']][] = [
    ['user name', 'scim', { userName: 'al' }, { username: { old: 'alice', new: 'al' } }],
    ['user name', 'nerm', { login: 'al' }, { username: { old: 'alice', new: 'al' } }],
    ['given name', 'scim', { 'name.givenName': 'Ally' }, { first_name: { old: 'Al', new: 'Ally' } }],
    ['no given name', 'v1', { first_name: null }, { first_name: { old: 'Al' } }],
    ['family name', 'scim', { name: { familyName: 'L' } }, { last_name: { new: 'L' } }],
    ['another part of the name', 'scim', { name: { middleName: 'K' } }, { 'name.middle_name': { new: 'K' } }],
    ['title', 'scim', { title: 'Owner' }, { title: { old: 'Surveyor', new: 'Owner' } }],
    ['no title', 'nerm', { title: null }, { title: { old: 'Surveyor' } }],
    ['name', 'nerm', { name: 'Ms Al' }, { display_name: { new: 'Ms Al' } }],
    ['external id', 'scim', { externalId: 'hr-7' }, { 'external_ids.default': { new: 'hr-7' } }],
    ['status', 'nerm', { status: 'Pending' }, { status: { old: 'active', new: 'pending' } }],
    ['status', 'scim', { active: false }, { status: { old: 'active', new: 'disabled' } }],
    ['language', 'nerm', { preferred_language: 'nb' }, { preferred_language: { new: 'nb' } }],
    [
      'primary address',
      'v1',
      { email: 'new@example.com' },
      { email: { old: 'al@example.com', new: 'new@example.com' } },
    ],
    [
      'primary address',
      'nerm',
      { email: 'new@example.com' },
      { email: { old: 'al@example.com', new: 'new@example.com' } },
    ],
    [
      'another address',
      'scim',
      { emails: [emails[0], { value: 'new@home.example' }] },
      { emails: { old: emails, new: [emails[0], { value: 'new@home.example' }] } },
    ],
    ['no address', 'scim', { emails: [] }, { email: { old: 'al@example.com' } }],
    [
      'another primary address',
      'scim',
      { emails: [{ value: 'al@home.example', primary: true }, { value: 'al@example.com' }] },
      { email: { old: 'al@example.com', new: 'al@home.example' } },
    ],
    ['role', 'v1', { role: 'owner' }, { role: { old: 'editor', new: 'owner' } }],
    ['another role', 'nerm', { admin: true }, { roles: { old: roles, new: [...roles, { value: 'admin' }] } }],
    ['no role', 'scim', { roles: null }, { role: { old: 'editor' } }],
    [
      'telephone numbers',
      'scim',
      { phoneNumbers: [{ value: '1' }] },
      { phone_numbers: { old: [], new: [{ value: '1' }] } },
    ],
    [
      'certificates',
      'scim',
      { x509Certificates: [{ value: 'MIID' }] },
      { x509_certificates: { old: [], new: [{ value: 'MIID' }] } },
    ],
    [
      'an extension',
      'scim',
      { [urns.enterprise]: { costCenter: '7', manager: { value: '8' } } },
      { 'enterprise.cost_center': { new: '7' }, 'enterprise.manager.value': { new: '8' } },
    ],
    [
      'the other extension',
      'nerm',
      { group_strings: 'one,two' },
      { 'lifecycle.group_strings': { old: [], new: ['one', 'two'] } },
    ],
    [
      'several at once',
      'scim',
      { title: null, active: false, 'name.givenName': 'X', emails: [] },
      {
        title: { old: 'Surveyor' },
        status: { old: 'active', new: 'disabled' },
        first_name: { old: 'Al', new: 'X' },
        email: { old: 'al@example.com' },
      },
    ],
  ];

  test.each(changes)('%s by %s', async (_, tongue, fields, expected) => {
    const id = await create(api, 'scim', 'alice', draft);
    const answer = await patch(api, tongue, id, fields);
    expect(answer.status, answer.text).toBe(200);
    expect((await historyOf(id))[1]!.changes).toEqual(expected);
  });

  test('a time', async () => {
    const id = await create(api, 'scim', 'alice', draft);
    await recordTimes(api, id, { lastLogin: '2026-04-05T06:07:08.9Z' });
    expect((await historyOf(id))[1]!.changes).toEqual({
      'lifecycle.last_login': { new: '2026-04-05T06:07:08.900Z' },
    });
  });

  test('a preview by v1 says what the history then says', async () => {
    const fields = { username: 'al', email: 'new@example.com', first_name: null, last_name: 'L', role: 'owner' };
    const id = await create(api, 'scim', 'alice', draft);
    const preview = await patch(api, 'v1', id, fields, { headers: { prefer: 'return=preview' } });
    expect(await historyOf(id)).toHaveLength(1);
    await patch(api, 'v1', id, fields);
    expect((await historyOf(id))[1]!.changes).toEqual(preview.body.changes);
  });

  test('a password is said to have changed, and no more', async () => {
    const id = await create(api, 'v1', 'alice');
    await operate(api, id, { op: 'replace', path: 'password', value: 'Tarn-Lake-77' });
    await api.request('PUT', `${faces.v1.user(id)}/password`, { body: { password: 'Tarn-Lake-78' } });
    const entries = await historyOf(id);
    expect(entries.map(({ operation, changes }) => [operation, changes['password']])).toEqual([
      ['createUser', {}],
      ['patchUser', {}],
      ['setPassword', {}],
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/Tarn|argon/);
  });

  test('a create says every field that it fills, and a deletion every field that was there', async () => {
    const id = await create(api, 'scim', 'alice', alice);
    await api.request('DELETE', faces.v1.user(id));
    const [creation, deletion, ...more] = await historyOf(id);
    expect(more).toEqual([]);
    expect(creation!.changes).toMatchObject({
      username: { new: 'alice' },
      email: { new: 'alice@example.com' },
      first_name: { new: 'Alice' },
      role: { new: 'editor' },
      title: { new: 'Surveyor' },
      addresses: { new: alice.addresses },
    });
    expect(creation!.changes).not.toHaveProperty('emails');
    expect(deletion!.changes).toEqual(
      Object.fromEntries(Object.entries(creation!.changes).map(([field, change]) => [field, { old: change.new }])),
    );
  });

  test('what changes nothing, or is refused, is no entry', async () => {
    const id = await create(api, 'scim', 'alice', draft);
    await create(api, 'scim', 'bob');
    for (const [tongue, fields] of [
      ['v1', { first_name: 'Al' }],
      ['v1', { username: 'BOB' }],
      ['scim', { title: 'Surveyor' }],
      ['nerm', { status: 'Active' }],
      ['nerm', { status: 'active' }],
    ] as const) {
      await patch(api, tongue, id, fields);
    }
    expect(await historyOf(id)).toHaveLength(1);
  });
});

describe('after and limit', () => {
  /** A user of so many versions. */
  async function userOf(count: number): Promise<string> {
    const id = await create(api, 'scim', 'alice');
    for (const index of indexes(count - 1)) await patch(api, 'scim', id, { title: `title ${index}` });
    return id;
  }

  test('walk through it, the oldest first, each entry once', async () => {
    const id = await userOf(12);
    const all = await historyOf(id);
    expect(versions(all)).toEqual(indexes(12).map((index) => index + 1));
    expect(all.map(({ seq }) => seq)).toEqual(all.map(({ seq }) => seq).toSorted((left, right) => left - right));
    for (const limit of [1, 5, 11, 12, 13, 100]) {
      const walked: Entry[] = [];
      for (let page = await historyOf(id, `?limit=${limit}`); page.length > 0;) {
        expect(page.length).toBeLessThanOrEqual(limit);
        walked.push(...page);
        page = await historyOf(id, `?limit=${limit}&after=${walked.at(-1)!.seq}`, { on: replica });
      }
      expect(walked).toEqual(all);
    }
  });

  test('begin at the first, and take a hundred, unless it is said', async () => {
    const id = await userOf(103);
    const all = await historyOf(id);
    expect(versions(all)).toEqual(indexes(100).map((index) => index + 1));
    expect(await historyOf(id, '?after=0&limit=100')).toEqual(all);
    expect(versions(await historyOf(id, `?after=${all.at(-1)!.seq}`))).toEqual([101, 102, 103]);
  });

  test('after what is none of its own seqs goes on with the next', async () => {
    const id = await create(api, 'scim', 'alice');
    const bob = await create(api, 'scim', 'bob');
    await patch(api, 'scim', id, { title: 'two' });
    const [between] = await historyOf(bob);
    expect(versions(await historyOf(id, `?after=${between!.seq}`))).toEqual([2]);
  });

  test('at the end there is nothing', async () => {
    const id = await userOf(2);
    const [, last] = await historyOf(id);
    for (const after of [last!.seq, last!.seq + 1, 999_999_999_999_999]) {
      expect(await historyOf(id, `?after=${after}`)).toEqual([]);
    }
  });

  test.each([
    ...['-1', '1.5', 'x', '', '9'.repeat(30), '1&after=2'].map((value) => [`after=${value}`, 'after'] as const),
    ...['0', '-1', '101', 'ten', '', '1&limit=2'].map((value) => [`limit=${value}`, 'limit'] as const),
  ])('%s is refused', async (query, name) => {
    const id = await create(api, 'scim', 'alice');
    const answer = await ask(id, `?${query}`);
    expectRefusal('v1', answer, 'invalid_parameter');
    expect(answer.body.details).toEqual({ [name]: [expect.any(String)] });
  });

  test.each(['page', 'cursor', 'filter[field]'])('%s is not known', async (name) => {
    const id = await create(api, 'scim', 'alice');
    const answer = await ask(id, `?${name}=1`);
    expectRefusal('v1', answer, 'invalid_parameter');
    expect(answer.body.details).toEqual({ [name]: [`Unknown parameter: ${name}`] });
  });

  test('follow a user whom both replicas change: each entry once, in the order of its versions', async () => {
    const id = await create(api, 'scim', 'alice');
    const neighbour = await create(api, 'scim', 'bob');
    const writing = Promise.all(
      indexes(60).map((index) => {
        const user = index % 4 === 0 ? neighbour : id;
        const tongue = tongues[index % 3]!;
        const field = { v1: 'last_name', scim: 'nickName', nerm: 'title' }[tongue];
        return patch(index % 2 ? api : replica, tongue, user, { [field]: `value ${index}` });
      }),
    );
    const expected = 1 + indexes(60).filter((index) => index % 4 !== 0).length;
    const followed: Entry[] = [];
    while (followed.length < expected) {
      followed.push(...(await historyOf(id, `?limit=7&after=${followed.at(-1)?.seq ?? 0}`)));
    }
    expect((await writing).map(({ status }) => status)).toEqual(indexes(60).map(() => 200));
    expect(versions(followed)).toEqual(indexes(expected).map((index) => index + 1));
    expect(await historyOf(id)).toEqual(followed);
  });
});

describe('whose history it is', () => {
  test.each(['', '?limit=1', '?after=5', '?after=999999'])('of nobody is not found (%s)', async (query) => {
    await create(api, 'scim', 'alice');
    expectRefusal('v1', await ask(uuidv7(), query), 'not_found');
    expectRefusal('v1', await api.request('GET', `/v1/users/alice/history${query}`), 'not_found');
  });

  test.each(['', '?after=1', '?after=999999'])("of another tenant's user is not found (%s)", async (query) => {
    const id = await create(api, 'scim', 'alice');
    const foreign = await ask(id, query, { key: keys.foreign });
    expectRefusal('v1', foreign, 'not_found');
    expect(foreign.text).toBe((await ask(uuidv7(), query, { key: keys.foreign })).text);
  });

  test('of a user who is deleted goes on to be read, also when the name is of another one', async () => {
    const id = await create(api, 'v1', 'alice');
    await patch(api, 'nerm', id, { title: 'Owner' });
    await api.request('DELETE', faces.v1.user(id));
    const successor = await create(api, 'v1', 'alice');
    const entries = await historyOf(id);
    expect(entries.map(({ operation }) => operation)).toEqual(['createUser', 'updateUser', 'deleteUser']);
    expect(versions(await historyOf(id, `?after=${entries[0]!.seq}&limit=1`))).toEqual([2]);
    expect(await historyOf(id, `?after=${entries[2]!.seq}`)).toEqual([]);
    expect(await historyOf(successor)).toHaveLength(1);
  });

  test('is for everybody who may read', async () => {
    const id = await create(api, 'scim', 'alice');
    expect(await historyOf(id, '', { key: keys.read })).toHaveLength(1);
    expectRefusal('v1', await ask(id, '', { key: keys.operator }), 'forbidden');
    expectRefusal('v1', await ask(id, '', { key: null }), 'unauthorized');
  });

  test('of one item of a batch is that of its user', async () => {
    const id = await create(api, 'scim', 'alice');
    const operations = [
      { op: 'update', id: encodeUserId(id), data: { last_name: 'L' } },
      { op: 'delete', id: encodeUserId(id) },
    ];
    const headers = { 'x-request-id': 'the-batch' };
    await api.request('POST', '/v1/users/batch', { body: { operations }, headers });
    const [, ...entries] = await historyOf(id);
    expect(entries).toMatchObject([
      { version: 2, operation: 'batchUsers', request_id: 'the-batch', changes: { last_name: { new: 'L' } } },
      { version: 3, operation: 'batchUsers', request_id: 'the-batch', changes: { username: { old: 'alice' } } },
    ]);
  });
});
