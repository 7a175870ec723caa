import { decodeUserId, encodeUserId } from '@stele/schemas/v1';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { translate } from '../../cli/src/translation.ts';
import { type Answer, startApp, type TestApp } from './support/app.ts';
import { contentsOf } from './support/contents.ts';
import { expectRefusal } from './support/refusals.ts';
import { MOUNTS, scimAt, STANDARD } from './support/scim.ts';
import {
  alice,
  aliceTimes,
  create,
  faces,
  type Fields,
  forgetUsers,
  kept,
  read,
  setTimes,
  type Tongue,
  tongues,
  urns,
  type Views,
} from './support/users.ts';

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());

let names = 0;
/** A name that nobody has. */
const freeName = (): string => `ålice-${++names}`;

const succeeds = async (answer: Promise<Answer>): Promise<void> => {
  const { status, text } = await answer;
  expect(status, text).toBeLessThan(300);
};

const get = async (path: string): Promise<Answer> => {
  const answer = await api.request('GET', path);
  expect(answer.status, answer.text).toBe(200);
  return answer;
};

/** The users of this name in the lists of each dialect. */
const lists: Readonly<Record<Tongue, (name: string) => Promise<Record<string, unknown>[]>>> = {
  v1: async (name) => (await get(`/v1/users?filter[username]=${encodeURIComponent(name)}`)).body.data,
  scim: async (name) => {
    const filter = encodeURIComponent(`userName eq ${JSON.stringify(name)}`);
    return (await get(`/scim/v2/Users?filter=${filter}`)).body.Resources ?? [];
  },
  nerm: async (name) => (await get(`/users?login=${encodeURIComponent(name)}`)).body.users,
};

const nameFields = { v1: 'username', scim: 'userName', nerm: 'login' } as const;

interface Seen {
  readonly views: Views;
  readonly etag: string;
  readonly times: { readonly created: string; readonly modified: string };
}

/** What belongs to a record and not to what is said of a user: identifiers, version, times, and the URNs that follow. */
const own: ReadonlySet<string> = new Set(['id', 'uid', 'meta', 'schemas', 'created_at', 'updated_at']);

const said = (user: Fields): Record<string, unknown> =>
  Object.fromEntries(Object.entries(user).filter(([field]) => !own.has(field)));

/**
 * Reads a user through every dialect, by itself and in a list, and holds against each other what is one record:
 * identifier, version, times.
 */
async function see(id: string): Promise<Seen> {
  const answers = await Promise.all(
    tongues.map(async (tongue) => {
      const answer = await read(api, tongue, id);
      expect(answer.status, answer.text).toBe(200);
      const user = faces[tongue].shown(answer);
      expect(await lists[tongue](String(user[nameFields[tongue]]))).toEqual([user]);
      return [tongue, { user, etag: answer.headers.get('etag') }] as const;
    }),
  );
  const { v1, scim, nerm } = Object.fromEntries(answers) as Record<
    Tongue,
    { user: Record<string, unknown>; etag: string }
  >;
  const { created, lastModified, version } = scim.user['meta'] as Record<
    'created' | 'lastModified' | 'version',
    string
  >;
  expect([v1.user['id'], scim.user['id'], nerm.user['id'], nerm.user['uid']]).toEqual([
    encodeUserId(id),
    id,
    id,
    id.replaceAll('-', ''),
  ]);
  expect([v1.etag, scim.etag, nerm.etag]).toEqual([version, version, version]);
  const toSeconds = (time: string) => `${time.slice(0, 19)}Z`;
  expect([v1.user['created_at'], v1.user['updated_at']]).toEqual([toSeconds(created), toSeconds(lastModified)]);
  return {
    views: { v1: said(v1.user), scim: said(scim.user), nerm: said(nerm.user) },
    etag: version,
    times: { created, modified: lastModified },
  };
}

/** A user with a value for everything. */
const richOf = (name: string): Fields => ({ ...alice, externalId: `hr ${name}` });

/** Creates that user, with the times that no dialect writes. */
async function createRich(name: string): Promise<string> {
  const id = await create(api, 'scim', name, richOf(name));
  await setTimes(api, id);
  return id;
}

const lifecycle = { ...alice[urns.lifecycle], ...aliceTimes };
const [home, work, other] = alice.emails;

/** What every dialect shows of that user: the heads of the table's columns. */
const richViews = (name: string): Views => ({
  v1: { email: work.value, username: name, first_name: 'Alice', last_name: 'Liddell', role: 'editor' },
  scim: { ...richOf(name), userName: name, [urns.lifecycle]: lifecycle },
  nerm: {
    name: alice.displayName,
    email: work.value,
    type: lifecycle.type,
    title: alice.title,
    status: 'Active',
    login: name,
    last_login: '2026-03-02T09:45:10Z',
    cookies_accepted_at: '2026-03-01T08:31:00Z',
    preferred_language: alice.preferredLanguage,
    locale: alice.locale,
    group_strings: 'Administrator_group,Developer group',
    sailpoint_identity_id: lifecycle.sailpointIdentityId,
  },
});

/** What a write of some dialect says, in which all of them are to come to the same; and what differs then, by reader. */
interface Row {
  readonly writes: Partial<Record<Tongue, Fields>>;
  readonly shows: Partial<Record<Tongue, Fields>>;
}

const enterprise = (fields: Fields): Fields => ({ [urns.enterprise]: { ...alice[urns.enterprise], ...fields } });
const extension = (fields: Fields): Fields => ({ [urns.lifecycle]: { ...lifecycle, ...fields } });

/** What is spelled alike where it is written and where it is shown. */
const alike = (fields: Row['writes']): Row => ({ writes: fields, shows: fields });

/** Of what only SCIM speaks. */
const ofScim = (fields: Fields): Row => alike({ scim: fields });

const owner = [alice.roles[0], { value: 'owner', primary: true }];
const withAdmin = [...alice.roles, { value: 'admin' }];
const address = 'al@new.example';
const PROFILE = 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e';
const { givenName: _given, familyName: _family, ...unnamed } = alice.name;

