import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keys, startApp, storedHash, type TestApp } from './support/app.ts';

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());

const status = async (key: string) =>
  (await api.request('GET', '/users/01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55', { key })).status;

/** The status that a key comes to within the 5 seconds for which it may be believed. */
async function statusInTheEnd(key: string, wanted: number): Promise<number> {
  const end = Date.now() + 5500;
  for (;;) {
    const last = await status(key);
    if (last === wanted || Date.now() > end) return last;
    await sleep(20);
  }
}

it('a key that is deleted opens nothing any more, and one that is changed opens what it now may', async () => {
  expect(await status(keys.read)).toBe(404);
  await api.query('DELETE FROM api_keys WHERE key_hash = $1', [storedHash(keys.read)]);
  expect(await statusInTheEnd(keys.read, 401)).toBe(401);

  expect(await status(keys.write)).toBe(404);
  await api.query("UPDATE api_keys SET scopes = '{}' WHERE key_hash = $1", [storedHash(keys.write)]);
  expect(await statusInTheEnd(keys.write, 403)).toBe(403);
});

it('the news of keys is listened for again after the connection was lost', async () => {
  expect(await status(keys.admin)).toBe(404);
  await api.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stele-keys'");
  await api.query("UPDATE api_keys SET scopes = '{}' WHERE key_hash = $1", [storedHash(keys.admin)]);
  expect(await statusInTheEnd(keys.admin, 403)).toBe(403);
});
