import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type ApiProcess, endApis, startApi } from './api-process.ts';
import { Client, type Reply, statusOf } from './client.ts';
import { type Acknowledged, expectLaw, whileLocked } from './ledger.ts';
import { acknowledge, change, createUsers, Load, stopLoads } from './load.ts';
import { until } from './patience.ts';
import { type Fate, PostgresProxy } from './postgres-proxy.ts';

const settings = { STELE_STATEMENT_TIMEOUT: '500', STELE_REQUEST_DEADLINE: '5000' };

let database: TestDatabase;
let proxy: PostgresProxy;
/** One replica whose way to the database is long, and one whose way is short. */
let slow: ApiProcess | undefined;
let fast: ApiProcess | undefined;
let acknowledged: Acknowledged[];
beforeAll(async () => {
  database = await createDatabase();
  proxy = await PostgresProxy.before(database.url);
});
afterEach(() => {
  proxy.delay = 0;
});
afterAll(async () => {
  await endApis();
  await stopLoads();
  proxy.close();
  await database.drop();
});

let asked = 0;

/** Changes a user, and notes that where it is accepted. */
async function changeOnce(api: ApiProcess, userId: string): Promise<Reply> {
  const client = new Client(api.url);
  const requestId = `once-${++asked}`;
  const what = { tongue: 'scim', userId, value: requestId, requestId } as const;
  const reply = await change(client, what);
  client.close();
  if (reply.status === 200) acknowledged.push(acknowledge(what, reply));
  return reply;
}

test.each(['true', 'false'])(
  'a user that somebody else has locked keeps nobody else waiting: group commit %s',
  async (groupCommit) => {
    acknowledged = [];
    const api = await startApi(database.url, { ...settings, STELE_GROUP_COMMIT: groupCommit });
    const [locked, ...free] = await createUsers(api.url, 8);
    await whileLocked(database.url, locked!, async () => {
      const [stuck, ...served] = await Promise.all([locked!, ...free].map((user) => changeOnce(api, user)));
      expect(stuck).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
      expect(served.map(({ status }) => status)).toEqual(free.map(() => 200));
    });
    expect((await changeOnce(api, locked!)).status).toBe(200);
    await expectLaw(database.url, acknowledged);
    await api.end('SIGTERM');
  },
);

// A writer whom those of another replica overtake again and again locks the row in the end.
describe.each<{ fate: Fate; text: string }>([
  { fate: 'unanswered', text: 'BEGIN' },
  { fate: 'lost', text: 'find-user-for-update' },
  { fate: 'unanswered', text: 'find-user-for-update' },
  { fate: 'stuck', text: 'find-user-for-update' },
  { fate: 'unanswered', text: 'COMMIT' },
])('a transaction whose $text is $fate', ({ fate, text }) => {
  test('ends that request alone, and holds no lock', async () => {
    acknowledged = [];
    if (!slow || slow.ended) slow = await startApi(proxy.url, settings);
    fast ??= await startApi(database.url, settings);
    const [user] = await createUsers(slow.url, 1);
    const overtaking = new Load({ url: fast.url, name: `overtaking-${++asked}`, users: [user!], clients: 3 });
    await overtaking.progress(1);
    // Longer than the others need for a change, on a busy machine too.
    proxy.delay = 100;
    const trapped = proxy.trap(text, fate);
    const reply = await changeOnce(slow, user!);
    await trapped;
    proxy.delay = 0;
    expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
    expect(slow.ended).toBeUndefined();
    expect(await statusOf(slow.url, '/livez')).toBe(200);

    // The row is free again, for every replica.
    await overtaking.progress(3, 5000);
    await overtaking.stop();
    await until('service', async () => (await changeOnce(slow!, user!)).status === 200, 5000);
    expect(overtaking.replies.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    await expectLaw(database.url, [...acknowledged, ...overtaking.acknowledged]);
  });
});