/** The table "One record, three faces". */
const table: Readonly<Record<string, (name: string) => Row>> = {
  userName: (name) => alike({ v1: { username: name }, scim: { userName: name }, nerm: { login: name } }),
  'the primary e-mail': () =>
    alike({
      v1: { email: address },
      scim: { emails: [home, { ...work, value: address }, other] },
      nerm: { email: address },
    }),
  'another primary e-mail': () => ({
    writes: { scim: { emails: [{ ...home, primary: true }, { value: work.value }] } },
    shows: {
      v1: { email: home.value },
      scim: { emails: [{ ...home, primary: true }, { value: work.value }] },
      nerm: { email: home.value },
    },
  }),
  'no e-mail': () => ({
    writes: { scim: { emails: [] } },
    shows: { v1: { email: null }, scim: { emails: undefined }, nerm: { email: null } },
  }),
  'given and family name': () =>
    alike({
      v1: { first_name: 'Lorina', last_name: 'Hargreaves' },
      scim: { name: { ...alice.name, givenName: 'Lorina', familyName: 'Hargreaves' } },
    }),
  'no given and family name': () => ({
    writes: {
      v1: { first_name: null, last_name: null },
      scim: { name: { ...unnamed, givenName: null, familyName: null } },
    },
    shows: { v1: { first_name: null, last_name: null }, scim: { name: unnamed } },
  }),
  displayName: () => alike({ scim: { displayName: 'Ms  Liddell ' }, nerm: { name: 'Ms  Liddell ' } }),
  'no displayName': () => ({
    writes: { scim: { displayName: null } },
    shows: { scim: { displayName: undefined }, nerm: { name: alice.name.formatted } },
  }),
  'status Disabled': () => alike({ scim: { active: false }, nerm: { status: 'Disabled' } }),
  'status Pending': () => ({
    writes: { nerm: { status: 'Pending' } },
    shows: { scim: { active: false }, nerm: { status: 'Pending' } },
  }),
  'the primary role': () => ({
    writes: { v1: { role: 'owner' }, scim: { roles: owner } },
    shows: { v1: { role: 'owner' }, scim: { roles: owner } },
  }),
  'the role admin': () => ({
    writes: { nerm: { admin: true }, scim: { roles: withAdmin } },
    shows: { scim: { roles: withAdmin } },
  }),
  'no roles': () => ({
    writes: { scim: { roles: null } },
    shows: { v1: { role: 'user' }, scim: { roles: undefined } },
  }),
  title: () => alike({ scim: { title: 'Boss' }, nerm: { title: 'Boss' } }),
  'no title': () => ({
    writes: { scim: { title: null }, nerm: { title: null } },
    shows: { scim: { title: undefined }, nerm: { title: null } },
  }),
  locale: () => alike({ scim: { locale: 'no such locale' }, nerm: { locale: 'no such locale' } }),
  'no locale': () => ({
    writes: { scim: { locale: null }, nerm: { locale: null } },
    shows: { scim: { locale: undefined }, nerm: { locale: null } },
  }),
  preferredLanguage: () => alike({ scim: { preferredLanguage: 'en-US' }, nerm: { preferred_language: 'en-US' } }),
  'no preferredLanguage': () => ({
    writes: { scim: { preferredLanguage: null }, nerm: { preferred_language: null } },
    shows: { scim: { preferredLanguage: undefined }, nerm: { preferred_language: null } },
  }),
  type: () => alike({ scim: extension({ type: 'NeprofileUser' }), nerm: { type: 'NeprofileUser' } }),
  'no type': () => ({
    writes: { scim: extension({ type: null }) },
    shows: { scim: extension({ type: undefined }), nerm: { type: 'NeprofileUser' } },
  }),
  profileId: () => ({
    writes: { scim: extension({ profileId: PROFILE }), nerm: { profile_id: PROFILE } },
    shows: { scim: extension({ profileId: PROFILE }) },
  }),
  'no profileId': () => ({
    writes: { scim: extension({ profileId: null }), nerm: { profile_id: null } },
    shows: { scim: extension({ profileId: undefined }) },
  }),
  groupStrings: () => ({
    writes: {
      scim: extension({ groupStrings: ['Tea party', 'Croquet'] }),
      nerm: { group_strings: ' Tea party,,Croquet ' },
    },
    shows: {
      scim: extension({ groupStrings: ['Tea party', 'Croquet'] }),
      nerm: { group_strings: 'Tea party,Croquet' },
    },
  }),
  'no groupStrings': () => ({
    writes: { scim: extension({ groupStrings: null }), nerm: { group_strings: null } },
    shows: { scim: extension({ groupStrings: undefined }), nerm: { group_strings: null } },
  }),
  sailpointIdentityId: () =>
    alike({ scim: extension({ sailpointIdentityId: '2c91' }), nerm: { sailpoint_identity_id: '2c91' } }),
  'no sailpointIdentityId': () => ({
    writes: { scim: extension({ sailpointIdentityId: null }), nerm: { sailpoint_identity_id: null } },
    shows: { scim: extension({ sailpointIdentityId: undefined }), nerm: { sailpoint_identity_id: null } },
  }),
  externalId: (name) => ofScim({ externalId: name }),
  'other names': () =>
    ofScim({ nickName: 'Al', name: { ...alice.name, formatted: 'A. L.', middleName: 'P.', honorificSuffix: 'IV' } }),
  'profileUrl, timezone, userType': () =>
    ofScim({ profileUrl: 'https://example.com/al', timezone: 'UTC', userType: 'Guest' }),
  'other lists': () =>
    ofScim({
      phoneNumbers: [{ value: '1' }],
      ims: [{ value: 'al', type: 'irc' }],
      photos: [{ value: 'https://example.com/al.png' }],
      addresses: [{ locality: 'Oslo' }],
      entitlements: [{ value: 'printer' }],
      x509Certificates: [{ value: 'MIIB' }],
    }),
  'the enterprise extension': () =>
    ofScim(enterprise({ costCenter: '7', manager: { value: 'x', $ref: '../Users/x' } })),
};

/** One way to change fields of a user. */
type Update = (id: string, fields: Fields) => Promise<void>;

/** One item of a request on many succeeds. */
async function itemSucceeds(answer: Promise<Answer>, isDone: (body: Answer['body']) => boolean): Promise<void> {
  const { body, text } = await answer;
  expect(isDone(body), text).toBe(true);
}

const batched = (operation: object): Promise<void> =>
  itemSucceeds(
    api.request('POST', '/v1/users/batch', { body: { operations: [operation] } }),
    ({ results }) => results[0].status < 300,
  );

const inBulk = (operation: object): Promise<void> =>
  itemSucceeds(scimAt(api).bulk([operation]), ({ Operations }) => Operations[0].status < '300');

const many = (method: string, user: object): Promise<void> =>
  itemSucceeds(api.request(method, '/users', { body: { users: [user] } }), ({ users }) => !('errors' in users[0]));

/** What a job came to, once it is completed. */
async function dataOf(job: Answer): Promise<readonly { readonly user_id: string; readonly errors: string[] }[]> {
  const path = `/job_status?job_id=${job.body.job_status.job_id}`;
  await expect.poll(async () => (await get(path)).body.status, { timeout: 10_000 }).toBe('complete');
  return (await get(path)).body.job_data;
}

/** The resource that a PUT sends: what was read, with some fields changed. */
async function replacement(id: string, fields: Fields): Promise<object> {
  const { id: _id, meta: _meta, ...resource } = (await read(api, 'scim', id)).body;
  return { ...resource, ...fields };
}

