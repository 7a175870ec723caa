import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { faces } from '../support/users.ts';
import { endApis, key, startApi } from './api-process.ts';
import { ask, statusOf } from './client.ts';
import { rows } from './ledger.ts';
import { createUsers } from './load.ts';
import { until } from './patience.ts';
import { PostgresProxy } from './postgres-proxy.ts';

// Longer than the flood takes on a busy machine: nothing is given up before it is over.
const settings = {
  STELE_POOL_SIZE: '2',
  STELE_ACQUIRE_TIMEOUT: '6000',
  STELE_STATEMENT_TIMEOUT: '6000',
  STELE_REQUEST_DEADLINE: '6000',
};

const CONNECTIONS = 50;
const REQUESTS = 100;

afterAll(endApis);

describe.concurrent.each([
  { groupCommit: 'true', bearer: key, whose: 'is known' },
  { groupCommit: 'false', bearer: key, whose: 'is known' },
  { groupCommit: 'true', bearer: `not-${key}`, whose: 'has to be looked up' },
])('more requests at once than are worth keeping, group commit $groupCommit', ({ groupCommit, bearer, whose }) => {
  test(`by a key that ${whose}: the queue has an end`, async () => {
    const database = await createDatabase();
    const proxy = await PostgresProxy.before(database.url);
    const api = await startApi(proxy.url, { ...settings, STELE_GROUP_COMMIT: groupCommit });
    // A key that was found before the API listens to what happens to keys is looked up again.
    const listens = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`;
    await until('a listener', async () => (await rows(database.url, listens)).length > 0);
    await sleep(200);
    const [user] = await createUsers(api.url, 2);
    proxy.swallow();
    const path = faces.scim.user(user!);
    const floods = await Promise.all(Array.from({ length: CONNECTIONS }, () => flood(api.url, path, bearer)));
    // Until all of it has been read.
    for (let turn = 0; turn < 3; turn++) expect(await statusOf(api.url, '/livez')).toBe(200);

    // What comes when the queue is full is refused before those have an answer that have waited from the beginning.
    const late = await ask(api.url, 'GET', path, { headers: { authorization: `Bearer ${bearer}` } });
    expect(late).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
    const first = floods.slice(0, 10).map((each) => each.answered());
    expect(first).toEqual(first.map(() => 0));

    proxy.pass();
    for (const { done } of floods) {
      const statuses = await done;
      expect(statuses).toHaveLength(REQUESTS);
      expect(statuses.filter((status) => !['200', '401', '503'].includes(status))).toEqual([]);
    }
    expect((await ask(api.url, 'GET', path)).status).toBe(200);
    await api.end('SIGKILL');
    proxy.close();
    await database.drop();
  });
});

interface Flood {
  answered(): number;
  /** Resolves to the status of every answer. */
  readonly done: Promise<string[]>;
}

/** Sends many reads over one connection before any of them is answered. */
async function flood(url: string, path: string, bearer: string): Promise<Flood> {
  const { hostname, port } = new URL(url);
  const read = `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${bearer}\r\n\r\n`;
  const socket = connect(Number(port), hostname);
  let text = '';
  const statuses = () => text.match(/(?<=HTTP\/1\.1 )\d{3}/g) ?? [];
  const done = new Promise<string[]>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (statuses().length >= REQUESTS) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(statuses()));
  });
  await new Promise<void>((resolve) => socket.write(read.repeat(REQUESTS), () => resolve()));
  return { answered: () => statuses().length, done };
}
