import { describe, expect, test } from 'vitest';
import { DirectoryError } from '../canonical/error.ts';
import type { Exchange } from '../contract/operation.ts';
import { IgnoredNames } from '../contract/ignored-names.ts';
import type { Operation } from '../contract/operation.ts';
import { parseWire } from '../contract/parse.ts';
import { parseFilter, printFilter } from './filter.ts';
import { groupType } from './group.ts';
import {
  bulk,
  createGroup,
  createUser,
  patchGroup,
  patchUser,
  profiles,
  readBulkOperation,
  readingBy,
  replaceGroup,
  replaceUser,
  scim,
  scimGroupPatch,
  scimGroupReplacement,
  ScimPatchRequest,
  search,
  searchGroups,
  searchUsers,
} from './index.ts';
import type { Json } from './json.ts';
import { readPatchRequest } from './message.ts';
import { applyOperations } from './patch.ts';
import { urns } from './urn.ts';
import { userType } from './user.ts';

const id = '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55';

/** How the dialect reads the body of an operation, and the value of `Stele-Ignored`. */
function receive(operation: Operation, body: unknown, profile: Exchange['profile'] = 'default', mount = '/scim/v2') {
  const ignored = new IgnoredNames();
  const exchange = { operation, mount, profile, domain: 'okta', publicUrl: '', query: {}, ignored };
  const read = parseWire(operation.body!, scim.receive!(body, exchange)) as Json;
  return { read, ignored: ignored.toField() };
}

const rejects = (work: () => unknown) => expect(work).toThrow(DirectoryError);

/** A user after the operations of a PATCH, and the value of `Stele-Ignored`. */
function patched(operations: readonly unknown[], before: Json = {}) {
  const reading = readingBy(profiles.default);
  const user = { schemas: [urns.user], id, userName: 'mira', active: true, ...before };
  const { Operations } = readPatchRequest({ schemas: [urns.patchOp], Operations: operations }, userType, reading);
  return { user: applyOperations(user, Operations, userType, reading), ignored: reading.ignored.toField() };
}

const user = { userName: 'mira' };
const group = { displayName: 'Field Team' };
const patch = { Operations: [{ op: 'replace', path: 'displayName', value: 'B' }] };
const query = { filter: 'id pr' };
const many = { Operations: [{ method: 'POST', path: '/Users', data: user }] };

interface Endpoint {
  readonly operation: Operation;
  readonly body: Json;
  /** The URN that RFC 7644 asks for. */
  readonly urn: string;
  readonly serves: 'User' | 'Group' | 'both';
}

const endpoints: readonly Endpoint[] = [
  { operation: createUser, body: user, urn: urns.user, serves: 'User' },
  { operation: replaceUser, body: user, urn: urns.user, serves: 'User' },
  { operation: patchUser, body: patch, urn: urns.patchOp, serves: 'User' },
  { operation: searchUsers, body: query, urn: urns.searchRequest, serves: 'User' },
  { operation: createGroup, body: group, urn: urns.group, serves: 'Group' },
  { operation: replaceGroup, body: group, urn: urns.group, serves: 'Group' },
  { operation: patchGroup, body: patch, urn: urns.patchOp, serves: 'Group' },
  { operation: searchGroups, body: query, urn: urns.searchRequest, serves: 'Group' },
  { operation: search, body: query, urn: urns.searchRequest, serves: 'both' },
  { operation: bulk, body: many, urn: urns.bulkRequest, serves: 'both' },
];

const extensions = ['1.0', '1.0:User', '2.0', '2.0:User'].map(
  (each) => `urn:scim:schemas:extension:enterprise:${each}`,
);
const olderOf = { User: 'urn:scim:schemas:core:2.0:User', Group: 'urn:scim:schemas:core:2.0:Group' };