const updates: Readonly<Record<Tongue, Readonly<Record<string, Update>>>> = {
  v1: {
    PATCH: (id, fields) => succeeds(api.request('PATCH', faces.v1.user(id), { body: fields })),
    'PATCH (RFC 7396)': (id, fields) =>
      succeeds(api.request('PATCH', faces.v1.user(id), { body: fields, type: 'application/merge-patch+json' })),
    batch: (id, fields) => batched({ op: 'update', id: encodeUserId(id), data: fields }),
  },
  scim: {
    PATCH: (id, fields) => succeeds(api.request('PATCH', faces.scim.user(id), { body: faces.scim.patch(fields) })),
    'bare PATCH': (id, fields) => succeeds(api.request('PATCH', `/api/scim/v2/Users/${id}`, { body: fields })),
    PUT: async (id, fields) =>
      succeeds(api.request('PUT', faces.scim.user(id), { body: await replacement(id, fields) })),
    'PATCH in bulk': (id, fields) => inBulk({ method: 'PATCH', path: `/Users/${id}`, data: faces.scim.patch(fields) }),
    'PUT in bulk': async (id, fields) =>
      inBulk({ method: 'PUT', path: `/Users/${id}`, data: await replacement(id, fields) }),
  },
  nerm: {
    PATCH: (id, fields) => succeeds(api.request('PATCH', faces.nerm.user(id), { body: { user: fields } })),
    'PATCH of several': (id, fields) => many('PATCH', { id, ...fields }),
  },
};

const merged = (before: Views, shows: Row['shows']): Views => ({
  v1: { ...before.v1, ...shows.v1 },
  scim: { ...before.scim, ...shows.scim },
  nerm: { ...before.nerm, ...shows.nerm },
});

const secretOf = async (id: string): Promise<unknown> =>
  (await api.query('SELECT password_hash FROM users WHERE id = $1', [id]))[0]!['password_hash'];

describe('a change through one dialect is seen in all of them, and damages nothing', () => {
  const cases = Object.entries(table).flatMap(([row, of]) =>
    tongues
      .filter((writer) => of('').writes[writer] !== undefined)
      .flatMap((writer) => Object.keys(updates[writer]).map((way) => ({ row, writer, way }))),
  );

  test.each(cases)('$row: $way of $writer', async ({ row, writer, way }) => {
    const name = freeName();
    const id = await createRich(name);
    await api.query("UPDATE users SET password_hash = 'a hash' WHERE id = $1", [id]);
    const before = await see(id);
    expect(before.views).toEqual(richViews(name));
    const { writes, shows } = table[row]!(freeName());

    await updates[writer][way]!(id, writes[writer]!);
    const after = await see(id);
    expect(after.views).toEqual(merged(before.views, shows));
    expect([before.etag, after.etag]).toEqual(['"1"', '"2"']);
    expect(after.times.created).toBe(before.times.created);
    expect(after.times.modified > before.times.modified).toBe(true);
    expect(await secretOf(id)).toBe('a hash');

    // What is said already moves nothing.
    await updates[writer][way]!(id, writes[writer]!);
    expect(await see(id)).toEqual(after);
  });

  test('every field that a dialect shows has a row that changes it', () => {
    const changed = (tongue: Tongue) => [
      ...new Set(Object.values(table).flatMap((of) => Object.keys(of('').shows[tongue] ?? {}))),
    ];
    const readOnly = new Set(['last_login', 'cookies_accepted_at']);
    for (const tongue of tongues) {
      const shown = Object.keys(richViews('')[tongue]).filter((field) => !readOnly.has(field));
      expect(changed(tongue).toSorted()).toEqual(shown.toSorted());
    }
  });
});

const password = 'correct horse battery staple';

/** What v1 and NERM can say at once, and how all of them show it. */
const drafts: Readonly<Record<Tongue, (name: string) => { readonly body: Fields; readonly shows: Views }>> = {
  v1: (name) => ({
    body: { username: name, email: address, password, first_name: 'Lorina', last_name: 'L.', role: 'owner' },
    shows: {
      v1: { username: name, email: address, first_name: 'Lorina', last_name: 'L.', role: 'owner' },
      scim: {
        userName: name,
        active: true,
        emails: [{ value: address, primary: true }],
        name: { givenName: 'Lorina', familyName: 'L.' },
        roles: [{ value: 'owner', primary: true }],
      },
      nerm: {
        ...unsaidInNerm,
        name: 'Lorina L.',
        email: address,
        login: name,
      },
    },
  }),
  scim: (name) => ({
    body: { schemas: [urns.user, urns.enterprise, urns.lifecycle], userName: name, password, ...richOf(name) },
    shows: {
      ...richViews(name),
      scim: { ...richOf(name), userName: name },
      nerm: { ...richViews(name).nerm, last_login: null, cookies_accepted_at: null },
    },
  }),
  nerm: (name) => ({
    body: {
      name: 'Lorina L.',
      email: address,
      type: 'NeaccessUser',
      profile_id: PROFILE,
      title: 'Boss',
      status: 'Pending',
      login: name,
      password,
      admin: true,
      group_strings: 'one, two',
      locale: 'en',
      preferred_language: 'en-US',
      sailpoint_identity_id: '2c91',
    },
    shows: {
      v1: { username: name, email: address, first_name: null, last_name: null, role: 'admin' },
      scim: {
        userName: name,
        displayName: 'Lorina L.',
        active: false,
        emails: [{ value: address, primary: true }],
        roles: [{ value: 'admin' }],
        title: 'Boss',
        locale: 'en',
        preferredLanguage: 'en-US',
        [urns.lifecycle]: {
          type: 'NeaccessUser',
          profileId: PROFILE,
          groupStrings: ['one', 'two'],
          sailpointIdentityId: '2c91',
        },
      },
      nerm: {
        ...unsaidInNerm,
        name: 'Lorina L.',
        email: address,
        type: 'NeaccessUser',
        title: 'Boss',
        status: 'Pending',
        login: name,
        group_strings: 'one,two',
        locale: 'en',
        preferred_language: 'en-US',
        sailpoint_identity_id: '2c91',
      },
    },
  }),
};

/** What NERM shows of a user of whom nothing is said. */
const unsaidInNerm = {
  type: 'NeprofileUser',
  title: null,
  status: 'Active',
  last_login: null,
  cookies_accepted_at: null,
  preferred_language: null,
  locale: null,
  group_strings: null,
  sailpoint_identity_id: null,
};

