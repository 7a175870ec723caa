import { describe, expect, test } from 'vitest';
import type { ScimResourceType } from './attribute.ts';
import { ScimError, type ScimType } from './error.ts';
import { groupType } from './group.ts';
import type { Json } from './json.ts';
import { readPatchRequest } from './message.ts';
import { applyOperations } from './patch.ts';
import type { CompatibilityProfile } from '../canonical/api-key.ts';
import { profiles } from './profile.ts';
import { urns } from './urn.ts';
import { userType } from './user.ts';
import { readingBy } from './reading.ts';

const id = '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55';
const user = (attributes: Json = {}): Json => ({
  schemas: [urns.user],
  id,
  userName: 'mira',
  active: true,
  ...attributes,
});
const group = (...members: Json[]): Json => ({ schemas: [urns.group], id, displayName: 'Field', members });

function patch(
  before: Json,
  operations: readonly Json[],
  profile: CompatibilityProfile = 'default',
  type: ScimResourceType = userType,
): Json {
  const rules = profiles[profile];
  const { Operations } = readPatchRequest({ schemas: [urns.patchOp], Operations: operations }, type, readingBy(rules));
  return applyOperations(before, Operations, type, readingBy(rules));
}

function refusal(...given: Parameters<typeof patch>): ScimType | undefined {
  try {
    patch(...given);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ScimError);
    return (error as ScimError).scimType;
  }
}

const work = { value: 'w@example.com', type: 'work' };
const home = { value: 'h@example.com', type: 'home' };

describe('where corpus/README.md finds two readings', () => {
  const unmatched = [{ op: 'replace', path: 'emails[type eq "work"].value', value: 'w@example.com' }];

  test('replace on a filter that matches nothing: noTarget in strict (RFC 7644 3.5.2.3)', () => {
    expect(refusal(user(), unmatched, 'strict')).toBe('noTarget');
  });

  test('replace on a filter that matches nothing: the element is created by default (Entra ID)', () => {
    const display = { op: 'replace', path: 'emails[type eq "work"].display', value: 'Office' };
    expect(patch(user(), [...unmatched, display])).toEqual(user({ emails: [{ ...work, display: 'Office' }] }));
  });

  const empty = [{ op: 'replace', path: 'title', value: '' }];

  test('an empty string: stored in strict (RFC 7643 2.5)', () => {
    expect(patch(user({ title: 'A' }), empty, 'strict')).toEqual(user({ title: '' }));
  });

  test('an empty string: clears by default (Entra ID)', () => {
    expect(patch(user({ title: 'A' }), empty)).toEqual(user());
  });
});

describe('strict is the RFC alone', () => {
  const refused: readonly (readonly [why: string, operation: Json, scimType: ScimType])[] = [
    ['operators are in lower case', { op: 'Replace', path: 'title', value: 'B' }, 'invalidSyntax'],
    ['booleans are JSON booleans', { op: 'replace', path: 'active', value: 'true' }, 'invalidValue'],
    [
      'a complex value is an object',
      { op: 'replace', path: `${urns.enterprise}:manager`, value: 'jon' },
      'invalidValue',
    ],
    ['keys of a value are names', { op: 'replace', value: { 'name.familyName': 'Lund' } }, 'invalidPath'],
    ['a read-only attribute cannot be written', { op: 'replace', value: { id } }, 'mutability'],
    ['a filter without match is no target', { op: 'add', path: 'emails[type eq "fax"].value', value: 'x' }, 'noTarget'],
    ['a filter without match is no target', { op: 'remove', path: 'emails[type eq "fax"]' }, 'noTarget'],
  ];

  test.each(refused)('%s', (_why, operation, scimType) => {
    expect(refusal(user(), [operation], 'strict')).toBe(scimType);
    expect(refusal(user(), [{ ...operation, op: 'replace', path: 'title', value: 'B' }], 'strict')).toBeUndefined();
  });

  test('an attribute by its full name adds its schema (RFC 7644 3.5.2)', () => {
    const value = { [`${urns.enterprise}:department`]: 'Mapping' };
    expect(patch(user(), [{ op: 'add', value }], 'strict')).toEqual(
      user({ schemas: [urns.user, urns.enterprise], [urns.enterprise]: { department: 'Mapping' } }),
    );
  });
});

describe('interop is draft-zollner-scim-interop-profile', () => {
  test('operations need a path', () => {
    expect(refusal(user(), [{ op: 'replace', value: { title: 'B' } }], 'interop')).toBe('invalidPath');
  });

  test('complex values are replaced whole', () => {
    const before = user({ name: { givenName: 'Mira', familyName: 'Olsen' } });
    const replace = [{ op: 'replace', path: 'name', value: { familyName: 'Lund' } }];
    expect(patch(before, replace, 'interop')).toEqual(user({ name: { familyName: 'Lund' } }));
    const add = [{ op: 'add', path: 'name', value: { familyName: 'Lund' } }];
    expect(patch(before, add, 'interop')).toEqual(user({ name: { givenName: 'Mira', familyName: 'Lund' } }));
  });
});

