import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test, vi } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { faces } from '../support/users.ts';
import { type ApiProcess, endApis, key, launchApi, startApi } from './api-process.ts';
import { Client, statusOf } from './client.ts';
import { expectLaw } from './ledger.ts';
import { acknowledge, type Change, change, createUsers, Load, stopLoads } from './load.ts';
import { until } from './patience.ts';
import { PostgresProxy } from './postgres-proxy.ts';

// Several processes start at once, which takes long on a loaded machine.
vi.setConfig({ testTimeout: 60_000 });

/** Milliseconds in which the process has to end. */
const END = 10_000;

/** A database of the test's own, by way of a proxy, and an API on it with some users. */
const it = test.extend<{ rig: { database: TestDatabase; proxy: PostgresProxy } }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads what a fixture needs off this pattern
  rig: async ({}, use) => {
    const database = await createDatabase();
    const proxy = await PostgresProxy.before(database.url);
    await use({ database, proxy });
    proxy.close();
    await database.drop();
  },
});

const servers = new Set<Server>();
afterAll(async () => {
  await endApis();
  await stopLoads();
  for (const server of servers) server.close();
});

/** Sends SIGTERM, and expects the end that it asks for. */
async function terminate(api: ApiProcess): Promise<void> {
  const start = performance.now();
  expect(await Promise.race([api.end('SIGTERM'), sleep(END + 1000, 'It did not end')])).toEqual({
    code: 0,
    signal: null,
  });
  expect(performance.now() - start).toBeLessThan(END);
}

/** A connection on which this much was said; tells how it ends. */
async function say(api: ApiProcess, text: string): Promise<{ end: Promise<string> }> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname).resume();
  const end = new Promise<string>((resolve) => {
    socket.once('end', () => resolve('ended'));
    socket.once('error', (error) => resolve(error.message));
  });
  await once(socket, 'connect');
  if (text !== '') await new Promise<void>((resolve) => socket.write(text, () => resolve()));
  return { end };
}

it.concurrent.for(['true', 'false'])(
  'SIGTERM under load: everything that was asked is answered, and then the connection ends: group commit %s',
  async (groupCommit, { rig: { database, proxy } }) => {
    const api = await startApi(proxy.url, { STELE_GROUP_COMMIT: groupCommit });
    const users = await createUsers(api.url, 8);
    const load = new Load({ url: api.url, name: `load-${groupCommit}`, users, clients: 32, leaves: true });
    await load.progress(200);

    const idle = await say(api, 'GET /livez HTTP/1.1\r\nHost: api\r\n\r\n');
    const slow: Change = {
      tongue: 'v1',
      userId: users[0]!,
      value: `slow-${groupCommit}`,
      requestId: `slow-${groupCommit}`,
    };
    const slowly = new Client(api.url);
    proxy.delay = 150;
    const answer = change(slowly, slow);
    await sleep(50);

    const ended = terminate(api);
    // Readiness is off at once, or nobody is let in any more; and it stays so.
    await until('readiness off', async () => (await statusOf(api.url, '/readyz')) !== 200, 1000);
    while (api.ended === undefined) {
      expect(await statusOf(api.url, '/readyz')).not.toBe(200);
      await sleep(20);
    }
    const reply = await answer;
    expect(reply).toMatchObject({ status: 200, headers: { connection: 'close' } });
    slowly.close();
    await ended;
    expect(await idle.end).toBe('ended');
    await load.left();
    expect(load.replies.filter(({ status }) => status !== 200)).toEqual([]);
    // Clients that kept a connection saw an answer that closes it, or no server to connect to: nothing was cut off.
    expect(load.failures.filter(({ sent }) => sent)).toEqual([]);
    expect(load.replies.filter(({ headers }) => headers.connection === 'close').length).toBeGreaterThan(0);
    await expectLaw(database.url, [...load.acknowledged, acknowledge(slow, reply)]);
  },
);

it.concurrent('SIGTERM with connections that say nothing, or not everything', async ({ rig: { proxy } }) => {
  const api = await startApi(proxy.url);
  const [user] = await createUsers(api.url, 1);
  const head = `PATCH ${faces.v1.user(user!)} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`;
  await Promise.all([
    say(api, ''),
    say(api, head),
    say(api, `${head}Content-Length: 100\r\n\r\n{"first_name":`),
    say(api, `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"fir\r\n`),
    say(api, 'GET /livez HTTP/1.1\r\nHost: api\r\n\r\n'),
  ]);
  await terminate(api);
});

it.concurrent('SIGTERM while the database swallows everything', async ({ rig: { proxy } }) => {
  const api = await startApi(proxy.url);
  const [user] = await createUsers(api.url, 1);
  proxy.swallow();
  const clients = Array.from({ length: 4 }, () => new Client(api.url));
  const answers = Promise.all(
    clients.map((client, index) =>
      change(client, { tongue: 'nerm', userId: user!, value: 'new', requestId: `swallowed-${index}` }),
    ),
  );
  await sleep(100);
  await terminate(api);
  expect((await answers).map(({ status }) => status)).toEqual(clients.map(() => 503));
  for (const client of clients) client.close();
});

it.concurrent('SIGTERM again and again is SIGTERM', async ({ rig: { proxy } }) => {
  const api = await startApi(proxy.url);
  const [user] = await createUsers(api.url, 1);
  proxy.delay = 300;
  const client = new Client(api.url);
  const answer = client.request('GET', faces.nerm.user(user!));
  await sleep(100);
  const ended = terminate(api);
  void api.end('SIGTERM');
  void api.end('SIGINT');
  expect((await answer).status).toBe(200);
  await ended;
  client.close();
});

/** A server that does something with each connection and never says a word. */
async function serve(take: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => take(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.add(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const addresses: readonly [what: string, address: () => Promise<string>][] = [
  ['refuses connections', async () => '127.0.0.1:1'],
  ['cuts connections', () => serve((socket) => socket.resetAndDestroy())],
  ['answers nothing', () => serve((socket) => socket.resume())],
  ['is no PostgreSQL', () => serve((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))],
];

test.concurrent.for(addresses)('a start on a database that %s ends, and says why', async ([, address]) => {
  const api = launchApi(`postgres://stele:open-sesame@${await address()}/stele`);
  const { code, signal } = await api.exit;
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  expect(api.output).toMatch(/^The database cannot be used: \S.*\n$/);
  expect(api.output).not.toContain('open-sesame');
  expect(api.output).not.toContain('Stele listens at');
});
