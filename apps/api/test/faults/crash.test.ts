import { afterAll, expect, test } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { endApis, startApi } from './api-process.ts';
import { expectLaw, rows } from './ledger.ts';
import { createUsers, Load, stopLoads } from './load.ts';

afterAll(async () => {
  await endApis();
  await stopLoads();
});

test.concurrent.for(['true', 'false'])(
  'what was acknowledged before the API was killed is there, and it goes on from there: group commit %s',
  async (groupCommit) => {
    const database = await createDatabase();
    const settings = { STELE_GROUP_COMMIT: groupCommit };
    const first = await startApi(database.url, settings);
    const users = await createUsers(first.url, 4);
    const before = new Load({ url: first.url, name: `before-${groupCommit}`, users, clients: 12 });
    await before.progress(200);
    expect(await first.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    await before.stop();
    expect(before.replies.filter(({ status }) => status !== 200)).toEqual([]);
    // It was under way, so that requests were lost with it.
    expect(before.failures.some(({ sent }) => sent)).toBe(true);
    await expectLaw(database.url, before.acknowledged);

    const second = await startApi(database.url, settings);
    const after = new Load({ url: second.url, name: `after-${groupCommit}`, users, clients: 12 });
    await after.progress(100);
    await after.stop();
    expect(after.failures).toEqual([]);
    await expectLaw(database.url, [...before.acknowledged, ...after.acknowledged]);
    // Nothing of the killed one holds a transaction open.
    expect(
      await rows(
        database.url,
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'`,
      ),
    ).toEqual([]);
    await second.end('SIGTERM');
    await database.drop();
  },
);
