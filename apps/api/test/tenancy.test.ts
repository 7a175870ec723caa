import { randomUUID } from 'node:crypto';
import { isPreviewable, isUnsafe } from '@stele/schemas/contract';
import { encodeApiKeyId, encodeTenantId, encodeUserId } from '@stele/schemas/v1';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, keys, startApp, type TestApp } from './support/app.ts';
import { insertKey } from './support/api-keys.ts';
import { callOf, everyOperation, sendCall, type Spoken, successOf, type Things } from './support/calls.ts';
import { contentsOf } from './support/contents.ts';
import { makeThings } from './support/things.ts';
import { faces, patch, tongues } from './support/users.ts';

/** Of Alice's tenant, with every scope. */
const EVERY_SCOPE = 'test-key-of-alices-tenant-all-4-scopes';

function unknown(): Things {
  const user = uuidv7();
  return { user, group: uuidv7(), 'API key': uuidv7(), tenant: uuidv7(), job: uuidv7(), avatar: user };
}

let api: TestApp;
let own: Things;
/** What there is in another tenant, and what there was: a deleted user with a history, a revoked key. */
let foreign: Record<'there' | 'gone', Things>;

beforeAll(async () => {
  api = await startApp();
  await insertKey(api, EVERY_SCOPE, ['admin', 'operator']);
  own = await makeThings(api, 'alice');
  foreign = {
    there: await makeThings(api, 'mallory', keys.foreign),
    gone: await makeThings(api, 'trudy', keys.foreign),
  };
  const { user, group, 'API key': apiKey } = foreign.gone;
  await api.request('DELETE', faces.v1.user(user), { key: keys.foreign });
  await api.request('DELETE', `/scim/v2/Groups/${group}`, { key: keys.foreign });
  await api.request('DELETE', `/v1/api-keys/${encodeApiKeyId(apiKey)}`, { key: keys.foreign });
});
afterAll(() => api.stop());

/** An answer, but for what names the request and the moment, and for the things that the request itself named. */
function said({ status, headers, text }: Answer, about: Partial<Things> = {}) {
  const passing = new Set(['date', 'x-request-id', 'ratelimit']);
  const named = Object.entries(about).reduce((said, [name, id]) => said.replaceAll(id, name), text);
  return { status, text: named, headers: [...headers].filter(([name]) => !passing.has(name)) };
}

/** `operator` makes tenants, and sees every one: what needs it does not belong to a tenant. */
const ofTenant = everyOperation.filter(({ operation }) => operation.scope !== 'operator');
const ofOperator = everyOperation.filter(({ operation }) => operation.scope === 'operator');

/** Whether requests for an operation name something that is there. */
const names = (spoken: Spoken): boolean =>
  JSON.stringify(callOf(spoken, unknown(), '')) !== JSON.stringify(callOf(spoken, unknown(), ''));

/** With each of these a refusal could say more than that there is nothing. */
const headers: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
  'no header': () => ({}),
  'If-Match: *': () => ({ 'if-match': '*' }),
  'If-Match of the version': () => ({ 'if-match': '"1"' }),
  'If-None-Match of the version': () => ({ 'if-none-match': '"1"' }),
  'Prefer: return=preview': () => ({ prefer: 'return=preview' }),
  'Prefer: return=minimal': () => ({ prefer: 'return=minimal' }),
  'an Idempotency-Key': () => ({ 'idempotency-key': randomUUID() }),
};

/** Expects that a request about something foreign changes nothing, and is answered like one about what never was. */
async function expectHidden(spoken: Spoken, key: string, about: Things, header: string): Promise<Answer> {
  const ask = () => ({ free: 'nobody', key, headers: headers[header]!() });
  const { idempotency_keys: _, ...before } = await contentsOf(api);
  const answer = await sendCall(api, spoken, about, ask());
  const nobody = unknown();
  expect(said(answer, about)).toEqual(said(await sendCall(api, spoken, nobody, ask()), nobody));
  const { idempotency_keys: __, ...after } = await contentsOf(api);
  expect(after).toEqual(before);
  return answer;
}

