import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { faces, tongues } from '../support/users.ts';
import { type ApiProcess, endApis, key, startApi } from './api-process.ts';
import { Client } from './client.ts';
import { type Acknowledged, expectLaw, rows, whileLocked } from './ledger.ts';
import { acknowledge, type Change, change, createUsers } from './load.ts';
import { PostgresProxy } from './postgres-proxy.ts';
import { oneByOne } from './one-by-one.ts';

afterAll(endApis);

describe.concurrent.each([
  { groupCommit: 'true', poolSize: 1 },
  { groupCommit: 'false', poolSize: 1 },
  { groupCommit: 'true', poolSize: 2 },
])('with group commit $groupCommit and a pool of $poolSize', ({ groupCommit, poolSize }) => {
  let database: TestDatabase;
  let proxy: PostgresProxy;
  let api: ApiProcess;
  let users: string[];
  let acknowledged: Acknowledged[];
  let asked = 0;

  beforeEach(async () => {
    database = await createDatabase();
    proxy = await PostgresProxy.before(database.url);
    api = await startApi(proxy.url, {
      STELE_GROUP_COMMIT: groupCommit,
      STELE_POOL_SIZE: String(poolSize),
      STELE_STATEMENT_TIMEOUT: '700',
      STELE_REQUEST_DEADLINE: '5000',
    });
    users = await createUsers(api.url, 6);
    acknowledged = [];
  });
  afterEach(async () => {
    await api.end('SIGKILL');
    proxy.close();
    await database.drop();
  });

  const changeOf = (userId: string): Change => {
    const requestId = `change-${++asked}`;
    return { tongue: tongues[asked % tongues.length]!, userId, value: requestId, requestId };
  };

  /** Every following request is served, and no connection more is in use, or in a transaction. */
  async function expectServed(to = users): Promise<void> {
    const client = new Client(api.url, to.length);
    const changes = to.map(changeOf);
    const replies = await Promise.all(changes.map((each) => change(client, each)));
    client.close();
    expect(replies.map(({ status }) => status)).toEqual(changes.map(() => 200));
    acknowledged.push(...changes.map((each, index) => acknowledge(each, replies[index]!)));
    await expectLaw(database.url, acknowledged);
    const sessions = await rows<{ state: string }>(
      database.url,
      `SELECT state FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'stele'`,
    );
    expect(sessions.length).toBeLessThanOrEqual(poolSize);
    expect(sessions.filter(({ state }) => state.includes('transaction'))).toEqual([]);
  }

  /** Sends changes with clients that go away before they are answered. */
  async function depart(changes: readonly Change[], after: number): Promise<void> {
    const client = new Client(api.url, changes.length);
    const departure = new AbortController();
    const answers = changes.map((each) =>
      change(client, {
        ...each,
        headers: { 'idempotency-key': each.requestId },
        signal: departure.signal,
      }).then(
        ({ status }) => status,
        () => 'gone',
      ),
    );
    await sleep(after);
    departure.abort();
    expect(await Promise.all(answers)).toEqual(changes.map(() => 'gone'));
    client.close();
  }

  test('clients that go away while the database works', oneByOne, async () => {
    proxy.delay = 200;
    await depart([...users, ...users].map(changeOf), 100);
    await depart([...users, ...users].map(changeOf), 150);
    proxy.delay = 0;
    await expectServed();
  });

  test('a client that goes away while its user is locked', oneByOne, async () => {
    const [locked, ...free] = users;
    await whileLocked(database.url, locked!, async () => {
      await depart([changeOf(locked!)], 200);
      await expectServed(free);
    });
    await expectServed();
  });

  test('bodies that stop in the middle, and clients that go away then', oneByOne, async () => {
    const { hostname, port } = new URL(api.url);
    const sockets = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const framing =
          index % 2 === 0
            ? 'Content-Length: 100\r\n\r\n{"first_'
            : 'Transfer-Encoding: chunked\r\n\r\n8\r\n{"first_\r\n';
        const socket = connect(Number(port), hostname).resume();
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.write(
          `PATCH ${faces.v1.user(users[index % users.length]!)} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${key}\r\n` +
            `Idempotency-Key: half-${index}\r\nContent-Type: application/json\r\n${framing}`,
        );
        return socket;
      }),
    );
    await sleep(100);
    await expectServed();
    for (const socket of sockets) socket.destroy();
    await sleep(100);
    await expectServed();
  });
});