/** Ways to create a user, which answer with its identifier. */
const creations: Readonly<Record<Tongue, Readonly<Record<string, (body: Fields) => Promise<string>>>>> = {
  v1: {
    POST: async (body) => decodeUserId((await api.request('POST', '/v1/users', { body })).body.id),
    batch: async (data) => {
      const operations = [{ op: 'create', data }];
      return decodeUserId(
        (await api.request('POST', '/v1/users/batch', { body: { operations } })).body.results[0].data.id,
      );
    },
  },
  scim: {
    POST: async (body) => (await api.request('POST', '/scim/v2/Users', { body })).body.id,
    'POST of DronaHQ': async (body) => (await api.request('POST', '/sso/scim/v2/Users', { body })).body.id,
    'POST in bulk': async (data) => {
      const { body } = await scimAt(api).bulk([{ method: 'POST', path: '/Users', bulkId: 'a', data }]);
      return String(body.Operations[0].location).split('/').at(-1)!;
    },
  },
  nerm: {
    POST: async (user) => (await api.request('POST', '/user', { body: { user } })).body.user.id,
    'POST of several': async (user) =>
      (await api.request('POST', '/users', { body: { users: [user] } })).body.users[0].id,
  },
};

describe('a user of one dialect is seen in all of them', () => {
  const cases = tongues.flatMap((writer) => Object.keys(creations[writer]).map((way) => ({ writer, way })));

  test.each(cases)('$way of $writer', async ({ writer, way }) => {
    const { body, shows } = drafts[writer](freeName());
    const id = await creations[writer][way]!(body);
    const { views, etag, times } = await see(id);
    expect(views).toEqual(shows);
    expect(etag).toBe('"1"');
    expect(times.modified).toBe(times.created);
    expect(await secretOf(id)).toMatch(/^\$argon2id\$/);
  });

  test.each(tongues.flatMap((writer) => tongues.map((reader) => ({ writer, reader }))))(
    "the name that a user of $writer took is nobody else's in $reader, however it is spelled",
    async ({ writer, reader }) => {
      const name = freeName();
      await creations[writer]['POST']!(drafts[writer](name).body);
      for (const spelling of [name, name.toUpperCase(), name.normalize('NFD')]) {
        const { body } = drafts[reader](spelling);
        const { externalId: _external, ...draft } = body;
        const answer = await api.request('POST', faces[reader].users, {
          body: reader === 'nerm' ? { user: draft } : draft,
        });
        expect(answer.status, answer.text).toBe(409);
        expect(await lists[reader](spelling)).toHaveLength(1);
      }
    },
  );
});

describe('SCIM PUT replaces what SCIM can say', () => {
  const bare = (name: string) => ({ schemas: [urns.user], userName: name });
  const put = async (id: string, body: object) => succeeds(api.request('PUT', faces.scim.user(id), { body }));

  test('what it leaves out is gone from every dialect, but for extensions that it does not speak of', async () => {
    const name = freeName();
    const id = await createRich(name);
    await put(id, bare(name));
    const rich = richViews(name);
    expect((await see(id)).views).toEqual({
      v1: { email: null, username: name, first_name: null, last_name: null, role: 'user' },
      scim: {
        userName: name,
        active: true,
        [urns.enterprise]: alice[urns.enterprise],
        [urns.lifecycle]: lifecycle,
      },
      nerm: { ...rich.nerm, name, email: null, title: null, locale: null, preferred_language: null },
    });
  });

  test('of an extension that it does speak of, what it leaves out is gone too, but for what is read-only', async () => {
    const name = freeName();
    const id = await createRich(name);
    await put(id, {
      ...bare(name),
      schemas: [urns.user, urns.enterprise, urns.lifecycle],
      [urns.lifecycle]: { type: 'NeaccessUser' },
    });
    const { views } = await see(id);
    const { last_login, cookies_accepted_at } = richViews(name).nerm;
    expect(views.scim).toEqual({
      userName: name,
      active: true,
      [urns.lifecycle]: { type: 'NeaccessUser', ...aliceTimes },
    });
    expect(views.nerm).toEqual({
      ...unsaidInNerm,
      name,
      email: null,
      login: name,
      type: 'NeaccessUser',
      last_login,
      cookies_accepted_at,
    });
  });

  test.each(tongues)('of what a user of %s shows changes nothing', async (writer) => {
    const id = await creations[writer]['POST']!(drafts[writer](freeName()).body);
    const before = await see(id);
    await put(id, await replacement(id, {}));
    expect(await see(id)).toEqual(before);
  });
});

/** Ways to delete a user. */
const deletions: Readonly<Record<Tongue, Readonly<Record<string, (id: string) => Promise<void>>>>> = {
  v1: {
    DELETE: (id) => succeeds(api.request('DELETE', faces.v1.user(id))),
    batch: (id) => batched({ op: 'delete', id: encodeUserId(id) }),
  },
  scim: {
    DELETE: (id) => succeeds(api.request('DELETE', faces.scim.user(id))),
    'DELETE of DronaHQ': (id) => succeeds(api.request('DELETE', `/api/scim/v2/Users/${id}`)),
    'DELETE in bulk': (id) => inBulk({ method: 'DELETE', path: `/Users/${id}` }),
  },
  nerm: {
    DELETE: async (id) => {
      const answer = await api.request('DELETE', faces.nerm.user(id));
      expect([answer.status, answer.body]).toEqual([200, { info: 'object deleted' }]);
    },
    'DELETE at /api': (id) => succeeds(api.request('DELETE', `/api${faces.nerm.user(id)}`)),
  },
};

/** Everything that one can do with a user, by its identifier. */
const uses: Readonly<Record<Tongue, (id: string) => Promise<Answer>[]>> = {
  v1: (id) => [
    api.request('GET', faces.v1.user(id)),
    api.request('PATCH', faces.v1.user(id), { body: { role: 'owner' } }),
    api.request('PUT', `${faces.v1.user(id)}/password`, { body: { password } }),
    api.request('DELETE', faces.v1.user(id)),
  ],
  scim: (id) => [
    api.request('GET', faces.scim.user(id)),
    api.request('PATCH', faces.scim.user(id), { body: faces.scim.patch({ title: 'x' }) }),
    api.request('PUT', faces.scim.user(id), { body: { schemas: [urns.user], userName: 'nobody' } }),
    api.request('DELETE', faces.scim.user(id)),
  ],
  nerm: (id) => [
    api.request('GET', faces.nerm.user(id)),
    api.request('PATCH', faces.nerm.user(id), { body: { user: { title: 'x' } } }),
    api.request('GET', `${faces.nerm.user(id)}/avatar`),
    api.request('DELETE', faces.nerm.user(id)),
  ],
};

