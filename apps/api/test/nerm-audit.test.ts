import { createHash } from 'node:crypto';
import type { HistorySearch } from '@stele/schemas/canonical';
import { decodeUserId, encodeUserId, v1ApiKeyId } from '@stele/schemas/v1';
import fc from 'fast-check';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { countHistory, searchHistory } from '../src/store/history-statement.ts';
import { type Answer, type Ask, keys, startApp, type TestApp } from './support/app.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';
import { scimAt } from './support/scim.ts';
import {
  alice,
  create,
  faces,
  type Fields,
  forgetUsers,
  kept,
  operate,
  patch,
  recordTimes,
  setTimes,
  type Tongue,
  tongues,
  urns,
} from './support/users.ts';

type Changes = Readonly<Record<string, { readonly old?: unknown; readonly new?: unknown }>>;

interface Event {
  readonly id: string;
  readonly created_at: string;
  readonly subject_type: 'User';
  readonly subject_id: string;
  readonly type: 'ActiveRecordCreate' | 'ActiveRecordUpdate' | 'ActiveRecordDestroy';
  readonly data: {
    readonly version: number;
    readonly actor: string;
    readonly dialect: string;
    readonly operation: string;
    readonly request_id: string;
    readonly changes: Changes;
  };
}

interface Filters {
  readonly created_at?: { readonly gt?: string; readonly lt?: string; readonly eq?: string };
  readonly subject_type?: string;
  readonly type?: string;
  readonly subject_id?: string;
}

interface Query {
  readonly filters?: Filters;
  readonly offset?: number;
  readonly limit?: number;
  readonly order?: 'asc' | 'desc';
  readonly sort_by?: string;
}

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());

const MOST = 100;

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

const post = (body: unknown, { parameters = '', ...ask }: Ask & { parameters?: string } = {}): Promise<Answer> =>
  api.request('POST', `/audit_events/query${parameters}`, { body, ...ask });

const ask = (query: object, more?: Parameters<typeof post>[1]): Promise<Answer> => post({ audit_events: query }, more);

async function find(query: Query = {}, more?: Parameters<typeof post>[1]): Promise<Event[]> {
  const answer = await ask(query, more);
  expect(answer.status, answer.text).toBe(200);
  expect(Object.keys(answer.body)).toEqual(['audit_events']);
  return answer.body.audit_events;
}

/** Everything that is found, a part at a time. */
async function findAll(query: Query = {}): Promise<Event[]> {
  const events: Event[] = [];
  for (;;) {
    const part = await find({ ...query, offset: events.length });
    events.push(...part);
    if (part.length < MOST) return events;
  }
}

const eventsOf = (id: string): Promise<Event[]> => findAll({ filters: { subject_id: id } });

/** What the last write to a user changed. */
const lastChanges = async (id: string): Promise<Changes> => (await eventsOf(id)).at(-1)!.data.changes;

const byId = (left: Event, right: Event) => Number(left.id) - Number(right.id);

/** Writes in every dialect, in every way there is; the users that they were about. */
async function writeEverything(): Promise<string[]> {
  const scim = scimAt(api);
  const ids = await Promise.all(tongues.map((tongue) => create(api, tongue, `alice-${tongue}`)));
  const [first, second, third] = ids as [string, string, string];
  for (const id of ids) {
    await patch(api, 'v1', id, { last_name: 'L' }, { key: keys.write, headers: { 'x-request-id': `v1 of ${id}` } });
    await patch(api, 'v1', id, { last_name: 'M' }, { headers: { 'x-request-id': `v1:${id}` } });
    await patch(api, 'scim', id, { title: 'Surveyor' });
    await patch(api, 'nerm', id, { status: 'Pending', admin: true });
    // Changes of nothing, and refusals.
    await patch(api, 'nerm', id, { status: 'Pending' });
    await patch(api, 'nerm', id, { login: 'alice-v1', status: 'pending' });
  }
  await scim.put(`/Users/${first}`, { schemas: [urns.user], userName: 'alice', nickName: 'Al' });
  await api.request('PUT', `${faces.v1.user(first)}/password`, { body: { password: 'Tarn-Lake-77' } });
  await operate(api, second, { op: 'replace', path: 'password', value: 'Tarn-Lake-78' });
  const token = 'the-token-of-the-owner-of-the-new-address-of-third';
  await api.query(
    "UPDATE users SET pending_email = 'al@new.example', pending_email_token = $2, pending_email_expires_at = now() + interval '1 day' WHERE id = $1",
    [third, createHash('sha256').update(token).digest()],
  );
  await api.request('POST', `${faces.v1.user(third)}/email-verification`, { body: { token } });
  const batch = {
    operations: [
      { op: 'create', data: faces.v1.draft('bob') },
      { op: 'update', id: encodeUserId(first), data: { role: 'owner' } },
      { op: 'update', id: encodeUserId(uuidv7()), data: { role: 'owner' } },
      { op: 'delete', id: encodeUserId(first) },
    ],
  };
  const { results } = (await api.request('POST', '/v1/users/batch', { body: batch })).body;
  const bulk = await scim.bulk([
    { method: 'POST', path: '/Users', bulkId: 'a', data: faces.scim.draft('carol') },
    { method: 'PATCH', path: `/Users/${second}`, data: faces.scim.patch({ nickName: 'Al' }) },
    { method: 'DELETE', path: `/Users/${second}` },
  ]);
  const users = [
    { login: 'dora', name: 'Dora', email: 'dora@example.com', type: 'NeprofileUser' },
    { login: 'eve', name: '', email: 'eve@example.com', type: 'NeprofileUser' },
  ];
  const many = (await api.request('POST', '/users', { body: { users } })).body.users;
  await api.request('PATCH', '/users', {
    body: {
      users: [
        { id: many[0].id, title: 'Boss' },
        { id: third, admin: false },
      ],
    },
  });
  // Groups have a history of their own.
  const group = await scim.group('Team', [third]);
  await scim.remove(`/Groups/${group}`);
  await api.request('DELETE', faces.nerm.user(third));
  return [
    ...ids,
    decodeUserId(results[0].data.id),
    String(bulk.body.Operations[0].location).split('/').at(-1)!,
    many[0].id,
  ];
}

