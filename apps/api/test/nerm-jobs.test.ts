import { verify } from '@node-rs/argon2';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { draftNermUser } from '@stele/schemas/nerm';
import { Directory } from '../src/directory/directory.ts';
import { BatchReplay } from '../src/idempotency/batch-replay.ts';
import { IdempotencyStore } from '../src/idempotency/idempotency-store.ts';
import { hashParts } from '../src/idempotency/key.ts';
import { JobStore } from '../src/jobs/job-store.ts';
import type { PostgresJobStore } from '../src/store/postgres-job-store.ts';
import { until } from './faults/patience.ts';
import { type Answer, type Ask, keys, startApp, startReplicas, storedHash, type TestApp } from './support/app.ts';
import { deleteRows } from './support/database.ts';
import { expectRefusal } from './support/refusals.ts';
import { GATE, holdGate, holdUsers, holdWrites } from './support/row-lock.ts';
import { create, faces, type Fields, forgetUsers, read } from './support/users.ts';

/** Items done for one tenant before it is another one's turn. */
const CHUNK = 64;

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

const wish = (login: string, fields?: Fields) => (faces.nerm.draft(login, fields) as { user: Fields }).user;

const wishes = (count: number, prefix: string) => indexes(count).map((index) => wish(`${prefix}-${index}`));

const titles = (ids: readonly string[], title: string) => ids.map((id) => ({ id, title }));

type On = Ask & { readonly on?: TestApp };

interface Report {
  readonly uid: string;
  readonly status: 'queued' | 'complete';
  readonly job_type: string;
  readonly job_data: readonly { user_id: string | null; login: string | null; errors: readonly string[] }[];
  readonly total: number;
  readonly done: number;
}

let api: TestApp;
let replica: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  // What nobody answers to is tried again soon.
  const environment = { STELE_STATEMENT_TIMEOUT: '1500' };
  ({ api, replica, stop } = await startReplicas(environment, environment));
});
afterAll(() => stop());
beforeEach(async () => {
  await forgetUsers(api);
  await deleteRows(api, ['jobs', 'job_items', 'job_queues']);
});

const bulk = (method: 'POST' | 'PATCH', users: readonly unknown[], { on = api, ...ask }: On = {}): Promise<Answer> =>
  on.request(method, '/users?async=true', { body: { users }, ...ask });

/** Leaves users to a job, and answers with its id. */
async function leave(...asked: Parameters<typeof bulk>): Promise<string> {
  const { status, body, text } = await bulk(...asked);
  expect(status, text).toBe(200);
  expect(body).toEqual({
    info: 'job has started',
    job_status: { job_id: expect.any(String), status: 'queued' },
    status: 200,
  });
  return body.job_status.job_id;
}

const ask = (id: string, { on = api, ...rest }: On = {}): Promise<Answer> =>
  on.request('GET', `/job_status?job_id=${id}`, rest);

async function reportOf(id: string, on?: On): Promise<Report> {
  const { status, body, text } = await ask(id, on);
  expect(status, text).toBe(200);
  return body;
}

/** The job, once it is complete. */
async function completed(id: string, on?: On): Promise<Report> {
  await until('the job is complete', async () => (await reportOf(id, on)).status === 'complete', 18_000);
  return reportOf(id, on);
}

interface Entry {
  readonly seq: number;
  readonly tenant_id: string;
  readonly user_id: string;
  readonly version: number;
  readonly operation: string;
  readonly dialect: string;
  readonly credential_id: string;
  readonly request_id: string;
  readonly changes: Readonly<Record<string, { readonly old?: unknown; readonly new?: unknown }>>;
}

/** The history in the order in which it was written. */
const history = async () => (await api.query('SELECT * FROM user_history ORDER BY seq')) as unknown as Entry[];

const credentialOf = async (key: string) =>
  (await api.query('SELECT id, tenant_id FROM api_keys WHERE key_hash = $1', [storedHash(key)]))[0]!;