describe.each(endpoints)('schemas in the body of $operation.id', ({ operation, body, urn, serves }) => {
  const sent = (schemas: unknown) => (schemas === undefined ? body : { ...body, schemas });
  const own = serves === 'both' ? Object.values(olderOf) : [olderOf[serves]];
  const accepted: readonly unknown[] = [
    undefined,
    null,
    [],
    ['urn:scim:schemas:core:1.0'],
    ['urn:scim:schemas:core:2.0'],
    ['URN:SCIM:Schemas:Core:2.0'],
    ...own.map((each) => [each]),
    ['urn:scim:schemas:core:1.0', ...extensions],
    ['urn:ietf:params:scim:schemas:extension:servicenow:2.0:User'],
    [urns.enterprise],
    urn,
    [urn, urns.listResponse],
  ];

  test.each(accepted)('%j is accepted in default and not in strict', (schemas) => {
    const { read } = receive(operation, sent(schemas));
    expect(read).toEqual(receive(operation, sent([urn, ...extensionsIn(schemas)])).read);
    if (!(Array.isArray(schemas) && schemas.includes(urn))) rejects(() => receive(operation, sent(schemas), 'strict'));
  });

  const foreign = [
    [urns.listResponse],
    [urns.error],
    [urns.enterprise, urns.bulkResponse],
    [serves === 'User' ? urns.group : serves === 'Group' ? urns.user : urns.patchOp],
    ...(serves === 'both' ? [] : [[olderOf[serves === 'User' ? 'Group' : 'User']]]),
  ];

  test.each(foreign.map((schemas) => ({ schemas })))('$schemas is rejected in every profile', ({ schemas }) => {
    for (const profile of ['default', 'dronahq', 'strict', 'interop'] as const) {
      rejects(() => receive(operation, sent(schemas), profile));
    }
  });

  test.each([7, true, { urn }, urns.listResponse])('%j, which is no list, is rejected', (schemas) => {
    rejects(() => receive(operation, sent(schemas)));
  });
});

/** The extensions that `schemas` names: a PUT clears those without a value. */
const extensionsIn = (schemas: unknown): string[] =>
  Array.isArray(schemas) && schemas.some((each) => each === urns.enterprise) ? [urns.enterprise] : [];

describe('older URNs', () => {
  const enterprise = { employeeNumber: '7' };

  test.each(extensions)('%s holds the enterprise extension in a resource and in a PATCH', (urn) => {
    const { read } = receive(createUser, { ...user, [urn.toUpperCase()]: enterprise });
    expect(read).toEqual({ schemas: [urns.user, urns.enterprise], ...user, [urns.enterprise]: enterprise });
    for (const operation of [
      { op: 'add', value: { [urn]: enterprise } },
      { op: 'add', path: urn, value: enterprise },
      { op: 'add', path: `${urn}:employeeNumber`, value: '7' },
      { op: 'add', value: { [`${urn}:employeeNumber`]: '7' } },
    ]) {
      expect(patched([operation]).user).toMatchObject({ [urns.enterprise]: enterprise });
    }
  });

  test.each(['urn:scim:schemas:core:1.0', 'urn:scim:schemas:core:2.0', olderOf.User, urns.user])(
    '%s holds core attributes',
    (urn) => {
      expect(receive(createUser, { [urn]: { userName: 'mira', schemas: [urn] }, [`${urn}:title`]: 'A' }).read).toEqual({
        schemas: [urns.user],
        userName: 'mira',
        title: 'A',
      });
      expect(patched([{ op: 'add', path: `${urn}:name.givenName`, value: 'Mira' }]).user).toMatchObject({
        name: { givenName: 'Mira' },
      });
    },
  );

  test('the URN of groups holds no users', () => {
    expect(receive(createUser, { ...user, [olderOf.Group]: { title: 'A' } }).ignored).toBe(olderOf.Group);
    expect(receive(createGroup, { ...group, [olderOf.Group]: { externalId: 'x' } }).read).toMatchObject({
      externalId: 'x',
    });
  });

  test('an attribute that is there twice, in both places, is rejected', () => {
    rejects(() => receive(createUser, { ...user, title: 'A', [urns.user]: { title: 'B' } }));
    rejects(() => receive(createUser, { ...user, title: 'A', [`${urns.user}:title`]: 'B' }));
  });

  test('a PUT with active null in a container deactivates, as at the root', () => {
    for (const body of [{ active: null }, { [urns.user]: { active: null } }, { [`${urns.user}:active`]: null }]) {
      expect(receive(replaceUser, { ...user, ...body }).read).toMatchObject({ active: false });
    }
  });
});

describe('a dot after a URN (apache/directory-scimple#704)', () => {
  test.each([
    ['.manager', { manager: { value: '7' } }],
    ['.manager.value', { manager: { value: '7' } }],
    ['.employeeNumber', { employeeNumber: '7' }],
  ])('%s', (rest, expected) => {
    const path = `${urns.enterprise}${rest}`;
    expect(patched([{ op: 'add', path, value: '7' }]).user).toMatchObject({ [urns.enterprise]: expected });
    expect(patched([{ op: 'add', value: { [path]: '7' } }]).user).toMatchObject({ [urns.enterprise]: expected });
  });
});