describe('a user that one dialect deletes is gone from all of them', () => {
  const cases = tongues.flatMap((writer) => Object.keys(deletions[writer]).map((way) => ({ writer, way })));

  test.each(cases)('$way of $writer', async ({ writer, way }) => {
    const name = freeName();
    const scim = scimAt(api);
    const id = await createRich(name);
    const group = await scim.group(name, [id]);
    await deletions[writer][way]!(id);
    for (const reader of tongues) {
      const answers = await Promise.all(uses[reader](id));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
      // It is as if it had never been.
      const [gone, never] = await Promise.all([read(api, reader, id), read(api, reader, uuidv7())]);
      expect(gone.text.replaceAll(/[\da-f-]{36}/g, '')).toBe(never.text.replaceAll(/[\da-f-]{36}/g, ''));
      expect(await lists[reader](name)).toEqual([]);
    }
    expect(await scim.members(group)).toEqual([]);
    const { data } = (await api.request('GET', `${faces.v1.user(id)}/history`)).body;
    expect(data.map(({ version }: { version: number }) => version)).toEqual([1, 2]);
    const query = { audit_events: { filters: { subject_id: id, type: 'ActiveRecordDestroy' } } };
    const events = (await api.request('POST', '/audit_events/query', { body: query })).body.audit_events;
    expect(events).toHaveLength(1);
    expect(events[0].data.dialect).toBe(writer);
  });

  test.each(tongues.flatMap((writer) => tongues.map((reader) => ({ writer, reader }))))(
    'the name is free again: deleted in $writer, taken in $reader',
    async ({ writer, reader }) => {
      const name = freeName();
      const id = await createRich(name);
      await deletions[writer]['DELETE']!(id);
      const { body, shows } = drafts[reader](name);
      const successor = await creations[reader]['POST']!(body);
      expect(successor).not.toBe(id);
      const { views, etag } = await see(successor);
      expect(views).toEqual(shows);
      expect(etag).toBe('"1"');
    },
  );
});

describe('names', () => {
  const bad = ['\u202Eadmin', 'ada\u200B', ' ada', 'ada ', 'ada\tb', 'ⓐda', 'adaדנה'];
  const named = { userName: 'bad\u202E name ' };

  test.each(tongues)('%s rejects a new user name that PRECIS does not permit', async (tongue) => {
    const id = await create(api, 'scim', freeName());
    const before = await api.query('SELECT count(*) FROM users');
    const mail = tongue === 'scim' ? {} : { email: 'a@example.com' };
    for (const name of bad) {
      const answers = [
        await api.request('POST', faces[tongue].users, { body: faces[tongue].draft(name, mail) }),
        await api.request('PATCH', faces[tongue].user(id), {
          body: faces[tongue].patch({ [nameFields[tongue]]: name }),
        }),
      ];
      for (const { status, text } of answers) {
        expect([status, text], name).toEqual([400, expect.stringContaining(nameFields[tongue])]);
      }
    }
    expect(await api.query('SELECT count(*) FROM users')).toEqual(before);
  });

  test('batch, bulk and jobs reject it as their own item', async () => {
    const id = await create(api, 'scim', freeName());
    const update = { op: 'update', id: encodeUserId(id), data: { username: bad[0] } };
    const batch = await api.request('POST', '/v1/users/batch', { body: { operations: [update] } });
    expect(batch.body.results).toMatchObject([
      { status: 400, error: { error: 'validation_error', details: { 'data.username': [expect.any(String)] } } },
    ]);
    const bulk = await api.request('PATCH', '/users', { body: { users: [{ id, login: bad[0] }] } });
    expect(bulk.body.users).toMatchObject([{ user_id: id, errors: [expect.stringMatching(/^login holds /)] }]);
    const scim = await scimAt(api).bulk([{ method: 'POST', path: '/Users', bulkId: 'x', data: { userName: bad[0] } }]);
    expect(scim.body.Operations).toMatchObject([{ status: '400', response: { scimType: 'invalidValue' } }]);
  });

  test.each(tongues)('an old name that stays is accepted by %s', async (tongue) => {
    const id = await create(api, 'scim', freeName());
    await api.query('UPDATE users SET user_name = $2, user_name_key = $2 WHERE id = $1', [
      id,
      `${named.userName}${id}`,
    ]);
    const fields = { v1: { first_name: 'X' }, scim: { title: 'X' }, nerm: { title: 'X' } }[tongue];
    for (const also of [{}, { [nameFields[tongue]]: `${named.userName}${id}` }]) {
      await succeeds(
        api.request('PATCH', faces[tongue].user(id), { body: faces[tongue].patch({ ...fields, ...also }) }),
      );
    }
    if (tongue !== 'scim') return;
    const whole = faces.scim.shown(await read(api, 'scim', id));
    await succeeds(api.request('PUT', faces.scim.user(id), { body: { ...whole, nickName: 'X' } }));
  });

  test('groups reject controls, format characters and outer spaces in a new name', async () => {
    const scim = scimAt(api);
    const { body: group } = await scim.send('POST', '/Groups', {
      body: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'Sales' },
    });
    for (const displayName of ['Sa\u0007les', '\u202EselaS', ' Sales', 'Sales ']) {
      const created = await scim.send('POST', '/Groups', {
        body: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName },
      });
      expect([created.status, created.body.scimType, created.text]).toEqual([
        400,
        'invalidValue',
        expect.stringContaining('displayName'),
      ]);
      const body = {
        schemas: [urns.patchOp],
        Operations: [{ op: 'replace', path: 'displayName', value: displayName }],
      };
      expect((await scim.send('PATCH', `/Groups/${group.id}`, { body })).status).toBe(400);
    }
    await api.query('UPDATE groups SET display_name = $2 WHERE id = $1', [group.id, ' Sales ']);
    const body = { ...group, displayName: ' Sales ', externalId: 'X' };
    expect((await scim.send('PUT', `/Groups/${group.id}`, { body })).status).toBe(200);
  });
});

