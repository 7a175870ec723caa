import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clients } from '../../cli/src/conformance/areas/clients.ts';
import { providers } from '../../cli/src/conformance/check.ts';
import { Client } from '../../cli/src/conformance/client.ts';
import { type ClientCase, clientCases } from '../../cli/src/conformance/clients/cases.ts';
import { requestOf, runSteps, savedBy, type Step, type StepRequest } from '../../cli/src/conformance/clients/step.ts';
import { judgeAll, openRun } from '../../cli/src/conformance/run.ts';
import { describeServer } from '../../cli/src/conformance/server.ts';
import { issueKey } from './support/api-keys.ts';
import { keys, startApp, type TestApp } from './support/app.ts';
import { scimAt, STANDARD } from './support/scim.ts';
import { strictOutcomes } from './support/strict-clients.ts';

/** A credential, and another one of the same profile. */
interface Tokens {
  readonly token: string;
  readonly secondToken: string;
}

let api: TestApp;
let tokens: Readonly<Record<'default' | 'strict', Tokens>>;
beforeAll(async () => {
  api = await startApp();
  const strict = [await issueKey(api, { profile: 'strict' }), await issueKey(api, { profile: 'strict' })] as const;
  tokens = {
    default: { token: keys.admin, secondToken: (await issueKey(api)).key },
    strict: { token: strict[0].key, secondToken: strict[1].key },
  };
});
afterAll(() => api.stop());

/** Sends the requests of a case below its mount. What the case leaves open is as most clients send it. */
const sender =
  (mount: string, key: string) =>
  async ({ method, path, body, headers = {} }: StepRequest) => {
    const all = {
      accept: 'application/scim+json',
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/scim+json' }),
      ...headers,
    };
    const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
    const ask = { key: null, headers: Object.fromEntries(sent), ...(body !== undefined && { body }) };
    return api.request(method, mount + path, ask);
  };

const variablesOf = ({ secondToken }: Tokens) => ({ run: randomUUID().slice(0, 8), secondToken });

describe('what clients send with a credential of the default profile', () => {
  const named = clientCases.map((each): [string, ClientCase] => [
    `${providers[each.client]}: ${each.title} (${each.source})`,
    each,
  ]);
  test.for(named)('%s', async ([, { client, source, title, mount = STANDARD, steps }], { task }) => {
    task.meta.behaviour = { provider: providers[client], source, title };
    await runSteps(steps, sender(mount, tokens.default.token), variablesOf(tokens.default));
  });
});

const VARIABLE = /\{\{(?:weak )?(\w+)\}\}/g;

/** The status of each step as `strictOutcomes` has it, up to the first step that needs what was rejected. */
async function statusesOf(steps: readonly Step[], { token, secondToken }: Tokens): Promise<string> {
  const send = sender(STANDARD, token);
  const variables: Record<string, string> = variablesOf({ token, secondToken });
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
    const outcome = strictOutcomes[id];
    if (outcome) expect(await statusesOf(steps, tokens.strict)).toBe(outcome.is ?? outcome.was);
    else await runSteps(steps, sender(STANDARD, tokens.strict.token), variablesOf(tokens.strict));
  });
});

test(
  '`stele scim check` runs all but those for other base URLs and second tokens, and leaves nothing behind',
  { timeout: 120_000 },
  async () => {
    const scim = scimAt(api);
    await scim.group(`Bystanders ${randomUUID()}`, [await scim.user(`bystander-${randomUUID()}`)]);
    const living = async () => ({
      users: await api.query('SELECT * FROM users WHERE deleted_at IS NULL ORDER BY id'),
      groups: await api.query('SELECT * FROM groups WHERE deleted_at IS NULL ORDER BY id'),
      members: await api.query('SELECT * FROM group_members ORDER BY group_id, member_id'),
    });
    const before = await living();
    const client = new Client({ url: api.url + STANDARD, token: keys.admin, timeout: 10_000 });
    const server = await describeServer(client);
    const run = openRun({ client, server, stop: new AbortController().signal });
    const skipped: string[] = [];
    for await (const { check, result, remark } of judgeAll(clients, run)) {
      expect(result, `${check.id}: ${remark}`).not.toBe('fail');
      if (result === 'skipped') skipped.push(check.id);
    }
    const restricted = clientCases.filter(({ mount, secondToken }) => mount !== undefined || secondToken);
    expect(skipped).toEqual(restricted.map(({ client, name }) => `clients.${client}.${name}`));
    expect(await run.close()).toEqual([]);
    expect(await living()).toEqual(before);
  },
);