const removeMembers = (value: unknown) =>
  patch(group({ value: 'a' }, { value: 'b' }), [{ op: 'remove', path: 'members', value }], 'default', groupType)[
    'members'
  ];

describe('values of a multi-valued attribute', () => {
  test('what is there is not added again, whatever its case', () => {
    const before = user({ emails: [work] });
    const after = patch(before, [
      { op: 'add', path: 'emails', value: [{ value: 'W@EXAMPLE.COM', type: 'Work' }, home] },
    ]);
    expect(after['emails']).toEqual([work, home]);
  });

  test('adding a value that is there with more to say completes it', () => {
    const after = patch(user({ emails: [work, { ...home, primary: true }] }), [
      { op: 'add', path: 'emails', value: { ...work, display: 'Office', primary: true } },
    ]);
    expect(after['emails']).toEqual([
      { ...work, display: 'Office', primary: true },
      { ...home, primary: false },
    ]);
  });

  test('primary false and no primary are the same to add', () => {
    const before = user({ emails: [work] });
    expect(patch(before, [{ op: 'add', path: 'emails', value: [{ ...work, primary: false }] }])).toEqual(before);
  });

  test('primary false is kept as it is written', () => {
    const emails = [{ ...work, primary: false }];
    expect(patch(user(), [{ op: 'replace', path: 'emails', value: emails }])['emails']).toEqual(emails);
  });

  test('two primaries of one write are refused, however they are written', () => {
    const emails = [work, { ...home, type: 'work' }];
    const operation = { op: 'replace', path: 'emails[type eq "work"].primary', value: true };
    expect(refusal(user({ emails }), [operation])).toBe('invalidValue');
    expect(refusal(user({ emails }), [{ ...operation, path: 'emails.primary' }])).toBe('invalidValue');
  });

  test('a sub-attribute without a filter is that of every value', () => {
    const after = patch(user({ emails: [work, home] }), [{ op: 'replace', path: 'emails.type', value: 'other' }]);
    expect(after['emails']).toEqual([
      { ...work, type: 'other' },
      { ...home, type: 'other' },
    ]);
  });

  test('a sub-attribute without a filter makes a value where there is none (RFC 7644 3.5.2.3)', () => {
    const operation = { op: 'replace', path: 'emails.value', value: 'w@example.com' };
    expect(patch(user(), [operation], 'strict')['emails']).toEqual([{ value: 'w@example.com' }]);
  });

  test('a filter that contradicts itself describes no element', () => {
    const path = 'emails[type eq "work" and type eq "home"].value';
    expect(refusal(user(), [{ op: 'add', path, value: 'x@example.com' }])).toBe('noTarget');
    expect(refusal(user(), [{ op: 'add', path: 'emails[type sw "w"].value', value: 'x@example.com' }])).toBe(
      'noTarget',
    );
  });

  test('replacing what a filter selects leaves nothing of it', () => {
    const before = user({ emails: [{ ...work, display: 'Office' }, home] });
    const after = patch(before, [{ op: 'replace', path: 'emails[type eq "work"]', value: { value: 'n@example.com' } }]);
    expect(after['emails']).toEqual([{ value: 'n@example.com' }, home]);
  });

  test('adding to what a filter selects keeps the rest of it', () => {
    const after = patch(user({ emails: [work, home] }), [
      { op: 'add', path: 'emails[type eq "work"]', value: { display: 'Office' } },
    ]);
    expect(after['emails']).toEqual([{ ...work, display: 'Office' }, home]);
  });

  test('an element whose last part goes, goes', () => {
    const operation = { op: 'remove', path: 'emails[value eq "w@example.com"].value' };
    expect(patch(user({ emails: [{ value: 'w@example.com' }] }), [operation])).toEqual(user());
  });

  test('simple values are added, filtered and removed', () => {
    const path = `${urns.lifecycle}:groupStrings`;
    const after = patch(user(), [
      { op: 'add', path, value: ['a', 'b'] },
      { op: 'add', path, value: 'b' },
      { op: 'add', path, value: ['c'] },
      { op: 'remove', path: `${path}[value eq "a"]` },
      { op: 'remove', path, value: ['c'] },
    ]);
    expect(after).toEqual(user({ schemas: [urns.user, urns.lifecycle], [urns.lifecycle]: { groupStrings: ['b'] } }));
  });

  test('a remove that lists values removes those and no other', () => {
    expect(removeMembers([{ value: 'a' }])).toEqual([{ value: 'b' }]);
    expect(removeMembers([{ value: 'A' }, { value: 'z' }])).toHaveLength(2);
    expect(removeMembers([])).toHaveLength(2);
    expect(removeMembers(null)).toBeUndefined();
  });
});

