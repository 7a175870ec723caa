import { randomUUID } from 'node:crypto';
import { listChecks } from '@stele/scim-conformance';
import { afterAll, describe, expect, test } from 'vitest';
import { type ClientCase, clientCases } from '../../../packages/scim-conformance/src/clients/cases.ts';
import {
  requestOf,
  savedBy,
  type Step,
  type StepRequest,
} from '../../../packages/scim-conformance/src/clients/step.ts';
import { issueKey } from './support/api-keys.ts';
import { keys, startApp } from './support/app.ts';
import { resourcesOf, runChecks, testsOf } from './support/conformance.ts';
import { DRONAHQ, scimAt, STANDARD } from './support/scim.ts';
import { strictOutcomes } from './support/strict-clients.ts';

const api = await startApp();
afterAll(() => api.stop());

/** A credential, and another one of the same profile. */
const strict = {
  token: (await issueKey(api, { profile: 'strict' })).key,
  secondToken: (await issueKey(api, { profile: 'strict' })).key,
};
const standard = { token: keys.admin, secondToken: (await issueKey(api)).key };

const scim = scimAt(api);
await scim.group(`Bystanders ${randomUUID()}`, [await scim.user(`bystander-${randomUUID()}`)]);
const before = await resourcesOf(api);
const report = await runChecks(api, { ...standard, select: { area: 'clients' } });
const skipped = report.checks.filter(({ outcome }) => outcome === 'skipped').map(({ id }) => id);
const mounted = await Promise.all(
  DRONAHQ.map((mount) => runChecks(api, { ...standard, mount, select: ({ id }) => skipped.includes(id) })),
);
const strictReport = await runChecks(api, { ...strict, select: { area: 'clients' } });
const after = await resourcesOf(api);

const ran = [report, ...mounted].flatMap(({ checks }) => checks.filter(({ outcome }) => outcome !== 'skipped'));

describe('what clients send with a credential of the default profile', () => {
  testsOf(ran);

  test('is every check of the area `clients`, each at one mount', async () => {
    const all = await listChecks({ area: 'clients' });
    expect(ran.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    const restricted = clientCases.filter(({ mount }) => mount !== undefined);
    expect(skipped).toEqual(restricted.map(({ client, name }) => `clients.${client}.${name}`));
  });

  test('leaves nothing behind', () => {
    expect([report, ...mounted, strictReport].flatMap(({ leftBehind }) => leftBehind)).toEqual([]);
    expect(after).toEqual(before);
  });
});

/** Sends a request. What the case leaves open is as most clients send it. */
async function send({ method, path, body, headers = {} }: StepRequest) {
  const all = {
    accept: 'application/scim+json',
    authorization: `Bearer ${strict.token}`,
    ...(body !== undefined && { 'content-type': 'application/scim+json' }),
    ...headers,
  };
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
  const ask = { key: null, headers: Object.fromEntries(sent), ...(body !== undefined && { body }) };
  return api.request(method, STANDARD + path, ask);
}

const VARIABLE = /\{\{(?:weak )?(\w+)\}\}/g;

/** The status of each step as `strictOutcomes` has it, up to the first step that needs what was rejected. */
async function statusesOf(steps: readonly Step[]): Promise<string> {
  const variables: Record<string, string> = { run: randomUUID().slice(0, 8), secondToken: strict.secondToken };
  const statuses: string[] = [];
  for (const step of steps) {
    const { expect: _, ...sent } = step;
    const used = [...JSON.stringify(sent).matchAll(VARIABLE)].map(([, name]) => name as string);
    if (!used.every((name) => Object.hasOwn(variables, name))) break;
    const { status, body } = await send(requestOf(step, variables));
    const inBulk = (body as { Operations?: { status: string }[] } | undefined)?.Operations?.map(({ status }) => status);
    statuses.push(inBulk ? `${status}:${inBulk.join(',')}` : String(status));
    Object.assign(variables, savedBy(step, body));
  }
  return statuses.join(' ');
}

describe('what clients send with a credential of the strict profile', () => {
  // The DronaHQ mounts have a profile of their own, whatever the credential.
  const named = clientCases
    .filter(({ mount }) => mount === undefined)
    .map((each): [string, ClientCase] => [`${each.client}.${each.name}`, each]);

  test('is in the table where it is rejected', () => {
    expect(Object.keys(strictOutcomes).filter((id) => !named.some(([known]) => known === id))).toEqual([]);
  });

  test.for(named)('%s', async ([id, { steps }]) => {
    const rejected = strictOutcomes[id];
    if (rejected) return expect(await statusesOf(steps)).toBe(rejected.is ?? rejected.was);
    const { outcome, reason } = strictReport.checks.find((check) => check.id === `clients.${id}`)!;
    return expect({ outcome, reason }).toEqual({ outcome: 'passed' });
  });
});