describe('filters', () => {
  const meaning = (text: string, type = userType, profile = profiles.default) =>
    printFilter(parseFilter(text, type, { profile }));
  const multiValued = [...userType.schema.attributes.values()].filter(
    (each) => each.multiValued && each.subAttributes.has('type'),
  );
  const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'];

  test.each(multiValued.map(({ name, subAttributes }) => [name, subAttributes.has('value') ? 'value' : 'locality']))(
    '%s[type eq "work"].%s means the same inside the brackets, with every operator',
    (name, sub) => {
      for (const operator of operators.filter((each) => name !== 'x509Certificates' || !/^[gl]/.test(each))) {
        const inside = `${name}[type eq "work" and ${sub} ${operator} "x"]`;
        const outside = `${name}[type eq "work"].${sub} ${operator} "x"`;
        expect(meaning(outside)).toBe(inside);
        expect(meaning(`active eq true and not (${outside} or title pr)`)).toBe(
          `active eq true and not (${inside} or title pr)`,
        );
        expect(() => meaning(outside, userType, profiles.strict)).toThrow('Expected "and", "or" or the end');
      }
      expect(meaning(`${name}[type eq "work"].${sub} pr`)).toBe(`${name}[type eq "work" and ${sub} pr]`);
    },
  );

  test.each([
    [
      'emails[type eq "work" or primary eq true].value eq "x"',
      'emails[(type eq "work" or primary eq true) and value eq "x"]',
    ],
    ['emails[not (type eq "home")].value eq "x"', 'emails[not (type eq "home") and value eq "x"]'],
    ['emails[type eq work].value eq x@y.z', 'emails[type eq "work" and value eq "x@y.z"]'],
    ['emails[type eq "work"].primary eq True', 'emails[type eq "work" and primary eq true]'],
    ['userName eq mira', 'userName eq "mira"'],
    ['userName eq CORP\\mira', 'userName eq "CORP\\\\mira"'],
    ["userName eq O'Brien", `userName eq "O'Brien"`],
    ['userName eq true', 'userName eq "true"'],
    ['userName eq 007 or externalId eq 1e5', 'userName eq "007" or externalId eq "1e5"'],
    ['externalId eq 123456789012345678901', 'externalId eq "123456789012345678901"'],
    ['userName eq null', 'userName eq null'],
    ['userName sw null', 'userName sw "null"'],
    ['(userName eq mira) and active eq FALSE', 'userName eq "mira" and active eq false'],
    ['userName eq a[b]', 'userName eq "a[b]"'],
    ['meta.created gt 2026-01-01T00:00:00Z', 'meta.created gt "2026-01-01T00:00:00Z"'],
  ])('%s means %s', (text, expected) => {
    expect(meaning(text)).toBe(expected);
  });

  test('members of a group, by a filter and by a text without quotes', () => {
    expect(meaning('members[type eq "User"].value eq "u1"', groupType)).toBe(
      'members[type eq "User" and value eq "u1"]',
    );
    expect(meaning('members[value eq u1]', groupType)).toBe('members[value eq "u1"]');
  });

  test.each([
    'emails[type eq "work"] eq "x"',
    'emails[type eq "work"].shoeSize eq "x"',
    'emails[type eq "work"].value',
    'name[givenName eq "x"].familyName eq "y"',
    'userName eq ',
    'userName eq )',
    'active eq yes',
    'userName eq two words',
    "userName eq 'mira'",
  ])('%s is rejected', (text) => {
    expect(() => meaning(text)).toThrow(expect.objectContaining({ scimType: 'invalidFilter' }));
  });

  test('the paths of a PATCH keep their quotes', () => {
    rejects(() => patched([{ op: 'remove', path: 'emails[type eq work]' }]));
  });
});