describe('mutability (RFC 7643 2.2)', () => {
  test('members come and go whole: their parts are immutable (RFC 7643 8.7.1)', () => {
    const before = group({ value: 'a', type: 'User' });
    const inGroup = (operation: Json) => refusal(before, [operation], 'default', groupType);
    expect(inGroup({ op: 'replace', path: 'members[value eq "a"].value', value: 'b' })).toBe('mutability');
    expect(inGroup({ op: 'remove', path: 'members[value eq "a"].value' })).toBe('mutability');
    expect(inGroup({ op: 'replace', path: 'members[value eq "a"]', value: { value: 'b' } })).toBe('mutability');
    expect(inGroup({ op: 'add', path: 'members', value: { value: 'a', type: 'Group' } })).toBe('mutability');
    expect(inGroup({ op: 'replace', path: 'members', value: { value: 'b' } })).toBeUndefined();
  });

  test('an immutable part may be given a value while it has none (RFC 7644 3.5.2)', () => {
    const after = patch(
      group({ value: 'a' }),
      [{ op: 'add', path: 'members[value eq "a"].type', value: 'User' }],
      'default',
      groupType,
    );
    expect(after['members']).toEqual([{ value: 'a', type: 'User' }]);
  });

  test('read-only parts of a value are left out, and refused as a target', () => {
    const manager = `${urns.enterprise}:manager`;
    const after = patch(user(), [{ op: 'add', path: manager, value: { value: 'jon', displayName: 'Jon' } }]);
    expect(after[urns.enterprise]).toEqual({ manager: { value: 'jon' } });
    expect(refusal(user(), [{ op: 'add', path: `${manager}.displayName`, value: 'Jon' }])).toBe('mutability');
  });

  test('a replayed resource may repeat what is read-only, and not change it', () => {
    const replayed = { ...user({ title: 'B' }), meta: { resourceType: 'User' }, groups: [] };
    expect(patch(user(), [{ op: 'replace', value: replayed }])).toEqual(user({ title: 'B' }));
    expect(refusal(user(), [{ op: 'replace', value: { id: 'other' } }])).toBe('mutability');
    expect(refusal(user(), [{ op: 'replace', value: { groups: [{ value: 'admins' }] } }])).toBe('mutability');
    expect(refusal(user(), [{ op: 'replace', path: 'id', value: id }])).toBe('mutability');
  });

  test('a password can be set and not removed', () => {
    expect(patch(user(), [{ op: 'replace', path: 'password', value: 'Tarn-Lake-77?' }])['password']).toBe(
      'Tarn-Lake-77?',
    );
    expect(refusal(user(), [{ op: 'remove', path: 'password' }])).toBe('mutability');
  });

  test('schemas follow from what is assigned, whatever is written to them', () => {
    const before = user({ schemas: [urns.user, urns.enterprise], [urns.enterprise]: { department: 'Mapping' } });
    expect(patch(before, [{ op: 'replace', path: 'schemas', value: [] }])).toEqual(before);
    expect(patch(before, [{ op: 'remove', path: urns.enterprise }])).toEqual(user());
    expect(patch(before, [{ op: 'remove', path: `${urns.enterprise}:department` }])).toEqual(user());
    expect(patch(before, [{ op: 'replace', value: { [urns.enterprise]: null } }])).toEqual(user());
  });
});

