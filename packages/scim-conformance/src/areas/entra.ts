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
import { at, textAt } from '../json.ts';
import { type CreatedResource, memberOf, type Session } from '../session.ts';
import { urns } from '../urn.ts';
import { expectListed } from './expect-list.ts';

/** https://scimvalidator.microsoft.com: each source has the name of its test. */
export const test = (name: string): string => `Microsoft SCIM Validator: ${name}`;

/** https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups: what Entra ID sends. */
export const PROVISIONING = 'Microsoft Entra ID provisioning';

const MANAGER = `${urns.enterprise}:manager`;

/** The operations of the validator's verbose PATCH: attribute of the schemas, path, value, and the path to it in the user. */
const verbose: readonly (readonly [
  attribute: string,
  path: string,
  value: string,
  ...location: (string | number)[],
])[] = [
  ['displayName', 'displayName', 'JZKOFKKCMOJN', 'displayName'],
  ['title', 'title', 'VUAOTHHQNWDY', 'title'],
  ['preferredLanguage', 'preferredLanguage', 'fr-KM', 'preferredLanguage'],
  ['name.givenName', 'name.givenName', 'Kendra', 'name', 'givenName'],
  ['name.familyName', 'name.familyName', 'Wiley', 'name', 'familyName'],
  ['name.middleName', 'name.middleName', 'Lou', 'name', 'middleName'],
  ['name.honorificPrefix', 'name.honorificPrefix', 'Cecil', 'name', 'honorificPrefix'],
  ['name.honorificSuffix', 'name.honorificSuffix', 'Ole', 'name', 'honorificSuffix'],
  ['timezone', 'timezone', 'Asia/Barnaul', 'timezone'],
  ['nickName', 'nickName', 'XIIUSVKPGRVV', 'nickName'],
  ['userType', 'userType', 'XRWSTPRGTZOQ', 'userType'],
  ['emails.value', 'emails[type eq "work"].value', 'kelvin@hermann.example', 'emails', 0, 'value'],
  ['addresses.locality', 'addresses[type eq "work"].locality', 'JHNZCKBUVUDE', 'addresses', 0, 'locality'],
  ['addresses.country', 'addresses[type eq "work"].country', 'KI', 'addresses', 0, 'country'],
  ['phoneNumbers.value', 'phoneNumbers[type eq "work"].value', '91-500-5191', 'phoneNumbers', 0, 'value'],
  ['roles.display', 'roles[primary eq "True"].display', 'AGXXPTDHTSAS', 'roles', 0, 'display'],
  ['roles.value', 'roles[primary eq "True"].value', 'NGLTXQUYUUPQ', 'roles', 0, 'value'],
];

const known = (session: Session) => verbose.filter(([name]) => session.server.lacks(`User.${name}`) === undefined);

const full = (session: Session) => {
  const has = (name: string) => session.server.lacks(`User.${name}`) === undefined;
  const name = session.uniqueName();
  return {
    externalId: name,
    active: true,
    ...(has('displayName') && { displayName: 'IAPNLWUMXXYW' }),
    ...(has('addresses') && { addresses: [{ type: 'work', locality: 'WBQGPTGVDLKO', country: 'SI' }] }),
    ...(has('roles') && { roles: [{ primary: 'True', display: 'WVIRPJKQLJRP', value: 'PZEDUWGDFWZN', type: 'ABC' }] }),
    ...(has('phoneNumbers') && { phoneNumbers: [{ type: 'work', value: '73-500-7364' }] }),
  };
};

const create = (session: Session): Promise<CreatedResource> => session.createUser(full(session));

/** A PATCH of every attribute, each in an operation of its own, with the verb in capitals. */
const verbosely = (op: 'Add' | 'Replace', bare: boolean) => ({
  title: `${op} sets every attribute of a user that has ${bare ? 'none' : 'values'}, one operation each`,
  source: test(`Patch User - ${op} Attributes Verbose Request`),
  needs: ['patch'] as const,
  async run(session: Session) {
    const { path } = bare ? await session.createUser({ emails: [] }) : await create(session);
    const named = known(session);
    const user = await session.patchAndRead(path, ...named.map(([, path, value]) => ({ op, path, value })));
    for (const [, path, value, ...location] of named) expectEqual(path, at(user, ...location), value);
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
  needs: ['patch', 'User.displayName'] as const,
  async run(session: Session) {
    const { path } = await create(session);
    const user = await session.patchAndRead(path, { op: 'Replace', path: 'displayName', value });
    expectAbsent('displayName', user['displayName']);
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
      const { roles = [], ...fields } = full(session);
      const draft = session.userBody(fields);
      const response = await session.post('/Users', { ...draft, roles });
      expectStatus(response, 201);
      expectContains('the user', response.body, { ...draft, roles: roles.map((role) => ({ ...role, primary: true })) });
    },
  },
  duplicate: {
    title: 'a second POST of the same user is 409',
    source: test('Create a duplicate User'),
    async run(session) {
      const draft = session.userBody(full(session));
      expectStatus(await session.post('/Users', draft), 201);
      expectError(await session.post('/Users', draft), 409);
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
      const named = known(session);
      const user = await session.patchAndRead(path, ...named.map(([, path]) => ({ op: 'Remove', path })));
      for (const [, path, , ...location] of named) expectAbsent(path, at(user, ...location));
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
      const { path } = await create(session);
      const userName = `${session.uniqueName()}@example.com`;
      const user = await session.patchAndRead(path, { op: 'Replace', path: 'userName', value: userName });
      expectEqual('userName', user['userName'], userName);
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
      expectContains('the user', user, { name: { givenName: 'Check', familyName: 'Lund' } });
    },
  },
  'clear-null': clearing('null clears', null),
  'clear-empty': clearing('the empty string clears', ''),
  'add-manager': managing('Add Manager', 'the manager is added as a plain id', 'Add', ({ id }) => id),
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
      const missing = verbose.filter(([name]) => session.server.lacks(`User.${name}`) !== undefined);
      expectThat(missing.length === 0, 'each attribute in /Schemas', missing.map(([name]) => name).join(', '));
    },
  },
});
