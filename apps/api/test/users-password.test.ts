import { setTimeout as sleep } from 'node:timers/promises';
import { verify } from '@node-rs/argon2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, keys, productionPasswords, startApp, type TestApp } from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import { create, faces, forgetUsers, kept, operate, patch, read, tongues } from './support/users.ts';

const SECRET = 'Tarn-Lake-77? ünïcode';
const OTHER = 'Other-Lake-78! ünïcode';

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

let api: TestApp;
/** Every line that the API has logged. */
let lines: string[];
beforeAll(async () => {
  api = await startApp(productionPasswords);
  lines = captureLog(api);
});
afterAll(() => api.stop());
beforeEach(async () => {
  await forgetUsers(api);
  lines.length = 0;
});

interface Logger {
  level: string;
  readonly [stream: symbol]: { write(line: string): void };
}

/** Everything that the API's logger, and those of its requests, write from now on. */
function captureLog({ app }: TestApp): string[] {
  const captured: string[] = [];
  const log = app.getHttpAdapter().getInstance().log as unknown as Logger;
  const stream = Object.getOwnPropertySymbols(log).find(({ description }) => description === 'pino.stream')!;
  log[stream]!.write = (line) => void captured.push(line);
  log.level = 'trace';
  return captured;
}

const setPassword = (id: string, password: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  api.request('PUT', `${faces.v1.user(id)}/password`, { body: { password }, headers });

async function stored(id: string): Promise<{ hash: string; version: number }> {
  const [row] = await api.query('SELECT password_hash AS hash, version FROM users WHERE id = $1', [id]);
  return row as { hash: string; version: number };
}

const etag = ({ headers }: Answer) => headers.get('etag');

describe('PUT password', () => {
  test('responses 204 alone, with the new version', async () => {
    const id = await create(api, 'v1', 'alice');
    const answer = await setPassword(id, SECRET);
    expect([answer.status, answer.text, etag(answer)]).toEqual([204, '', '"2"']);
    expect(answer.headers.get('content-type')).toBeNull();
    for (const tongue of tongues) expect(etag(await read(api, tongue, id))).toBe('"2"');
  });

  // PHC string format; parameters from OWASP's Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane.
  test('keeps an argon2id hash with a salt of its own', async () => {
    const ids = await Promise.all(tongues.map((tongue) => create(api, tongue, tongue)));
    for (const id of ids) await setPassword(id, SECRET);
    const hashes = (await Promise.all(ids.map(stored))).map(({ hash }) => hash);
    for (const hash of hashes) {
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22,}\$[\w+/]{43}$/);
      expect([await verify(hash, SECRET), await verify(hash, OTHER)]).toEqual([true, false]);
    }
    const salts = hashes.map((hash) => hash.split('$')[4]);
    expect(new Set(salts).size).toBe(ids.length);
  });

  test('replaces the one before, and nothing else', async () => {
    const id = await create(api, 'v1', 'alice', { password: SECRET, first_name: 'Al', role: 'owner' });
    const before = (await read(api, 'scim', id)).body;
    expect((await setPassword(id, OTHER)).status).toBe(204);
    const { hash } = await stored(id);
    expect([await verify(hash, SECRET), await verify(hash, OTHER)]).toEqual([false, true]);
    const after = (await read(api, 'scim', id)).body;
    expect({ ...after, meta: undefined }).toEqual({ ...before, meta: undefined });
  });

  test('that is set already changes nothing, whichever way it was set', async () => {
    const ids = [
      await create(api, 'v1', 'alice', { password: SECRET }),
      await create(api, 'scim', 'bob', { password: SECRET }),
      await create(api, 'nerm', 'carol', { password: SECRET }),
      await create(api, 'scim', 'dave'),
    ];
    await operate(api, ids[3]!, { op: 'replace', path: 'password', value: SECRET });
    const before = await kept(api);
    for (const [index, id] of ids.entries()) {
      const answer = await setPassword(id, SECRET);
      expect([answer.status, etag(answer)]).toEqual([204, index === 3 ? '"2"' : '"1"']);
    }
    expect(await kept(api)).toEqual(before);
  });

  test.each(['tarn-Lake-77? ünïcode', `${SECRET} `, ` ${SECRET}`, SECRET.normalize('NFD'), SECRET.slice(0, -1)])(
    '%j is another one',
    async (password) => {
      const id = await create(api, 'v1', 'alice', { password: SECRET });
      expect(etag(await setPassword(id, password))).toBe('"2"');
      expect(await verify((await stored(id)).hash, password)).toBe(true);
    },
  );

  test.each([
    '12345678',
    'x'.repeat(1024),
    '😀'.repeat(8),
    '        ',
    '\t\n\r"\\\u0001\u2028\u{10ffff}',
    '$argon2id$v=19$',
  ])('may be %j', async (password) => {
    const id = await create(api, 'scim', 'alice');
    expect((await setPassword(id, password)).status).toBe(204);
    expect(await verify((await stored(id)).hash, password)).toBe(true);
  });

  test.each([
    '',
    '1234567',
    '😀'.repeat(7),
    'x'.repeat(1025),
    12_345_678,
    true,
    ['12345678'],
    { value: '12345678' },
    null,
  ])('may not be %j', async (password) => {
    const id = await create(api, 'v1', 'alice');
    const before = await kept(api);
    const answer = await setPassword(id, password);
    expectRefusal('v1', answer, 'validation_error');
    expect(Object.keys(answer.body.details)).toEqual(['password']);
    expect(await kept(api)).toEqual(before);
  });

  test('heeds If-Match', async () => {
    const id = await create(api, 'v1', 'alice');
    const before = await kept(api);
    expectRefusal('v1', await setPassword(id, SECRET, { 'if-match': '"2"' }), 'precondition_failed');
    expect(await kept(api)).toEqual(before);
    expect(etag(await setPassword(id, SECRET, { 'if-match': '"1"' }))).toBe('"2"');
  });

  test('of many at once: each is done, and the last one is the one that holds', async () => {
    const id = await create(api, 'v1', 'alice');
    const passwords = indexes(6).map((index) => `the password ${index}`);
    const responses = await Promise.all(passwords.map((password) => setPassword(id, password)));
    expect(responses.map(etag).toSorted()).toEqual(indexes(6).map((index) => `"${index + 2}"`));
    const { hash, version } = await stored(id);
    const last = passwords[responses.findIndex((answer) => etag(answer) === `"${version}"`)]!;
    expect(await verify(hash, last)).toBe(true);
    expect((await kept(api)).history).toHaveLength(7);
  });
});