const succeeded = (logins: readonly string[]) =>
  logins.map((login) => ({ user_id: expect.any(String) as string, login, errors: [] }));

const createUsers = (count: number, prefix = 'user') =>
  Promise.all(indexes(count).map((index) => create(api, 'scim', `${prefix}-${index}`)));

describe('a job', () => {
  test('does what it was asked to, and says so in the order of the request', async () => {
    const users = wishes(130, 'new');
    const id = await leave('POST', users);
    const report = await completed(id);
    expect(report).toEqual({
      uid: id,
      status: 'complete',
      job_type: 'create_users',
      job_data: succeeded(users.map(({ login }) => String(login))),
      total: 130,
      done: 130,
    });
    for (const { user_id: user, login } of report.job_data.slice(60, 70)) {
      expect(faces.nerm.shown(await read(replica, 'nerm', user!))).toMatchObject({ id: user, login });
    }
    expect(await history()).toHaveLength(130);
    expect(await reportOf(id, { on: replica })).toEqual(report);
    expect((await api.request('GET', `/api/job_status?job_id=${id}`)).body).toEqual(report);
    expect(await reportOf(id, { key: keys.read })).toEqual(report);
  });

  test('shows how far it is while it is worked off', async () => {
    const ids = await createUsers(CHUNK * 2 + 2);
    const hold = await holdUsers(api, [ids[CHUNK]!]);
    const id = await leave('PATCH', titles(ids, 'Clerk'));
    await hold.waiting(1);
    const logins = indexes(CHUNK).map((index) => `user-${index}`);
    expect(await reportOf(id)).toEqual({
      uid: id,
      status: 'queued',
      job_type: 'update_users',
      job_data: succeeded(logins),
      total: ids.length,
      done: CHUNK,
    });
    await hold.release();
    expect((await completed(id)).job_data.map(({ user_id: user }) => user)).toEqual(ids);
  });

  test('comes to what the same request comes to when it is answered at once', async () => {
    const alice = await create(api, 'scim', 'alice');
    const users = [
      wish('one'),
      wish('ALICE'),
      wish('two', { email: 'two' }),
      { login: 'three' },
      null,
      wish('one', { name: 'again' }),
      wish('four', { type: 'NeaccessUser' }),
      wish('five', { shoe_size: 43 }),
      wish('six'),
    ];
    const changes = [
      { id: alice, title: 'Clerk' },
      { id: uuidv7(), title: 'Nobody' },
      { id: 'foreign', title: 'Nobody' },
      { title: 'Nobody' },
      { id: alice, type: 'Robot' },
      { id: alice, login: 'alicia' },
    ];
    const ofJob = [];
    for (const [method, items] of [
      ['POST', users],
      ['PATCH', changes],
    ] as const) {
      ofJob.push((await completed(await leave(method, items))).job_data);
    }
    expect(ofJob.map((data) => data.map(({ errors }) => errors.length > 0))).toEqual([
      [false, true, true, true, true, true, true, true, false],
      [false, true, true, true, true, false],
    ]);
    const titlesAfter = (await api.query("SELECT user_name FROM users WHERE title = 'Clerk'")).map(Object.values);
    expect(titlesAfter).toEqual([['alicia']]);

    await forgetUsers(api);
    const again = await create(api, 'scim', 'alice');
    const atOnce = [];
    for (const [method, items] of [
      ['POST', users],
      ['PATCH', changes],
    ] as const) {
      const body = JSON.parse(JSON.stringify({ users: items }).replaceAll(alice, again));
      atOnce.push((await api.request(method, '/users', { body })).body.users);
    }
    const likeOfJob = atOnce.map((results) =>
      results.map((result: Fields) =>
        'errors' in result ? result : { user_id: result['id'], login: result['login'], errors: [] },
      ),
    );
    const unnamed = (results: unknown) =>
      JSON.parse(JSON.stringify(results), (name, value) => (name === 'user_id' ? typeof value : value));
    expect(unnamed(ofJob)).toEqual(unnamed(likeOfJob));
  });

  test('keeps no password, and nothing that was said of users once it is done', async () => {
    const password = 'a-secret-of-the-bulk-request';
    const users = ['eve', 'Eve', 'dan'].map((login) => wish(login, { type: 'NeaccessUser', password, title: 'Clerk' }));
    const short = wish('short', { type: 'NeaccessUser', password: 'secret7' });
    const everything = async () =>
      JSON.stringify(
        await api.query('SELECT to_jsonb(j) || to_jsonb(i) FROM jobs j JOIN job_items i ON i.job_id = j.id'),
      );
    const hold = await holdWrites(api);
    const id = await leave('POST', [...users, short], { headers: { 'idempotency-key': 'secret' } });
    await hold.waiting(1);
    const waiting = await everything();
    expect(waiting).toContain('Clerk');
    for (const secret of [password, 'secret7']) expect(waiting).not.toContain(secret);
    await hold.release();
    expect((await completed(id)).job_data.map(({ errors }) => errors)).toEqual([
      [],
      ['login has already been taken'],
      [],
      [expect.stringMatching(/^password /)],
    ]);
    await until('the items are forgotten', async () => {
      const [row] = await api.query('SELECT count(*)::int AS count FROM idempotency_keys');
      return row!['count'] === 1;
    });
    const left = (await everything()) + JSON.stringify(await api.query('SELECT * FROM idempotency_keys'));
    for (const secret of [password, 'secret7', '$argon2', 'Clerk']) expect(left).not.toContain(secret);
    expect(await api.query('SELECT item FROM job_items WHERE item IS NOT NULL')).toEqual([]);
    const hashes = await api.query('SELECT password_hash FROM users');
    expect(hashes).toHaveLength(2);
    for (const { password_hash: hash } of hashes) expect(await verify(String(hash), password)).toBe(true);
  });

  test('is in the history as the request that left it', async () => {
    const [user] = await createUsers(1);
    const created = await bulk('POST', wishes(2, 'new'), {
      key: keys.write,
      headers: { 'x-request-id': 'the-creates' },
    });
    const changed = await bulk('PATCH', titles([user!], 'Clerk'), { headers: { 'x-request-id': 'the-changes' } });
    for (const { body } of [created, changed]) await completed(body.job_status.job_id);
    const [writer, admin] = [await credentialOf(keys.write), await credentialOf(keys.admin)];
    const byCreate = {
      dialect: 'nerm',
      operation: 'createUsers',
      request_id: 'the-creates',
      credential_id: writer['id'],
    };
    expect((await history()).slice(1)).toMatchObject([
      byCreate,
      byCreate,
      { dialect: 'nerm', operation: 'updateUsers', request_id: 'the-changes', credential_id: admin['id'] },
    ]);
  });

  test('of another tenant, or that never was, is not found', async () => {
    const id = await leave('POST', wishes(1, 'new'));
    const report = await completed(id);
    const foreign = await ask(id, { key: keys.foreign });
    expectRefusal('nerm', foreign, 'not_found');
    expect(foreign.body).toEqual({ error: 'The requested Job was not found' });
    for (const other of [uuidv7(), 'x', '', id.replaceAll('-', ''), `${id}%20`]) {
      expect((await ask(other)).text, other).toBe(foreign.text);
    }
    expect(await reportOf(id)).toEqual(report);
  });

  test.each([
    ['', 'job_id'],
    ['?job_id=x&job_id=y', 'job_id'],
    ['?job_id=x&x=1', 'x'],
    ['?job_id=%00', 'job_id'],
    [`?job_id=${'x'.repeat(257)}`, 'job_id'],
  ])('is not to be had with %s', async (query, name) => {
    const answer = await api.request('GET', `/job_status${query}`);
    expectRefusal('nerm', answer, 'invalid_parameter');
    expect(Object.keys(answer.body.errors)).toEqual([name]);
  });

  test('that has been complete for 30 days is forgotten, others are not', async () => {
    const [old, young] = [await leave('POST', wishes(2, 'old')), await leave('POST', wishes(2, 'young'))];
    for (const id of [old, young]) await completed(id);
    const [user] = await createUsers(1);
    const hold = await holdUsers(api, [user!]);
    const waiting = await leave('PATCH', titles([user!], 'Clerk'));
    await hold.waiting(1);
    await api.query("UPDATE jobs SET created_at = now() - interval '31 days' WHERE id <> $1", [young]);
    await api.query("UPDATE jobs SET finished_at = now() - interval '31 days' WHERE id = $1", [old]);
    await api.query("UPDATE jobs SET finished_at = now() - interval '29 days' WHERE id = $1", [young]);
    await api.app.get<PostgresJobStore>(JobStore).prune();
    expectRefusal('nerm', await ask(old), 'not_found');
    expect(await api.query('SELECT 1 FROM job_items WHERE job_id = $1', [old])).toEqual([]);
    expect(await reportOf(young)).toMatchObject({ done: 2, job_data: [{ errors: [] }, { errors: [] }] });
    await hold.release();
    expect((await completed(waiting)).job_data).toMatchObject([{ user_id: user, errors: [] }]);
  });
});

