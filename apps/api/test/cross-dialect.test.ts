import { type UserAttribute, userAttributes } from '@stele/schemas/canonical';
import { nermFields, NermUser } from '@stele/schemas/nerm';
import { scimPaths } from '@stele/schemas/scim';
import { v1Fields } from '@stele/schemas/v1';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';
import {
  alice,
  aliceTimes,
  create,
  faces,
  type Fields,
  forgetUsers,
  kept,
  operate,
  patch,
  read,
  setTimes,
  type Tongue,
  tongues,
  urns,
  type Views,
  views,
} from './support/users.ts';

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

/** The field at the top of a user that has an attribute, if there is one. */
const fieldOf: Readonly<Record<Tongue, (attribute: UserAttribute) => string | undefined>> = {
  v1: (attribute) => v1Fields.nameOf.get(attribute),
  scim: (attribute) => scimPaths.get(attribute)![0],
  nerm: (attribute) => nermFields.nameOf.get(attribute),
};

/** Attributes that a dialect shows and does not write, and that it writes and does not show. */
const shows = (tongue: Tongue, field: string): boolean => tongue !== 'nerm' || field in NermUser.shape;
const writesField: Readonly<Record<Tongue, (field: string) => boolean>> = {
  v1: (field) => v1Fields.isWritable(field),
  scim: (field) => !Object.keys(aliceTimes).some((time) => field === `${urns.lifecycle}:${time}`),
  nerm: (field) => nermFields.isWritable(field),
};

/** A new value of an attribute as each dialect spells it: SCIM at a path, the others in a field. */
interface Sample {
  readonly scim: readonly [path: string, value: unknown];
  readonly v1?: readonly [field: string, value: unknown];
  readonly nerm?: readonly [field: string, value: unknown];
}

const manager = `${urns.enterprise}:manager`;

/** What no dialect writes: v1 shows it while it waits for its owner. */
type WrittenAttribute = Exclude<UserAttribute, 'pendingEmail'>;

const writtenAttributes = userAttributes.filter((attribute) => attribute !== 'pendingEmail');

