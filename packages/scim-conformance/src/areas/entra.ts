import { randomUUID } from 'node:crypto';
import { checksOf } from '../check.ts';
import {
  expectAbsent,
  expectPatched,
  expectEqual,
  expectError,
  expectContains,
  expectStatus,
  expectThat,
} from '../expect.ts';
import { at, isObject, type Json, listAt, textAt } from '../json.ts';
import { type CreatedResource, memberOf, type Session } from '../session.ts';
import type { Need, Server } from '../types.ts';
import { urns } from '../urn.ts';
import { expectListed } from './expect-list.ts';

/** https://scimvalidator.microsoft.com: each source has the name of its test. */
export const test = (name: string): string => `Microsoft SCIM Validator: ${name}`;

/** https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups: what Entra ID sends. */
export const PROVISIONING = 'Microsoft Entra ID provisioning';

const MANAGER = `${urns.enterprise}:manager`;

/** The paths of the validator's verbose PATCH, which are those that the gallery template maps, with a value for each. */
const verbose: readonly (readonly [path: string, value: string])[] = [
  ['active', 'True'],
  ['displayName', 'JZKOFKKCMOJN'],
  ['title', 'VUAOTHHQNWDY'],
  ['preferredLanguage', 'fr-KM'],
  ['name.givenName', 'Kendra'],
  ['name.familyName', 'Wiley'],
  ['name.formatted', 'Adelle'],
  ['name.middleName', 'Lou'],
  ['name.honorificPrefix', 'Cecil'],
  ['name.honorificSuffix', 'Ole'],
  ['locale', 'KRQIELYVFZYZ'],
  ['timezone', 'Asia/Barnaul'],
  ['nickName', 'XIIUSVKPGRVV'],
  ['userType', 'XRWSTPRGTZOQ'],
  ['profileUrl', 'YKGEXYVNPLYB'],
  ['externalId', ''],
  [`${urns.enterprise}:employeeNumber`, 'DYBGBRKYQHQQ'],
  [`${urns.enterprise}:costCenter`, 'XYRXULRRDZYM'],
  [`${urns.enterprise}:organization`, 'MCNFPUUTEIKX'],
  [`${urns.enterprise}:division`, 'UTZPJYJRHPXB'],
  [`${urns.enterprise}:department`, 'QSMMLWKDCQVZ'],
  ['emails[type eq "work"].value', 'kelvin@hermann.example'],
  ['addresses[type eq "work"].formatted', 'ZPGKDLUBSCWV'],
  ['addresses[type eq "work"].streetAddress', '7522 Otto Squares'],
  ['addresses[type eq "work"].locality', 'JHNZCKBUVUDE'],
  ['addresses[type eq "work"].region', 'JWGHQIDLJFIK'],
  ['addresses[type eq "work"].postalCode', 'va6 6ny'],
  ['addresses[type eq "work"].country', 'Kiribati'],
  ['phoneNumbers[type eq "work"].value', '91-500-5191'],
  ['phoneNumbers[type eq "mobile"].value', '91-500-5192'],
  ['phoneNumbers[type eq "fax"].value', '91-500-5193'],
  ['roles[primary eq "True"].display', 'AGXXPTDHTSAS'],
  ['roles[primary eq "True"].value', 'NGLTXQUYUUPQ'],
];

/** The user of the validator. */
const validatorUser = {
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
};

const PATH = /^(?:(urn:.+):)?(\w+)(?:\[(\w+) eq "(\w+)"\])?(?:\.(\w+))?$/;

/** The attribute of the schemas that a path names. */
function needOf(path: string): Need {
  const [, urn, name, , , sub] = PATH.exec(path)!;
  if (urn !== undefined) return `enterprise.${name}`;
  return sub === undefined ? `User.${name}` : `User.${name}.${sub}`;
}

/** The value at a path in a user. A filter in it selects one element. */
function valueAt(user: unknown, path: string): unknown {
  const [, urn, name = '', filtered, text = '', sub] = PATH.exec(path)!;
  const value = urn === undefined ? at(user, name) : at(user, urn, name);
  const isSelected = (each: unknown) => String(at(each, filtered!)).toLowerCase() === text.toLowerCase();
  const selected = filtered === undefined ? value : listAt({ value }, 'value').find(isSelected);
  return sub === undefined ? selected : at(selected, sub);
}