describe('what GET shows, PATCH accepts', () => {
  /** Values that SCIM stores and the other dialects would not accept as new ones. */
  const odd = {
    displayName: ' ',
    emails: [{ value: 'Not an address', primary: true }, { value: 'b@example.com' }],
    roles: [{ value: 'auditor' }, { value: ' ', primary: true }],
    active: false,
    [urns.lifecycle]: { groupStrings: ['a', 'b c'] },
  };
  const users: readonly [string, Fields][] = [
    ['everything', alice],
    ['odd values', odd],
    ['nothing', {}],
  ];

  interface Way {
    readonly mount: string;
    readonly way: string;
    readonly send: (path: string, shown: Fields, id: string) => Promise<Answer>;
  }

  const scimWays = (mount: string): Way[] => {
    const scim = () => scimAt(api, { mount });
    const patchOf = (Operations: readonly object[]) => ({ schemas: [urns.patchOp], Operations });
    /** Each attribute by its path, but for the read-only ones: RFC 7644 3.5.2 has an error for these. */
    const byPath = ({ id: _id, meta: _meta, schemas: _schemas, groups: _groups, ...attributes }: Fields) =>
      Object.entries(attributes).map(([path, value]) => ({ op: 'replace', path, value }));
    const ways: Record<string, Way['send']> = {
      PUT: (path, shown) => scim().put(path, shown),
      'PUT in bulk': (path, data) => scim().bulk([{ method: 'PUT', path, data }]),
      'PATCH replace': (path, value) => scim().patch(path, [{ op: 'replace', value }]),
      'PATCH add': (path, value) => scim().patch(path, [{ op: 'add', value }]),
      'PATCH by path': (path, shown) => scim().patch(path, byPath(shown)),
      'PATCH in bulk': (path, value) =>
        scim().bulk([{ method: 'PATCH', path, data: patchOf([{ op: 'replace', value }]) }]),
      ...(mount !== STANDARD && { 'bare PATCH': (path, body) => scim().send('PATCH', path, { body }) }),
    };
    return Object.entries(ways).map(([way, send]) => ({ mount, way, send }));
  };

  const nermWays = (mount: string): Way[] => {
    const send = (path: string, body: object) => api.request('PATCH', mount + path, { body });
    const ways: Record<string, Way['send']> = {
      PATCH: (path, user) => send(path, { user }),
      bulk: (_, user) => send('/users', { users: [user] }),
      job: (_, user) => send('/users?async=true', { users: [user] }),
    };
    return Object.entries(ways).map(([way, each]) => ({ mount, way, send: each }));
  };

  const batchOf = (operation: object) => api.request('POST', '/v1/users/batch', { body: { operations: [operation] } });
  const v1Ways: readonly Way[] = [
    { mount: '/v1', way: 'PATCH', send: (path, body) => api.request('PATCH', `/v1${path}`, { body }) },
    { mount: '/v1', way: 'batch', send: (_, data, id) => batchOf({ op: 'update', id: encodeUserId(id), data }) },
  ];

  const ways: Readonly<Record<Tongue, readonly Way[]>> = {
    v1: v1Ways,
    scim: MOUNTS.flatMap(scimWays),
    nerm: ['', '/api'].flatMap(nermWays),
  };
  const pathOf: Readonly<Record<Tongue, (id: string) => string>> = {
    v1: (id) => `/users/${encodeUserId(id)}`,
    scim: (id) => `/Users/${id}`,
    nerm: (id) => `/users/${id}`,
  };

  /** Sends a resource back as it is shown; its version stays. */
  async function sendBack({ mount, way, send }: Way, path: string, id: string, shownIn: (body: Answer) => Fields) {
    const before = await get(mount + path);
    const response = await send(path, shownIn(before), id);
    expect([200, 202, 204], response.text).toContain(response.status);
    expect(response.text).not.toMatch(/"errors":\[[^\]]|"status":"?[45]/);
    if (way === 'job') expect(await dataOf(response)).toMatchObject([{ user_id: id, errors: [] }]);
    const after = await get(mount + path);
    expect([after.headers.get('etag'), after.body]).toEqual([before.headers.get('etag'), before.body]);
  }

  const userRows = tongues.flatMap((tongue) =>
    ways[tongue].flatMap((way) => users.map(([kind, fields]) => ({ ...way, tongue, kind, fields }))),
  );
  test.each(userRows)('$tongue at "$mount": $way of a user with $kind', async ({ tongue, fields, ...way }) => {
    const id = await create(api, 'scim', freeName(), fields);
    await setTimes(api, id);
    await scimAt(api).group(freeName(), [id]);
    await sendBack(way, pathOf[tongue](id), id, faces[tongue].shown);
  });

  test.each(userRows.filter(({ kind }) => kind === 'nothing'))(
    '$tongue at "$mount": $way of a user with an old name and an address that waits',
    async ({ tongue, ...way }) => {
      const id = await create(api, 'scim', freeName());
      await api.query('UPDATE users SET user_name = $2, user_name_key = $2, pending_email = $3 WHERE id = $1', [
        id,
        `old\u202E name ${id} `,
        'waits@example.com',
      ]);
      await sendBack(way, pathOf[tongue](id), id, faces[tongue].shown);
    },
  );

  test.each(ways.scim)('SCIM at "$mount": $way of groups', async (way) => {
    const scim = scimAt(api);
    const user = await scim.user(freeName());
    const inner = await scim.group(freeName());
    for (const id of [
      await scim.group(freeName(), [user, inner], { externalId: freeName() }),
      await scim.group(freeName()),
    ]) {
      await sendBack(way, `/Groups/${id}`, id, ({ body }) => body as Fields);
      await api.query('UPDATE groups SET display_name = $2 WHERE id = $1', [id, ' old\u202E ']);
      await sendBack(way, `/Groups/${id}`, id, ({ body }) => body as Fields);
    }
  });

  const translations = (['v1', 'nerm'] as const).flatMap((from) =>
    users.flatMap(([kind, fields]) => tongues.filter((to) => to !== from).map((to) => ({ from, to, kind, fields }))),
  );
  test.each(translations)('stele translate from $from to $to, a user with $kind', async ({ from, to, fields }) => {
    const id = await create(api, 'scim', freeName(), fields);
    await setTimes(api, id);
    await scimAt(api).group(freeName(), [id]);
    const user = faces[from].shown(await read(api, from, id));
    const translation = translate({ from, patch: faces[from].patch(user), user }, to);
    expect(translation).toEqual({ body: undefined, same: [], partial: [], lost: [] });
  });

  test.each(['id', 'created_at', 'updated_at', 'pending_email'])('v1 rejects another %s', async (field) => {
    const id = await create(api, 'v1', freeName());
    const value =
      field === 'id' ? encodeUserId(uuidv7()) : field === 'pending_email' ? 'x@example.com' : '2001-01-01T00:00:00Z';
    const answer = await api.request('PATCH', faces.v1.user(id), { body: { [field]: value, first_name: 'X' } });
    expect([answer.status, answer.body.details]).toEqual([400, { [field]: ['cannot be written'] }]);
    const operations = [{ op: 'update', id: encodeUserId(id), data: { [field]: value } }];
    const [result] = (await api.request('POST', '/v1/users/batch', { body: { operations } })).body.results;
    expect([result.status, Object.keys(result.error.details)]).toEqual([400, [`data.${field}`]]);
  });

  test.each(['id', 'uid'])('NERM rejects the %s of another user', async (field) => {
    const [id, other] = [await create(api, 'nerm', freeName()), await create(api, 'nerm', freeName())];
    const value = field === 'uid' ? other.replaceAll('-', '') : other;
    const single = await api.request('PATCH', `/users/${id}`, { body: { user: { [field]: value, title: 'X' } } });
    expect([single.status, Object.keys(single.body.errors)]).toEqual([400, [field]]);
    if (field === 'id') return;
    const bulk = await api.request('PATCH', '/users', { body: { users: [{ id, uid: value, title: 'X' }] } });
    expect([bulk.status, bulk.body.users[0].errors]).toEqual([200, ['uid is not the id of the path']]);
    expect((await read(api, 'nerm', id)).body.user.title).toBeNull();
  });

  test.each(['v1', 'nerm'] as const)('%s rejects a changed e-mail address that is no mailbox', async (tongue) => {
    const id = await create(api, tongue, freeName());
    for (const email of ['Ann <a@example.com>', '@r:a@example.com', 'a\u202Eb@example.com', 'a..b@example.com']) {
      const answer = await api.request('PATCH', faces[tongue].user(id), { body: faces[tongue].patch({ email }) });
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('Invalid email format')]);
    }
  });

  test('writing role makes one that is there the primary one', async () => {
    const id = await create(api, 'scim', freeName(), alice);
    await succeeds(api.request('PATCH', faces.v1.user(id), { body: { role: 'auditor' } }));
    expect((await read(api, 'scim', id)).body.roles).toEqual([{ value: 'auditor', primary: true }]);
  });

  test('a user that cannot be encoded is not written', async () => {
    const id = await create(api, 'nerm', freeName());
    await api.query("UPDATE users SET lifecycle_last_login = '10000-01-01' WHERE id = $1", [id]);
    const answer = await api.request('PATCH', `/users/${id}`, { body: { user: { title: 'X' } } });
    expect(answer.status).toBe(500);
    const [row] = await api.query('SELECT title, version FROM users WHERE id = $1', [id]);
    expect(row).toEqual({ title: null, version: 1 });
  });
});