describe('the order', () => {
  test('of items in a job, and of jobs of a tenant, is the order in which they came', async () => {
    const [user, ...others] = await createUsers(4);
    const hold = await holdUsers(api, [user!]);
    const jobs = [];
    for (const job of indexes(5)) {
      const changes = indexes(6).flatMap((item) => titles([user!, others[item % 3]!], `${job}-${item}`));
      jobs.push(await leave('PATCH', changes, { on: job % 2 ? replica : api }));
    }
    await hold.waiting(1);
    await hold.release();
    for (const id of jobs) await completed(id);
    const written = (await history()).filter((entry) => entry.user_id === user && entry.version > 1);
    expect(written.map(({ changes }) => changes['title']!.new)).toEqual(
      indexes(5).flatMap((job) => indexes(6).map((item) => `${job}-${item}`)),
    );
  });

  test('of renames lets a login be taken that an earlier one gives up, across jobs too', async () => {
    const ids = await createUsers(CHUNK + 2);
    // Each takes the login of the one before it.
    const chain = ids.map((id, index) => ({ id, login: index === 0 ? 'first' : `user-${index - 1}` }));
    const jobs = [await leave('PATCH', chain.slice(0, 10)), await leave('PATCH', chain.slice(10))];
    const data = (await Promise.all(jobs.map((id) => completed(id)))).flatMap(({ job_data }) => job_data);
    expect(data).toEqual(chain.map(({ id, login }) => ({ user_id: id, login, errors: [] })));
  });

  test('of tenants is by turns: a short job does not wait for the long ones of another', async () => {
    const alone = await startApp({ STELE_STATEMENT_TIMEOUT: '30000' });
    try {
      const ids = await Promise.all(indexes(CHUNK).map((index) => create(alone, 'scim', `user-${index}`)));
      const { seq: begin } = (await alone.query('SELECT max(seq) AS seq FROM user_history'))[0]!;
      const hold = await holdUsers(alone, [ids[0]!]);
      const longs: string[] = [];
      for (const job of indexes(20)) longs.push(await leave('PATCH', titles(ids, `job ${job}`), { on: alone }));
      await hold.waiting(1);
      const other = { on: alone, key: keys.foreign };
      const shorts: string[] = [];
      for (const count of [3, CHUNK, CHUNK])
        shorts.push(await leave('POST', wishes(count, `short-${shorts.length}`), other));
      await hold.release();
      for (const id of longs) await completed(id, { on: alone });
      for (const id of shorts) expect(await reportOf(id, other)).toMatchObject({ status: 'complete' });

      // How many items each tenant got done in turn.
      const turns: { tenant: unknown; items: number }[] = [];
      for (const { tenant_id: tenant } of await alone.query(
        'SELECT tenant_id FROM user_history WHERE seq > $1 ORDER BY seq',
        [begin],
      )) {
        const last = turns.at(-1);
        if (last?.tenant === tenant) last!.items++;
        else turns.push({ tenant, items: 1 });
      }
      const [first, ...rest] = turns.map(({ items }) => items);
      // What was under way, and one turn more: that began to wait before the other's queue was there.
      expect(first).toBe(2 * CHUNK);
      expect(rest).toEqual([3, CHUNK, CHUNK, CHUNK, CHUNK, (20 - 4) * CHUNK]);
    } finally {
      await alone.stop();
    }
  });
});