/** The paths that a server has, each with a value. */
const pathsOf = (session: Session): (readonly [path: string, value: string])[] =>
  verbose
    .filter(([path]) => session.server.lacks(needOf(path)) === undefined)
    .map(([path, value]) => [path, path === 'externalId' ? session.uniqueName() : value]);

/** A value without the attributes and sub-attributes that a server lacks. */
function supportedBy(server: Server, value: Json, prefix: string): Json {
  const supported = Object.entries(value).flatMap(([name, each]): [string, unknown][] => {
    if (isObject(each)) {
      const members = supportedBy(server, each, name === urns.enterprise ? 'enterprise' : `${prefix}.${name}`);
      return Object.keys(members).length === 0 ? [] : [[name, members]];
    }
    if (server.lacks(`${prefix}.${name}` as Need) !== undefined) return [];
    const list = Array.isArray(each) && (each as Json[]).map((one) => supportedBy(server, one, `${prefix}.${name}`));
    return [[name, list || each]];
  });
  return Object.fromEntries(supported);
}

const full = (session: Session): Json => ({
  ...supportedBy(session.server, validatorUser, 'User'),
  externalId: session.uniqueName(),
});

const create = (session: Session): Promise<CreatedResource> => session.createUser(full(session));

const lengthsOf = (user: unknown): readonly number[] =>
  ['addresses', 'emails', 'phoneNumbers'].map((name) => listAt(user, name).length);

/** A PATCH of every attribute, each in an operation of its own, with the verb in capitals. */
const verbosely = (op: 'Add' | 'Replace', bare: boolean) => ({
  title: `${op} sets every attribute of a user that has ${bare ? 'none' : 'values'}, one operation each`,
  source: test(`Patch User - ${op} Attributes Verbose Request`),
  needs: ['patch'] as const,
  async run(session: Session) {
    const { path, body } = bare ? await session.createUser({ emails: [] }) : await create(session);
    const values = pathsOf(session);
    const user = await session.patchAndRead(path, ...values.map(([path, value]) => ({ op, path, value })));
    for (const [path, value] of values) expectEqual(path, valueAt(user, path), value === 'True' ? true : value);
    if (!bare) expectEqual('the numbers of addresses, emails and phoneNumbers', lengthsOf(user), lengthsOf(body));
  },
});

const disabling = (op: string, value: unknown) => ({
  title: `${op} of active with ${JSON.stringify(value)} disables a user`,
  source: test('Patch User - Disable User'),
  needs: ['patch', 'User.active'] as const,
  async run(session: Session) {
    const { path } = await create(session);
    expectEqual('active', (await session.patchAndRead(path, { op, path: 'active', value }))['active'], false);
  },
});

const clearing = (title: string, value: unknown) => ({
  title,
  source: PROVISIONING,
  needs: ['patch'] as const,
  async run(session: Session) {
    const { path, body } = await create(session);
    const cleared = pathsOf(session).filter(([path]) => path !== 'active');
    for (const [name] of cleared) expectPatched(await session.patch(path, [{ op: 'Replace', path: name, value }]));
    const user = await session.read(path);
    for (const [name] of cleared) expectAbsent(name, valueAt(user, name));
    expectContains('the user', user, { userName: body['userName'], active: true });
  },
});

const filtering = (title: string, name: string, filter: (userName: string) => string) => ({
  title,
  source: test(name),
  needs: ['filter'] as const,
  async run(session: Session) {
    const user = await create(session);
    expectListed(await session.list('/Users', { filter: filter(textAt(user.body, 'userName')) }), user);
  },
});

/** An operation on the manager of a user who has another one. Afterwards the manager is that of the value, or none. */
const managing = (name: string, title: string, op: string, value: (boss: CreatedResource) => unknown) => ({
  title,
  source: test(`Patch User - ${name}`),
  needs: ['patch', 'enterprise'] as const,
  async run(session: Session) {
    const [before, boss] = [await session.createUser(), await session.createUser()];
    const { path } = await session.createUser({
      [urns.enterprise]: { manager: memberOf(before), department: 'Mapping' },
    });
    const user = await session.patchAndRead(path, { op, path: MANAGER, value: value(boss) });
    const remains = value(boss) ? boss.id : undefined;
    expectEqual('manager', at(user, urns.enterprise, 'manager', 'value'), remains);
    expectEqual('department', at(user, urns.enterprise, 'department'), 'Mapping');
  },
});