/** Of a request on many: what of it is about something foreign finds nothing. */
function expectRefusedItems({ body }: Answer): void {
  if (body.users) {
    const reasons = body.users.map(({ errors }: { errors: string[] }) => errors);
    expect(reasons).toEqual([['The requested User was not found']]);
    return;
  }
  const statuses = (body.results ?? body.Operations).map(({ status }: { status: number | string }) => Number(status));
  expect(new Set(statuses)).toEqual(new Set([404]));
}

const cases = (['there', 'gone'] as const).flatMap((state) =>
  Object.keys(headers).map((header) => ({ state, header })),
);

describe.each(ofTenant.filter(names))('$name of something foreign', (spoken) => {
  test.each(cases)('that is $state, with $header: as of something unknown', async ({ state, header }) => {
    const answer = await expectHidden(spoken, EVERY_SCOPE, foreign[state], header);
    const { method, params, resource, envelope } = spoken.operation;
    // A request on many has neither a preview nor a version of its own, and a change of an API key has no preview.
    const lacksPreview = method === 'PATCH' && header === 'Prefer: return=preview' && !isPreviewable(spoken.operation);
    const asksInVain = header.startsWith('If-Match') || lacksPreview;
    if (params && lacksPreview) expect(answer.status).toBe(400);
    else if (params || resource === 'job') expect(answer.status).toBe(404);
    else if (envelope && !asksInVain) expectRefusedItems(answer);
    else expect(answer.status).toBe(400);
  });
});

describe.each(ofOperator.filter(names))('$name', (spoken) => {
  test.each(Object.keys(headers))('without the scope operator, with %s: as of something unknown', async (header) => {
    expect((await expectHidden(spoken, keys.admin, foreign.there, header)).status).toBe(403);
  });
});

/** What would give somebody away. */
const traces = (name: string, { user, group, 'API key': apiKey, tenant }: Things): string[] => [
  name,
  user,
  user.replaceAll('-', ''),
  group,
  encodeUserId(user),
  encodeApiKeyId(apiKey),
  encodeTenantId(tenant),
];

/** What is the same for every tenant. */
const ofEverybody = new Set(['readLinks', 'readServiceProviderConfig', 'listResourceTypes', 'listSchemas', 'readMe']);

const lists = ofTenant.filter(
  (spoken) =>
    (spoken.operation.method === 'GET' ? !spoken.operation.params : spoken.operation.scope === 'read') &&
    !names(spoken) &&
    !ofEverybody.has(spoken.operation.id),
);

describe.each(lists)('$name', (spoken) => {
  test('holds everything of its tenant and nothing of another', async () => {
    const answers = { alice: keys.admin, mallory: keys.foreign };
    const [alices, mallorys] = await Promise.all(
      Object.values(answers).map((key) => sendCall(api, spoken, unknown(), { free: '', key })),
    );
    const found = (answer: Answer | undefined, name: string, things: Things) =>
      traces(name, things).filter((trace) => answer!.text.includes(trace));
    expect(found(alices, 'alice', own)).not.toEqual([]);
    expect(found(mallorys, 'mallory', foreign.there)).not.toEqual([]);
    expect(found(alices, 'mallory', foreign.there)).toEqual([]);
    expect(found(mallorys, 'alice', own)).toEqual([]);
    for (const { body } of [alices!, mallorys!]) {
      const { _metadata: metadata = {}, meta = metadata } = body;
      expect(body.data ?? body.Resources ?? body.users ?? body.audit_events).toHaveLength(
        meta.total ?? body.totalResults,
      );
    }
  });
});

describe('the list of users', () => {
  const list = (query: string, key: string = keys.admin) => api.request('GET', `/v1/users?${query}`, { key });

  test('finds nobody of another tenant', async () => {
    const page = await list('filter[username]=mallory', keys.foreign);
    expect(page.body.meta.total).toBe(1);
    expect((await list('filter[username]=mallory')).body).toMatchObject({ data: [], meta: { total: 0 } });
  });

  test('does not go on where one of another tenant ended', async () => {
    await makeThings(api, 'mallet', keys.foreign);
    const { links } = (await list('cursor=&per_page=1', keys.foreign)).body;
    const cursor = new URL(links.next).searchParams.get('cursor')!;
    expect((await list(`cursor=${cursor}`, keys.foreign)).status).toBe(200);
    const refused = await list(`cursor=${cursor}`);
    expect(refused.status).toBe(400);
    expect(said(refused)).toEqual(said(await list('cursor=x')));
  });
});