describe('times outside the years 1 to 9999 of UTC', () => {
  const times = [
    '9999-12-31T23:59:59-05:00',
    '9999-12-31T23:59:59.999-00:01',
    '10000-01-01T00:00:00Z',
    '+010000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+05:00',
    '0001-01-01T00:00:00+00:01',
    '0000-12-31T23:59:59Z',
    '-000001-01-01T00:00:00Z',
  ];
  const lastLogin = `${urns.lifecycle}:lastLogin`;

  type Send = (time: string) => Promise<Answer>;

  const filtersAt = (mount: string): Record<string, Send> => {
    const scim = () => scimAt(api, { mount });
    const filtered = (operator: string, time: string) => `userName eq "x" or meta.created ${operator} "${time}"`;
    return {
      ...Object.fromEntries(
        ['eq', 'ne', 'gt', 'ge', 'lt', 'le'].flatMap((operator): [string, Send][] => [
          [`filter ${operator}`, (time) => scim().list('/Users', { filter: filtered(operator, time) })],
          [`.search ${operator}`, (time) => scim().search('/Users', { filter: filtered(operator, time) })],
        ]),
      ),
      'filter of the extension': (time) => scim().list('/Users', { filter: `${lastLogin} lt "${time}"` }),
      'filter of groups': (time) => scim().list('/Groups', { filter: `meta.lastModified lt "${time}"` }),
      '.search of groups': (time) => scim().search('/Groups', { filter: `meta.lastModified lt "${time}"` }),
      '.search of all': (time) => scim().search('', { filter: `meta.lastModified lt "${time}"` }),
    };
  };

  let id: string;
  beforeAll(async () => {
    // All that is stored is compared.
    await forgetUsers(api);
    id = await create(api, 'scim', freeName());
  });
  const draft = (tongue: Tongue, fields: Fields) => faces[tongue].draft(freeName(), fields);
  const key = (expires_at: string) => ({ name: 'sync', scopes: ['read'], expires_at });

  const requests: Readonly<Record<Tongue, Readonly<Record<string, Send>>>> = {
    v1: {
      create: (created_at) => api.request('POST', '/v1/users', { body: draft('v1', { created_at }) }),
      'PATCH created_at': (created_at) => api.request('PATCH', faces.v1.user(id), { body: { created_at } }),
      'PATCH updated_at': (updated_at) => api.request('PATCH', faces.v1.user(id), { body: { updated_at } }),
      'API key': (time) => api.request('POST', '/v1/api-keys', { body: key(time) }),
      "API key's PATCH": async (expires_at) => {
        const [{ id: known }] = (await get('/v1/api-keys')).body.data;
        return api.request('PATCH', `/v1/api-keys/${known}`, { body: { domain: 'x', expires_at } });
      },
      'history after': (time) => api.request('GET', `${faces.v1.user(id)}/history?after=${encodeURIComponent(time)}`),
      'list by time': (time) => api.request('GET', `/v1/users?filter[created_at]=${encodeURIComponent(time)}`),
    },
    scim: {
      ...Object.fromEntries(
        MOUNTS.flatMap((mount) =>
          Object.entries(filtersAt(mount)).map(([name, send]): [string, Send] => [`${mount} ${name}`, send]),
        ),
      ),
      'PATCH lastLogin': (value) => scimAt(api).patch(`/Users/${id}`, [{ op: 'replace', path: lastLogin, value }]),
      'PATCH the extension': (time) =>
        scimAt(api).patch(`/Users/${id}`, [{ op: 'add', value: { [urns.lifecycle]: { lastLogin: time } } }]),
    },
    nerm: {
      create: (last_login) => api.request('POST', '/user', { body: draft('nerm', { last_login }) }),
      'list by time': (time) => api.request('GET', `/users?last_login=${encodeURIComponent(time)}`),
      ...Object.fromEntries(
        ['gt', 'lt', 'eq'].map((operator): [string, Send] => [
          `audit events ${operator}`,
          (time) =>
            api.request('POST', '/audit_events/query', {
              body: { audit_events: { filters: { created_at: { [operator]: time } } } },
            }),
        ]),
      ),
    },
  };

  /** Everything that lists what may have a time. */
  const listings = ['/v1/users', '/v1/api-keys', '/scim/v2/Users', '/scim/v2/Groups', '/users'];

  const rows = tongues.flatMap((tongue) =>
    Object.entries(requests[tongue]).map(([name, send]) => ({ tongue, name, send })),
  );
  test.each(rows)('$tongue: $name returns 400 and stores nothing', async ({ tongue, send }) => {
    const before = await contentsOf(api);
    for (const time of times) {
      const response = await send(time);
      expect(response.status, `${time} ${response.text}`).toBe(400);
      expectRefusal(tongue, response, tongue === 'v1' ? response.body.error : 'validation_error');
    }
    expect(await contentsOf(api)).toEqual(before);
    for (const path of listings) await get(path);
  });

  test('items of batch and bulk that hold one fail, and nothing is stored', async () => {
    const before = await kept(api);
    const data = times.map((created_at) => draft('v1', { created_at }));
    const operations = [
      ...data.map((each) => ({ op: 'create', data: each })),
      ...times.map((created_at) => ({ op: 'update', id: encodeUserId(id), data: { created_at } })),
    ];
    const batch = await api.request('POST', '/v1/users/batch', { body: { operations } });
    expect(batch.body.results.map(({ status }: { status: number }) => status)).toEqual(operations.map(() => 400));
    const users = times.map((last_login) => faces.nerm.shown({ body: draft('nerm', { last_login }) } as Answer));
    const bulk = await api.request('POST', '/users', { body: { users } });
    expect(bulk.body.users).toEqual(users.map(() => expect.objectContaining({ errors: [expect.any(String)] })));
    const job = await api.request('POST', '/users?async=true', { body: { users } });
    const results = await dataOf(job);
    expect(results).toEqual(users.map(() => expect.objectContaining({ errors: [expect.any(String)] })));
    expect(await kept(api)).toEqual(before);
  });

  test('read-only ones are ignored: by NERM in changes, by SCIM in resources', async () => {
    const before = await kept(api);
    for (const time of times) {
      const changes = { last_login: time, cookies_accepted_at: time };
      await succeeds(api.request('PATCH', faces.nerm.user(id), { body: { user: changes } }));
      await many('PATCH', { id, ...changes });
      const { body } = await read(api, 'scim', id);
      const resource = { ...body, meta: { created: time }, [urns.lifecycle]: { lastLogin: time } };
      for (const mount of MOUNTS) await succeeds(scimAt(api, { mount }).put(`/Users/${id}`, resource));
    }
    expect(await kept(api)).toEqual(before);
  });
});

