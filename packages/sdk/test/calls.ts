import type { nerm } from '@stele/schemas/nerm';
import type { scim } from '@stele/schemas/scim';
import type { v1 } from '@stele/schemas/v1';
import { operations, type Stele } from '../src/index.ts';

/** A call of one operation. Where the operation takes something secret, it is the second parameter. */
export type Call = (stele: Stele, secret: string) => PromiseLike<unknown>;

const user = { username: 'a', email: 'a@example.com' };

/** One call of every method, by the operation that it stands for. An operation without a method does not compile. */
export const calls = {
  v1: {
    createUser: ({ v1: { users } }, password) => users.create({ ...user, password }),
    readUser: ({ v1: { users } }) => users.get('1'),
    updateUser: ({ v1: { users } }) => users.update('1', {}),
    deleteUser: ({ v1: { users } }) => users.delete('1'),
    listUsers: ({ v1: { users } }) => users.list(),
    batchUsers: ({ v1: { users } }, password) => users.batch([{ op: 'create', data: { ...user, password } }]),
    setPassword: ({ v1: { users } }, password) => users.setPassword('1', password),
    verifyEmail: ({ v1: { users } }, token) => users.verifyEmail('1', token),
    resendEmailVerification: ({ v1: { users } }) => users.resendEmailVerification('1'),
    readHistory: ({ v1: { users } }) => users.history('1'),
    readGroupHistory: ({ v1: { groups } }) => groups.history('1'),
    createApiKey: ({ v1: { apiKeys } }) => apiKeys.create({ name: 'a', scopes: ['read'] }),
    readApiKey: ({ v1: { apiKeys } }) => apiKeys.get('1'),
    listApiKeys: ({ v1: { apiKeys } }) => apiKeys.list(),
    updateApiKey: ({ v1: { apiKeys } }) => apiKeys.update('1', { domain: 'okta' }),
    rotateApiKey: ({ v1: { apiKeys } }) => apiKeys.rotate('1'),
    revokeApiKey: ({ v1: { apiKeys } }) => apiKeys.revoke('1'),
    createTenant: ({ v1: { tenants } }) => tenants.create({ name: 'a' }),
    readTenant: ({ v1: { tenants } }) => tenants.get('1'),
    listTenants: ({ v1: { tenants } }) => tenants.list(),
    createTenantApiKey: ({ v1: { tenants } }) => tenants.createApiKey('1', { name: 'a', scopes: ['read'] }),
  },
  scim: {
    createUser: ({ scim: { users } }, password) => users.create({ userName: 'a', password }),
    readUser: ({ scim: { users } }) => users.get('1'),
    replaceUser: ({ scim: { users } }, password) => users.replace('1', { userName: 'a', password }),
    patchUser: ({ scim: { users } }, value) => users.patch('1', [{ op: 'replace', path: 'Password', value }]),
    deleteUser: ({ scim: { users } }) => users.delete('1'),
    listUsers: ({ scim: { users } }) => users.list(),
    searchUsers: ({ scim: { users } }) => users.search(),
    createGroup: ({ scim: { groups } }) => groups.create({ displayName: 'a' }),
    readGroup: ({ scim: { groups } }) => groups.get('1'),
    replaceGroup: ({ scim: { groups } }) => groups.replace('1', { displayName: 'a' }),
    patchGroup: ({ scim: { groups } }) => groups.patch('1', []),
    deleteGroup: ({ scim: { groups } }) => groups.delete('1'),
    listGroups: ({ scim: { groups } }) => groups.list(),
    searchGroups: ({ scim: { groups } }) => groups.search(),
    search: ({ scim }) => scim.search(),
    bulk: ({ scim }, password) =>
      scim.bulk([
        { method: 'POST', path: '/Users', bulkId: 'a', data: { userName: 'a', password } },
        { method: 'PATCH', path: '/Users/1', data: operations().replace('password', password) },
      ]),
    readLinks: ({ scim }) => scim.links(),
    readServiceProviderConfig: ({ scim }) => scim.serviceProviderConfig(),
    listResourceTypes: ({ scim: { resourceTypes } }) => resourceTypes.list(),
    readResourceType: ({ scim: { resourceTypes } }) => resourceTypes.get('1'),
    listSchemas: ({ scim: { schemas } }) => schemas.list(),
    readSchema: ({ scim: { schemas } }) => schemas.get('1'),
    readMe: ({ scim }) => scim.me(),
  },
  nerm: {
    createUser: ({ nerm: { users } }, password) =>
      users.create({ login: 'a', name: 'a', email: 'a@example.com', type: 'NeprofileUser', password }),
    readUser: ({ nerm: { users } }) => users.get('1'),
    updateUser: ({ nerm: { users } }) => users.update('1', {}),
    deleteUser: ({ nerm: { users } }) => users.delete('1'),
    listUsers: ({ nerm: { users } }) => users.list(),
    createUsers: ({ nerm: { users } }, password) =>
      users.createMany([{ login: 'a', name: 'a', email: 'a@example.com', type: 'NeprofileUser', password }]),
    updateUsers: ({ nerm: { users } }) => users.updateMany([{ id: '1' }]),
    readAvatar: ({ nerm: { users } }) => users.avatar('1'),
    writeAvatar: ({ nerm: { users } }) => users.setAvatar('1', new TextEncoder().encode('image')),
    readJob: ({ nerm: { jobs } }) => jobs.get('1'),
    queryAuditEvents: ({ nerm: { auditEvents } }) => auditEvents.query(),
  },
} satisfies {
  v1: Record<keyof typeof v1.operations, Call>;
  scim: Record<keyof typeof scim.operations, Call>;
  nerm: Record<keyof typeof nerm.operations, Call>;
};

/** Methods that say an operation in fewer words, or more than once. */
export const shortcuts = [
  'ScimGroups.addMembers',
  'ScimGroups.removeMembers',
  'NermJobs.wait',
  'V1Users.preview',
  'ScimUsers.preview',
  'ScimGroups.preview',
  'NermUsers.preview',
];

/** The same, one after the other. */
export const everyCall: readonly (readonly [name: string, call: Call])[] = Object.entries(calls).flatMap(
  ([dialect, own]) => Object.entries(own).map(([id, call]) => [`${dialect}.${id}`, call] as const),
);