describe.each(ofTenant.filter(({ operation }) => isUnsafe(operation)))('$name', (spoken) => {
  test('takes names, and an Idempotency-Key, that another tenant took', async () => {
    const name = `name-${randomUUID()}`;
    for (const key of [keys.foreign, keys.admin]) {
      const answer = await sendCall(api, spoken, await makeThings(api, randomUUID(), key), {
        free: name,
        key,
        headers: { 'idempotency-key': name },
      });
      expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([successOf(spoken.operation), null]);
    }
  });
});

/** Gives a tenant a user of the same id as one of another, who has other names. */
async function makeTwin({ user }: Things, name: string, tenant: string): Promise<void> {
  const others = { tenant_id: tenant, user_name: name, user_name_key: name, display_name: name, name_given_name: name };
  await api.query(
    'INSERT INTO users SELECT (jsonb_populate_record(u, $2)).* FROM users u WHERE u.id = $1 AND u.tenant_id <> $3',
    [user, JSON.stringify(others), tenant],
  );
}

const rowOf = (user: string, tenant: string) =>
  api.query('SELECT * FROM users WHERE id = $1 AND tenant_id = $2', [user, tenant]);

// Every statement carries the tenant, also where an id alone would find the row.
describe('a user whose id another tenant has too', () => {
  const ofUser = ofTenant.filter(
    (spoken) => names(spoken) && ['user', 'avatar'].includes(spoken.operation.resource ?? 'user'),
  );

  test.each(ofUser)('$name: leaves the other alone', async (spoken) => {
    const things = await makeThings(api, randomUUID());
    await makeTwin(things, `twin ${things.user}`, foreign.there.tenant);
    const before = await rowOf(things.user, foreign.there.tenant);
    expect(before).toHaveLength(1);
    const answer = await sendCall(api, spoken, things, { free: randomUUID(), key: keys.write });
    expect(answer.status).toBe(successOf(spoken.operation));
    expect(answer.text).not.toContain('twin');
    expect(await rowOf(things.user, foreign.there.tenant)).toEqual(before);
    const history = await api.query('SELECT tenant_id FROM user_history WHERE user_id = $1', [things.user]);
    expect(new Set(history.map((row) => row['tenant_id']))).toEqual(new Set([things.tenant]));
  });

  test.each(tongues)('%s: is changed and shown beside the other, in the same statement', async (tongue) => {
    const things = await makeThings(api, randomUUID());
    await makeTwin(things, `twin ${things.user}`, foreign.there.tenant);
    const field = tongue === 'v1' ? 'first_name' : 'title';
    const sent = Array.from({ length: 24 }, (_, index) => {
      const [key, owner] = index % 2 ? [keys.foreign, 'mallory'] : [keys.admin, 'alice'];
      return { owner, key, value: `${owner} ${index}` };
    });
    const answers = await Promise.all(
      sent.map(({ key, value }) => patch(api, tongue, things.user, { [field]: value }, { key })),
    );
    for (const [index, answer] of answers.entries()) {
      expect(answer.status).toBe(200);
      expect(faces[tongue].shown(answer)).toMatchObject({ [field]: sent[index]!.value });
    }
    for (const [owner, tenant] of [
      ['alice', own.tenant],
      ['mallory', foreign.there.tenant],
    ] as const) {
      const changes = await api.query(
        'SELECT changes FROM user_history WHERE user_id = $1 AND tenant_id = $2 AND version > 1',
        [things.user, tenant],
      );
      expect(changes).toHaveLength(sent.length / 2);
      expect(JSON.stringify(changes)).not.toContain(owner === 'alice' ? 'mallory' : 'alice');
    }
  });
});