describe('a password is in no answer and in no line of the log', () => {
  const wrong: Readonly<Record<string, (id: string) => Promise<Answer>>> = {
    'a field that is not known here': (id) => patch(api, 'v1', id, { password: SECRET }),
    'a field too many': (id) =>
      api.request('PUT', `${faces.v1.user(id)}/password`, { body: { password: SECRET, hint: SECRET } }),
    'in a list': (id) => setPassword(id, [SECRET]),
    'as a name': (id) => api.request('PUT', `${faces.v1.user(id)}/password`, { body: { [SECRET]: 'password' } }),
    'JSON that breaks off': (id) =>
      api.request('PUT', `${faces.v1.user(id)}/password`, { body: `{"password":"${SECRET}"` }),
    'no JSON': (id) => api.request('PUT', `${faces.v1.user(id)}/password`, { body: `password=${SECRET}` }),
    twice: (id) =>
      api.request('PUT', `${faces.v1.user(id)}/password`, { body: `{"password":"${SECRET}","password":"${SECRET}"}` }),
    'of another media type': (id) =>
      api.request('PUT', `${faces.v1.user(id)}/password`, { body: SECRET, type: 'text/plain' }),
    'for nobody': () => setPassword('01979f2e-0000-7000-8000-000000000000', SECRET),
    'of a create that is wrong': () =>
      api.request('POST', '/v1/users', { body: faces.v1.draft('bob', { password: SECRET, email: SECRET }) }),
    'of a create that is taken': () =>
      api.request('POST', '/v1/users', { body: faces.v1.draft('alice', { password: SECRET }) }),
    'of a batch': () =>
      api.request('POST', '/v1/users/batch', {
        body: {
          operations: [
            { op: 'create', data: faces.v1.draft('alice', { password: SECRET }) },
            { op: 'create', data: faces.v1.draft('bob', { password: SECRET, email: SECRET }) },
            { op: 'create', data: faces.v1.draft('carol', { password: SECRET }) },
            { op: SECRET, data: { password: SECRET } },
            { op: 'update', id: SECRET, data: { password: SECRET } },
            SECRET,
          ],
        },
      }),
    'of a list': () => api.request('GET', `/v1/users?filter[role]=x&page=${encodeURIComponent(SECRET)}`),
  };

  test.each(Object.keys(wrong))('%s', async (way) => {
    const id = await create(api, 'v1', 'alice', { password: OTHER });
    const answer = await wrong[way]!(id);
    expect(answer.status).toBe(way === 'of a batch' ? 200 : Math.max(answer.status, 400));
    // A name that is not known is said; what it is the name of is not.
    if (way !== 'as a name') expect(answer.text).not.toContain('Lake');
    expect(lines.join('')).not.toContain('Lake');
  });

  /** Does something while the database refuses every new version of a user, in a way that nobody foresaw. */
  async function whileBroken<Result>(how: string, work: () => Promise<Result>): Promise<Result> {
    await api.query(how);
    try {
      return await work();
    } finally {
      await api.query(
        'DROP FUNCTION IF EXISTS refuse CASCADE; ALTER TABLE users DROP CONSTRAINT IF EXISTS refused; ALTER TABLE user_history DROP CONSTRAINT IF EXISTS refused',
      );
    }
  }

  const broken: Readonly<Record<string, string>> = {
    'an exception': `
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION refuse()`,
    // "DETAIL: Failing row contains (...)": everything that was to be stored.
    'a constraint that quotes the row': 'ALTER TABLE users ADD CONSTRAINT refused CHECK (version < 0) NOT VALID',
    'a constraint that quotes the history':
      'ALTER TABLE user_history ADD CONSTRAINT refused CHECK (version < 0) NOT VALID',
  };

  test.each(Object.keys(broken))('when a write fails by %s, nor is its hash', async (how) => {
    const id = await create(api, 'v1', 'alice', { password: OTHER });
    const responses = await whileBroken(broken[how]!, () =>
      Promise.all([
        setPassword(id, SECRET),
        api.request('POST', '/v1/users', { body: faces.v1.draft('bob', { password: SECRET }) }),
        operate(api, id, { op: 'replace', path: 'password', value: SECRET }),
      ]),
    );
    for (const { status, text } of responses) {
      expect(status).toBe(500);
      expect(text).not.toMatch(/Lake|argon2/);
    }
    // It was logged, so that somebody can see to it.
    expect(lines.join('')).toContain('internal_error');
    expect(lines.filter((line) => /Lake|argon2/.test(line)).length).toBe(0);
  });

  test('that is right', async () => {
    const id = await create(api, 'v1', 'alice', { password: SECRET });
    await setPassword(id, OTHER);
    await operate(api, id, { op: 'replace', path: 'password', value: SECRET });
    const responses = [
      ...(await Promise.all(tongues.map((tongue) => read(api, tongue, id)))),
      await api.request('GET', '/v1/users'),
      await api.request('GET', '/v1/users?cursor='),
      await api.request('GET', `${faces.v1.user(id)}/history`),
      await api.request('GET', `${faces.scim.user(id)}?attributes=password,userName`, { key: keys.admin }),
      await patch(api, 'v1', id, { first_name: 'Al' }, { headers: { prefer: 'return=preview' } }),
      await api.request('DELETE', faces.v1.user(id)),
      await api.request('GET', `${faces.v1.user(id)}/history`),
    ];
    for (const { status, text } of responses) {
      expect(status).toBeLessThan(300);
      expect(text).not.toMatch(/Lake|argon2/);
    }
    expect(lines.join('')).not.toMatch(/Lake|argon2/);
    const { data } = responses.at(-1)!.body as { data: { operation: string; changes: object }[] };
    expect(data.map(({ operation }) => operation)).toEqual(['createUser', 'setPassword', 'patchUser', 'deleteUser']);
    expect(data[1]!.changes).toEqual({ password: {} });
  });
});