describe('types', () => {
  const refused: readonly (readonly [path: string, value: unknown])[] = [
    ['title', 7],
    ['title', { value: 'x' }],
    ['active', 1],
    ['active', 'yes'],
    ['name', 'Mira'],
    ['name', { shoeSize: 42 }],
    ['name', { givenName: ['Mira'] }],
    ['emails', ['w@example.com']],
    ['emails', [[work]]],
    ['emails', [{ ...work, colour: 'red' }]],
    ['emails', [{ ...work, primary: 'yes' }]],
    ['x509Certificates', [{ value: 'not base64!' }]],
    [`${urns.lifecycle}:groupStrings`, [{ value: 'a' }]],
    [`${urns.enterprise}:manager`, [{ value: 'a' }, { value: 'b' }]],
    [urns.enterprise, 'Mapping'],
  ];

  /** What a switch of `default` allows. */
  const tolerated = new Set([
    'title {"value":"x"}',
    'name {"shoeSize":42}',
    'name {"givenName":["Mira"]}',
    'emails ["w@example.com"]',
    'emails [[{"value":"w@example.com","type":"work"}]]',
    'emails [{"value":"w@example.com","type":"work","colour":"red"}]',
    `${urns.lifecycle}:groupStrings [{"value":"a"}]`,
  ]);

  test.each(refused)('%s does not take %j in strict', (path, value) => {
    for (const op of ['add', 'replace']) expect(refusal(user(), [{ op, path, value }], 'strict')).toBe('invalidValue');
  });

  test.each(refused.filter(([path, value]) => !tolerated.has(`${path} ${JSON.stringify(value)}`)))(
    '%s does not take %j in default',
    (path, value) => {
      for (const op of ['add', 'replace']) expect(refusal(user(), [{ op, path, value }])).toBe('invalidValue');
    },
  );

  test('a value must be given', () => {
    expect(refusal(user(), [{ op: 'add', path: 'title' }])).toBe('invalidValue');
    expect(refusal(user(), [{ op: 'replace', path: 'title' }])).toBe('invalidValue');
  });

  test('names come out in the case of the schema', () => {
    const value = { EMAILS: [{ VALUE: 'w@example.com', TYPE: 'work' }], NAME: { GIVENNAME: 'Mira' } };
    const after = patch(user(), [{ op: 'replace', value }]);
    expect(after).toEqual(user({ emails: [work], name: { givenName: 'Mira' } }));
  });

  test('no object gains a member by a name of its prototype', () => {
    const value = JSON.parse('{"__proto__": {"isAdmin": true}}') as Json;
    expect(refusal(user(), [{ op: 'add', value }])).toBe('invalidPath');
    expect(refusal(user(), [{ op: 'add', path: 'name', value }])).toBe('invalidValue');
    expect(refusal(user(), [{ op: 'add', path: 'emails', value: [value] }])).toBe('invalidValue');
    expect({}).not.toHaveProperty('isAdmin');
  });
});

test('the work that one request can ask for is bounded', () => {
  const emails = Array.from({ length: 1000 }, (_, index) => ({ value: `m${index}@example.com` }));
  const terms = Array.from({ length: 64 }, (_, index) => `value eq "n${index}@example.com"`);
  const operation = { op: 'remove', path: `emails[${terms.join(' or ')}]` };
  const operations = Array.from({ length: 1000 }, () => operation);
  expect(refusal(user({ emails }), operations)).toBe('tooMany');
});

describe('a refusal says which operation, which path and which rule', () => {
  const good = { op: 'replace', path: 'title', value: 'B' };

  test('of an operation', () => {
    expect(() => patch(user(), [good, { op: 'add', path: 'name', value: { givenName: 7 } }])).toThrow(
      'Operations[1] add "name": name.givenName must be a string',
    );
  });

  test('of a value in a list', () => {
    expect(() => patch(user(), [{ op: 'add', value: { emails: [work, { value: 7 }] } }])).toThrow(
      'Operations[0] add: emails[1].value must be a string',
    );
  });

  test('of a malformed operation', () => {
    expect(() => patch(user(), [good, { op: 'replace', paht: 'title', value: 'B' }], 'strict')).toThrow(
      'Operations[1]: "paht"',
    );
  });
});

const read = (body: unknown, profile: CompatibilityProfile = 'default') =>
  readPatchRequest(body, userType, readingBy(profiles[profile]));
const operations = [{ op: 'replace', path: 'title', value: 'B' }];
const many = (count: number) => ({
  schemas: [urns.patchOp],
  Operations: Array.from({ length: count }, () => operations[0]),
});

describe('the message (RFC 7644 3.5.2)', () => {
  test('its names compare without case', () => {
    const body = { SCHEMAS: [urns.patchOp.toUpperCase()], operations: [{ OP: 'REPLACE', Path: 'title', Value: 'B' }] };
    expect(read(body)).toEqual({ schemas: [urns.patchOp], Operations: operations });
  });

  test('a path of null is no path', () => {
    const body = { schemas: [urns.patchOp], Operations: [{ op: 'add', path: null, value: {} }] };
    expect(read(body).Operations).toEqual([{ op: 'add', value: {} }]);
  });

  test('a DronaHQ mount takes operations without schemas, and a partial resource', () => {
    expect(read({ Operations: operations }, 'dronahq').Operations).toEqual(operations);
    expect(read({ title: 'B' }, 'dronahq').Operations).toEqual([{ op: 'replace', value: { title: 'B' } }]);
    expect(() => read({ Operations: operations }, 'strict')).toThrow(
      expect.objectContaining({ scimType: 'invalidSyntax' }),
    );
    expect(() => read({ title: 'B' })).toThrow(expect.objectContaining({ scimType: 'invalidSyntax' }));
  });

  test('it holds a thousand operations at most', () => {
    expect(read(many(1000)).Operations).toHaveLength(1000);
    expect(() => read(many(1001))).toThrow(expect.objectContaining({ scimType: 'tooMany' }));
  });
});