describe('two replicas', () => {
  test('share the work of tenants, and do nothing twice', async () => {
    const jobs = [];
    for (const round of indexes(4)) {
      for (const key of [keys.admin, keys.foreign]) {
        const on = round % 2 ? replica : api;
        jobs.push({ key, id: await leave('POST', wishes(90, `round-${round}`), { on, key }) });
      }
    }
    const reports = await Promise.all(jobs.map(({ id, key }) => completed(id, { key })));
    for (const [index, { job_data: data }] of reports.entries()) {
      const round = Math.floor(index / 2);
      expect(data).toEqual(succeeded(indexes(90).map((each) => `round-${round}-${each}`)));
    }
    const entries = await history();
    expect(entries).toHaveLength(8 * 90);
    expect(new Set(entries.map(({ user_id: user }) => user)).size).toBe(8 * 90);
  });

  test('one goes on where the other is held up', async () => {
    const [user] = await createUsers(1);
    const hold = await holdUsers(api, [user!]);
    const stuck = await leave('PATCH', titles([user!], 'Clerk'));
    await hold.waiting(1);
    // Only one of them has this queue; the other one is free.
    const free = await leave('POST', wishes(3, 'free'), { key: keys.foreign });
    expect((await completed(free, { key: keys.foreign })).job_data).toHaveLength(3);
    await hold.release();
    expect((await completed(stuck)).job_data).toMatchObject([{ errors: [] }]);
    expect((await history()).filter(({ user_id: id }) => id === user)).toHaveLength(2);
  });
});

