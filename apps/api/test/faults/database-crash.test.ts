import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiProcess, endApis, startApi } from './api-process.ts';
import { statusOf } from './client.ts';
import { expectLaw } from './ledger.ts';
import { createUsers, Load, stopLoads } from './load.ts';
import { until } from './patience.ts';
import { keepPostgres, type PostgresProcess } from './postgres-process.ts';
import { PostgresProxy } from './postgres-proxy.ts';

/** Milliseconds in which requests have to be served again once the database is back. */
const RECOVERY = 5000;

let postgres: PostgresProcess;
let databaseUrl: string;
let proxy: PostgresProxy;
/** Two replicas that write the same users, so that their batches meet. */
let apis: ApiProcess[];

beforeAll(async () => {
  postgres = keepPostgres();
  databaseUrl = await postgres.start();
  proxy = await PostgresProxy.before(databaseUrl);
  apis = [];
  for (const groupCommit of ['true', 'false']) {
    apis.push(await startApi(proxy.url, { STELE_GROUP_COMMIT: groupCommit, STELE_ACQUIRE_TIMEOUT: '1000' }));
  }
}, 60_000);

afterAll(async () => {
  await endApis();
  await stopLoads();
  proxy?.close();
  await postgres?.remove();
}, 60_000);

/** Waits until every replica's readiness says so. */
async function readiness(status: number): Promise<void> {
  const say = (url: string) => async () => (await statusOf(url, '/readyz')) === status;
  await Promise.all(apis.map(({ url }) => until(`readiness ${status} of ${url}`, say(url), RECOVERY)));
}

test.each(['SIGQUIT', 'SIGKILL'] as const)(
  'after %s of the database nothing acknowledged is lost',
  async (signal) => {
    const users = await createUsers(apis[0]!.url, 4);
    const loads = apis.map(({ url }, index) => new Load({ url, name: `${signal}-${index}`, users, clients: 9 }));
    await Promise.all(loads.map((load) => load.progress(100)));

    await postgres.crash(signal);
    const told = loads.map(({ replies }) => replies.length);
    await readiness(503);
    await Promise.all(loads.map((load, index) => until('50 refusals', () => load.replies.length > told[index]! + 50)));
    expect(await Promise.all(apis.map(({ url }) => statusOf(url, '/livez')))).toEqual(apis.map(() => 200));

    databaseUrl = await postgres.start();
    proxy.lead(databaseUrl);
    const back = performance.now();
    await Promise.all([readiness(200), ...loads.map((load) => load.progress(1, RECOVERY))]);
    expect(performance.now() - back).toBeLessThan(RECOVERY);
    await Promise.all(loads.map((load) => load.progress(50)));
    await Promise.all(loads.map((load) => load.stop()));

    for (const { replies, failures } of loads) {
      expect(failures).toEqual([]);
      const refused = replies.filter(({ status }) => status !== 200);
      expect(refused.filter(({ status }) => status !== 503)).toEqual([]);
      expect(refused.filter(({ headers }) => !/^\d+$/.test(headers['retry-after'] ?? ''))).toEqual([]);
    }
    expect(apis.map(({ ended }) => ended)).toEqual(apis.map(() => undefined));
    await expectLaw(
      databaseUrl,
      loads.flatMap(({ acknowledged }) => acknowledged),
    );
  },
  30_000,
);
