import { afterAll, describe, expect, test } from 'vitest';
import { issueKey } from './support/api-keys.ts';
import { startApp } from './support/app.ts';
import { resourcesOf, runChecks, testsOf } from './support/conformance.ts';
import { scimAt } from './support/scim.ts';

const api = await startApp();
afterAll(() => api.stop());

const scim = scimAt(api);
await scim.group('Bystanders', [await scim.user('bystander')]);
const before = await resourcesOf(api);
// The checks of the attributes follow from the schemas of the server. `scim-clients.test.ts` runs the area `clients`.
const report = await runChecks(api, { select: ({ area }) => area !== 'clients' });
const after = await resourcesOf(api);

describe('the checks of `stele scim check`', () => {
  testsOf(report.checks);

  test('leave nothing behind', () => {
    expect(report.leftBehind).toEqual([]);
    expect(after).toEqual(before);
  });

  test('have unique ids', () => {
    const ids = report.checks.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  // These are some 250 checks, which take long on a loaded machine.
  test('for the RFCs pass with the strict profile too', { timeout: 120_000 }, async () => {
    const { key } = await issueKey(api, { profile: 'strict' });
    const select = ({ area, provider }: { area: string; provider: string }) => area !== 'clients' && provider === 'rfc';
    const { checks, leftBehind } = await runChecks(api, { token: key, select });
    expect(checks.filter(({ outcome }) => outcome !== 'passed').map(({ id, reason }) => `${id}: ${reason}`)).toEqual(
      [],
    );
    expect(leftBehind).toEqual([]);
  });
});