const samples: Readonly<Record<WrittenAttribute, Sample>> = {
  userName: { scim: ['userName', 'Ålice'], v1: ['username', 'Ålice'], nerm: ['login', 'Ålice'] },
  externalIds: { scim: ['externalId', 'hr-00018'] },
  status: { scim: ['active', false], nerm: ['status', 'Disabled'] },
  displayName: { scim: ['displayName', 'A. Liddell'], nerm: ['name', 'A. Liddell'] },
  nickName: { scim: ['nickName', 'Al'] },
  profileUrl: { scim: ['profileUrl', 'https://example.com/user/ålice'] },
  title: { scim: ['title', 'Chief surveyor'], nerm: ['title', 'Chief surveyor'] },
  userType: { scim: ['userType', 'Contractor'] },
  preferredLanguage: { scim: ['preferredLanguage', 'en-US'], nerm: ['preferred_language', 'en-US'] },
  locale: { scim: ['locale', 'en'], nerm: ['locale', 'en'] },
  timezone: { scim: ['timezone', 'America/New_York'] },
  'name.formatted': { scim: ['name.formatted', 'Alice Pleasance Liddell'] },
  'name.familyName': { scim: ['name.familyName', 'Hargreaves'], v1: ['last_name', 'Hargreaves'] },
  'name.givenName': { scim: ['name.givenName', 'Alicia'], v1: ['first_name', 'Alicia'] },
  'name.middleName': { scim: ['name.middleName', 'Pleasance'] },
  'name.honorificPrefix': { scim: ['name.honorificPrefix', 'Prof'] },
  'name.honorificSuffix': { scim: ['name.honorificSuffix', 'IV'] },
  emails: {
    scim: ['emails', [{ value: 'alice@new.example', primary: true }]],
    v1: ['email', 'alice@new.example'],
    nerm: ['email', 'alice@new.example'],
  },
  phoneNumbers: { scim: ['phoneNumbers', [{ value: '+47 55 50 10 01', type: 'fax' }]] },
  ims: { scim: ['ims', [{ value: 'al', type: 'skype', primary: true }]] },
  photos: { scim: ['photos', [{ value: 'https://example.com/al.png', type: 'thumbnail' }]] },
  addresses: { scim: ['addresses', [{ locality: 'Ålesund', country: 'NO', type: 'other' }]] },
  entitlements: { scim: ['entitlements', [{ value: 'archive' }, { value: 'printer' }]] },
  roles: {
    scim: ['roles', [{ value: 'owner', primary: true }]],
    v1: ['role', 'owner'],
    nerm: ['admin', true],
  },
  x509Certificates: { scim: ['x509Certificates', [{ value: 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A' }]] },
  'enterprise.employeeNumber': { scim: [`${urns.enterprise}:employeeNumber`, '1002'] },
  'enterprise.costCenter': { scim: [`${urns.enterprise}:costCenter`, '4131'] },
  'enterprise.organization': { scim: [`${urns.enterprise}:organization`, 'Looking-Glass'] },
  'enterprise.division': { scim: [`${urns.enterprise}:division`, 'South'] },
  'enterprise.department': { scim: [`${urns.enterprise}:department`, 'Croquet'] },
  'enterprise.manager.value': { scim: [`${manager}.value`, '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c57'] },
  'enterprise.manager.ref': { scim: [`${manager}.$ref`, '../Users/01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c57'] },
  'lifecycle.type': { scim: [`${urns.lifecycle}:type`, 'NeaccessUser'], nerm: ['type', 'NeaccessUser'] },
  'lifecycle.profileId': {
    scim: [`${urns.lifecycle}:profileId`, 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e'],
    nerm: ['profile_id', 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e'],
  },
  'lifecycle.groupStrings': {
    scim: [`${urns.lifecycle}:groupStrings`, ['Tea party', 'Croquet']],
    nerm: ['group_strings', 'Tea party,Croquet'],
  },
  'lifecycle.sailpointIdentityId': {
    scim: [`${urns.lifecycle}:sailpointIdentityId`, '2c9180868'],
    nerm: ['sailpoint_identity_id', '2c9180868'],
  },
  'lifecycle.lastLogin': {
    scim: [`${urns.lifecycle}:lastLogin`, '2026-04-05T06:07:08.900Z'],
    nerm: ['last_login', '2026-04-05T06:07:08Z'],
  },
  'lifecycle.cookiesAcceptedAt': {
    scim: [`${urns.lifecycle}:cookiesAcceptedAt`, '2026-04-05T06:07:09.010Z'],
    nerm: ['cookies_accepted_at', '2026-04-05T06:07:09Z'],
  },
};

/** A user in whom every attribute has another value than its sample, and lists have one. */
const everything: Fields = {
  ...alice,
  emails: [{ value: 'alice@example.com', primary: true }],
  roles: [{ value: 'editor', primary: true }],
  [urns.lifecycle]: { ...alice[urns.lifecycle], type: 'NeprofileUser' },
};

/** The members that lead to a SCIM path: the URN of an extension, then names. */
function membersOf(path: string): string[] {
  const urn = Object.values(urns).find((each) => path.startsWith(`${each}:`));
  const names = (urn === undefined ? path : path.slice(urn.length + 1)).split('.');
  return urn === undefined ? names : [urn, ...names];
}

/** A copy of an object with another value at the end of some members. */
function withMember(
  object: Fields,
  [member = '', ...rest]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  return {
    ...object,
    [member]: rest.length === 0 ? value : withMember((object[member] ?? {}) as Fields, rest, value),
  };
}

const shared = (user: Fields, own: readonly string[]) =>
  Object.fromEntries(Object.entries(user).filter(([field]) => !own.includes(field)));

/** What is said of a user besides identifiers, version and times, and the URNs that follow from the rest. */
async function facts(id: string): Promise<Views> {
  const { v1, scim, nerm } = await views(api, id);
  return {
    v1: shared(v1, ['id', 'created_at', 'updated_at']),
    scim: shared(scim, ['id', 'meta', 'schemas']),
    nerm: shared(nerm, ['id', 'uid']),
  };
}

/** NERM shows as `name`: displayName, else formatted, else given + family, else userName. */
function nermName({ displayName, name, userName }: Fields): unknown {
  const { formatted, givenName, familyName } = (name ?? {}) as Fields;
  return displayName ?? formatted ?? ([givenName, familyName].filter(Boolean).join(' ') || userName);
}

/** The samples that are seen after a write: NERM alone adds one role and leaves the others. */
function sampleVia(writer: Tongue, attribute: WrittenAttribute, before: Views): Sample {
  const sample = samples[attribute];
  if (attribute !== 'roles' || writer !== 'nerm') return sample;
  const roles = (before.scim['roles'] ?? []) as { value: string }[];
  return { ...sample, scim: ['roles', [...roles, { value: 'admin' }]], v1: ['role', roles[0]?.value ?? 'admin'] };
}

/** What every dialect shows once an attribute has its sample, and nothing else has moved. */
function afterwards(before: Views, { scim: [path, value], v1, nerm }: Sample): Views {
  const scim = withMember(before.scim, membersOf(path), value);
  return {
    v1: v1 ? { ...before.v1, [v1[0]]: v1[1] } : before.v1,
    scim,
    nerm: {
      ...before.nerm,
      name: nermName(scim),
      ...(nerm && shows('nerm', nerm[0]) && { [nerm[0]]: nerm[1] }),
    },
  };
}

/** Whether a dialect writes an attribute, and does not merely show it. */
function isWritable(tongue: Tongue, attribute: WrittenAttribute): boolean {
  const field = samples[attribute]?.[tongue]?.[0];
  return field !== undefined && writesField[tongue](field);
}

const writes = tongues.flatMap((writer) =>
  writtenAttributes.filter((attribute) => isWritable(writer, attribute)).map((attribute) => ({ writer, attribute })),
);

describe('one record, three faces', () => {
  test.each(writtenAttributes.map((attribute) => ({ attribute })))(
    '$attribute has a sample for exactly the dialects that carry it',
    ({ attribute }) => {
      const spelled = tongues.map((tongue) => {
        const field = samples[attribute]?.[tongue]?.[0];
        return field !== undefined && tongue === 'scim' ? membersOf(field)[0] : field;
      });
      expect(spelled).toEqual(tongues.map((tongue) => fieldOf[tongue](attribute)));
    },
  );

  test.each(writes)('PATCH $attribute through $writer is seen where it is carried, and nowhere else', async (row) => {
    const id = await create(api, 'scim', 'alice', everything);
    await setTimes(api, id);
    const before = await facts(id);
    const expected = afterwards(before, sampleVia(row.writer, row.attribute, before));
    expect(expected).not.toEqual(before);
    const [field, value] = samples[row.attribute][row.writer]!;
    const answer =
      row.writer === 'scim'
        ? await operate(api, id, { op: 'replace', path: field, value })
        : await patch(api, row.writer, id, { [field]: value });
    expect(answer.status).toBe(200);
    expect(await facts(id)).toEqual(expected);
  });

  const drafts: Readonly<Record<Tongue, Fields>> = {
    v1: {},
    scim: {},
    // NERM wants a password of a user who is no profile user.
    nerm: { password: 'correct horse battery staple' },
  };

  test.each(writes)(
    'POST with $attribute through $writer is seen where it is carried, and nowhere else',
    async (row) => {
      const before = await facts(await create(api, row.writer, 'alice', drafts[row.writer]));
      const expected = afterwards(before, sampleVia(row.writer, row.attribute, before));
      await forgetUsers(api);
      const [field, value] = samples[row.attribute][row.writer]!;
      const members = row.writer === 'scim' ? membersOf(field) : [field];
      const fields = withMember(drafts[row.writer], members, value);
      expect(await facts(await create(api, row.writer, 'alice', fields))).toEqual(expected);
    },
  );

  test('the identifier, version and times are one record too', async () => {
    const id = await create(api, 'scim', 'alice', everything);
    await patch(api, 'nerm', id, { title: 'Chief surveyor' });
    const { v1, scim, nerm } = await views(api, id);
    const meta = scim['meta'] as { created: string; lastModified: string; version: string };
    const toSeconds = (time: string) => `${time.slice(0, 19)}Z`;
    expect(v1['created_at']).toBe(toSeconds(meta.created));
    expect(v1['updated_at']).toBe(toSeconds(meta.lastModified));
    expect([nerm['id'], nerm['uid']]).toEqual([scim['id'], String(scim['id']).replaceAll('-', '')]);
    const etags = await Promise.all(tongues.map(async (tongue) => (await read(api, tongue, id)).headers.get('etag')));
    expect(etags).toEqual([meta.version, meta.version, meta.version]);
  });
});

describe('a PATCH leaves what its dialect cannot express', () => {
  test('what SCIM writes it reads back, exactly', async () => {
    const id = await create(api, 'scim', 'alice', alice);
    const { body } = await read(api, 'scim', id);
    expect(body).toEqual({
      schemas: [urns.user, urns.enterprise, urns.lifecycle],
      id,
      userName: 'alice',
      ...alice,
      meta: expect.any(Object),
    });
  });

  /** A SCIM resource, byte for byte, without what a write says. */
  async function untouched(id: string, ...paths: readonly string[]): Promise<string> {
    const { body } = await read(api, 'scim', id);
    delete body.meta;
    for (const path of paths) {
      const members = membersOf(path);
      const last = members.pop()!;
      delete members.reduce((object, member) => object[member], body)[last];
    }
    return JSON.stringify(body);
  }

  test.each([
    {
      tongue: 'v1',
      fields: { email: 'a@b.example', username: 'al', first_name: 'A', last_name: null, role: 'owner' },
      said: ['emails', 'userName', 'name.givenName', 'name.familyName', 'roles'],
    },
    {
      tongue: 'nerm',
      fields: {
        name: 'A',
        email: 'a@b.example',
        type: 'NeprofileUser',
        profile_id: null,
        title: null,
        status: 'Pending',
        login: 'al',
        admin: true,
        group_strings: 'one,two',
        locale: 'en',
        preferred_language: 'en',
        sailpoint_identity_id: null,
      },
      said: [
        ...['displayName', 'emails', 'title', 'active', 'userName', 'roles', 'locale', 'preferredLanguage'],
        ...['type', 'profileId', 'groupStrings', 'sailpointIdentityId'].map((name) => `${urns.lifecycle}:${name}`),
      ],
    },
  ] as const)('every field of $tongue at once', async ({ tongue, fields, said }) => {
    const { table } = tongue === 'v1' ? v1Fields : nermFields;
    expect(Object.keys(fields).toSorted()).toEqual(Object.keys(table).filter(writesField[tongue]).toSorted());
    const id = await create(api, 'scim', 'alice', alice);
    await setTimes(api, id);
    const before = await untouched(id, ...said);
    expect((await patch(api, tongue, id, fields)).status).toBe(200);
    expect(await untouched(id, ...said)).toBe(before);
  });
});

describe('what one dialect accepts every dialect can show', () => {
  const long = 'x'.repeat(4096);
  const lifecycle = (fields: Fields) => ({ [urns.lifecycle]: fields });

  /** Reads a user through every dialect once SCIM has taken it; how many users there are then. */
  async function shownOnceCreated(fields: Fields): Promise<[status: number, users: number]> {
    const { status, body } = await api.request('POST', '/scim/v2/Users', { body: faces.scim.draft('alice', fields) });
    if (status === 201) await views(api, body.id);
    return [status, (await kept(api)).users.length];
  }

  test.each<[string, Fields]>([
    ['a long role', { roles: [{ value: 'r'.repeat(300) }] }],
    ['a blank role', { roles: [{ value: ' ' }] }],
    ['a role without a value', { roles: [{ display: 'x', primary: true }] }],
    ['an e-mail without a value', { emails: [{ type: 'work', primary: true }] }],
    ['a long e-mail', { emails: [{ value: `${'a'.repeat(64)}@${'b'.repeat(255)}` }] }],
    ['long names', { name: { givenName: long, familyName: long } }],
    ['blank names', { displayName: ' ', name: { formatted: '\n', givenName: '\t' } }],
    ['a user name that folds to more', { userName: 'İ'.repeat(200) }],
    ['control characters', { nickName: 'a\u0001\u001f', title: '\u007f\u0085', emails: [{ value: 'a\u0001@b.c' }] }],
    ['directions and joiners', { displayName: '\u202eecila\u202c \u200d👩‍👩‍👧', title: 'שלום' }],
    ['long groups', lifecycle({ groupStrings: [long, `${long.slice(1)}y`] })],
    ['many groups', lifecycle({ groupStrings: Array.from({ length: 1000 }, (_, index) => `group ${index}`) })],
    ['a profile that is no UUID', lifecycle({ profileId: 'x' })],
  ])('%s', async (_, fields) => {
    expect(await shownOnceCreated(fields)).toEqual([201, 1]);
  });
});

describe.each(['v1', 'nerm'] as const)('writing an e-mail through %s', (tongue) => {
  test("replaces the primary's value and leaves the others alone", async () => {
    const id = await create(api, 'scim', 'alice', { emails: alice.emails });
    expect((await patch(api, tongue, id, { email: 'new@example.com' })).status).toBe(200);
    const [home, work, other] = alice.emails;
    expect((await views(api, id)).scim['emails']).toEqual([home, { ...work, value: 'new@example.com' }, other]);
  });

  test.each([
    ['no address', []],
    ['no primary one', [{ value: 'alice@home.example', type: 'home' }]],
  ])('creates a primary where there is %s', async (_, emails) => {
    const id = await create(api, 'scim', 'alice', { emails });
    expect((await patch(api, tongue, id, { email: 'new@example.com' })).status).toBe(200);
    const { v1, scim, nerm } = await views(api, id);
    expect(scim['emails']).toEqual([...emails, { value: 'new@example.com', primary: true }]);
    expect([v1['email'], nerm['email']]).toEqual(['new@example.com', 'new@example.com']);
  });
});

describe('roles', () => {
  const rolesOf = async (id: string) => (await views(api, id)).scim['roles'] ?? [];

  test.each([
    ['the primary role', [{ value: 'auditor' }, { value: 'editor', primary: true }], 'editor'],
    ['else the first', [{ value: 'auditor' }, { value: 'editor' }], 'auditor'],
    ['else `user`', [], 'user'],
  ])('v1 shows %s', async (_, roles, role) => {
    const id = await create(api, 'scim', 'alice', { roles });
    expect((await views(api, id)).v1['role']).toBe(role);
  });

  test('writing `role` replaces the primary role', async () => {
    const id = await create(api, 'scim', 'alice', { roles: alice.roles });
    await patch(api, 'v1', id, { role: 'owner' });
    expect(await rolesOf(id)).toEqual([{ value: 'auditor' }, { value: 'owner', primary: true }]);
  });

  test('writing `role` makes a primary role where there is none', async () => {
    const id = await create(api, 'scim', 'alice');
    await patch(api, 'v1', id, { role: 'owner' });
    expect(await rolesOf(id)).toEqual([{ value: 'owner', primary: true }]);
  });

  test('a user whom v1 shows as admin is none any more once another role is written', async () => {
    const id = await create(api, 'nerm', 'alice', { admin: true });
    expect((await patch(api, 'v1', id, { role: 'reader' })).body.role).toBe('reader');
    expect(JSON.stringify(await rolesOf(id))).not.toContain('admin');
  });

  test.each([
    { admin: true, before: [], after: [{ value: 'admin' }] },
    {
      admin: true,
      before: [{ value: 'editor', primary: true }],
      after: [{ value: 'editor', primary: true }, { value: 'admin' }],
    },
    { admin: true, before: [{ value: 'admin', primary: true }], after: [{ value: 'admin', primary: true }] },
    { admin: false, before: [{ value: 'editor' }, { value: 'admin' }], after: [{ value: 'editor' }] },
    { admin: false, before: [{ value: 'admin', primary: true }, { value: 'editor' }], after: [{ value: 'editor' }] },
    { admin: false, before: [{ value: 'editor' }], after: [{ value: 'editor' }] },
    { admin: false, before: [{ value: 'administrator' }], after: [{ value: 'administrator' }] },
  ])('admin: $admin turns $before into $after', async ({ admin, before, after }) => {
    const id = await create(api, 'scim', 'alice', { roles: before });
    expect((await patch(api, 'nerm', id, { admin })).status).toBe(200);
    expect(await rolesOf(id)).toEqual(after);
  });
});

describe('active and pending', () => {
  const replaceActive = (value: unknown) => ({ op: 'replace', path: 'active', value });

  test.each([
    { status: 'Active', active: true },
    { status: 'Pending', active: false },
    { status: 'Disabled', active: false },
  ])('$status is active: $active in SCIM', async ({ status, active }) => {
    const id = await create(api, 'nerm', 'alice', { status });
    const { scim, nerm } = await views(api, id);
    expect([scim['active'], nerm['status']]).toEqual([active, status]);
  });

  test.each([
    ['active: true on a pending user activates it', 'Pending', replaceActive(true), 'Active'],
    ['active: true on a disabled user activates it', 'Disabled', replaceActive(true), 'Active'],
    ['active: false on an active user disables it', 'Active', replaceActive(false), 'Disabled'],
    ['active: false on a pending user leaves it pending', 'Pending', replaceActive(false), 'Pending'],
    ['removing active means not active', 'Active', { op: 'remove', path: 'active' }, 'Disabled'],
    ['removing active leaves a pending user pending', 'Pending', { op: 'remove', path: 'active' }, 'Pending'],
    [
      'renaming a pending user keeps it pending',
      'Pending',
      { op: 'replace', path: 'userName', value: 'al' },
      'Pending',
    ],
    [
      'a value without path that repeats active: false keeps it pending',
      'Pending',
      { op: 'replace', value: { active: false, title: 'x' } },
      'Pending',
    ],
  ])('%s', async (_, status, operation, expected) => {
    const id = await create(api, 'nerm', 'alice', { status });
    expect((await operate(api, id, operation)).status).toBe(200);
    expect((await views(api, id)).nerm['status']).toBe(expected);
  });

  test('renaming a pending user through v1 keeps it pending', async () => {
    const id = await create(api, 'nerm', 'alice', { status: 'Pending' });
    expect((await patch(api, 'v1', id, { username: 'al', first_name: 'Al' })).status).toBe(200);
    expect((await views(api, id)).nerm['status']).toBe('Pending');
  });

  test('a user created without a word about it is active', async () => {
    for (const tongue of tongues) {
      const id = await create(api, tongue, `alice-${tongue}`);
      expect((await views(api, id)).nerm['status']).toBe('Active');
    }
  });
});

describe('names', () => {
  test('a NERM name is kept as written and never split', async () => {
    const id = await create(api, 'nerm', 'alice', { name: 'Alice  Liddell ' });
    const { v1, scim, nerm } = await views(api, id);
    expect(nerm['name']).toBe('Alice  Liddell ');
    expect(scim['displayName']).toBe('Alice  Liddell ');
    expect(scim).not.toHaveProperty('name');
    expect([v1['first_name'], v1['last_name']]).toEqual([null, null]);
  });

  test('a NERM name that is the login too stays when the login changes', async () => {
    const id = await create(api, 'nerm', 'alice', { name: 'alice' });
    expect((await patch(api, 'nerm', id, { login: 'al' })).body.user).toMatchObject({ login: 'al', name: 'alice' });
  });

  test('a NERM name that is shown already is kept when the same PATCH changes the login', async () => {
    const id = await create(api, 'v1', 'alice');
    const { body } = await patch(api, 'nerm', id, { name: 'alice', login: 'al' });
    expect(body.user).toMatchObject({ login: 'al', name: 'alice' });
  });

  test('given and family name are never joined back into it', async () => {
    const id = await create(api, 'nerm', 'alice', { name: 'Alice Liddell' });
    await patch(api, 'v1', id, { first_name: 'Lorina', last_name: 'Hargreaves' });
    const { scim, nerm } = await views(api, id);
    expect([nerm['name'], scim['displayName']]).toEqual(['Alice Liddell', 'Alice Liddell']);
  });

  const { formatted, givenName, familyName } = alice.name;
  test.each([
    ['displayName', { displayName: 'Ally', name: { formatted, givenName, familyName } }, 'Ally'],
    ['else formatted', { name: { formatted, givenName, familyName } }, formatted],
    ['else given + family', { name: { givenName, familyName } }, 'Alice Liddell'],
    ['given alone', { name: { givenName } }, 'Alice'],
    ['family alone', { name: { familyName } }, 'Liddell'],
    ['else userName', { name: { middleName: 'Kari' } }, 'alice'],
  ])('NERM shows as name: %s', async (_, fields, name) => {
    const id = await create(api, 'scim', 'alice', fields);
    expect((await views(api, id)).nerm['name']).toBe(name);
  });
});

describe('null', () => {
  test.each([
    { tongue: 'v1', field: 'first_name' },
    { tongue: 'v1', field: 'last_name' },
    ...['title', 'group_strings', 'locale', 'preferred_language', 'sailpoint_identity_id'].map((field) => ({
      tongue: 'nerm' as const,
      field,
    })),
  ] as const)('clears $field in $tongue', async ({ tongue, field }) => {
    const id = await create(api, 'scim', 'alice', alice);
    const before = await views(api, id);
    expect(before[tongue][field]).not.toBeNull();
    expect((await patch(api, tongue, id, { [field]: null })).status).toBe(200);
    expect((await views(api, id))[tongue]).toMatchObject({ [field]: null });
  });

  test('clears profile_id, which NERM does not show', async () => {
    const id = await create(api, 'scim', 'alice', alice);
    expect((await patch(api, 'nerm', id, { profile_id: null })).status).toBe(200);
    expect((await views(api, id)).scim[urns.lifecycle]).not.toHaveProperty('profileId');
  });

  test.each([
    ...['email', 'username', 'role'].map((field) => ({ tongue: 'v1' as const, field })),
    ...['name', 'email', 'type', 'login', 'status', 'admin'].map((field) => ({ tongue: 'nerm' as const, field })),
  ])('is refused for $field in $tongue', async ({ tongue, field }) => {
    const id = await create(api, 'scim', 'alice', alice);
    const before = await kept(api);
    const { status, body } = await patch(api, tongue, id, { [field]: null });
    expect(status).toBe(400);
    expect(tongue === 'v1' ? body.details : body.errors).toHaveProperty(field);
    if (tongue === 'v1') expect(body.error).toBe('validation_error');
    else expect(body.errors[field]).toBe("can't be blank");
    expect(await kept(api)).toEqual(before);
  });

  // RFC 7643 2.5: "Unassigned attributes, the null value, or an empty array [...] SHALL be considered to be equivalent".
  const clearable = writtenAttributes.filter(
    (attribute) => attribute !== 'userName' && attribute !== 'status' && isWritable('scim', attribute),
  );
  test.each(clearable.flatMap((attribute) => [null, []].map((value) => ({ attribute, value }))))(
    '$value means unassigned in SCIM: $attribute',
    async ({ attribute, value }) => {
      const id = await create(api, 'scim', 'alice', alice);
      const [path] = samples[attribute].scim;
      expect((await operate(api, id, { op: 'replace', path, value })).status).toBe(200);
      const members = membersOf(path);
      const last = members.pop()!;
      const { body } = await read(api, 'scim', id);
      expect(members.reduce((object, member) => object[member], body)).not.toHaveProperty([last]);
    },
  );

  test('is refused for userName in SCIM, which is required', async () => {
    const id = await create(api, 'scim', 'alice', alice);
    const answer = await operate(api, id, { op: 'replace', path: 'userName', value: null });
    expect([answer.status, answer.body.scimType]).toEqual([400, 'invalidValue']);
  });
});

describe('a PATCH that changes nothing is a success and moves nothing', () => {
  /** A body that says once more what the dialect shows. */
  const repetition: Readonly<Record<Tongue, (shown: Fields) => Fields>> = {
    v1: (shown) => shared(shown, ['id', 'created_at', 'updated_at']),
    scim: (shown) => shown,
    nerm: (shown) => shared(shown, ['uid', 'last_login', 'cookies_accepted_at']),
  };

  const directories: Readonly<Record<string, () => Promise<string>>> = {
    'a user with a value for everything': () => create(api, 'scim', 'alice', alice),
    'a user of v1': () => create(api, 'v1', 'alice'),
    'a user of NERM': () => create(api, 'nerm', 'alice', { status: 'Pending' }),
    'a user without a primary e-mail or role': () =>
      create(api, 'scim', 'alice', {
        emails: [{ value: 'alice@home.example' }, { value: 'alice@example.com' }],
        roles: [{ value: 'auditor' }, { value: 'editor' }],
      }),
  };

  test.each(tongues.flatMap((tongue) => Object.keys(directories).map((given) => ({ tongue, given }))))(
    'what $tongue shows of $given, said once more',
    async ({ tongue, given }) => {
      const id = await directories[given]!();
      const before = await kept(api);
      const shown = await read(api, tongue, id);
      const answer = await patch(api, tongue, id, repetition[tongue](faces[tongue].shown(shown)));
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual(shown.body);
      expect(answer.headers.get('etag')).toBe(shown.headers.get('etag'));
      expect(await kept(api)).toEqual(before);
    },
  );

  test.each(['v1', 'nerm'] as const)('nothing said at all, in %s', async (tongue) => {
    const id = await create(api, 'scim', 'alice', alice);
    const before = await kept(api);
    expect((await patch(api, tongue, id, {})).status).toBe(200);
    expect(await kept(api)).toEqual(before);
  });
});