describe('trouble', () => {
  test('that nobody foresaw is the error of its item, and the rest goes on', async () => {
    await api.query(`
      CREATE FUNCTION curse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.user_name LIKE 'cursed%' THEN RAISE EXCEPTION 'cursed'; END IF; RETURN NEW; END $$`);
    await api.query('CREATE TRIGGER curse BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION curse()');
    try {
      const users = [wish('one'), wish('cursed-1'), ...wishes(CHUNK, 'new'), wish('cursed-2'), wish('last')];
      const { job_data: data } = await completed(await leave('POST', users));
      expect(data.map(({ login }) => login)).toEqual(users.map(({ login }) => login));
      expect(data.filter(({ errors }) => errors.length > 0)).toEqual(
        ['cursed-1', 'cursed-2'].map((login) => ({ user_id: null, login, errors: ['Sorry something went wrong'] })),
      );
      expect(await history()).toHaveLength(CHUNK + 2);
      expect((await completed(await leave('POST', wishes(1, 'later')))).job_data).toMatchObject([{ errors: [] }]);
    } finally {
      await api.query('DROP TRIGGER curse ON users; DROP FUNCTION curse()');
    }
  });

  test('with the database is waited out: everything is done, once and in order', async () => {
    const ids = await createUsers(CHUNK + 4);
    const hold = await holdUsers(api, [ids[3]!]);
    const changes = [...titles(ids, 'first'), ...titles(ids.slice(0, 8), 'second')];
    const id = await leave('PATCH', changes);
    await hold.waiting(1);
    await hold.cutWaiting();
    await hold.release();
    const { job_data: data } = await completed(id);
    expect(data.map(({ user_id: user, errors }) => [user, errors])).toEqual(changes.map((change) => [change.id, []]));
    const entries = await history();
    for (const [index, user] of ids.entries()) {
      const written = entries.filter((entry) => entry.user_id === user && entry.version > 1);
      expect(written.map(({ changes: said }) => said['title']!.new)).toEqual(
        index < 8 ? ['first', 'second'] : ['first'],
      );
    }
  });

  test('with one item does not undo or repeat what was done beside it', async () => {
    const alone = await startApp({ STELE_GROUP_COMMIT: 'false', STELE_STATEMENT_TIMEOUT: '1500' });
    try {
      await alone.query(`
        CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_advisory_xact_lock(${GATE}); RETURN NEW; END $$`);
      await alone.query(
        "CREATE TRIGGER gate BEFORE INSERT ON users FOR EACH ROW WHEN (NEW.user_name = 'gated') EXECUTE FUNCTION gate()",
      );
      const count = async () => (await alone.query('SELECT FROM user_history')).length;
      const users = [...wishes(3, 'before'), wish('gated'), ...wishes(20, 'after')];
      const hold = await holdGate(alone);
      const id = await leave('POST', users, { on: alone });
      await hold.waiting(1);
      await until('the others are done', async () => (await count()) === users.length - 1);
      await hold.cutWaiting();
      await hold.release();
      // Whoever was created before would be told now that the login is taken.
      const { job_data: data } = await completed(id, { on: alone });
      expect(data).toEqual(succeeded(users.map(({ login }) => String(login))));
      expect(await count()).toBe(users.length);
    } finally {
      await alone.stop();
    }
  });

  test('with one user holds up what comes after it, no longer than the user is held', async () => {
    const ids = await createUsers(3);
    const hold = await holdUsers(api, [ids[0]!]);
    const id = await leave('PATCH', [...titles(ids, 'first'), ...titles([ids[0]!], 'second')]);
    await hold.waiting(1);
    // The statement is given up, and tried again.
    await until('a second try', async () => {
      const [queue] = await api.query(
        "SELECT served_at > created_at + interval '1 second' AS again FROM job_queues q JOIN jobs j ON j.tenant_id = q.tenant_id WHERE j.id = $1",
        [id],
      );
      return queue!['again'] === true;
    });
    expect((await reportOf(id)).done).toBe(0);
    await hold.release();
    expect((await completed(id)).job_data.map(({ errors }) => errors)).toEqual([[], [], [], []]);
    const written = (await history()).filter((entry) => entry.user_id === ids[0] && entry.version > 1);
    expect(written.map(({ changes }) => changes['title']!.new)).toEqual(['first', 'second']);
  });

  test('with a user who is gone by then is the error of that item', async () => {
    const ids = await createUsers(3);
    const hold = await holdUsers(api, [ids[0]!]);
    const first = await leave('PATCH', titles([ids[0]!], 'first'));
    await hold.waiting(1);
    const id = await leave('PATCH', titles(ids, 'second'));
    expect((await api.request('DELETE', faces.nerm.user(ids[1]!))).status).toBe(200);
    await hold.release();
    await completed(first);
    expect((await completed(id)).job_data).toEqual([
      { user_id: ids[0], login: 'user-0', errors: [] },
      { user_id: ids[1], login: null, errors: ['The requested User was not found'] },
      { user_id: ids[2], login: 'user-2', errors: [] },
    ]);
  });
});

