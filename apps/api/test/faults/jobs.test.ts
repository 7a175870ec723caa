import { randomInt } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { faces, type Fields } from '../support/users.ts';
import { type ApiProcess, endApis, startApi } from './api-process.ts';
import { ask } from './client.ts';
import { rows } from './ledger.ts';
import { until } from './patience.ts';

afterAll(() => endApis());

/** A queue that a killed process had comes back when no statement of its can be under way any more. */
const settings = { STELE_STATEMENT_TIMEOUT: '250' };
const PATIENCE = 40_000;

const CREATES = 1000;
const UPDATES = 500;
const KILLS = 3;

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

const wish = (login: string) => (faces.nerm.draft(login) as { user: Fields }).user;

async function send(api: ApiProcess, method: string, path: string, name: string, users: readonly object[]) {
  const reply = await ask(api.url, method, path, { body: { users }, headers: { 'x-request-id': name } });
  expect(reply.status, reply.text).toBe(200);
  return JSON.parse(reply.text);
}

async function createUsers(api: ApiProcess): Promise<string[]> {
  const ids = [];
  for (const part of indexes(UPDATES / 100)) {
    const wishes = indexes(100).map((index) => wish(`old-${part * 100 + index}`));
    const { users } = await send(api, 'POST', '/users', `old-${part}`, wishes);
    ids.push(...users.map(({ id }: { id: string }) => id));
  }
  return ids;
}

async function reportOf(api: ApiProcess, id: string) {
  const { status, text } = await ask(api.url, 'GET', `/job_status?job_id=${id}`);
  expect(status, text).toBe(200);
  return JSON.parse(text);
}

interface Entry {
  readonly user_id: string;
  readonly version: number;
  readonly changes: Readonly<Record<string, { readonly new?: unknown }>>;
}

test(
  'jobs go on after the API was killed: every item is done once',
  async () => {
    const database = await createDatabase();
    const entriesOf = (name: string) =>
      rows<Entry>(database.url, 'SELECT * FROM user_history WHERE request_id = $1 ORDER BY seq', [name]);
    const written = async () => (await entriesOf('creates')).length + (await entriesOf('updates')).length;
    let api = await startApi(database.url, settings);
    const old = await createUsers(api);
    const logins = indexes(CREATES).map((index) => `new-${index}`);
    const jobs = [];
    for (const [method, name, users] of [
      ['POST', 'creates', logins.map(wish)],
      ['PATCH', 'updates', old.map((id, index) => ({ id, title: `Clerk ${index}` }))],
    ] as const) {
      jobs.push((await send(api, method, '/users', name, users)).job_status.job_id as string);
    }

    const part = Math.floor((CREATES + UPDATES) / (KILLS + 1));
    const moments = indexes(KILLS).map((index) => index * part + randomInt(1, part));
    const told = `killed after ${moments.join(', ')} items`;
    for (const moment of moments) {
      await until(told, async () => (await written()) >= moment, PATIENCE);
      await api.end('SIGKILL');
      expect(await written(), told).toBeLessThan(CREATES + UPDATES);
      api = await startApi(database.url, settings);
    }
    const isComplete = async (id: string) => (await reportOf(api, id)).status === 'complete';
    for (const id of jobs) await until(`${told}, it ends`, () => isComplete(id), PATIENCE);

    const [creates, updates] = await Promise.all(jobs.map((id) => reportOf(api, id)));
    const created = (await entriesOf('creates')).map(({ user_id: user }) => user);
    expect(created, told).toHaveLength(CREATES);
    expect(creates.job_data, told).toEqual(
      logins.map((login) => ({ user_id: expect.any(String) as string, login, errors: [] })),
    );
    const named = creates.job_data.map(({ user_id: user }: { user_id: string }) => user);
    expect(created.toSorted(), told).toEqual(named.toSorted());
    expect(updates.job_data, told).toEqual(
      old.map((id, index) => ({ user_id: id, login: `old-${index}`, errors: [] })),
    );
    const changed = (await entriesOf('updates')).map(({ user_id: user, version, changes }) => ({
      user,
      version,
      title: changes['title']?.new,
    }));
    const byUser = new Map(changed.map((change) => [change.user, change]));
    expect(changed, told).toHaveLength(UPDATES);
    expect(
      old.map((id) => byUser.get(id)),
      told,
    ).toEqual(old.map((user, index) => ({ user, version: 2, title: `Clerk ${index}` })));
    const names = await rows<{ user_name: string }>(
      database.url,
      "SELECT user_name FROM users WHERE user_name LIKE 'new-%'",
    );
    expect(names.map(({ user_name: name }) => name).toSorted(), told).toEqual(logins.toSorted());
    await api.end('SIGTERM');
    await database.drop();
  },
  2 * PATIENCE,
);