describe('values in other shapes', () => {
  const ops = ['add', 'replace'] as const;
  const lists = ['emails', 'phoneNumbers', 'ims', 'photos', 'entitlements', 'roles', 'x509Certificates'];

  test.each(lists)('a text stands for a value of %s, and is not split at commas', (name) => {
    const expected = { [name]: [{ value: 'a1' }, { value: 'b2' }] };
    expect(receive(createUser, { ...user, [name]: ['a1', { value: 'b2' }] }).read).toMatchObject(expected);
    expect(receive(replaceUser, { ...user, [name]: 'a1' }).read).toMatchObject({ [name]: [{ value: 'a1' }] });
    for (const op of ops) {
      expect(patched([{ op, path: name, value: ['a1', 'b2'] }]).user).toMatchObject(expected);
      expect(patched([{ op, value: { [name]: 'a1' } }]).user).toMatchObject({ [name]: [{ value: 'a1' }] });
    }
    if (name !== 'x509Certificates') {
      expect(receive(createUser, { ...user, [name]: 'a,b' }).read).toMatchObject({ [name]: [{ value: 'a,b' }] });
    }
  });

  test.each(['name', 'addresses'])('a text is no value of %s, which has no value', (name) => {
    rejects(() => receive(createUser, { ...user, [name]: 'Mira' }));
    rejects(() => receive(createUser, { ...user, [name]: ['Mira', 'Olsen'] }));
    for (const op of ops) rejects(() => patched([{ op, path: name, value: 'Mira' }]));
  });

  test.each([
    ['title', ['A'], { title: 'A' }],
    ['active', ['False'], { active: false }],
    ['active', [{ value: 'False' }], { active: false }],
    ['active', [{ $ref: null, Value: false }], { active: false }],
    ['name', [{ givenName: ['Mira'] }], { name: { givenName: 'Mira' } }],
    ['name.givenName', ['Mira'], { name: { givenName: 'Mira' } }],
    [urns.enterprise, [{ department: ['A'], schemas: [urns.enterprise] }], { [urns.enterprise]: { department: 'A' } }],
    [`${urns.enterprise}:manager`, [{ value: '7' }], { [urns.enterprise]: { manager: { value: '7' } } }],
    [`${urns.enterprise}:manager`, ['7'], { [urns.enterprise]: { manager: { value: '7' } } }],
    ['emails[type eq "work"].value', ['a@b.c'], { emails: [{ type: 'work', value: 'a@b.c' }] }],
    ['emails[type eq "work"]', [{ value: 'a@b.c' }], { emails: [{ type: 'work', value: 'a@b.c' }] }],
    ['emails', [[{ value: 'a@b.c' }]], { emails: [{ value: 'a@b.c' }] }],
  ])('a list of one stands for its element: %s %j', (path, value, expected) => {
    for (const op of ops) {
      expect(patched([{ op, path, value }]).user).toMatchObject(expected);
      expect(patched([{ op, value: [{ [path]: value }] }]).user).toMatchObject(expected);
    }
  });

  test('a list of one null clears, and a list of two is rejected', () => {
    expect(patched([{ op: 'replace', path: 'title', value: [null] }], { title: 'A' }).user).not.toHaveProperty('title');
    for (const path of ['title', 'active', 'name']) {
      rejects(() => patched([{ op: 'replace', path, value: ['a', 'b'] }]));
    }
    rejects(() => patched([{ op: 'replace', value: [{ title: 'a' }, { title: 'b' }] }]));
  });

  test.each(['', null, { value: '' }, { value: null }, [{ $ref: null, value: '' }], [{ $ref: null, value: null }]])(
    '%j clears an attribute, in an object too',
    (value) => {
      expect(receive(createUser, { ...user, title: value }).read).not.toHaveProperty('title');
      for (const op of ops) {
        for (const operation of [
          { op, path: 'title', value },
          { op, value: { title: value } },
          { op, path: `${urns.enterprise}:department`, value },
        ]) {
          const before = { title: 'A', [urns.enterprise]: { department: 'B' } };
          const { user: after } = patched([operation], before);
          expect([after['title'], after[urns.enterprise]]).toContain(undefined);
        }
      }
    },
  );

  test('the JSON text of an object stands for it where there is no path', () => {
    expect(patched([{ op: 'replace', value: '{"title":"A","active":"False"}' }]).user).toMatchObject({
      title: 'A',
      active: false,
    });
    expect(patched([{ op: 'replace', value: '[{"title":"A"}]' }]).user).toMatchObject({ title: 'A' });
    expect(patched([{ op: 'replace', path: 'title', value: '{"title":"A"}' }]).user).toMatchObject({
      title: '{"title":"A"}',
    });
  });

  test.each([
    '',
    'A',
    '"A"',
    '7',
    'null',
    '[]',
    '{"title":"a","title":"b"}',
    '{"title":"\\u0000"}',
    '{"title":"\\ud800"}',
  ])('the text %j is no object with attributes', (value) => {
    rejects(() => patched([{ op: 'replace', value }]));
  });

  // WSO2 Identity Server sends an externalId without quotes. Stored as text, 1.0 and 12345678901234567890 would be other texts.
  test.each(['userName', 'title', 'externalId', 'nickName'])('a number is no text: %s', (name) => {
    rejects(() => receive(createUser, { ...user, [name]: 157663 }));
    for (const op of ops) rejects(() => patched([{ op, path: name, value: 157663 }]));
  });

  test('a read-only attribute that is null asks for nothing', () => {
    const before = { groups: [{ value: 'g' }] };
    for (const name of ['id', 'meta', 'groups']) {
      expect(patched([{ op: 'replace', value: { [name]: null, title: 'A' } }], before).user).toMatchObject({
        id,
        title: 'A',
        ...before,
      });
    }
  });
});

