import { afterAll, describe, expect, test } from 'vitest';
import { providers } from '../../cli/src/conformance/check.ts';
import { checksFor, select } from '../../cli/src/conformance/checks.ts';
import { Client } from '../../cli/src/conformance/client.ts';
import { judgeAll, openRun } from '../../cli/src/conformance/run.ts';
import { describeServer } from '../../cli/src/conformance/server.ts';
import { keys, startApp } from './support/app.ts';
import { scimAt, STANDARD } from './support/scim.ts';

// The checks are known once the server has shown its schemas.
const api = await startApp();
const client = new Client({ url: api.url + STANDARD, token: keys.admin, timeout: 10_000 });
const server = await describeServer(client);
// `scim-clients.test.ts` runs those of the area `clients`, at every mount.
const checks = checksFor(server).filter(({ area }) => area !== 'clients');

/** Somebody who was there before. What the sweep leaves is compared with this. */
const scim = scimAt(api);
await scim.group('Bystanders', [await scim.user('bystander')]);
const living = async () => ({
  users: await api.query('SELECT * FROM users WHERE deleted_at IS NULL'),
  groups: await api.query('SELECT * FROM groups WHERE deleted_at IS NULL'),
  members: await api.query('SELECT * FROM group_members'),
});
const before = await living();

const run = openRun({ client, server, stop: new AbortController().signal });
afterAll(() => api.stop());

describe('what `stele scim check` checks, against the real API', () => {
  const named = checks.map((check) => [`${check.area}: ${check.title} (${check.source})`, check] as const);
  test.for(named)('%s', async ([, check], { task }) => {
    Object.assign(task.meta, {
      behaviour: { provider: providers[check.provider], source: check.source, title: check.title },
    });
    for (const need of check.needs ?? []) expect(server.lacks(need)).toBeUndefined();
    const session = run.session();
    try {
      await check.run(session);
    } finally {
      expect(await session.cleanUp()).toEqual([]);
    }
  });

  // It runs some 250 checks, which take long on a loaded machine.
  test('what the RFCs say holds for a client with the strict profile too', { timeout: 120_000 }, async () => {
    const draft = { name: 'strict', scopes: ['write'], profile: 'strict' };
    const { body } = await api.request('POST', '/v1/api-keys', { body: draft });
    const strict = new Client({ url: api.url + STANDARD, token: body.key, timeout: 10_000 });
    const run = openRun({ client: strict, server, stop: new AbortController().signal });
    const broken: string[] = [];
    for await (const { check, result, remark } of judgeAll(select(checks, { provider: 'rfc' }), run)) {
      if (result !== 'pass') broken.push(`${check.id}: ${remark}`);
    }
    expect(broken).toEqual([]);
    expect(await run.close()).toEqual([]);
  });

  test('leaves nothing behind', async () => {
    expect(await run.close()).toEqual([]);
    expect(await living()).toEqual(before);
  });
});

test('every check has a name of its own', () => {
  const ids = checks.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});