export const deletingTwice = (kind: string, make: (session: Session) => Promise<CreatedResource>) => ({
  title: `a ${kind.toLowerCase()} is deleted with 204, and then with 404`,
  source: test(`Delete the same ${kind} twice`),
  async run(session: Session) {
    const { path } = await make(session);
    expectStatus(await session.delete(path), 204);
    expectError(await session.delete(path), 404);
  },
});

export const deletingUnknown = (kind: string, endpoint: string) => ({
  title: `a ${kind.toLowerCase()} that does not exist is deleted with 404`,
  source: test(`Delete a non-existent ${kind}`),
  run: async (session: Session) => expectError(await session.delete(`${endpoint}/${randomUUID()}`), 404),
});

export const entra = checksOf('entra', {
  create: {
    title: 'a user is created with what Entra ID maps, primary as text',
    source: test('Create a new User'),
    async run(session) {
      const body = session.userBody(full(session));
      const response = await session.post('/Users', body);
      expectStatus(response, 201);
      const roles = listAt(body, 'roles').map((role) => ({ ...(role as Json), primary: true }));
      expectContains('the user', response.body, { ...body, ...(roles.length > 0 && { roles }) });
    },
  },
  duplicate: {
    title: 'a second POST of the same user is 409',
    source: test('Create a duplicate User'),
    async run(session) {
      const draft = session.userBody(full(session));
      expectStatus(await session.post('/Users', draft), 201);
      expectError(await session.post('/Users', draft), 409, 'uniqueness');
    },
  },
  filter: filtering(
    'a user is found by userName',
    'Filter for an existing user',
    (userName) => `userName eq "${userName}"`,
  ),
  'filter-in-other-case': filtering(
    'a user is found by userName in other case',
    'Filter for an existing user with a different case',
    (userName) => `USERNAME eq "${userName.toUpperCase()}"`,
  ),
  'filter-no-user': {
    title: 'a filter on an unknown userName returns an empty list',
    source: test('Filter for a non-existing user'),
    needs: ['filter'],
    async run(session) {
      const response = await session.list('/Users', { filter: `userName eq "${session.uniqueName()}"` });
      expectStatus(response, 200);
      expectEqual('totalResults', at(response.body, 'totalResults'), 0);
    },
  },
  'replace-verbose': verbosely('Replace', false),
  'add-verbose': verbosely('Add', false),
  'add-verbose-to-bare': verbosely('Add', true),
  'remove-verbose': {
    title: 'Remove clears every attribute, one operation each',
    source: PROVISIONING,
    needs: ['patch'],
    async run(session) {
      const { path } = await create(session);
      const removed = pathsOf(session).filter(([path]) => path !== 'active');
      const user = await session.patchAndRead(path, ...removed.map(([path]) => ({ op: 'Remove', path })));
      for (const [path] of removed) expectAbsent(path, valueAt(user, path));
    },
  },
  'several-on-one': {
    title: 'several operations on one attribute leave the value of the last one',
    source: test('Patch User - Multiple Ops on same attribute'),
    needs: ['patch', 'User.displayName'],
    async run(session) {
      const { path } = await create(session);
      const user = await session.patchAndRead(
        path,
        { op: 'Remove', path: 'displayName' },
        { op: 'Add', path: 'displayName', value: 'HZBEBIBXBBAR' },
        { op: 'Replace', path: 'displayName', value: 'last' },
      );
      expectEqual('displayName', user['displayName'], 'last');
    },
  },
  'several-on-one-element': {
    title: 'Replace, Remove and Add of one element leave the value of the last one',
    source: test('Patch User - Multiple Ops on same attribute'),
    needs: ['patch', 'User.phoneNumbers'],
    async run(session) {
      const { path } = await create(session);
      const mobile = 'phoneNumbers[type eq "mobile"]';
      const user = await session.patchAndRead(
        path,
        { op: 'Replace', path: `${mobile}.value`, value: '1' },
        { op: 'Remove', path: mobile },
        { op: 'Add', path: `${mobile}.value`, value: '2' },
      );
      const numbers = listAt(user, 'phoneNumbers').filter((each) => textAt(each, 'type') === 'mobile');
      expectContains('the mobile numbers', { numbers }, { numbers: [{ type: 'mobile', value: '2' }] });
    },
  },
  'several-on-others': {
    title: 'several operations on several attributes',
    source: test('Patch User - Multiple Ops on different attributes'),
    needs: ['patch', 'User.displayName', 'User.preferredLanguage'],
    async run(session) {
      const { path } = await session.createUser({ preferredLanguage: 'ss' });
      const externalId = session.uniqueName();
      const user = await session.patchAndRead(
        path,
        { op: 'Remove', path: 'preferredLanguage' },
        { op: 'Add', path: 'externalId', value: externalId },
        { op: 'Replace', path: 'displayName', value: 'HZBEBIBXBBAR' },
      );
      expectContains('the user', user, { externalId, displayName: 'HZBEBIBXBBAR' });
      expectAbsent('preferredLanguage', user['preferredLanguage']);
    },
  },
  rename: {
    title: 'the userName is replaced',
    source: test('Update User userName'),
    needs: ['patch'],
    async run(session) {
      const { path, body } = await create(session);
      const userName = `${session.uniqueName()}@example.com`;
      const user = await session.patchAndRead(path, { op: 'Replace', path: 'userName', value: userName });
      expectEqual('userName', user['userName'], userName);
      if (session.server.lacks('filter') !== undefined) return;
      const filter = `userName eq "${textAt(body, 'userName')}"`;
      expectListed(await session.list('/Users', { filter }));
    },
  },
  'disable-text': disabling('Replace', 'False'),
  'disable-lower-case': disabling('replace', false),
  'disable-by-add': disabling('Add', 'false'),
  'paths-as-keys': {
    title: 'a value without a path may have paths as its keys',
    source: `${PROVISIONING}, aadOptscim062020`,
    needs: ['patch', 'User.name.familyName'],
    async run(session) {
      const { path } = await create(session);
      const user = await session.patchAndRead(path, { op: 'Replace', value: { 'name.familyName': 'Lund' } });
      expectContains('the user', user, { name: { givenName: 'Tito', familyName: 'Lund' } });
    },
  },
  'clear-null': clearing('null clears each attribute', null),
  'clear-empty': clearing('the empty string clears each attribute', ''),
  'add-manager': managing('Add Manager', 'the manager is added as a plain id', 'Add', ({ id }) => id),
  'add-manager-in-list': {
    ...managing('Add Manager', 'the manager is added as a list of one', 'Add', (boss) => [memberOf(boss)]),
    source: 'Microsoft SCIM reference code',
  },
  'replace-manager': managing('Replace Manager', 'the manager is replaced by a plain id', 'Replace', ({ id }) => id),
  'replace-manager-whole': managing('Replace Manager', 'the manager is replaced by a value', 'Replace', memberOf),
  'clear-manager': managing('Remove Manager', 'the empty string removes the manager', 'Replace', () => ''),
  'remove-manager': managing('Remove Manager', 'the manager is removed', 'Remove', () => undefined),
  'remove-what-is-not-there': {
    title: 'Remove through a filter that matches nothing succeeds, also when it is sent again',
    source: PROVISIONING,
    needs: ['patch', 'User.phoneNumbers'],
    async run(session) {
      const { path } = await session.createUser();
      const operation = { op: 'Remove', path: 'phoneNumbers[type eq "fax"].value' };
      for (const _ of [1, 2]) expectPatched(await session.patch(path, [operation]));
    },
  },
  delete: {
    title: 'a deleted user is 404',
    source: test('Delete a User'),
    async run(session) {
      const { path } = await create(session);
      expectStatus(await session.delete(path), 204);
      expectError(await session.get(path), 404);
    },
  },
  'delete-twice': deletingTwice('User', create),
  'delete-unknown': deletingUnknown('User', '/Users'),
  'schemas-of-template': {
    title: '/Schemas has the attributes that the gallery template maps',
    source: PROVISIONING,
    async run(session) {
      const missing = verbose.map(([path]) => needOf(path)).filter((need) => session.server.lacks(need) !== undefined);
      expectThat(missing.length === 0, 'each attribute in /Schemas', `no ${missing.join(', ')}`);
    },
  },
});