describe('e-mail addresses of creates', () => {
  const mailboxes = [
    'ann@example.com',
    'ann+tag@example.com',
    "o'neil!#$%&*/=?^_`{|}~-@example.com",
    'ann@localhost',
    'jõgeva@example.com',
    '山田@例え.jp',
    'ann@例え.jp',
    'ann@xn--r8jz45g.jp',
    `${'a'.repeat(64)}@example.com`,
    `${'é'.repeat(32)}@example.com`,
    `ann@${`${'a'.repeat(61)}.`.repeat(4)}de`,
  ];
  const others = [
    '',
    ' ',
    'ann',
    '@example.com',
    'ann@',
    'ann@@example.com',
    ' ann@example.com',
    'ann@example.com ',
    'a b@example.com',
    'a\tb@example.com',
    'ann@example.com\n',
    'ann@example.com\r\nBcc: eve@example.com',
    'a\u0001b@example.com',
    'a\u007Fb@example.com',
    'a\u0085b@example.com',
    'a\u00A0b@example.com',
    'a\u00ADb@example.com',
    'a\u200Bb@example.com',
    'a\u200Eb@example.com',
    'a\u2028b@example.com',
    'a\u202Eb@example.com',
    'a\u2066b@example.com',
    '\uFEFFann@example.com',
    'ann@exam\u200Bple.com',
    'ann@example.com\u202E',
    '<ann@example.com>',
    '<@relay.example:ann@example.com>',
    '@relay.example:ann@example.com',
    'Ann <ann@example.com>',
    '"Ann" <ann@example.com>',
    'ann@example.com (Ann)',
    'ann@example.com, eve@example.com',
    'ann@example.com;eve@example.com',
    '"ann"@example.com',
    '"a b"@example.com',
    'a\\b@example.com',
    '.ann@example.com',
    'ann.@example.com',
    'a..b@example.com',
    'ann@example.com.',
    'ann@.example.com',
    'ann@example..com',
    'ann@-example.com',
    'ann@example-.com',
    'ann@[127.0.0.1]',
    'mailto:ann@example.com',
    `${'a'.repeat(65)}@example.com`,
    `${'é'.repeat(33)}@example.com`,
    `ann@${'a'.repeat(64)}.de`,
    `ann@${`${'a'.repeat(61)}.`.repeat(4)}dede`,
    `ann@${`${'é'.repeat(50)}.`.repeat(3)}de`,
  ];
  const rows = [
    ...mailboxes.map((email) => ({ email, isMailbox: true })),
    ...others.map((email) => ({ email, isMailbox: false })),
  ];

  /** The users of a request on many. */
  const drafts = (tongue: Tongue) =>
    rows.map(({ email }) => {
      const body = faces[tongue].draft(freeName(), { email });
      return tongue === 'nerm' ? faces.nerm.shown({ body } as Answer) : body;
    });

  /** What a create of each row came to, by way; in the text of each, its error. */
  const ways: Readonly<Record<string, () => Promise<readonly { readonly isDone: boolean; readonly text: string }[]>>> =
    {
      'v1 POST': () => alone('v1'),
      'v1 batch': async () => {
        const operations = drafts('v1').map((data) => ({ op: 'create', data }));
        const { body } = await api.request('POST', '/v1/users/batch', { body: { operations } });
        return body.results.map((result: { status: number }) => outcome(result.status === 201, result));
      },
      'NERM POST': () => alone('nerm'),
      'NERM bulk': async () => {
        const { body } = await api.request('POST', '/users', { body: { users: drafts('nerm') } });
        return body.users.map((user: object) => outcome(!('errors' in user), user));
      },
      'NERM job': async () => {
        const job = await api.request('POST', '/users?async=true', { body: { users: drafts('nerm') } });
        return (await dataOf(job)).map((user) => outcome(user.errors.length === 0, user));
      },
    };
  const outcome = (isDone: boolean, result: object) => ({ isDone, text: JSON.stringify(result) });
  const alone = (tongue: 'v1' | 'nerm') =>
    Promise.all(
      rows.map(async ({ email }) => {
        const body = faces[tongue].draft(freeName(), { email });
        const { status, text } = await api.request('POST', faces[tongue].users, { body });
        expect([200, 201, 400]).toContain(status);
        return { isDone: status < 300, text };
      }),
    );

  test.each(Object.keys(ways))('%s accepts mailboxes and rejects others', async (way) => {
    const outcomes = await ways[way]!();
    for (const [index, { email, isMailbox }] of rows.entries()) {
      const { isDone, text } = outcomes[index]!;
      expect([email, isDone, isDone || text.includes('Invalid email format')]).toEqual([email, isMailbox, true]);
    }
  });

  test('SCIM stores what it is sent', async () => {
    for (const { email } of rows.filter((row) => row.email !== '')) {
      const emails = [{ value: email, primary: true }];
      const id = await create(api, 'scim', freeName(), { emails });
      expect([email, (await read(api, 'scim', id)).body.emails]).toEqual([email, emails]);
    }
  });
});
