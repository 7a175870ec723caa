import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';
import { showsBehaviour } from './support/behaviour.ts';
import { expectScimError, type Scim, scimAt, urns } from './support/scim.ts';
import { forgetUsers } from './support/users.ts';

let api: TestApp;
let scim: Scim;
beforeAll(async () => {
  api = await startApp();
  scim = scimAt(api);
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

const ent = (name: string) => `${urns.enterprise}:${name}`;

/** The user of Microsoft's SCIM Validator. */
const full = (name: string) => ({
  schemas: [urns.user, urns.enterprise],
  externalId: `ext-${name}`,
  userName: name,
  active: true,
  displayName: 'IAPNLWUMXXYW',
  title: 'KOXWYDBWLMZF',
  preferredLanguage: 'ss',
  locale: 'BYRFJZTUGRXA',
  timezone: 'America/Godthab',
  nickName: 'JRDIMPTWBQOD',
  userType: 'YCYOMPYBKOMJ',
  profileUrl: 'HUXRQJHWBDFC',
  name: {
    formatted: 'Felicity',
    familyName: 'Ines',
    givenName: 'Tito',
    middleName: 'Kenyon',
    honorificPrefix: 'Casimir',
    honorificSuffix: 'Nellie',
  },
  emails: [{ type: 'work', value: `${name}@example.com`, primary: true }],
  addresses: [
    {
      type: 'work',
      formatted: 'CNUVNQBSJEPI',
      streetAddress: '5610 Waters Wells',
      locality: 'WBQGPTGVDLKO',
      region: 'OTJGQFSNSYZW',
      postalCode: 'wo4 1jq',
      country: 'Slovenia',
      primary: true,
    },
  ],
  phoneNumbers: [
    { type: 'work', value: '73-500-7364', primary: true },
    { type: 'mobile', value: '73-500-7365' },
    { type: 'fax', value: '73-500-7366' },
  ],
  roles: [{ primary: 'True', display: 'WVIRPJKQLJRP', value: 'PZEDUWGDFWZN', type: 'ABC' }],
  [urns.enterprise]: {
    employeeNumber: 'FXGRKGJZCXZF',
    costCenter: 'ZGDVJTVCWGOB',
    organization: 'ODYIYLNYEIKG',
    division: 'AJPFZBNOTNRV',
    department: 'VPYJAUUFIXUY',
  },
});

async function create(name = 'merl'): Promise<string> {
  const answer = await scim.send('POST', '/Users', { body: full(name) });
  expect(answer.status, answer.text).toBe(201);
  return answer.body.id as string;
}

const read = async (id: string) => (await scim.get(`/Users/${id}`)).body;

/** Values as Entra ID's requests name them, one operation each, with the verb in upper case. */
const verbose = {
  active: 'True',
  displayName: 'JZKOFKKCMOJN',
  title: 'VUAOTHHQNWDY',
  preferredLanguage: 'fr-KM',
  'name.givenName': 'Kendra',
  'name.familyName': 'Wiley',
  'name.formatted': 'Adelle',
  'name.middleName': 'Lou',
  'name.honorificPrefix': 'Cecil',
  'name.honorificSuffix': 'Ole',
  locale: 'KRQIELYVFZYZ',
  timezone: 'Asia/Barnaul',
  nickName: 'XIIUSVKPGRVV',
  userType: 'XRWSTPRGTZOQ',
  profileUrl: 'YKGEXYVNPLYB',
  externalId: 'CHANGED',
  [ent('employeeNumber')]: 'DYBGBRKYQHQQ',
  [ent('costCenter')]: 'XYRXULRRDZYM',
  [ent('organization')]: 'MCNFPUUTEIKX',
  [ent('division')]: 'UTZPJYJRHPXB',
  [ent('department')]: 'QSMMLWKDCQVZ',
  'emails[type eq "work"].value': 'kelvin@hermann.example',
  'addresses[type eq "work"].formatted': 'ZPGKDLUBSCWV',
  'addresses[type eq "work"].streetAddress': '7522 Otto Squares',
  'addresses[type eq "work"].locality': 'JHNZCKBUVUDE',
  'addresses[type eq "work"].region': 'JWGHQIDLJFIK',
  'addresses[type eq "work"].postalCode': 'va6 6ny',
  'addresses[type eq "work"].country': 'Kiribati',
  'phoneNumbers[type eq "work"].value': '91-500-5191',
  'phoneNumbers[type eq "mobile"].value': '91-500-5192',
  'phoneNumbers[type eq "fax"].value': '91-500-5193',
  'roles[primary eq "True"].display': 'AGXXPTDHTSAS',
  'roles[primary eq "True"].value': 'NGLTXQUYUUPQ',
} as const;

/** What such a path names in a user. */
function at(user: Record<string, unknown>, path: string): unknown {
  const [, urn, rest] = /^(urn:.*):([^:]+)$/.exec(path) ?? [undefined, undefined, path];
  const start = urn === undefined ? user : (user[urn] as Record<string, unknown> | undefined);
  const [, name, sub, filtered, value, part] = /^(\w+)(?:\.(\w+))?(?:\[(\w+) eq "(\w+)"\]\.(\w+))?$/.exec(rest)!;
  const found = start?.[name!];
  if (filtered !== undefined) {
    const wanted = value === 'True' ? true : value;
    return (found as Record<string, unknown>[] | undefined)?.find((each) => each[filtered] === wanted)?.[part!];
  }
  return sub === undefined ? found : (found as Record<string, unknown> | undefined)?.[sub];
}

const expected = (value: string) => (value === 'True' ? true : value);

// https://scimvalidator.microsoft.com: each test has the name of its check.
describe("Microsoft's SCIM Validator", () => {
  showsBehaviour('Microsoft Entra ID', 'Microsoft SCIM Validator');

  test('Create a new User', async () => {
    const { roles, schemas, ...rest } = full('merl');
    const user = await read(await create());
    expect(user).toMatchObject({ ...rest, roles: roles.map((role) => ({ ...role, primary: true })) });
    expect(user.schemas.toSorted()).toEqual(schemas.toSorted());
  });

  test('Create a duplicate User', async () => {
    await create();
    expectScimError(await scim.send('POST', '/Users', { body: full('merl') }), 409, 'uniqueness');
  });

  test.each(['userName eq "merl"', 'USERNAME eq "MERL"', 'userName eq "Merl"', 'externalId eq "ext-merl"'])(
    'Filter for an existing User, and with different case: %s',
    async (filter) => {
      const id = await create();
      const { body } = await scim.list('/Users', { filter });
      expect([body.totalResults, body.Resources[0].id]).toEqual([1, id]);
    },
  );

  test('Filter for a non-existing User', async () => {
    const { status, body } = await scim.list('/Users', { filter: 'userName eq "nobody"' });
    expect([status, body.totalResults]).toEqual([200, 0]);
  });

  test.each(['Replace', 'Add'])('Patch User - %s attributes, verbose', async (op) => {
    const id = await create();
    const operations = Object.entries(verbose).map(([path, value]) => ({ op, path, value }));
    const answer = await scim.patch(`/Users/${id}`, operations);
    expect(answer.status, answer.text).toBe(200);
    const user = await read(id);
    for (const [path, value] of Object.entries(verbose)) expect(at(user, path), path).toEqual(expected(value));
    expect(user.phoneNumbers).toHaveLength(3);
    expect(user.addresses).toHaveLength(1);
  });

  test('Patch User - Add attributes, verbose, to a user that has none', async () => {
    const id = await scim.user('bare');
    const entries = Object.entries(verbose).filter(([path]) => !path.startsWith('roles'));
    const answer = await scim.patch(
      `/Users/${id}`,
      entries.map(([path, value]) => ({ op: 'Add', path, value })),
    );
    expect(answer.status, answer.text).toBe(200);
    const user = await read(id);
    for (const [path, value] of entries) expect(at(user, path), path).toEqual(expected(value));
  });

  test('Patch User - Remove attributes, verbose', async () => {
    const id = await create();
    const removed = Object.keys(verbose).filter((path) => path !== 'active' && !path.startsWith('roles'));
    const answer = await scim.patch(
      `/Users/${id}`,
      removed.map((path) => ({ op: 'Remove', path })),
    );
    expect(answer.status, answer.text).toBe(200);
    const user = await read(id);
    for (const path of removed) expect(at(user, path), path).toBeUndefined();
  });

  test('Update User userName', async () => {
    const id = await create();
    const answer = await scim.patch(`/Users/${id}`, [{ op: 'Replace', path: 'userName', value: 'moses' }]);
    expect([answer.status, answer.body.userName]).toEqual([200, 'moses']);
    expect((await scim.list('/Users', { filter: 'userName eq "merl"' })).body.totalResults).toBe(0);
  });

  test.each([
    ['Replace', 'False'],
    ['replace', false],
    ['Add', 'false'],
  ])('Disable User (%s %j), and read it back', async (op, value) => {
    const id = await create();
    await scim.patch(`/Users/${id}`, [{ op, path: 'active', value }]);
    expect((await read(id)).active).toBe(false);
    expect((await scim.list('/Users', { filter: 'active eq false' })).body.totalResults).toBe(1);
  });

  test('Update User manager: add, replace, remove by the empty string', async () => {
    const id = await create();
    const [one, two] = [await scim.user('one'), await scim.user('two')];
    const set = (op: string, value: unknown) => scim.patch(`/Users/${id}`, [{ op, path: ent('manager'), value }]);
    const manager = async () => (await read(id))[urns.enterprise].manager;
    expect((await set('Add', one)).status).toBe(200);
    expect(await manager()).toEqual({ value: one });
    await set('Replace', two);
    expect(await manager()).toEqual({ value: two });
    await set('Replace', { value: one });
    expect((await manager()).value).toBe(one);
    expect((await set('Replace', '')).status).toBe(200);
    expect(await manager()).toBeUndefined();
    await set('Add', [{ value: two }]);
    expect((await manager()).value).toBe(two);
    await scim.patch(`/Users/${id}`, [{ op: 'Remove', path: ent('manager') }]);
    expect(await manager()).toBeUndefined();
    expect((await read(id))[urns.enterprise].department).toBe('VPYJAUUFIXUY');
  });

  test('Patch User - Multiple Ops on same attribute', async () => {
    const id = await create();
    const path = 'displayName';
    const answer = await scim.patch(`/Users/${id}`, [
      { op: 'Remove', path },
      { op: 'Add', path, value: 'HZBEBIBXBBAR' },
      { op: 'Replace', path, value: 'last' },
    ]);
    expect(answer.body.displayName).toBe('last');
    const number = 'phoneNumbers[type eq "mobile"].value';
    await scim.patch(`/Users/${id}`, [
      { op: 'Replace', path: number, value: '1' },
      { op: 'Remove', path: 'phoneNumbers[type eq "mobile"]' },
      { op: 'Add', path: number, value: '2' },
    ]);
    const mobile = (await read(id)).phoneNumbers.filter(({ type }: { type: string }) => type === 'mobile');
    expect(mobile).toEqual([{ type: 'mobile', value: '2' }]);
  });

  test('Delete a User, then delete it again', async () => {
    const id = await create();
    expect((await scim.remove(`/Users/${id}`)).status).toBe(204);
    expectScimError(await scim.remove(`/Users/${id}`), 404);
    expectScimError(await scim.get(`/Users/${id}`), 404);
    expect((await scim.list('/Users', { filter: 'userName eq "merl"' })).body.totalResults).toBe(0);
    await create();
  });

  describe('groups', () => {
    const draft = { schemas: [urns.group, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'] };
    const named = { ...draft, externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159', displayName: 'BBKTAHRTZSKD' };
    const group = async (): Promise<string> => {
      const answer = await scim.send('POST', '/Groups', { body: { ...named, meta: { resourceType: 'Group' } } });
      expect(answer.status, answer.text).toBe(201);
      return answer.body.id as string;
    };

    test('Create a new Group', async () => {
      expect((await scim.get(`/Groups/${await group()}`)).body).toMatchObject({
        schemas: [urns.group],
        externalId: named.externalId,
        displayName: named.displayName,
      });
    });

    test('Create a duplicate Group', async () => {
      await group();
      expectScimError(await scim.send('POST', '/Groups', { body: named }), 409, 'uniqueness');
    });

    test.each([
      'displayName eq "bbktahrtzskd"',
      `externalId eq "${named.externalId}"`,
      'DISPLAYNAME eq "BBKTAHRTZSKD"',
    ])('Filter for an existing Group: %s', async (filter) => {
      const id = await group();
      const { body } = await scim.list('/Groups', { filter, excludedAttributes: 'members' });
      expect([body.totalResults, body.Resources[0].id]).toEqual([1, id]);
      expect(body.Resources[0]).not.toHaveProperty('members');
    });

    test('Patch Group - Replace Attributes', async () => {
      const id = await group();
      const answer = await scim.patch(`/Groups/${id}`, [
        { op: 'Replace', path: 'displayName', value: 'NSZHLAHZVHXU' },
        { op: 'Replace', path: 'externalId', value: 'changed' },
      ]);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect((await scim.get(`/Groups/${id}`)).body).toMatchObject({
        displayName: 'NSZHLAHZVHXU',
        externalId: 'changed',
      });
    });

    test('Update Group - Add, replace and remove Member, by lists of values', async () => {
      const id = await group();
      const [one, two] = [await scim.user('one'), await scim.user('two')];
      const send = (op: string, ...users: string[]) =>
        scim.patch(`/Groups/${id}`, [{ op, path: 'members', value: users.map((value) => ({ $ref: null, value })) }]);
      expect((await send('Add', one)).status).toBe(204);
      expect(await scim.members(id)).toEqual([one]);
      expect((await send('Add', one, two)).status).toBe(204);
      expect(await scim.members(id)).toEqual([one, two].toSorted());
      expect((await send('Remove', one)).status).toBe(204);
      expect(await scim.members(id)).toEqual([two]);
      expect((await send('Replace', one)).status).toBe(204);
      expect(await scim.members(id)).toEqual([one]);
      expect((await scim.list('/Groups', { filter: `id eq "${id}" and members eq "${one}"` })).body.totalResults).toBe(
        1,
      );
      expect((await scim.list('/Groups', { filter: `members[value eq "${two}"]` })).body.totalResults).toBe(0);
    });

    test('Delete a Group, then delete it again', async () => {
      const id = await group();
      expect((await scim.remove(`/Groups/${id}`)).status).toBe(204);
      expectScimError(await scim.remove(`/Groups/${id}`), 404);
    });
  });
});

/** What Entra ID's gallery template maps: https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups */
describe("Entra ID's gallery template", () => {
  showsBehaviour('Microsoft Entra ID', 'Entra ID gallery template');

  test('every attribute that it maps is in /Schemas', async () => {
    const { body } = await scim.get('/Schemas');
    const attributes = new Map<string, { subAttributes?: { name: string }[] }>(
      body.Resources.flatMap(({ id, attributes: own }: { id: string; attributes: { name: string }[] }) =>
        own.map((each) => [`${id}:${each.name}`, each]),
      ),
    );
    for (const path of Object.keys(verbose)) {
      // RFC 7643 3.1: externalId is common to all resources, and part of no schema.
      if (path === 'externalId') continue;
      const [, name, sub] = /^(\w+)(?:\[.*\])?(?:\.(\w+))?$/.exec(path) ?? [];
      const attribute = attributes.get(path.startsWith('urn:') ? path : `${urns.user}:${name}`);
      expect(attribute, path).toBeDefined();
      if (sub !== undefined)
        expect(
          attribute!.subAttributes?.map((each) => each.name),
          path,
        ).toContain(sub);
    }
  });

  const clearable = Object.keys(verbose).filter((path) => path !== 'active');
  test.each([null, ''])('%j clears each of them', async (value) => {
    const id = await create();
    const before = await read(id);
    for (const path of clearable) {
      const answer = await scim.patch(`/Users/${id}`, [{ op: 'Replace', path, value }]);
      expect(answer.status, `${path}: ${answer.text}`).toBe(200);
      expect(at(answer.body, path), path).toBeUndefined();
    }
    const after = await read(id);
    expect(after.userName).toBe(before.userName);
    expect(after.active).toBe(true);
  });

  test.each([1, 2, 3, 4])('pages say which one they are: startIndex=%j', async (startIndex) => {
    for (const name of ['a', 'b', 'c']) await scim.user(name);
    const { body } = await scim.list('/Users', { startIndex, count: 1 });
    expect(body).toMatchObject({ startIndex, totalResults: 3, itemsPerPage: startIndex > 3 ? 0 : 1 });
  });
});
