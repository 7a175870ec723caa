import { randomUUID } from 'node:crypto';
import { verify } from '@node-rs/argon2';
import { encodeUserId } from '@stele/schemas/v1';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from './faults/patience.ts';
import { type Answer, type Ask, keys, startApp, startReplicas, type TestApp } from './support/app.ts';
import { deleteRows } from './support/database.ts';
import { contentsOf } from './support/contents.ts';
import { expectRefusal } from './support/refusals.ts';
import { holdUsers } from './support/row-lock.ts';
import { create, faces, type Fields, forgetUsers, kept, patch, read, urns } from './support/users.ts';

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

const wish = (login: string, fields?: Fields) => (faces.nerm.draft(login, fields) as { user: Fields }).user;

const wishes = (count: number, prefix = 'user') => indexes(count).map((index) => wish(`${prefix}-${index}`));

type Method = 'POST' | 'PATCH';

type On = Ask & { readonly on?: TestApp; readonly query?: string };

/** What became of one user: as it is shown, or why it was left as it was. */
interface Result {
  readonly id?: string;
  readonly user_id?: string | null;
  readonly login: string | null;
  readonly errors?: readonly string[];
}

const failed = (login: string | null, ...errors: readonly unknown[]) => ({ user_id: null, login, errors });
const notFound = 'The requested User was not found';
const taken = 'login has already been taken';