describe('unknown names', () => {
  test.each([
    [createUser, { ...user, favouriteColour: 'red' }, 'favouriteColour'],
    [createUser, { ...user, name: { shoeSize: 7 } }, 'name.shoeSize'],
    [createUser, { ...user, emails: [{ value: 'a' }, { value: 'b', verified: true }] }, 'emails.verified'],
    [createUser, { ...user, [urns.enterprise]: { badge: '7' } }, `${urns.enterprise}:badge`],
    [createUser, { ...user, 'urn:example:2.0:User': { badge: '7' } }, 'urn:example:2.0:User'],
    [
      replaceGroup,
      { ...group, description: 'x', members: [{ value: 'u', displayName: 'M' }] },
      'description, members.displayName',
    ],
    [patchUser, { ...patch, id }, 'id'],
    [patchUser, { Operations: [{ op: 'add', path: 'title', value: 'A', why: 'x' }] }, 'Operations.why'],
    [searchUsers, { ...query, pageToken: 'x' }, 'pageToken'],
    [bulk, { ...many, returnResource: true }, 'returnResource'],
  ] as const)('%# are ignored and reported', (operation, body, expected) => {
    for (const profile of ['default', 'dronahq'] as const)
      expect(receive(operation, body, profile).ignored).toBe(expected);
    for (const profile of ['strict', 'interop'] as const) rejects(() => receive(operation, body, profile));
  });

  test.each([
    [{ op: 'add', value: { favouriteColour: 'red', title: 'A' } }, 'favouriteColour'],
    [{ op: 'add', value: { 'name.shoeSize': 7, title: 'A' } }, 'name.shoeSize'],
    [{ op: 'add', value: { [urns.enterprise]: { badge: 7 }, title: 'A' } }, `${urns.enterprise}:badge`],
    [{ op: 'add', value: { 'urn:example:2.0:User:badge': 7, title: 'A' } }, 'urn:example:2.0:User:badge'],
    [{ op: 'add', value: { emails: [{ value: 'a', verified: true }], title: 'A' } }, 'emails.verified'],
  ])('%# in the value of a PATCH are ignored and reported', (operation, expected) => {
    const { user: after, ignored } = patched([operation]);
    expect(after).toMatchObject({ title: 'A' });
    expect(ignored).toBe(expected);
  });

  test('of a value with a path the unknown sub-attributes are ignored', () => {
    const { user: after, ignored } = patched([{ op: 'add', path: 'name', value: { givenName: 'Mira', nick: 'M' } }]);
    expect(after).toMatchObject({ name: { givenName: 'Mira' } });
    expect(ignored).toBe('name.nick');
  });

  test.each([
    'favouriteColour',
    'name.shoeSize',
    'emails.verified',
    'urn:example:2.0:User:badge',
    'emails[type eq "work"].verified',
  ])('the explicit path %s is rejected', (path) => {
    for (const op of ['add', 'replace', 'remove']) {
      expect(() => patched([{ op, path, value: 'x' }])).toThrow(expect.objectContaining({ scimType: 'invalidPath' }));
    }
  });

  // SCIM 1.1 3.3.2: `"operation": "delete"` removes an element.
  test.each(['members', 'emails', 'roles'])('operation in a value of %s is rejected', (name) => {
    const value = [{ value: 'u1', Operation: 'delete' }];
    const [create, replace] = name === 'members' ? [createGroup, replaceGroup] : [createUser, replaceUser];
    const body = { ...(name === 'members' ? group : user), [name]: value };
    rejects(() => receive(create, body));
    rejects(() => receive(replace, body));
    if (name !== 'members')
      for (const op of ['add', 'replace', 'remove']) rejects(() => patched([{ op, path: name, value }]));
  });

  test('an object of 1,001 members is rejected', () => {
    const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${index}`, 1]));
    expect(receive(createUser, { ...user, ...names(999) }).ignored).toContain('x0, x1');
    const tooMany = expect.objectContaining({ scimType: 'tooMany' });
    for (const body of [
      names(1000),
      { name: names(1001) },
      { emails: [names(1001)] },
      { [urns.enterprise]: names(1001) },
    ]) {
      expect(() => receive(createUser, { ...user, ...body })).toThrow(tooMany);
      expect(() => patched([{ op: 'add', value: { ...body, ...names(1001) } }])).toThrow(tooMany);
    }
    expect(() => receive(patchUser, { ...patch, ...names(1000) })).toThrow(tooMany);
  });

  test('the bare body of a DronaHQ mount rejects them', () => {
    for (const body of [
      { shoeSize: 7 },
      { name: { shoeSize: 7 } },
      { emails: [{ value: 'a', verified: true }] },
      { [urns.enterprise]: { badge: 7 } },
    ]) {
      rejects(() => receive(patchUser, body, 'default', '/api/scim/v2'));
    }
    expect(receive(patchUser, { name: { givenName: 'Mira' } }, 'default', '/api/scim/v2').ignored).toBeUndefined();
  });

  test('an operation of a bulk request may have more members', () => {
    const reading = readingBy(profiles.default);
    expect(readBulkOperation({ METHOD: 'POST', path: '/Users', maxResourceLevel: 1 }, reading)).toEqual({
      method: 'POST',
      path: '/Users',
    });
    expect(reading.ignored.toField()).toBe('Operations.maxResourceLevel');
    rejects(() => readBulkOperation({ method: 'POST', maxResourceLevel: 1 }, readingBy(profiles.strict)));
  });
});

describe('members of a group', () => {
  const stored = {
    id,
    displayName: 'Field Team',
    externalIds: [],
    version: 1,
    createdAt: new Date(0),
    updatedAt: new Date(0),
  } as unknown as Parameters<typeof scimGroupPatch>[0];
  const changes = (operation: Json) => {
    const reading = readingBy(profiles.default);
    const request = ScimPatchRequest.parse(
      readPatchRequest({ schemas: [urns.patchOp], Operations: [operation] }, groupType, reading),
    );
    return scimGroupPatch(stored, request, reading).members;
  };
  const nameless = [
    null,
    {},
    [],
    '',
    { display: 'Ann' },
    { value: null },
    { value: '' },
    { value: '', display: 'Ann' },
  ];

  test.each(nameless)(
    'an element %j names no member: POST, PUT and PATCH are rejected, beside others too',
    (element) => {
      for (const members of [[element], [{ value: 'u1' }, element], ['u1', element]]) {
        for (const operation of [createGroup, replaceGroup]) {
          for (const profile of ['default', 'strict'] as const) {
            rejects(() => receive(operation, { schemas: [urns.group], ...group, members }, profile));
          }
        }
        for (const op of ['add', 'replace', 'remove']) {
          rejects(() => changes({ op, path: 'members', value: members }));
          if (op !== 'remove') rejects(() => changes({ op, value: { members } }));
        }
      }
    },
  );

  test.each([undefined, null, []])('members %j clears', (members) => {
    const { read } = receive(replaceGroup, { ...group, ...(members !== undefined && { members }) });
    expect(scimGroupReplacement(read, readingBy(profiles.default))().members).toEqual([{ kind: 'replace', ids: [] }]);
  });

  const add = [{ kind: 'add', ids: ['u1'] }];
  test.each([
    { op: 'add', path: 'members', value: ['u1'] },
    { op: 'add', path: 'members', value: 'u1' },
    { op: 'add', path: 'members', value: [{ value: ['u1'] }] },
    { op: 'add', value: { members: 'u1' } },
    { op: 'add', value: [{ members: [{ value: 'u1' }] }] },
    { op: 'add', value: '{"members":[{"value":"u1"}]}' },
    { op: 'add', value: { [urns.group]: [{ members: ['u1'] }] } },
    { op: 'add', value: { 'urn:scim:schemas:core:1.0': { members: ['u1'] } } },
    { op: 'add', path: urns.group, value: [{ members: ['u1'], description: 'x' }] },
    { op: 'add', path: 'urn:scim:schemas:core:2.0:Group:members', value: ['u1'] },
  ])('%j adds u1', (operation) => {
    expect(changes(operation)).toEqual(add);
  });
});
