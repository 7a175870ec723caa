import type { Dialect } from '@stele/schemas/contract';
import { nerm } from '@stele/schemas/nerm';
import { scim } from '@stele/schemas/scim';
import { v1 } from '@stele/schemas/v1';
import { describe, expect, test } from 'vitest';
import { Stele } from '../src/index.ts';
import { serve } from './server.ts';

type Call = (stele: Stele) => PromiseLike<unknown>;

/** One call of every method, by the operation that it stands for. An operation without a method does not compile. */
const calls = {
  v1: {
    createUser: ({ v1: { users } }) => users.create({ username: 'a', email: 'a@example.com', password: 'password' }),
    readUser: ({ v1: { users } }) => users.get('1'),
    updateUser: ({ v1: { users } }) => users.update('1', {}),
    setPassword: ({ v1: { users } }) => users.setPassword('1', 'password'),
  },
  scim: {
    createUser: ({ scim: { users } }) => users.create({ userName: 'a' }),
    readUser: ({ scim: { users } }) => users.get('1'),
    patchUser: ({ scim: { users } }) => users.patch('1', []),
  },
  nerm: {
    createUser: ({ nerm: { users } }) =>
      users.create({ login: 'a', name: 'a', email: 'a@example.com', type: 'NeprofileUser' }),
    readUser: ({ nerm: { users } }) => users.get('1'),
    updateUser: ({ nerm: { users } }) => users.update('1', {}),
  },
} satisfies {
  v1: Record<keyof typeof v1.operations, Call>;
  scim: Record<keyof typeof scim.operations, Call>;
  nerm: Record<keyof typeof nerm.operations, Call>;
};

const methodsOf = (instance: object): string[] =>
  Object.getOwnPropertyNames(Object.getPrototypeOf(instance)).filter((name) => name !== 'constructor');

describe.each<Dialect>([v1, scim, nerm])('$name', ({ name, mounts, operations, mediaTypes }) => {
  const own: Record<string, Call> = calls[name as keyof typeof calls];

  test.each(Object.values(operations))('$id is what its method calls', async (operation) => {
    const { url, seen } = await serve((_, response) => response.writeHead(204).end());
    await Promise.resolve(own[operation.id]!(new Stele({ url, token: 'secret' }))).catch(() => undefined);
    expect(seen).toMatchObject([
      {
        method: operation.method,
        path: mounts[0] + operation.path.replace(/\{\w+\}/, '1'),
        headers: { accept: mediaTypes[0], ...(operation.body && { 'content-type': mediaTypes[0] }) },
      },
    ]);
  });

  test('every method is an operation', () => {
    const stele = new Stele({ url: 'http://127.0.0.1', token: 'secret' });
    const resources = Object.values(stele[name as keyof typeof calls]);
    expect(resources.flatMap(methodsOf)).toHaveLength(Object.keys(operations).length);
  });
});