const types = { create: 'ActiveRecordCreate', update: 'ActiveRecordUpdate', delete: 'ActiveRecordDestroy' } as const;

describe('events are the history', () => {
  let ids: string[];
  let events: Event[];
  beforeAll(async () => {
    await forgetUsers(api);
    ids = await writeEverything();
    events = await findAll();
  });

  test('each accepted write of every dialect, once, in the order of time', async () => {
    const rows = await api.query('SELECT * FROM user_history ORDER BY at, seq');
    expect(events).toEqual(
      rows.map((row) => ({
        id: String(row['seq']),
        created_at: (row['at'] as Date).toISOString(),
        subject_type: 'User',
        subject_id: row['user_id'],
        type: expect.any(String),
        data: {
          version: row['version'],
          actor: row['credential_id'],
          dialect: row['dialect'],
          operation: row['operation'],
          request_id: row['request_id'],
          changes: expect.any(Object),
        },
      })),
    );
    expect(new Set(events.map(({ data }) => `${data.dialect} ${data.operation}`))).toEqual(
      new Set([
        ...['createUser', 'updateUser', 'setPassword', 'verifyEmail', 'batchUsers'].map((each) => `v1 ${each}`),
        ...['createUser', 'patchUser', 'replaceUser', 'deleteUser'].map((each) => `scim ${each}`),
        ...['createUser', 'updateUser', 'createUsers', 'updateUsers', 'deleteUser'].map((each) => `nerm ${each}`),
      ]),
    );
  });

  test("say of each user what v1's history says", async () => {
    expect(new Set(events.map((event) => event.subject_id))).toEqual(new Set(ids));
    for (const id of ids) {
      const { data } = (await api.request('GET', `${faces.v1.user(id)}/history`)).body;
      const own = events.filter((event) => event.subject_id === id);
      expect(
        own.map(({ id: seq, created_at, data: { changes: _changes, ...said } }) => ({
          seq: Number(seq),
          at: `${created_at.slice(0, 19)}Z`,
          ...said,
        })),
      ).toEqual(
        (data as { actor: string; changes: object }[]).map(({ actor, changes: _changes, ...said }) => ({
          ...said,
          actor: v1ApiKeyId.decode(actor),
        })),
      );
      // The two dialects have other words for the same changes, but as many.
      expect(own.map((event) => Object.keys(event.data.changes).length)).toEqual(
        (data as { changes: object }[]).map(({ changes }) => Object.keys(changes).length),
      );
    }
  });

  test('are creations, updates and deletions', () => {
    const deleted = new Set(ids.slice(0, 3));
    for (const id of ids) {
      const own = events.filter((event) => event.subject_id === id).map(({ type }) => type);
      const updates = own.length - (deleted.has(id) ? 2 : 1);
      expect(own).toEqual([
        types.create,
        ...indexes(updates).map(() => types.update),
        ...(deleted.has(id) ? [types.delete] : []),
      ]);
    }
  });

  test('never hold a password', async () => {
    const own = events.filter(({ data }) => 'password' in data.changes).map(({ data }) => data);
    expect(own.map(({ operation, changes }) => [operation, changes['password']])).toEqual([
      ['createUser', {}],
      ['setPassword', {}],
      ['patchUser', {}],
      ['batchUsers', {}],
    ]);
    expect(JSON.stringify(events)).not.toMatch(/Tarn|argon|correct horse|[Hh]ash/);
  });

  test('of an address that waited are those of the address', () => {
    const { data } = events.find(({ data: { operation } }) => operation === 'verifyEmail')!;
    expect(data.changes).toEqual({
      pending_email: { old: 'al@new.example' },
      email: { old: 'alice-nerm@example.com', new: 'al@new.example' },
    });
  });

  test('of an access token name issuer and subject, and what has no name here is not said', async () => {
    const own = { body: faces.nerm.draft('mallory'), key: keys.foreign };
    const { id } = (await api.request('POST', '/user', own)).body.user;
    await api.query(
      `INSERT INTO user_history (tenant_id, user_id, version, at, credential_id, dialect, operation, request_id, changes, actor)
       SELECT tenant_id, user_id, 2, at, credential_id, dialect, 'updateUser', request_id, $2, 'https://id.example.com mallory' FROM user_history WHERE user_id = $1`,
      [id, '{"title": {"new": "x"}, "shoeSize": {"new": 43}, "passwordHash": {"new": "x"}, "constructor": {"new": 1}}'],
    );
    const [, event] = await find({ filters: { subject_id: id } }, { key: keys.foreign });
    expect(event).toMatchObject({ type: types.update, data: { actor: 'https://id.example.com mallory' } });
    expect(event!.data.changes).toEqual({ title: { new: 'x' } });
  });

  test('of others are nowhere', async () => {
    const foreign = { key: keys.foreign };
    for (const id of ids) {
      const query = { filters: { subject_id: id } };
      expect(await find(query, foreign)).toEqual([]);
      const { body } = await ask(query, { ...foreign, parameters: '?metadata=true' });
      expect(body).toEqual({ audit_events: [], _metadata: { limit: 100, offset: 0, total: 0 } });
    }
    const before = await find({}, foreign);
    expect((await api.request('POST', '/user', { body: faces.nerm.draft('eve'), ...foreign })).status).toBe(200);
    const after = await find({}, foreign);
    expect(after.slice(0, -1)).toEqual(before);
    expect(after.at(-1)!.data.changes).toMatchObject({ login: { new: 'eve' } });
    expect(await findAll()).toEqual(events);
  });

  test('are for those who may read', async () => {
    expect(await find({}, { key: keys.read })).toHaveLength(events.length);
    expect((await ask({}, { key: keys.operator })).status).toBe(403);
    expect((await ask({}, { key: null })).status).toBe(401);
  });

  test('are found at /api too', async () => {
    const answer = await api.request('POST', '/api/audit_events/query', { body: { audit_events: {} } });
    expect(answer.body).toEqual({ audit_events: events });
  });

  test('are only asked for: a key for a second try is none, and nothing is written', async () => {
    const before = await kept(api);
    const headers = { 'idempotency-key': 'a-query' };
    expect(await find({ limit: 1 }, { headers })).toEqual(events.slice(0, 1));
    expect(await find({ limit: 2 }, { headers })).toEqual(events.slice(0, 2));
    expect(await kept(api)).toEqual(before);
  });
});