describe('a loan that ends while its holder lives', () => {
  // A process that was paused, or a database that was slow: another one goes on in its place.
  test('leaves to the one who comes after: whoever had it writes nothing more, and forgets nothing', async () => {
    const hold = await holdWrites(api);
    const id = await leave('POST', wishes(3, 'ada'));
    const [store, memory, directory] = [api.app.get(JobStore), api.app.get(IdempotencyStore), api.app.get(Directory)];
    await hold.waiting(1);
    await api.query('UPDATE job_queues SET lent_until = now()');
    const chunk = (await store.lend(CHUNK, 60_000))!;
    expect([chunk.jobId, chunk.first, chunk.items.length]).toEqual([id, 0, 3]);
    const claim = {
      tenantId: chunk.tenantId,
      keyHash: hashParts('job', id),
      fingerprint: hashParts('item'),
      token: uuidv7(),
    };
    const items = await BatchReplay.claim(memory, claim, 0, 3);
    await api.query('UPDATE job_queues SET lent_until = now()');
    await hold.release();
    const report = await completed(id);
    expect(report.job_data.map(({ errors }) => errors)).toEqual([[], [], []]);

    const late = {
      ...chunk.access,
      tenantId: chunk.tenantId,
      deadline: performance.now() + 10_000,
      claim: items.claimOf(0),
      encode: () => ({ body: '{}' }),
    };
    const draft = draftNermUser({ user: wish('late') as never });
    await expect(directory.create(late, draft)).rejects.toMatchObject({ code: 'unavailable' });
    const userId = report.job_data[0]!.user_id!;
    const renamed = directory.revise(late, userId, (user) => ({ ...user, title: 'late' }));
    await expect(renamed).rejects.toMatchObject({ code: 'unavailable' });
    await expect(directory.remove(late, userId)).rejects.toMatchObject({ code: 'unavailable' });
    const stored = 'SELECT 1 FROM idempotency_keys WHERE key_hash = $1 AND answer IS NOT NULL';
    expect(await api.query(stored, [late.claim.keyHash])).toEqual([]);
    expect(await store.giveBack(chunk, [{}, {}, {}], 0)).toBe(false);
    expect(await api.query("SELECT 1 FROM users WHERE user_name = 'late' OR title = 'late'")).toEqual([]);
    expect(await api.query('SELECT DISTINCT version FROM user_history')).toEqual([{ version: 1 }]);
  });
});

