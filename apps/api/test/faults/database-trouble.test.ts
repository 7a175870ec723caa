import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { faces, tongues } from '../support/users.ts';
import { type ApiProcess, endApis, key, startApi } from './api-process.ts';
import { ask, Client, type Reply, statusOf } from './client.ts';
import { expectLaw } from './ledger.ts';
import { acknowledge, type Change, change, createUsers } from './load.ts';
import { until } from './patience.ts';
import { PostgresProxy } from './postgres-proxy.ts';
import { oneByOne } from './one-by-one.ts';

const DEADLINE = 1500;

/** Milliseconds by which an answer may be late on a machine that is busy with the other tests. */
const MARGIN = 1000;

/** Milliseconds in which requests have to be served again once the trouble is over. */
const RECOVERY = 5000;

// A statement may take longer than a request: it is the request's deadline that counts.
const settings = {
  STELE_POOL_SIZE: '2',
  STELE_ACQUIRE_TIMEOUT: '600',
  STELE_STATEMENT_TIMEOUT: '3000',
  STELE_REQUEST_DEADLINE: String(DEADLINE),
};

afterAll(endApis);

describe.concurrent.each(['true', 'false'])('with group commit %s', (groupCommit) => {
  let database: TestDatabase;
  let proxy: PostgresProxy;
  let api: ApiProcess;
  let users: string[];
  let changes: Change[];
  let replies: Reply[];
  beforeAll(async () => {
    database = await createDatabase();
    proxy = await PostgresProxy.before(database.url);
    api = await startApi(proxy.url, { ...settings, STELE_GROUP_COMMIT: groupCommit });
    users = await createUsers(api.url, 8);
    changes = [];
    replies = [];
  });
  afterEach(() => recover());
  afterAll(async () => {
    await api.end('SIGKILL');
    proxy.close();
    await database.drop();
  });

  /** Ends the trouble; requests are to be served again, by the same process. */
  async function recover(): Promise<void> {
    proxy.delay = 0;
    proxy.pass();
    if (!proxy.accepts) await proxy.accept();
    const start = performance.now();
    await until('readiness', async () => (await statusOf(api.url, '/readyz')) === 200, RECOVERY);
    await until('service', async () => (await changeAll(1))[0]!.status === 200, RECOVERY);
    expect(performance.now() - start).toBeLessThan(RECOVERY);
    expect(api.ended).toBeUndefined();
  }

  /** As many changes at once, each by a client of its own. */
  async function changeAll(count: number): Promise<Reply[]> {
    const client = new Client(api.url, count);
    const made = Array.from({ length: count }, (_, index): Change => {
      const requestId = `change-${changes.length + index}`;
      const [tongue, userId] = [tongues[index % tongues.length]!, users[index % users.length]!];
      return { tongue, userId, value: requestId, requestId };
    });
    const answers = await Promise.all(made.map((each) => change(client, each)));
    changes.push(...made);
    replies.push(...answers);
    client.close();
    return answers;
  }

  function expectAnswered(answers: readonly Reply[], ...statuses: readonly number[]): void {
    expect(answers.filter(({ status }) => !statuses.includes(status))).toEqual([]);
    expect(answers.filter(({ status, headers }) => status === 503 && !headers['retry-after'])).toEqual([]);
    expect(Math.max(...answers.map(({ took }) => took))).toBeLessThan(DEADLINE + MARGIN);
  }

  /** Liveness answers, and readiness tells; neither later than any other request. */
  async function expectHealth(ready: number): Promise<void> {
    const [livez, readyz] = await Promise.all([ask(api.url, 'GET', '/livez'), ask(api.url, 'GET', '/readyz')]);
    expectAnswered([livez], 200);
    expect(readyz.status).toBe(ready);
    expect(readyz.took).toBeLessThan(DEADLINE + MARGIN);
  }

  test(
    'a slow database, and more requests than connections: some are served, the others told to come back',
    oneByOne,
    async () => {
      proxy.delay = 60;
      const [answers] = await Promise.all([changeAll(60), ask(api.url, 'GET', '/livez')]);
      expectAnswered(answers, 200, 503);
      expect(answers.some(({ status }) => status === 200)).toBe(true);
    },
  );

  test('a database too slow for anything', oneByOne, async () => {
    proxy.delay = 3 * DEADLINE;
    const [answers] = await Promise.all([changeAll(30), expectHealth(503)]);
    expectAnswered(answers, 503);
  });

  test('a database that swallows everything', oneByOne, async () => {
    proxy.swallow();
    const [answers] = await Promise.all([changeAll(30), expectHealth(503)]);
    expectAnswered(answers, 503);
  });

  test('a database that swallows readiness', oneByOne, async () => {
    proxy.swallow();
    await expectHealth(503);
  });

  test('a database that swallows who it is that asks', oneByOne, async () => {
    proxy.swallow();
    const headers = { authorization: `Bearer not-${key}` };
    const answers = await Promise.all(
      tongues.map((tongue) => ask(api.url, 'GET', faces[tongue].user(users[0]!), { headers })),
    );
    expectAnswered(answers, 503);
  });

  test('a database that cuts its connections and takes no new ones', oneByOne, async () => {
    proxy.refuse();
    proxy.cut();
    const [answers] = await Promise.all([changeAll(30), expectHealth(503)]);
    expectAnswered(answers, 503);
  });

  test('connections that are cut again and again', oneByOne, async () => {
    const cutter = (async () => {
      for (let times = 0; times < 10; times++) {
        await sleep(40);
        proxy.cut();
      }
    })();
    const [answers] = await Promise.all([changeAll(60), cutter]);
    expectAnswered(answers, 200, 503);
  });

  test('after all of it, what was acknowledged is there', oneByOne, async () => {
    expect(replies.some(({ status }) => status === 200)).toBe(true);
    await expectLaw(
      database.url,
      changes.flatMap((each, index) => (replies[index]!.status === 200 ? [acknowledge(each, replies[index]!)] : [])),
    );
  });
});