describe("changes in NERM's words", () => {
  beforeEach(() => forgetUsers(api));

  const emails = [
    { value: 'al@example.com', type: 'work', primary: true },
    { value: 'al@home.example', type: 'home' },
  ];
  const roles = [{ value: 'editor', primary: true }, { value: 'auditor' }];
  const draft: Fields = {
    title: 'Surveyor',
    name: { givenName: 'Al' },
    displayName: 'Al',
    emails,
    roles,
    [urns.lifecycle]: { groupStrings: ['one', 'two'], type: 'NeaccessUser' },
  };

  test.each<[name: string, tongue: Tongue, fields: Fields, changes: Changes]>([
    ['login', 'v1', { username: 'al' }, { login: { old: 'alice', new: 'al' } }],
    ['name', 'scim', { displayName: 'Ms Al' }, { name: { old: 'Al', new: 'Ms Al' } }],
    ['no name', 'scim', { displayName: null }, { name: { old: 'Al' } }],
    ['title', 'scim', { title: 'Owner' }, { title: { old: 'Surveyor', new: 'Owner' } }],
    ['no title', 'nerm', { title: null }, { title: { old: 'Surveyor' } }],
    ['status', 'scim', { active: false }, { status: { old: 'Active', new: 'Disabled' } }],
    ['status', 'nerm', { status: 'Pending' }, { status: { old: 'Active', new: 'Pending' } }],
    ['language', 'scim', { preferredLanguage: 'nb' }, { preferred_language: { new: 'nb' } }],
    ['locale', 'nerm', { locale: 'nb' }, { locale: { new: 'nb' } }],
    ['type', 'nerm', { type: 'NeprofileUser' }, { type: { old: 'NeaccessUser', new: 'NeprofileUser' } }],
    ['identity', 'nerm', { sailpoint_identity_id: '2c91' }, { sailpoint_identity_id: { new: '2c91' } }],
    [
      'profile',
      'nerm',
      { profile_id: 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e' },
      { profile_id: { new: 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e' } },
    ],
    ['groups', 'nerm', { group_strings: 'one,three' }, { group_strings: { old: 'one,two', new: 'one,three' } }],
    ['no groups', 'nerm', { group_strings: null }, { group_strings: { old: 'one,two' } }],
    ['address', 'v1', { email: 'new@example.com' }, { email: { old: 'al@example.com', new: 'new@example.com' } }],
    [
      'another primary address',
      'scim',
      { emails: [{ value: 'al@home.example', primary: true }] },
      { email: { old: 'al@example.com', new: 'al@home.example' } },
    ],
    [
      'another address',
      'scim',
      { emails: [emails[0], { value: 'new@home.example' }] },
      { emails: { old: emails, new: [emails[0], { value: 'new@home.example' }] } },
    ],
    ['no address', 'scim', { emails: [] }, { email: { old: 'al@example.com' } }],
    ['admin', 'nerm', { admin: true }, { admin: { old: false, new: true } }],
    ['admin by another name', 'v1', { role: 'admin' }, { admin: { old: false, new: true } }],
    [
      'another role',
      'v1',
      { role: 'owner' },
      { roles: { old: roles, new: [{ value: 'owner', primary: true }, { value: 'auditor' }] } },
    ],
    ['given name', 'v1', { first_name: 'Ally' }, { 'name.given_name': { old: 'Al', new: 'Ally' } }],
    ['external id', 'scim', { externalId: 'hr-7' }, { 'external_ids.default': { new: 'hr-7' } }],
    [
      'telephone numbers',
      'scim',
      { phoneNumbers: [{ value: '1' }] },
      { phone_numbers: { old: [], new: [{ value: '1' }] } },
    ],
    [
      'an extension',
      'scim',
      { [urns.enterprise]: { costCenter: '7', manager: { value: '8' } } },
      { 'enterprise.cost_center': { new: '7' }, 'enterprise.manager.value': { new: '8' } },
    ],
    [
      'several at once',
      'nerm',
      { title: null, status: 'Disabled', email: 'x@example.com', admin: true, group_strings: 'three' },
      {
        title: { old: 'Surveyor' },
        status: { old: 'Active', new: 'Disabled' },
        email: { old: 'al@example.com', new: 'x@example.com' },
        admin: { old: false, new: true },
        group_strings: { old: 'one,two', new: 'three' },
      },
    ],
  ])('%s by %s', async (_, tongue, fields, expected) => {
    const id = await create(api, 'scim', 'alice', draft);
    const answer = await patch(api, tongue, id, fields);
    expect(answer.status, answer.text).toBe(200);
    expect(await lastChanges(id)).toEqual(expected);
  });

  test('times are told to the second', async () => {
    const id = await create(api, 'scim', 'alice', draft);
    await recordTimes(api, id, {
      lastLogin: '2023-05-01T09:12:28.999+02:00',
      cookiesAcceptedAt: '0999-05-01T07:12:28Z',
    });
    expect(await lastChanges(id)).toEqual({
      last_login: { new: '2023-05-01T07:12:28Z' },
      cookies_accepted_at: { new: '0999-05-01T07:12:28Z' },
    });
  });

  test('a time that is shown as it was, to the second, is told as it is', async () => {
    const lastLogin = '2023-05-01T07:12:28.001Z';
    const id = await create(api, 'scim', 'alice');
    await setTimes(api, id, { lastLogin });
    await recordTimes(api, id, { lastLogin: '2023-05-01T07:12:28.002Z' });
    expect(await lastChanges(id)).toEqual({
      'lifecycle.last_login': { old: lastLogin, new: '2023-05-01T07:12:28.002Z' },
    });
  });

  test('groups come from nothing', async () => {
    const id = await create(api, 'nerm', 'alice');
    await patch(api, 'nerm', id, { group_strings: 'one,two' });
    expect(await lastChanges(id)).toEqual({ group_strings: { new: 'one,two' } });
  });

  test('roles that make nobody an admin are told as they are', async () => {
    const id = await create(api, 'scim', 'alice', { roles });
    expect(await lastChanges(id)).toMatchObject({ roles: { new: roles } });
    expect(await lastChanges(id)).not.toHaveProperty('admin');
  });

  test('a preview by NERM says what the event then says', async () => {
    const id = await create(api, 'scim', 'alice', draft);
    const fields = {
      name: 'Ms Al',
      email: 'new@example.com',
      type: 'NeprofileUser',
      profile_id: 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e',
      title: 'Owner',
      status: 'Pending',
      login: 'al',
      admin: true,
      group_strings: 'three',
      locale: 'nb',
      preferred_language: 'nb',
      sailpoint_identity_id: '2c91',
    };
    const preview = await patch(api, 'nerm', id, fields, { headers: { prefer: 'return=preview' } });
    expect(await eventsOf(id)).toHaveLength(1);
    expect((await patch(api, 'nerm', id, fields)).status).toBe(200);
    expect(await lastChanges(id)).toEqual(preview.body.changes);
    expect(Object.keys(preview.body.changes).toSorted()).toEqual(Object.keys(fields).toSorted());
  });

  test('admin goes as it came', async () => {
    const id = await create(api, 'nerm', 'alice', { admin: true });
    await patch(api, 'nerm', id, { admin: false });
    expect(await lastChanges(id)).toEqual({ admin: { old: true, new: false } });
  });

  test('a create says every field that it fills, and a deletion every field that was there', async () => {
    const id = await create(api, 'scim', 'alice', alice);
    const { body } = await api.request('GET', faces.nerm.user(id));
    await api.request('DELETE', faces.v1.user(id));
    const [creation, deletion, ...more] = (await eventsOf(id)).map(({ data }) => data.changes);
    expect(more).toEqual([]);
    const { id: _id, uid: _uid, last_login: _login, cookies_accepted_at: _accepted, ...shown } = body.user;
    const said = Object.fromEntries(Object.entries(creation!).map(([field, change]) => [field, change.new]));
    expect(said).toMatchObject(shown);
    expect(said).toMatchObject({
      'external_ids.default': alice.externalId,
      addresses: alice.addresses,
      nick_name: alice.nickName,
    });
    expect(deletion).toEqual(
      Object.fromEntries(Object.entries(creation!).map(([field, change]) => [field, { old: change.new }])),
    );
  });
});

/** What a day is, for whoever reads the calendar. */
const dayOf = ({ created_at }: Event): string => created_at.slice(0, 10);

const isoDay = (text: string): string | undefined => {
  const [, month, day, year] = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text) ?? [];
  if (year !== undefined) return `${year}-${month}-${day}`;
  return text.length === 10 ? text : undefined;
};

/** How an event stands to a time or a day: before it, in it, after it. */
function compare(event: Event, text: string): number {
  const day = isoDay(text);
  const [left, right] = day === undefined ? [Date.parse(event.created_at), Date.parse(text)] : [dayOf(event), day];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** What the filters say, over events in memory. */
function selects({ created_at: at = {}, subject_id: id, ...others }: Filters, event: Event): boolean {
  return (
    (id === undefined || event.subject_id === id.toLowerCase()) &&
    (at.gt === undefined || compare(event, at.gt) > 0) &&
    (at.lt === undefined || compare(event, at.lt) < 0) &&
    (at.eq === undefined || compare(event, at.eq) === 0) &&
    Object.entries(others).every(([field, value]) => event[field as 'subject_type'] === value)
  );
}

describe('filters', () => {
  const users = indexes(6).map(() => uuidv7());
  const midnight = Date.parse('2024-10-18T00:00:00Z');
  const DAY = 24 * 3_600_000;
  /** Around the ends of days, and of milliseconds. */
  const time = fc
    .record({ day: fc.integer({ min: -2, max: 2 }), beside: fc.constantFrom(-1000, -1, 0, 1, 500, 43_200_000) })
    .map(({ day, beside }) => new Date(midnight + day * DAY + beside));
  const someChanges = fc.constantFrom<object>(
    {},
    { title: { new: 'x' } },
    { userName: { old: 'a', new: 'b' } },
    { userName: { new: 'a' }, status: { new: 'active' } },
    { userName: { old: 'a' }, status: { old: 'active' } },
    { roles: { old: [], new: [{ value: 'admin' }] } },
  );

  const EVENTS = 240;

  let events: Event[];
  beforeAll(async () => {
    await forgetUsers(api);
    const [tenant] = await api.query('SELECT tenant_id FROM api_keys WHERE name = $1', ['key 0']);
    const [foreign] = await api.query('SELECT tenant_id FROM api_keys WHERE name = $1', ['key 3']);
    const write = fc.record({ user: fc.constantFrom(...users), at: time, changes: someChanges });
    const writes = fc.sample(write, { numRuns: EVENTS, seed: 7 });
    const versions = new Map<string, number>();
    for (const { user, at, changes } of writes) {
      const version = (versions.get(user) ?? 0) + 1;
      versions.set(user, version);
      for (const { tenant_id: tenantId } of [tenant!, foreign!]) {
        await api.query(
          `INSERT INTO user_history (tenant_id, user_id, version, at, credential_id, dialect, operation, request_id, changes)
           VALUES ($1, $2, $3, $4, $2, 'nerm', 'test', 'test', $5)`,
          [tenantId, user, version, at, JSON.stringify(changes)],
        );
      }
    }
    events = await findAll();
  });

  test('without any, the events are in the order of time, and then of their coming', () => {
    const sorted = events.toSorted(
      (left, right) => Date.parse(left.created_at) - Date.parse(right.created_at) || byId(left, right),
    );
    expect(events).toEqual(sorted);
    expect(events).toHaveLength(EVENTS);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(Object.values(types)));
  });

  const day = time.map((at) => at.toISOString().slice(0, 10));
  const moment = fc.oneof(
    time.map((at) => at.toISOString()),
    // The same time, as clocks elsewhere show it.
    time.map((at) => new Date(at.getTime() + 2 * 3_600_000).toISOString().replace('Z', '+02:00')),
    time.map((at) => new Date(at.getTime() - 5.5 * 3_600_000).toISOString().replace('Z', '-05:30')),
    day,
    day.map((text) => text.replace(/^(\d+)-(\d+)-(\d+)$/, '$2/$3/$1')),
  );
  const filters = fc
    .record(
      {
        created_at: fc
          .record({ gt: moment, lt: moment, eq: moment }, { requiredKeys: [] })
          .filter((at) => Object.keys(at).length > 0),
        subject_type: fc.constantFrom('User', 'User', 'User', 'Group'),
        type: fc.constantFrom(...Object.values(types), 'ActiveRecordRead'),
        subject_id: fc.constantFrom(...users, users[0]!.toUpperCase(), uuidv7(), 'nobody'),
      },
      { requiredKeys: [] },
    )
    .filter(({ created_at: at = {}, ...others }) => Object.keys({ ...at, ...others }).length <= 5);
  const part = fc.record(
    {
      offset: fc.integer({ min: 0, max: 300 }),
      limit: fc.integer({ min: 1, max: MOST }),
      order: fc.constantFrom('asc' as const, 'desc' as const),
      sort_by: fc.constant('created_at'),
    },
    { requiredKeys: [] },
  );

  test('find what they say, in the order and the part that is asked for, and count it', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(filters, part, fc.boolean(), async (given, asked, counted) => {
        const query = { ...(Object.keys(given).length > 0 && { filters: given }), ...asked };
        const all = events.filter((event) => selects(given, event));
        if (asked.order === 'desc') all.reverse();
        const { offset = 0, limit = MOST } = asked;
        const answer = await ask(query, { parameters: counted ? '?metadata=true' : '' });
        expect(answer.body, answer.text).toEqual({
          audit_events: all.slice(offset, offset + limit),
          ...(counted && { _metadata: { limit, offset, total: all.length } }),
        });
        found += answer.body.audit_events.length;
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(0);
  });

  test.each([
    ['a time', '2024-10-18T00:00:00.000+00:00', 'eq'],
    ['the same elsewhere', '2024-10-18T02:00:00.000+02:00', 'eq'],
    ['a day', '2024-10-18', 'eq'],
    ['a day in America', '10/18/2024', 'eq'],
    ['a day', '2024-10-18', 'gt'],
    ['a day in America', '10/18/2024', 'lt'],
  ] as const)('of time find some, and not all: %s, %s (%s)', async (_, text, operator) => {
    const given = { created_at: { [operator]: text } };
    const expected = events.filter((event) => selects(given, event));
    expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(events.length);
    expect(await findAll({ filters: given })).toEqual(expected);
  });

  // What can be written can be asked for, and neither the calendar nor the database ends before the year does.
  test.each(['0001-01-01', '01/01/0001', '0001-01-01T00:00:00-14:00'])('begin at %s', async (text) => {
    expect((await ask({ filters: { created_at: { gt: text } } })).status).toBe(200);
    expect((await ask({ filters: { created_at: { lt: text } } })).body).toEqual({ audit_events: [] });
    expect((await ask({ filters: { created_at: { eq: text } } })).body).toEqual({ audit_events: [] });
  });
  test.each(['9999-12-31', '12/31/9999', '9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59+12:00'])(
    'end at %s',
    async (text) => {
      expect((await ask({ filters: { created_at: { lt: text } } })).status).toBe(200);
      expect((await ask({ filters: { created_at: { gt: text } } })).body).toEqual({ audit_events: [] });
      expect((await ask({ filters: { created_at: { eq: text } } })).body).toEqual({ audit_events: [] });
    },
  );

  test.each(['gt', 'lt', 'eq'])('reject times that are not in the years 1 to 9999 of UTC in %s', async (name) => {
    for (const time of ['9999-12-31T23:59:59-05:00', '0001-01-01T00:00:00+00:01', '0000-12-31', '01/01/0000']) {
      const answer = await ask({ filters: { created_at: { [name]: time } } });
      expect([answer.status, Object.keys(answer.body.errors)]).toEqual([400, [`filters.created_at.${name}`]]);
    }
  });

  test('are five at most', async () => {
    const created_at = { gt: '2024-10-01', lt: '2024-11-01' };
    const five = { created_at, type: types.create, subject_type: 'User', subject_id: users[0]! };
    expect(await find({ filters: five })).toHaveLength(1);
    const answer = await ask({ filters: { ...five, created_at: { ...created_at, eq: '2024-10-18' } } });
    expect([answer.status, answer.body.errors]).toEqual([400, { filters: 'may hold 5 filters at most' }]);
  });
});

test('a query may come without its wrapper, as it did before NERM changed that', async () => {
  const query = { filters: { type: 'ActiveRecordCreate' }, limit: 2, order: 'desc' };
  expect((await post(query)).body).toEqual((await post({ audit_events: query })).body);
  expect((await post({})).body).toEqual((await post({ audit_events: {} })).body);
});

test('a limit above 100 is 100, with and without the wrapper', async () => {
  for (const query of [{ limit: 10_000 }, { audit_events: { limit: 10_000 } }]) {
    const answer = await post(query);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual((await post({ audit_events: { limit: 100 } })).body);
  }
});

test('NeprofileUser and NeaccessUser are events of users of that type', async () => {
  const types = ['NeprofileUser', 'NeaccessUser', undefined] as const;
  for (const type of types) {
    const fields = type === undefined ? {} : { [urns.lifecycle]: { type } };
    const id = await create(api, 'scim', `of type ${type}`, fields);
    for (const subject_type of ['NeprofileUser', 'NeaccessUser', 'User']) {
      const { body, text } = await ask(
        { filters: { subject_type, subject_id: id.toUpperCase() } },
        { parameters: '?metadata=true' },
      );
      const isFound = subject_type === 'User' || subject_type === (type ?? 'NeprofileUser');
      const { audit_events: events, _metadata: metadata } = body;
      expect([events.length, metadata.total], text).toEqual(isFound ? [1, 1] : [0, 0]);
    }
  }
});

test('filters of profiles and workflows find nothing', async () => {
  const filters = { data: { workflow_uid: 'my_workflow', profile_id: uuidv7() } };
  const answer = await post({ audit_events: { filters } });
  expect([answer.status, answer.body.audit_events], answer.text).toEqual([200, []]);
});

describe('what is refused', () => {
  test.each<[string, unknown, string]>([
    ['an unknown field, without the wrapper', { page: 2 }, 'page'],
    ['null', { audit_events: null }, 'audit_events'],
    ['a list', { audit_events: [] }, 'audit_events'],
    ['an unknown filter', { audit_events: { filters: { color: 'red' } } }, 'filters.color'],
    [
      'an unknown comparison',
      { audit_events: { filters: { created_at: { ge: '2024-10-18' } } } },
      'filters.created_at.ge',
    ],
    ['no comparison', { audit_events: { filters: { created_at: {} } } }, 'filters.created_at'],
    ['a time by itself', { audit_events: { filters: { created_at: '2024-10-18' } } }, 'filters.created_at'],
    ['an unknown field', { audit_events: { page: 2 } }, 'page'],
    ['no limit', { audit_events: { limit: 0 } }, 'limit'],
    ['a limit as text', { audit_events: { limit: '10' } }, 'limit'],
    ['a negative offset', { audit_events: { offset: -1 } }, 'offset'],
    ['half an event', { audit_events: { offset: 0.5 } }, 'offset'],
    ['another order', { audit_events: { order: 'up' } }, 'order'],
    ['another sort', { audit_events: { sort_by: 'type' } }, 'sort_by'],
    ['a type that is no text', { audit_events: { filters: { type: 1 } } }, 'filters.type'],
    ['an id that is no text', { audit_events: { filters: { subject_id: null } } }, 'filters.subject_id'],
    ...[
      '2024-13-01',
      '2024-02-30',
      '02/30/2024',
      '18/10/2024',
      '2024-10-18T16:41:23',
      '2024-10-18 16:41:23Z',
      'yesterday',
      '',
      '1729269683',
      '24-10-18',
    ].map((text): [string, unknown, string] => [
      `the time ${JSON.stringify(text)}`,
      { audit_events: { filters: { created_at: { gt: text } } } },
      'filters.created_at.gt',
    ]),
  ])('%s', async (_, body, field) => {
    const answer = await post(body);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.errors).toHaveProperty([field]);
  });

  test.each(['null', '[]', '"x"', '7'])('the body %s, in words that are not about a user', async (body) => {
    const answer = await post(body);
    expect([answer.status, Object.keys(answer.body.errors)]).toEqual([400, ['body']]);
  });

  test.each(['?metadata=yes', '?metadata=', '?limit=10', '?metadata=true&metadata=true'])(
    'the parameters %s',
    async (parameters) => {
      expect((await ask({}, { parameters })).status).toBe(400);
    },
  );

  test('what is no JSON', async () => {
    const answer = await post('{"audit_events":');
    expect([answer.status, answer.body]).toEqual([
      400,
      { error: 'Invalid JSON syntax. Please check your syntax and try again.' },
    ]);
    expect((await post('{}', { type: 'text/plain' })).status).toBe(415);
  });
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

describe('at 100,000 events', () => {
  const tenantId = uuidv7();
  const idOf = (n: number) => `01979f2e-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    // Ten events of each user, in turns: what is of one user lies far apart.
    await client.query(`
      INSERT INTO user_history (tenant_id, user_id, version, at, credential_id, dialect, operation, request_id, changes)
      SELECT '${tenantId}', ('01979f2e-0000-7000-8000-' || lpad(to_hex(n % 10000), 12, '0'))::uuid, 1 + n / 10000,
        '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 second', '${tenantId}', 'nerm', 'updateUser', 'test',
        CASE n / 10000 WHEN 0 THEN '{"userName": {"new": "x"}}' WHEN 9 THEN '{"userName": {"old": "x"}}' ELSE '{}' END::jsonb
      FROM generate_series(0, 99999) n`);
    await client.query('ANALYZE user_history');
  }, 120_000);
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const usual: HistorySearch = { descending: false, offset: 0, limit: MOST, counted: false };
  const [from, before] = [new Date('2026-01-02T03:46:20Z'), new Date('2026-01-01T00:00:20Z')];

  test.each<[string, Partial<HistorySearch>, number, string]>([
    ['one user', { userId: idOf(4711) }, 10, 'user_history_pkey'],
    ['one user, the newest first', { userId: idOf(4711), descending: true }, 10, 'user_history_pkey'],
    ['the deletion of one user', { userId: idOf(4711), kind: 'delete' }, 1, 'user_history_pkey'],
    ['after a time', { from }, 20, 'user_history_at'],
    ['before a time', { before, descending: true }, 20, 'user_history_at'],
    ['one second', { from, before: new Date(from.getTime() + 1000) }, 1, 'user_history_at'],
    ['deletions after a time', { from, kind: 'delete' }, 20, 'user_history_at'],
  ])('an index answers: %s', async (_, search, found, index) => {
    const whole = { ...usual, ...search };
    expect((await client.query(searchHistory(tenantId, whole))).rowCount).toBe(found);
    expect((await client.query(countHistory(tenantId, whole))).rows).toEqual([{ count: found }]);
    for (const { text, values } of [searchHistory(tenantId, whole), countHistory(tenantId, whole)]) {
      const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
      const plan = (rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan;
      const nodes = nodesOf(plan);
      expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
      const used = nodes.map((node) => node['Index Name']).filter((name) => name !== undefined);
      expect([...new Set(used)]).toEqual([index]);
      // What is read has to be in proportion to what is found.
      expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(50);
    }
  });

  test.each([false, true])('the first part of everything is read, and no more (descending: %s)', async (descending) => {
    const { text, values } = searchHistory(tenantId, { ...usual, descending });
    const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
    const plan = (rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan;
    expect(nodesOf(plan).map((node) => node['Node Type'])).not.toContain('Seq Scan');
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(200);
  });
});