/** Leaves a job as another version of the API may have left it. */
async function leaveAs(kind: string, items: readonly object[], key: string): Promise<string> {
  const { id: credentialId, tenant_id: tenantId } = await credentialOf(key);
  const id = uuidv7();
  const access = {
    credentialId,
    scopes: ['admin'],
    profile: 'default',
    dialect: 'nerm',
    operation: 'x',
    requestId: 'x',
  };
  for (const [number, item] of items.entries()) {
    await api.query('INSERT INTO job_items (tenant_id, job_id, number, item) VALUES ($1, $2, $3, $4)', [
      tenantId,
      id,
      number,
      JSON.stringify(item),
    ]);
  }
  await api.query('INSERT INTO job_queues (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING', [tenantId]);
  await api.query('INSERT INTO jobs (tenant_id, id, kind, access, total) VALUES ($1, $2, $3, $4, $5)', [
    tenantId,
    id,
    kind,
    JSON.stringify(access),
    items.length,
  ]);
  return id;
}

describe('a job of another version', () => {
  test('with an item that cannot be understood: the item fails, and what comes after it is done', async () => {
    const id = await leaveAs('create_users', [{ user: { wish: 'nobody' } }, { user: wish('bob') }], keys.admin);
    const report = await completed(id);
    expect(report.job_data.map(({ errors }) => errors)).toEqual([['Sorry something went wrong'], []]);
  });

  test('of a kind that is not known waits, and keeps no other tenant waiting', async () => {
    const unknown = await leaveAs('paint_users', [{ user: wish('alice') }], keys.admin);
    const lent = 'SELECT 1 FROM job_queues WHERE token IS NULL AND lent_until > now()';
    await until('the queue is put aside', async () => (await api.query(lent)).length === 1);
    const other = await leave('POST', wishes(3, 'foreign'), { key: keys.foreign });
    expect((await completed(other, { key: keys.foreign })).job_data).toHaveLength(3);
    expect(await reportOf(unknown)).toMatchObject({ status: 'queued', done: 0, job_data: [] });
  });
});
