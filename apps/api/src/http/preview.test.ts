import { emptyDraft, type User, type UserRevision } from '@stele/schemas/canonical';
import { type Dialect, dialect } from '@stele/schemas/contract';
import { dialects } from '@stele/schemas/dialects';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { previewOf } from './preview.ts';

const time = new Date('2026-01-02T03:04:05.678Z');

const bob: User = {
  ...emptyDraft('bob'),
  id: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55',
  version: 3,
  createdAt: time,
  updatedAt: time,
  title: 'Engineer',
  name: { givenName: 'Bob' },
  emails: [{ value: 'bob@example.com', primary: true }],
  enterprise: { department: 'Mapping', manager: {} },
};

const reader = { domain: 'okta' };

const spoken = (name: string): Dialect => dialects.find((each) => each.name === name)!;

const changes = (name: string, change: Partial<UserRevision>) =>
  previewOf(spoken(name), String, reader, bob, { ...bob, ...change }).changes;

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

describe('previewOf', () => {
  it.each(dialects.map(({ name }) => name))('%s: says nothing of a change of nothing', (name) => {
    expect(previewOf(spoken(name), String, reader, bob, bob)).toEqual({ changes: {} });
    expect(changes(name, { version: 4, updatedAt: new Date(0) })).toEqual({});
  });

  it.each([
    ['v1', { name: {} }, { first_name: { old: 'Bob' } }],
    [
      'v1',
      { emails: [{ value: 'b@example.com', primary: true }] },
      { email: { old: 'bob@example.com', new: 'b@example.com' } },
    ],
    ['v1', { title: 'Architect' }, {}],
    ['nerm', { title: 'Architect' }, { title: { old: 'Engineer', new: 'Architect' } }],
    ['nerm', { lifecycle: { groupStrings: ['a', 'b'] } }, { group_strings: { new: 'a,b' } }],
    ['nerm', { roles: [{ value: 'admin' }] }, { admin: { old: false, new: true } }],
    ['nerm', { status: 'pending' }, { status: { old: 'Active', new: 'Pending' } }],
    ['scim', { status: 'pending' }, { active: { old: true, new: false } }],
    [
      'scim',
      { name: { familyName: 'Hope' } },
      { 'name.givenName': { old: 'Bob' }, 'name.familyName': { new: 'Hope' } },
    ],
    ['scim', { emails: [] }, { emails: { old: bob.emails } }],
    // RFC 7643 3.1: what other provisioning domains call the user is theirs.
    [
      'scim',
      {
        externalIds: [
          { domain: 'okta', value: '7' },
          { domain: 'entra', value: '8' },
        ],
      },
      { externalId: { new: '7' } },
    ],
    [
      'scim',
      { enterprise: { department: 'Sales', manager: {} } },
      { [`${enterprise}:department`]: { old: 'Mapping', new: 'Sales' } },
    ],
    // RFC 7644 3.10: a colon after the URN of the schema, a dot before a part of an attribute.
    [
      'scim',
      { enterprise: { department: 'Mapping', manager: { value: '7', ref: '../Users/7' } } },
      { [`${enterprise}:manager.value`]: { new: '7' }, [`${enterprise}:manager.$ref`]: { new: '../Users/7' } },
    ],
  ] satisfies [string, Partial<UserRevision>, object][])('%s names what changes in its own words: %j', (...row) => {
    const [name, change, expected] = row;
    expect(changes(name, change)).toEqual(expected);
  });

  it.each(dialects.map(({ name }) => name))('%s: says that a password is set, and not which', (name) => {
    expect(changes(name, { password: 'correct horse' })).toEqual({ password: {} });
  });

  const toy = dialect({
    name: 'toy',
    title: 'Toy',
    description: 'A dialect that has no comparable form of users.',
    mounts: ['/toy'],
    mediaTypes: ['application/json'],
    operations: {},
    tags: [],
    error: z.unknown(),
    fail: () => ({}),
  });

  it.each([
    ['a group appears', {}, { a: { b: { c: 1 } } }, { 'a.b.c': { new: 1 } }],
    ['a group goes', { a: { b: 1, c: 2 } }, {}, { 'a.b': { old: 1 }, 'a.c': { old: 2 } }],
    ['null is nothing', { a: null }, {}, {}],
    ['false and 0 are something', { a: false, b: 0 }, {}, { a: { old: false }, b: { old: 0 } }],
    ['a list is one value', { a: [1, 2] }, { a: [2, 1] }, { a: { old: [1, 2], new: [2, 1] } }],
    ['lists of the same', { a: [{ b: 1, c: 2 }] }, { a: [{ c: 2, b: 1 }] }, {}],
    ['a time is one value', { a: new Date(0) }, { a: new Date(0) }, {}],
    ['another time', { a: new Date(0) }, { a: new Date(1) }, { a: { old: new Date(0), new: new Date(1) } }],
  ] satisfies [string, object, object, object][])('compares the answers of other dialects: %s', (...row) => {
    const [, before, after, expected] = row;
    const encode = (user: unknown) => ((user as User).version === bob.version ? before : after);
    expect(previewOf(toy, encode, reader, bob, { ...bob, version: 4 }).changes).toEqual(expected);
  });
});