test('others are served while passwords are hashed', async () => {
  const ids = await Promise.all(indexes(40).map((index) => create(api, 'scim', `user-${index}`)));
  const reader = await create(api, 'scim', 'reader');
  const hashed = new AbortController();
  const began = performance.now();
  const hashes = Promise.all(ids.map((id) => setPassword(id, SECRET))).finally(() => hashed.abort());
  const times: number[] = [];
  while (!hashed.signal.aborted) {
    const asked = performance.now();
    expect((await read(api, 'v1', reader)).status).toBe(200);
    times.push(performance.now() - asked);
  }
  const total = performance.now() - began;
  expect((await hashes).map(({ status }) => status)).toEqual(ids.map(() => 204));
  // One that waits until a thread has hashed waits for several: not even two reads would be answered meanwhile.
  const median = times.toSorted((left, right) => left - right)[Math.floor(times.length / 2)]!;
  expect(times.length).toBeGreaterThan(8);
  expect(median).toBeLessThan(total / 10);
});

// DESIGN.md: what is not begun by its deadline is not done. Hashing takes its turn, and may take all of the time.
test('who is not hashed by the deadline of its request is not created', async () => {
  const draft = (name: string) => ({ body: faces.v1.draft(name) });
  const createThree = async (on: TestApp): Promise<number[]> => {
    const times: number[] = [];
    for (const name of ['first', 'second', 'third']) {
      const begin = performance.now();
      await on.request('POST', faces.v1.users, draft(name));
      times.push(performance.now() - begin);
    }
    return times;
  };
  const one = Math.min(...(await createThree(api)));
  // Enough for some of them and not for all, on a busy machine too.
  const hurried = await startApp({
    ...productionPasswords,
    STELE_REQUEST_DEADLINE: String(Math.ceil(150 + 3 * one)),
  });
  try {
    // A server does its first requests more slowly.
    await createThree(hurried);
    const names = Array.from({ length: 60 }, (_, index) => `hurried-${index}`);
    const responses = await Promise.all(names.map((name) => hurried.request('POST', faces.v1.users, draft(name))));
    const created = responses.filter(({ status }) => status === 201).length;
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201, 503]));
    // As long as it would take to hash them all.
    await sleep(Math.max(3000, names.length * one));
    const [{ count }] = (await hurried.query(
      "SELECT count(*)::integer FROM users WHERE user_name LIKE 'hurried-%'",
    )) as [{ count: number }];
    // Two are hashed at a time: they may be inserted while their time ends.
    expect(count - created).toBeLessThanOrEqual(2);
  } finally {
    await hurried.stop();
  }
});

// DESIGN.md, limits: "fair per tenant".
test('many passwords of one request leave room for others: who comes later is created before all of these are hashed', async () => {
  const users = indexes(400).map((index) => ({
    login: `many-${index}`,
    name: 'Many',
    email: 'many@example.com',
    type: 'NeaccessUser',
    password: SECRET,
  }));
  let answered = false;
  const many = api.request('POST', '/users', { body: { users } }).finally(() => (answered = true));
  for (const index of indexes(5)) await create(api, 'v1', `single-${index}`, { password: SECRET });
  expect(answered).toBe(false);
  expect((await many).status).toBe(200);
});
