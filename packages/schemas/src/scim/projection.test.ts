import { describe, expect, test } from 'vitest';
import { project } from './projection.ts';
import { urns } from './urn.ts';
import { userType } from './user.ts';
import { profiles } from './profile.ts';

const mira = {
  schemas: [urns.user, urns.enterprise],
  id: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55',
  userName: 'mira',
  name: { givenName: 'Mira', familyName: 'Olsen' },
  emails: [{ value: 'mira@example.com', type: 'work', primary: true }, { value: 'mira@example.org' }],
  meta: { resourceType: 'User', version: '"3"' },
  [urns.enterprise]: { department: 'Mapping', manager: { value: 'jon' } },
};
const { schemas, id } = mira;
const { [urns.enterprise]: _, ...core } = mira;

describe('attributes (RFC 7644 3.9)', () => {
  const wanted: readonly (readonly [attributes: string, kept: object])[] = [
    ['userName', { userName: 'mira' }],
    ['USERNAME, name.familyname', { userName: 'mira', name: { familyName: 'Olsen' } }],
    [`${urns.user}:userName`, { userName: 'mira' }],
    [`${urns.user},${urns.enterprise}:department`, { ...core, [urns.enterprise]: { department: 'Mapping' } }],
    ['emails.type', { emails: [{ type: 'work' }] }],
    ['emails', { emails: mira.emails }],
    [urns.enterprise, { [urns.enterprise]: mira[urns.enterprise] }],
    [`${urns.enterprise}:department`, { [urns.enterprise]: { department: 'Mapping' } }],
    [`${urns.enterprise.toUpperCase()}:MANAGER.VALUE`, { [urns.enterprise]: { manager: { value: 'jon' } } }],
    ['meta.version', { meta: { version: '"3"' } }],
    ['password', {}],
    ['shoeSize', {}],
  ];

  test.each(wanted)('%s', (attributes, kept) => {
    expect(project(mira, { attributes }, userType, profiles.strict)).toEqual({ schemas, id, ...kept });
  });
});

describe('excludedAttributes (RFC 7644 3.9)', () => {
  test('leaves out attributes, parts and extensions, and never what is always returned', () => {
    const excludedAttributes = `id,schemas,emails.primary,NAME.givenName,meta,${urns.enterprise}:manager`;
    expect(project(mira, { excludedAttributes }, userType, profiles.strict)).toEqual({
      schemas,
      id,
      userName: 'mira',
      name: { familyName: 'Olsen' },
      emails: [{ value: 'mira@example.com', type: 'work' }, { value: 'mira@example.org' }],
      [urns.enterprise]: { department: 'Mapping' },
    });
    expect(project(mira, { excludedAttributes: urns.enterprise }, userType, profiles.strict)).not.toHaveProperty([
      urns.enterprise,
    ]);
  });

  test('narrows what attributes asks for', () => {
    const query = { attributes: 'name', excludedAttributes: 'name.givenName' };
    expect(project(mira, query, userType, profiles.strict)).toEqual({ schemas, id, name: { familyName: 'Olsen' } });
  });
});

test('without parameters the resource is answered as it is', () => {
  expect(project(mira, {}, userType, profiles.strict)).toBe(mira);
  expect(project(mira, { attributes: '' }, userType, profiles.strict)).toBe(mira);
});