describe.each([{ groupCommit: 'true' }, { groupCommit: 'false' }])('group commit $groupCommit', ({ groupCommit }) => {
  let api: TestApp;
  let replica: TestApp;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const environment = { STELE_GROUP_COMMIT: groupCommit };
    ({ api, replica, stop } = await startReplicas(environment, environment));
  });
  afterAll(() => stop());
  beforeEach(async () => {
    await forgetUsers(api);
    await deleteRows(api, ['jobs', 'job_items', 'job_queues']);
  });

  const send = (method: Method, users: unknown, { on = api, query = '', ...ask }: On = {}): Promise<Answer> =>
    on.request(method, `/users${query}`, { body: { users }, ...ask });

  async function resultsOf(answer: Promise<Answer>): Promise<Result[]> {
    const { status, body, text } = await answer;
    expect(status, text).toBe(200);
    expect(Object.keys(body)).toEqual(['users']);
    return body.users;
  }

  async function jobOf(answer: Promise<Answer>): Promise<string> {
    const { status, body, text } = await answer;
    expect(status, text).toBe(200);
    expect(body).toMatchObject({ info: 'job has started', job_status: { status: 'queued' }, status: 200 });
    return body.job_status.job_id;
  }

  async function completed(id: string): Promise<Result[]> {
    const path = `/job_status?job_id=${id}`;
    await until('the job is complete', async () => (await api.request('GET', path)).body.status === 'complete');
    return (await api.request('GET', path)).body.job_data;
  }

  const shown = async (id: string) => faces.nerm.shown(await read(api, 'nerm', id));

  const errorsOf = (results: readonly Result[]) => results.map(({ errors = [] }) => errors);

  const make = (count: number) => Promise.all(indexes(count).map((index) => create(api, 'scim', `user-${index}`)));

  describe('creates', () => {
    test('answer with the users, in the order of the request', async () => {
      const users = wishes(100);
      const results = await resultsOf(send('POST', users));
      expect(results.map(({ login }) => login)).toEqual(users.map(({ login }) => login));
      for (const result of results.slice(0, 5)) expect(result).toEqual(await shown(result.id!));
      expect((await kept(api)).history).toHaveLength(100);
    });

    test('keep everything that can be said of one', async () => {
      const everything = {
        type: 'NeaccessUser',
        password: 'correct horse battery staple',
        profile_id: '6b1f0c9e-5f3e-4a27-9f43-1f2f6d0a7c11',
        title: 'Clerk',
        status: 'Disabled',
        admin: true,
        group_strings: 'one, two',
        locale: 'nb',
        preferred_language: 'nb-NO',
        sailpoint_identity_id: '2c91',
      };
      const [alone] = await resultsOf(send('POST', [wish('alice', everything)], { query: '?async=false' }));
      const { body } = await api.request('POST', '/user', { body: faces.nerm.draft('bob', everything) });
      const [id, uid] = [expect.any(String), expect.any(String)];
      const named = { id, uid, login: 'alice', name: 'alice', email: 'alice@example.com' };
      expect(alone).toEqual({ ...body.user, ...named });
      const rows = await api.query('SELECT roles, lifecycle_profile_id, password_hash FROM users ORDER BY user_name');
      for (const row of rows) {
        expect(row).toMatchObject({ roles: [{ value: 'admin' }], lifecycle_profile_id: everything.profile_id });
        expect(await verify(String(row['password_hash']), everything.password)).toBe(true);
      }
      expect(JSON.stringify(body) + JSON.stringify(alone)).not.toContain('password');
    });

    test('that are wrong touch no other, and say why in the words of one alone', async () => {
      await create(api, 'scim', 'alice');
      const password = 'correct horse battery staple';
      const cases: [user: unknown, result: object][] = [
        [wish('ALICE'), failed('ALICE', taken)],
        [wish('one', { email: 'one' }), failed('one', expect.stringMatching(/^email /))],
        [{ login: 'two' }, failed('two', "name can't be blank", "email can't be blank")],
        [wish('three', { name: ' ' }), failed('three', "name can't be blank")],
        [wish('four', { shoe_size: 43 }), failed('four', expect.stringMatching(/^shoe_size /))],
        [
          wish('five', { id: uuidv7() }),
          { ...failed('five', expect.stringMatching(/^id /)), user_id: expect.anything() },
        ],
        [wish('six', { type: 'NeaccessUser' }), failed('six', "password can't be blank")],
        [
          wish('seven', { type: 'NeaccessUser', password: 'short' }),
          failed('seven', expect.stringMatching(/^password /)),
        ],
        [wish('eight', { type: 'Robot', password }), failed('eight', expect.stringMatching(/^type /))],
        [{ user: wish('nine') }, { ...failed(null), errors: expect.any(Array) }],
        [null, failed(null, expect.any(String))],
        ['ten', failed(null, expect.any(String))],
        [[], failed(null, expect.any(String))],
        [{}, { ...failed(null), errors: expect.arrayContaining(["login can't be blank"]) }],
      ];
      const results = await resultsOf(send('POST', [wish('first'), ...cases.map(([user]) => user), wish('last')]));
      expect(results).toMatchObject([{ login: 'first' }, ...cases.map(([, result]) => result), { login: 'last' }]);
      const { users: there, history } = await kept(api);
      expect(there.map((user) => (user as { user_name: string }).user_name).toSorted()).toEqual([
        'alice',
        'first',
        'last',
      ]);
      expect(history).toHaveLength(3);
    });

    test('hold 1000 groups, and 4096 characters of a name, at most', async () => {
      const long = 'n'.repeat(4096);
      const most = indexes(1000).map(String).join();
      const users = [
        wish('one', { name: long, group_strings: long }),
        wish('two', { group_strings: most }),
        wish('three', { group_strings: `${most},1000` }),
        wish('four', { group_strings: `a,${long}n` }),
        wish('five', { name: `${long}n` }),
        // Each name counts, and what is between them does not.
        wish('six', { group_strings: ' , ,'.repeat(2000) }),
      ];
      const results = await resultsOf(send('POST', users));
      expect(errorsOf(results)).toEqual([
        [],
        [],
        [expect.stringMatching(/^group_strings .*1000/)],
        [expect.stringMatching(/^group_strings .*4096/)],
        [expect.stringMatching(/^name .*4096/)],
        [],
      ]);
      const alone = await Promise.all(
        users.map(async (user, index) => {
          const body = { user: { ...user, login: `alone-${index}` } };
          return (await api.request('POST', '/user', { body })).body;
        }),
      );
      expect(alone.map(({ errors = {} }) => Object.keys(errors))).toEqual([
        [],
        [],
        ['group_strings'],
        ['group_strings'],
        ['name'],
        [],
      ]);
      expect(results[1]).toMatchObject({ group_strings: most });
    });

    test('of one login are done in their order: the first has it', async () => {
      const users = [wish('zoë', { name: 'first' }), wish('bob'), wish('ZOE\u0308'), wish('zoë')];
      const results = await resultsOf(send('POST', users));
      expect(errorsOf(results)).toEqual([[], [], [taken], [taken]]);
      expect(await shown(results[0]!.id!)).toMatchObject({ login: 'zoë', name: 'first' });
    });
  });

  describe('changes', () => {
    test('answer with the users, in the order of the request', async () => {
      const ids = await make(100);
      const results = await resultsOf(
        send(
          'PATCH',
          ids.toReversed().map((id, index) => ({ id, title: `Clerk ${index}` })),
        ),
      );
      expect(results.map(({ id }) => id)).toEqual(ids.toReversed());
      for (const [index, result] of results.slice(0, 5).entries()) {
        expect(result).toMatchObject({ title: `Clerk ${index}` });
        expect(result).toEqual(await shown(result.id!));
      }
    });

    test('of one user are done in their order', async () => {
      const [id, other] = await make(2);
      const changes = indexes(6).flatMap((index) => [
        { id, title: `Clerk ${index}` },
        { id: other, title: `Other ${index}` },
      ]);
      const results = await resultsOf(send('PATCH', changes));
      expect(results).toMatchObject(changes);
      expect((await read(api, 'nerm', id!)).headers.get('etag')).toBe('"7"');
    });

    test('that change nothing succeed and move nothing', async () => {
      const [id] = await make(1);
      const before = await kept(api);
      expect(await resultsOf(send('PATCH', [{ id }, { id, title: null }]))).toEqual(Array(2).fill(await shown(id!)));
      expect(await kept(api)).toEqual(before);
    });

    test('take what is shown, however long it is, and refuse more', async () => {
      const long = 'n'.repeat(4096);
      const groupStrings = indexes(60).map((index) => long.slice(4) + String(1000 + index));
      const id = await create(api, 'scim', 'alice', {
        name: { givenName: long, familyName: long },
        [urns.lifecycle]: { groupStrings },
      });
      const before = await kept(api);
      const { name, group_strings } = await shown(id);
      expect([name, group_strings]).toEqual([`${long} ${long}`, groupStrings.join()]);
      expect(errorsOf(await resultsOf(send('PATCH', [{ id, name, group_strings }])))).toEqual([[]]);
      expect((await patch(api, 'nerm', id, { name, group_strings })).status).toBe(200);
      expect(await kept(api)).toEqual(before);

      const groups = indexes(1001).map(String).join();
      const more = { name: `${String(name).slice(1)}x`, group_strings: groups };
      for (const [field, value] of Object.entries(more)) {
        expect(errorsOf(await resultsOf(send('PATCH', [{ id, [field]: value }])))).toEqual([
          [expect.stringMatching(new RegExp(`^${field} `))],
        ]);
        const { status, body } = await patch(api, 'nerm', id, { [field]: value });
        expect([status, Object.keys(body.errors)]).toEqual([400, [field]]);
      }
      expect(await kept(api)).toEqual(before);
    });

    test('that are wrong touch no other, and say why', async () => {
      const [one, two] = await make(2);
      const foreign = await api.request('POST', '/user', { key: keys.foreign, body: faces.nerm.draft('mallory') });
      const gone = await create(api, 'nerm', 'gone');
      await api.request('DELETE', faces.nerm.user(gone));
      const before = await api.query('SELECT * FROM users WHERE id = $1', [foreign.body.user.id]);
      const unknown = uuidv7();
      const cases: [change: unknown, result: object][] = [
        [
          { id: unknown, title: 'X' },
          { user_id: unknown, login: null, errors: [notFound] },
        ],
        [
          { id: foreign.body.user.id, title: 'X' },
          { user_id: foreign.body.user.id, login: null, errors: [notFound] },
        ],
        [
          { id: gone, title: 'X' },
          { user_id: gone, login: null, errors: [notFound] },
        ],
        [{ id: 'usr_01h455vb4pex5vsknk084sn02q', title: 'X' }, failed(null, notFound)],
        [{ id: one!.replaceAll('-', ''), title: 'X' }, failed(null, notFound)],
        [{ id: '', login: 'x' }, failed('x', notFound)],
        [{ title: 'X' }, failed(null, "id can't be blank")],
        [{ id: 42, title: 'X' }, failed(null, expect.stringMatching(/^id /))],
        [
          { id: two, login: 'USER-0' },
          { user_id: two, login: 'USER-0', errors: [taken] },
        ],
        [
          { id: two, name: null },
          { user_id: two, login: null, errors: [expect.stringMatching(/^name /)] },
        ],
        [{ id: two, password: 'correct horse' }, { errors: [expect.stringMatching(/^password /)] }],
        [{ id: two, uid: 'x' }, { errors: [expect.stringMatching(/^uid /)] }],
        [null, failed(null, expect.any(String))],
      ];
      const sent = [{ id: one, title: 'first' }, ...cases.map(([change]) => change), { id: one, title: 'last' }];
      const results = await resultsOf(send('PATCH', sent));
      expect(results).toMatchObject([{ title: 'first' }, ...cases.map(([, result]) => result), { title: 'last' }]);
      expect(await api.query('SELECT * FROM users WHERE id = $1', [foreign.body.user.id])).toEqual(before);
      expect((await read(api, 'nerm', two!)).headers.get('etag')).toBe('"1"');
    });

    test('of logins are done in their order: one takes what another gives up', async () => {
      const ids = await make(12);
      const chain = ids.map((id, index) => ({ id, login: index === 0 ? 'free' : `user-${index - 1}` }));
      expect(await resultsOf(send('PATCH', chain))).toMatchObject(chain);
      // The other way round each is still taken when it is asked for.
      const back = chain.map(({ id }, index) => ({ id, login: `user-${index}` }));
      expect(errorsOf(await resultsOf(send('PATCH', back)))).toEqual([...ids.slice(1).map(() => [taken]), []]);
    });

    test.each([
      { size: 2, query: '' },
      { size: 5, query: '' },
      { size: 100, query: '' },
      { size: 2, query: '?async=true' },
      { size: 130, query: '' },
    ])('pass $size logins round in a circle$query', async ({ size, query }) => {
      const ids = await make(size);
      const changes = ids.map((id, index) => ({
        id: index % 2 === 0 ? id.toUpperCase() : id,
        login: `User-${(index + 1) % size}`,
        title: `Clerk ${index}`,
      }));
      const answer = send('PATCH', changes, { query, headers: { 'idempotency-key': randomUUID() } });
      const results = query === '' && size <= 100 ? await resultsOf(answer) : await completed(await jobOf(answer));
      expect(errorsOf(results).flat()).toEqual([]);
      for (const [index, { login, title }] of changes.entries()) {
        if (index < 3) expect(await shown(ids[index]!)).toMatchObject({ login, title });
      }
      const { body } = await api.request('GET', `/v1/users/${encodeUserId(ids[0]!)}/history`);
      expect(body.data.map(({ version }: { version: number }) => version)).toEqual([1, 2]);
    });

    test('swap logins beside others, each with its own result', async () => {
      const [one, two, three, four] = await make(4);
      const changes = [
        { id: one, login: 'user-1' },
        { id: three, login: 'user-1' },
        { id: four, login: 'user-2' },
        { id: two, login: 'USER-0' },
        { id: uuidv7(), login: 'user-3' },
      ];
      const results = await resultsOf(send('PATCH', changes));
      expect(results[0]).toMatchObject(changes[0]!);
      expect(results[3]).toMatchObject(changes[3]!);
      expect(errorsOf(results)).toEqual([[], [taken], [taken], [], [notFound]]);
    });

    test('swap no logins where one of the users cannot be written, and report its own error', async () => {
      const [one, two] = await make(2);
      const before = await contentsOf(api);
      const changes = [
        { id: one, login: 'user-1' },
        { id: two, login: 'user-0', name: 'x'.repeat(5000) },
      ];
      const results = await resultsOf(send('PATCH', changes));
      expect(errorsOf(results)).toEqual([[taken], [expect.stringMatching(/^name /)]]);
      expect(await contentsOf(api)).toEqual(before);
    });

    test('swap two logins by way of a third', async () => {
      const [one, two] = await make(2);
      const changes = [
        { id: one, login: 'third' },
        { id: two, title: 'between' },
        { id: two, login: 'user-0' },
        { id: one, login: 'user-1' },
      ];
      expect(await resultsOf(send('PATCH', changes))).toMatchObject(changes);
    });
  });

  describe.each<Method>(['POST', 'PATCH'])('%s', (method) => {
    /** So many users that can be written. */
    async function items(count: number): Promise<Fields[]> {
      if (method === 'POST') return wishes(count);
      const id = await create(api, 'scim', 'alice');
      return indexes(count).map((index) => ({ id, title: `Clerk ${index}` }));
    }

    /** Entries of the history that the items need before. */
    const own = method === 'POST' ? 0 : 1;

    const wrong: readonly (readonly [name: string, body: unknown])[] = [
      ['nobody', { users: [] }],
      ['more than 1000', { users: indexes(1001).map(() => ({})) }],
      ['no list', { users: { 0: {} } }],
      ['null', { users: null }],
      ['no users', {}],
      ['another name', { user: [{}] }],
      ['another field besides', { users: [{}], shoe_size: 43 }],
      ['a bare list', [{}]],
    ];

    test.each(wrong)('of %s is refused', async (_, body) => {
      const before = await contentsOf(api);
      for (const query of ['', '?async=true']) {
        expectRefusal('nerm', await api.request(method, `/users${query}`, { body }), 'validation_error');
      }
      expect(await contentsOf(api)).toEqual(before);
    });

    // What the database could not keep of a job.
    test.each(['\\u0000', '\\ud800'])('with %s anywhere is refused as a whole', async (text) => {
      const before = await contentsOf(api);
      for (const query of ['', '?async=true']) {
        const body = `{"users":[{"id":"x","login":"x"},{"id":"x","login":"${text}"}]}`;
        expectRefusal('nerm', await api.request(method, `/users${query}`, { body }), 'malformed_body');
      }
      expect(await contentsOf(api)).toEqual(before);
    });

    test('of broken JSON is refused in the words of the documentation', async () => {
      const answer = await api.request(method, '/users', { body: '{"users":[' });
      expectRefusal('nerm', answer, 'malformed_body');
      expect(answer.body).toEqual({ error: 'Invalid JSON syntax. Please check your syntax and try again.' });
    });

    test.each(['async=2', 'async=', 'async=true&async=true', 'x=1'])('with %s is refused', async (query) => {
      const users = await items(1);
      const before = await contentsOf(api);
      const answer = await send(method, users, { query: `?${query}` });
      expectRefusal('nerm', answer, 'invalid_parameter');
      expect(Object.keys(answer.body.errors)).toEqual([query.split('=')[0]]);
      expect(await contentsOf(api)).toEqual(before);
    });

    test('answers at once up to 100, and makes a job of more, or where it is asked to', async () => {
      expect(await resultsOf(send(method, await items(100), { query: '?async=false' }))).toHaveLength(100);
      await forgetUsers(api);
      expect(await completed(await jobOf(send(method, await items(101), { query: '?async=false' })))).toHaveLength(101);
      await forgetUsers(api);
      expect(await completed(await jobOf(send(method, await items(1), { query: '?async=true' })))).toHaveLength(1);
      expect((await kept(api)).history).toHaveLength(1 + own);
    });

    test('is also at /api', async () => {
      const { status, body } = await api.request(method, '/api/users', { body: { users: await items(2) } });
      expect([status, body.users.length, errorsOf(body.users).flat()]).toEqual([200, 2, []]);
    });

    test.each([
      [null, 'unauthorized'],
      [keys.read, 'forbidden'],
    ] as const)('with the key %s is refused as a whole', async (key, code) => {
      const users = await items(2);
      const before = await contentsOf(api);
      for (const query of ['', '?async=true']) expectRefusal('nerm', await send(method, users, { key, query }), code);
      expect(await contentsOf(api)).toEqual(before);
    });

    test('has no preview: a change is refused with Prefer: return=preview, and nothing is written', async () => {
      const users = await items(2);
      const before = await contentsOf(api);
      const headers = { prefer: 'return=preview' };
      for (const query of ['', '?async=true']) {
        const answer = await send(method, users, { headers, query });
        if (method === 'PATCH') expectRefusal('nerm', answer, 'bad_request');
        // RFC 7240 2: what a create cannot heed is ignored.
        else expect(answer.status).toBe(200);
      }
      if (method === 'PATCH') expect(await contentsOf(api)).toEqual(before);
    });

    describe('with an Idempotency-Key', () => {
      const replayed = ({ headers }: Answer) => headers.get('idempotent-replayed');

      test('is done once, and answered again as it was', async () => {
        const users = [...(await items(3)), null, { login: 'x', id: uuidv7() }];
        const headers = { 'idempotency-key': randomUUID() };
        const first = await send(method, users, { headers });
        const before = await kept(api);
        expect([first.status, replayed(first), before.history.length]).toEqual([200, null, 3 + own]);
        for (const on of [api, replica]) {
          const again = await send(method, users, { headers, on });
          expect([again.status, replayed(again), again.text]).toEqual([200, 'true', first.text]);
        }
        expect(await kept(api)).toEqual(before);
        expectRefusal('nerm', await send(method, users.slice(1), { headers }), 'idempotency_key_reused');
        expectRefusal('nerm', await send(method, users, { headers, query: '?async=true' }), 'idempotency_key_reused');
      });

      test('becomes one job, also when it is sent to another process', async () => {
        const users = await items(3);
        const headers = { 'idempotency-key': randomUUID() };
        const query = '?async=true';
        const first = await send(method, users, { headers, query });
        const id = await jobOf(Promise.resolve(first));
        const another = await startApp({ STELE_GROUP_COMMIT: groupCommit }, api);
        try {
          for (const on of [api, replica, another]) {
            const again = await send(method, users, { headers, query, on });
            expect([again.status, replayed(again), again.text]).toEqual([200, 'true', first.text]);
          }
        } finally {
          await another.stop();
        }
        await completed(id);
        const late = await send(method, users, { headers, query });
        expect([replayed(late), late.text]).toEqual(['true', first.text]);
        expect(await api.query('SELECT id, done FROM jobs')).toEqual([{ id, done: 3 }]);
        expect((await kept(api)).history).toHaveLength(3 + own);
      });

      test('becomes one job, however often it is sent at once', async () => {
        const users = await items(3);
        const headers = { 'idempotency-key': randomUUID() };
        const answers = await Promise.all(
          indexes(6).map((index) =>
            send(method, users, { headers, query: '?async=true', on: index % 2 ? api : replica }),
          ),
        );
        for (const answer of answers) if (answer.status !== 200) expectRefusal('nerm', answer, 'request_in_progress');
        const ids = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.job_status.job_id));
        expect(ids.size).toBe(1);
        await completed(String([...ids][0]));
        expect(await api.query('SELECT id FROM jobs')).toHaveLength(1);
        expect((await kept(api)).history).toHaveLength(3 + own);
      });
    });
  });

  test('what was done before the database went away is not done again', async () => {
    const ids = await make(4);
    const users = [...ids.map((id) => ({ id, title: 'first' })), { id: ids[0], title: 'second' }];
    const headers = { 'idempotency-key': randomUUID() };
    const hold = await holdUsers(api, [ids[2]!]);
    const first = send('PATCH', users, { headers });
    await hold.waiting(1);
    await hold.cutWaiting();
    // Where writes share a statement, none of them was answered, and that is what the whole says.
    expect((await first).status).toBe(groupCommit === 'true' ? 503 : 200);
    await hold.release();
    await api.query("UPDATE idempotency_keys SET locked_until = now() - interval '1 ms'");
    const again = await send('PATCH', users, { headers, on: replica });
    expect(again.status, again.text).toBe(200);
    expect(again.body.users.map(({ id, title }: Fields) => ({ id, title }))).toEqual([
      { id: ids[0], title: 'first' },
      ...users.slice(1),
    ]);
    expect((await kept(api)).history).toHaveLength(4 + 5);
  });
});
