import { foldKey } from '@stele/schemas/canonical';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Ask, keys, startApp, type TestApp } from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import { create, faces, type Fields, forgetUsers, patch, read, type Tongue, urns } from './support/users.ts';

type Shown = Readonly<Record<string, string | null>>;

type Query = Readonly<Record<string, string | number | boolean>>;

interface Metadata {
  readonly limit: number;
  readonly offset: number;
  readonly total: number;
  readonly next: string | null;
  readonly previous: string | null;
}

interface List {
  readonly users: readonly Shown[];
  readonly metadata?: Metadata;
}

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

const pathOf = (query: Query, mount = ''): string =>
  `${mount}/users?${Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());

const ask = (path: string, what?: Ask): Promise<Answer> => api.request('GET', path, what);

async function listAt(path: string, what?: Ask): Promise<List> {
  const { status, body, text } = await ask(path, what);
  expect(status, `${path} ${text}`).toBe(200);
  const { users, _metadata: metadata } = body;
  return { users, ...(metadata && { metadata }) };
}

const list = (query: Query, what?: Ask): Promise<List> => listAt(pathOf(query), what);

const shownOf = async (id: string): Promise<Shown> => faces.nerm.shown(await read(api, 'nerm', id)) as Shown;

const loginsOf = ({ users }: List) => users.map(({ login }) => login);

/** A user as one of the dialects makes it. */
interface Made {
  readonly tongue: Tongue;
  readonly login: string;
  readonly fields: Fields;
}

const names = ['Zoë Ek', 'zoe ek', 'Bob & Co = 1/2 + 100%', 'Éva', 'ada', 'Ada', 'null', '李 小龙'];
const words = ['Clerk', 'clerk', 'Prüfer', 'ada', ''];
const identities = ['2c91', '2C91', 'a b'];
const types = ['NeprofileUser', 'NeaccessUser'];
const statuses = ['Active', 'Pending', 'Disabled'];

const some = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
const maybe = { requiredKeys: [] as [] };

const ofV1 = fc.record({ first_name: some(...names), last_name: some('Ek', 'Lund') }, maybe);

const ofScim = fc
  .record(
    {
      displayName: some(...names),
      title: some(...words.filter(Boolean)),
      active: fc.boolean(),
      name: fc.record({ formatted: some(...names), givenName: some('Zoë', 'Bob'), familyName: some('Ek') }, maybe),
      emails: fc.uniqueArray(fc.record({ value: some('Zoë@Example.com', 'bob@example.com', 'carol@example.com') }), {
        maxLength: 2,
        selector: ({ value }) => value,
      }),
      primary: fc.nat(1),
      [urns.lifecycle]: fc.record({ type: some(...types), sailpointIdentityId: some(...identities) }, maybe),
    },
    maybe,
  )
  .map(({ primary, emails = [], ...fields }) => ({
    ...fields,
    emails: emails.map((email, index) => (index === primary ? { ...email, primary: true } : email)),
  }));

const ofNerm = fc.record(
  {
    name: some(...names),
    title: some(...words.filter(Boolean), null),
    status: some(...statuses),
    sailpoint_identity_id: some(...identities),
  },
  maybe,
);

const made = fc.oneof(
  ...Object.entries({ v1: ofV1, scim: ofScim, nerm: ofNerm }).map(([tongue, fields]) =>
    fc.record({ tongue: fc.constant(tongue as Tongue), login: some('Zoë', 'bob', 'ADA'), fields }),
  ),
) as fc.Arbitrary<Made>;

const orderings: Readonly<Record<string, (left: string, right: string) => number>> = {
  name: new Intl.Collator('und').compare,
  title: new Intl.Collator('und').compare,
  login: (left, right) => byCode(foldKey(left), foldKey(right)),
  email: (left, right) => byCode(foldKey(left), foldKey(right)),
  status: byCode,
  type: byCode,
  updated_at: byCode,
};

function byCode(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The law of order: by what is shown, what is not there last, and else as they were created. */
function sorted(users: readonly Shown[], order = 'created_at'): Shown[] {
  const [first = '', second] = order.split(' ');
  const field = ['asc', 'desc'].includes(first) ? 'created_at' : first;
  const descending = (second ?? first) === 'desc';
  if (field === 'created_at') return descending ? users.toReversed() : [...users];
  return users.toSorted((left, right) => {
    const [a, b] = [left[field] ?? null, right[field] ?? null];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return orderings[field]!(a, b) * (descending ? -1 : 1);
  });
}

const filters: Readonly<Record<string, (user: Shown, value: string) => boolean>> = {
  name: ({ name }, value) => name === value,
  title: ({ title }, value) => title === value,
  login: ({ login }, value) => foldKey(login!) === foldKey(value),
  email: ({ email }, value) => email !== null && foldKey(email!) === foldKey(value),
  user_status: ({ status }, value) => status === value,
  type: ({ type }, value) => type === value,
  sailpoint_identity_id: ({ sailpoint_identity_id: identity }, value) => identity === value,
};

const fields = ['created_at', ...Object.keys(orderings)];
const spellings = ['asc', 'desc', ...fields.flatMap((field) => [field, `${field} asc`, `${field} desc`])];

describe('a directory of all dialects', () => {
  const COUNT = 48;
  const seed = Math.floor(Math.random() * 2 ** 31);
  /** In order of creation, with the time of the last change beside what is shown. */
  let users: Shown[];

  beforeAll(async () => {
    await forgetUsers(api);
    const ids: string[] = [];
    for (const [index, { tongue, login, fields: given }] of fc.sample(made, { numRuns: COUNT, seed }).entries()) {
      ids.push(await create(api, tongue, `${login}-${index}`, given));
    }
    for (const id of ids.slice(5, 9).toReversed()) await patch(api, 'scim', id, { nickName: 'changed' });
    const times = await api.query('SELECT id, updated_at FROM users');
    const timeOf = new Map(times.map(({ id, updated_at: at }) => [id, (at as Date).toISOString()]));
    users = await Promise.all(ids.map(async (id) => ({ ...(await shownOf(id)), updated_at: timeOf.get(id)! })));
    // Somebody of every name is also in another tenant, where nobody looks.
    for (const index of indexes(3)) {
      const body = faces.nerm.draft(`bob-${index}`, { name: names[index] });
      await api.request('POST', '/user', { key: keys.foreign, body });
    }
  }, 60_000);

  const bare = (list: readonly Shown[]): Shown[] => list.map(({ updated_at: _at, ...user }) => user);

  /** What the list has to be: the filters applied to what each user shows by itself. */
  function expected({ limit = 100, offset = 0, order, metadata: _metadata, ...asked }: Query): {
    part: Shown[];
    total: number;
  } {
    const found = users.filter((user) =>
      Object.entries(asked).every(([name, value]) => filters[name]!(user, String(value))),
    );
    const part = sorted(found, order as string | undefined).slice(Number(offset), Number(offset) + Number(limit));
    return { part: bare(part), total: found.length };
  }

  async function expectLaw(query: Query): Promise<void> {
    const { part, total } = expected(query);
    const { users: found, metadata } = await list(query);
    expect(found, `seed ${seed}`).toEqual(part);
    const { limit = 100, offset = 0 } = query as { limit?: number; offset?: number };
    const next = offset + limit < total ? (expect.any(String) as string) : null;
    const previous = offset > 0 ? (expect.any(String) as string) : null;
    expect(metadata).toEqual(query['metadata'] === true ? { limit, offset, total, next, previous } : undefined);
  }

  test('is shown in order of creation, and nothing else is said', async () => {
    const answer = await ask('/users');
    expect(answer.body).toEqual({ users: bare(users) });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect((await ask('/api/users')).text).toBe(answer.text);
    expect((await ask('/users', { key: keys.read })).text).toBe(answer.text);
    expect((await list({}, { key: keys.foreign })).users).toHaveLength(3);
  });

  test.each(spellings)('in the order %j', async (order) => {
    await expectLaw({ order });
    await expectLaw({ order, limit: 7, offset: 5 });
  });

  test.each(Object.keys(filters))('is found by each %s that it shows, and by no other', async (filter) => {
    const field = filter === 'user_status' ? 'status' : filter;
    const values = new Set(users.map((user) => user[field]!).filter((value) => value !== null));
    expect(values.size).toBeGreaterThan(1);
    for (const value of values) {
      expect(expected({ [filter]: value }).total).toBeGreaterThan(0);
      await expectLaw({ [filter]: value, metadata: true });
    }
  });

  test.each(['login', 'email'])('is found by %s whatever its case or Unicode form', async (filter) => {
    for (const value of new Set(users.map((user) => user[filter]!).filter((value) => value !== null))) {
      for (const spelled of [value.toUpperCase(), value.toLowerCase(), value.normalize('NFD')]) {
        await expectLaw({ [filter]: spelled, metadata: true });
      }
    }
  });

  test('is what the filters, the order and the part say together', async () => {
    const valuesOf = (field: string) => [...new Set(users.map((user) => user[field]).filter((value) => value != null))];
    const query = fc.record(
      {
        limit: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(500)),
        offset: fc.oneof({ weight: 3, arbitrary: fc.nat(12) }, fc.nat(COUNT + 5)),
        order: some(...spellings),
        name: some(...names, ...valuesOf('name')),
        title: some(...words),
        user_status: some(...statuses),
        type: some(...types),
        email: some(...valuesOf('email'), 'BOB@EXAMPLE.COM', 'nobody@example.com', ''),
        login: some(...valuesOf('login'), 'ada', ''),
        sailpoint_identity_id: some(...identities, 'none'),
        metadata: fc.boolean(),
      },
      maybe,
    );
    // Few of the filters at a time, or else hardly anybody is found.
    const few = fc
      .tuple(query, fc.subarray(Object.keys(filters), { maxLength: 2 }))
      .map(
        ([all, kept]) =>
          Object.fromEntries(
            Object.entries(all).filter(([name]) => !(name in filters) || kept.includes(name)),
          ) as Query,
      );
    await fc.assert(fc.asyncProperty(few, expectLaw), { numRuns: 250 });
  });

  describe.each(['', '/api'])('at %j', (mount) => {
    test.each<Query>([
      {},
      { order: 'name desc' },
      { limit: 1, type: 'NeprofileUser' },
      { limit: 5 },
      { limit: 500 },
      { limit: 7, offset: 3, order: 'login' },
      { limit: 2, name: 'Bob & Co = 1/2 + 100%' },
    ])('the paths of %j can be followed to the end and back', async (query) => {
      const { total } = expected({ ...query, limit: 500, offset: 0 });
      const { offset: skipped = 0, limit = 100 } = query as { offset?: number; limit?: number };
      const pages = [await listAt(pathOf({ ...query, metadata: true }, mount))];
      for (let next = pages[0]!.metadata!.next; next !== null; next = pages.at(-1)!.metadata!.next) {
        expect(next.startsWith(`${mount}/users?`), next).toBe(true);
        pages.push(await listAt(next));
      }
      expect(pages).toHaveLength(Math.max(1, Math.ceil((total - skipped) / limit)));
      expect(pages.flatMap((page) => page.users)).toEqual(expected({ ...query, limit: 500, offset: skipped }).part);

      for (let index = pages.length - 1; index > 0; index--) {
        const { previous } = pages[index]!.metadata!;
        expect(previous!.startsWith(`${mount}/users?`), previous!).toBe(true);
        expect(await listAt(previous!)).toEqual(pages[index - 1]);
      }
      const { previous } = pages[0]!.metadata!;
      if (skipped === 0) expect(previous).toBeNull();
      else expect((await listAt(previous!)).metadata).toMatchObject({ offset: 0, previous: null });
    });
  });

  test('beyond the end is empty, and leads back', async () => {
    const { users: none, metadata } = await list({ offset: 1_000_000_000, limit: 500, metadata: true });
    expect([none, metadata!.total, metadata!.next]).toEqual([[], COUNT, null]);
    expect((await listAt(metadata!.previous!)).metadata!.offset).toBe(999_999_500);
  });
});

describe('the limit', () => {
  test('is 100 unless it is said, and 500 at most', async () => {
    await forgetUsers(api);
    const wishes = indexes(101).map((index) => (faces.nerm.draft(`user-${index}`) as { user: Fields }).user);
    for (const part of [wishes.slice(0, 100), wishes.slice(100)]) {
      expect((await api.request('POST', '/users', { body: { users: part } })).status).toBe(200);
    }
    expect((await list({})).users).toHaveLength(100);
    expect(loginsOf(await list({ offset: 100 }))).toHaveLength(1);
    expect((await list({ limit: 500 })).users).toHaveLength(101);
    expect((await list({ limit: 101 })).users).toHaveLength(101);
    expect((await list({ metadata: true })).metadata).toEqual({
      limit: 100,
      offset: 0,
      total: 101,
      next: '/users?metadata=true&limit=100&offset=100',
      previous: null,
    });
  });
});

describe('parameters in the spellings of clients', () => {
  test.each<[given: string, spelled: string]>([
    ...['True', 'TRUE', '1'].map((value): [string, string] => [`metadata=${value}`, 'metadata=true']),
    ...['False', '0'].map((value): [string, string] => [`metadata=${value}`, 'metadata=false']),
    ['query[limit]=3&query[offset]=2&query[order]=login', 'limit=3&offset=2&order=login'],
    ['query%5Blimit%5D=3&metadata=true', 'limit=3&metadata=true'],
    ['limit=501&metadata=true', 'limit=500&metadata=true'],
    ['query[limit]=100000&metadata=1', 'limit=500&metadata=true'],
    ['order=name%20DESC', 'order=name%20desc'],
    ['order=DESC', 'order=desc'],
    ['order=id', 'order=created_at'],
    ['order=id%20desc', 'order=created_at%20desc'],
    ['status=Active', 'user_status=Active'],
    ['status=', ''],
    ['user_status=', ''],
    ['user_type=NeaccessUser', 'type=NeaccessUser'],
    ['user_type=', ''],
    ['type=', ''],
  ])('%s is %s', async (given, spelled) => {
    for (const mount of ['', '/api']) {
      const { status, body } = await ask(`${mount}/users?${given}`);
      expect([status, body]).toEqual([200, (await ask(`${mount}/users?${spelled}`)).body]);
    }
  });

  test('identifiers are read in upper case', async () => {
    const id = await create(api, 'nerm', 'upper-case');
    const at = `/users/${id.toUpperCase()}`;
    expect((await ask(at)).body.user.id).toBe(id);
    const user = { id: id.toUpperCase(), title: 'Clerk', profile_id: id.toUpperCase() };
    const first = await api.request('PATCH', at, { body: { user } });
    expect([first.status, first.body.user?.title], first.text).toEqual([200, 'Clerk']);
    const again = await api.request('PATCH', at, { body: { user: { ...user, profile_id: id } } });
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    const bulk = await api.request('PATCH', '/users', { body: { users: [{ ...user, title: 'Boss' }] } });
    expect(bulk.body.users, bulk.text).toMatchObject([{ id, title: 'Boss' }]);
    const job = await api.request('PATCH', '/users?async=True', { body: { users: [user] } });
    expect(job.body, job.text).toMatchObject({ info: 'job has started' });
    const { job_id: jobId } = job.body.job_status;
    expect((await ask(`/job_status?job_id=${jobId.toUpperCase()}`)).body.uid).toBe(jobId);
  });

  test('a user without a type is a NeprofileUser', async () => {
    const user = { name: 'No type', login: 'no-type', email: 'no-type@example.com' };
    const { status, body } = await api.request('POST', '/user', { body: { user } });
    expect([status, body.user.type]).toEqual([200, 'NeprofileUser']);
  });
});

describe('parameters that are wrong', () => {
  test.each([
    ...['0', '-1', '1.5', '1e2', '', 'ten', '%20'].map((value) => [`limit=${value}`, 'limit']),
    ...['-1', '1000000001', 'x', '', '0.5'].map((value) => [`offset=${value}`, 'offset']),
    ...['name up', 'NAME', 'name,desc', 'name  desc', 'desc name', '', 'password', 'constructor', 'asc desc'].map(
      (value) => [`order=${encodeURIComponent(value)}`, 'order'],
    ),
    ...['active', 'ACTIVE', 'Deleted'].map((value) => [`user_status=${value}`, 'user_status']),
    ...['Robot', 'neprofileuser'].map((value) => [`type=${value}`, 'type']),
    ...['2', 'yes', ''].map((value) => [`metadata=${value}`, 'metadata']),
    ...['name', 'login', 'title', 'email', 'sailpoint_identity_id'].flatMap((name) => [
      [`${name}=a&${name}=b`, name],
      [`${name}=a%00b`, name],
      [`${name}=${'x'.repeat(4097)}`, name],
    ]),
    ...['limit=1&limit=1', 'order=name&order=name', 'type=NeprofileUser&type=NeprofileUser'].map((query) => [
      query,
      query.split('=')[0]!,
    ]),
    ...[
      'status=Active&user_status=Active',
      'user_type=NeaccessUser&type=NeaccessUser',
      'query[limit]=1&limit=1',
      'page=1',
      'Limit=1',
      'id=x',
      'x=1',
      'constructor=1',
      'user_status[]=Active',
    ].map((query) => [query, query.split('=')[0]!]),
  ] as [query: string, name: string][])('%s', async (query, name) => {
    const answer = await ask(`/users?${query}`);
    expectRefusal('nerm', answer, 'invalid_parameter');
    expect(answer.body).toEqual({ error: expect.any(String), errors: { [name]: expect.stringMatching(/./) } });
    expect((await ask(`/api/users?${query}`)).text).toBe(answer.text);
  });

  test('are named all at once', async () => {
    const { body } = await ask('/users?limit=0&offset=x&order=up&x=1');
    expect(Object.keys(body.errors).toSorted()).toEqual(['limit', 'offset', 'order', 'x']);
  });
});

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

/** The operations on users of the clients that SailPoint generates (sailpoint-oss/golang-sdk, api_nerm/docs/Methods), in their shapes. */
test("the requests of SailPoint's SDK succeed", async () => {
  const user = {
    name: 'Jane Doe',
    email: 'support@sailpoint.com',
    type: 'NeprofileUser',
    profile_id: '7d8c53ca-e99d-485c-9524-ea3849e82c79',
    title: 'Marketing Director',
    status: 'Active',
    login: 'jane.doe',
    group_strings: 'Administrator_group,Developer_group',
  };
  const agent = { 'user-agent': 'OpenAPI-Generator/1.0.0/go', accept: 'application/json' };
  const send = async (method: string, path: string, what: Ask = {}) => {
    const answer = await api.request(method, `/api${path}`, { ...what, headers: agent });
    expect(answer.status, `${method} ${path} ${answer.text}`).toBe(200);
    return answer.body;
  };
  const form = new FormData();
  form.append('file', new Blob([Buffer.from(PNG, 'base64')], { type: 'image/png' }), 'avatar.png');
  const upload = new Response(form);
  const bytes = Buffer.from(await upload.arrayBuffer());

  const { id } = (await send('POST', '/user', { body: { user } })).user;
  const many = ['jane.two', 'jane.three'].map((login) => ({ ...user, login, email: `${login}@example.com` }));
  expect((await send('POST', '/users', { body: { users: many } })).users).toMatchObject(
    many.map(({ login }) => ({ login })),
  );
  const query = `limit=5&login=jane.doe&metadata=true&name=Jane%20Doe&offset=0&order=created_at&title=Marketing%20Director`;
  const { users, _metadata: metadata } = await send(
    'GET',
    `/users?${query}&type=NeprofileUser&user_status=Active&email=support%40sailpoint.com`,
  );
  expect([users.map((each: Shown) => each['id']), metadata.total]).toEqual([[id], 1]);
  const { user: shown } = await send('GET', `/users/${id}`);
  expect(shown).toMatchObject({ id, login: 'jane.doe', group_strings: user.group_strings });
  expect((await send('PATCH', `/users/${id}`, { body: { user: { ...user, title: 'CEO' } } })).user.title).toBe('CEO');
  const changed = await send('PATCH', '/users', { body: { users: [{ ...shown, title: 'CTO' }] } });
  expect(changed.users).toMatchObject([{ id, title: 'CTO' }]);
  const { job_status: job } = await send('PATCH', '/users?async=true', { body: { users: [{ id, title: 'CFO' }] } });
  expect((await send('GET', `/job_status?job_id=${job.job_id}`)).uid).toBe(job.job_id);
  const avatar = await send('POST', `/users/${id}/avatar`, { body: bytes, type: upload.headers.get('content-type')! });
  expect(await send('GET', `/users/${id}/avatar`)).toEqual(avatar);
  const filters = {
    subject_type: 'User',
    type: 'ActiveRecordCreate',
    subject_id: id,
    created_at: { gt: '10/18/2024' },
  };
  const audit = { audit_events: { filters, sort_by: 'created_at', order: 'desc', limit: 10, offset: 0 } };
  expect((await send('POST', '/audit_events/query', { body: audit })).audit_events).toMatchObject([{ subject_id: id }]);
  await send('DELETE', `/users/${id}`);
});
