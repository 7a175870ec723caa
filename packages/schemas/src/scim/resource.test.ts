import { describe, expect, test } from 'vitest';
import type { ScimType } from './error.ts';
import { groupType } from './group.ts';
import type { Json } from './json.ts';
import type { CompatibilityProfile } from '../canonical/api-key.ts';
import { profiles } from './profile.ts';
import { readResource } from './resource.ts';
import { urns } from './urn.ts';
import { ScimUserDraft, userType } from './user.ts';
import { readingBy } from './reading.ts';

const read = (body: unknown, profile: CompatibilityProfile = 'default') =>
  readResource(body, userType, readingBy(profiles[profile]));
const user = (attributes: Json = {}): Json => ({ schemas: [urns.user], userName: 'mira', ...attributes });

describe('the resource of a POST (RFC 7644 3.3)', () => {
  const forms: readonly (readonly [why: string, sent: Json, read: Json])[] = [
    [
      'names are put in the case of the schema',
      { SCHEMAS: [urns.user], USERNAME: 'mira', Emails: [{ VALUE: 'm@example.com' }] },
      user({ emails: [{ value: 'm@example.com' }] }),
    ],
    ['null and [] are unassigned (RFC 7643 2.5)', user({ title: null, emails: [], name: { givenName: null } }), user()],
    [
      'read-only attributes are ignored',
      user({ id: 'x', meta: { version: '1' }, groups: [{ value: 'admins' }] }),
      user(),
    ],
    [
      'an extension names its schema by itself',
      user({ [urns.enterprise.toLowerCase()]: { Department: 'Mapping' } }),
      user({ schemas: [urns.user, urns.enterprise], [urns.enterprise]: { department: 'Mapping' } }),
    ],
    ...[{}, null, [], { department: null }].map((extension): [string, Json, Json] => [
      'an empty extension is none, but was spoken of',
      user({ [urns.enterprise]: extension }),
      user({ schemas: [urns.user, urns.enterprise] }),
    ]),
    [
      'so is one that is only named',
      user({ schemas: [urns.user, urns.enterprise] }),
      user({ schemas: [urns.user, urns.enterprise] }),
    ],
    ['Entra ID sends booleans as strings', user({ active: 'True' }), user({ active: true })],
    [
      'one value needs no list',
      user({ emails: { value: 'm@example.com' } }),
      user({ emails: [{ value: 'm@example.com' }] }),
    ],
  ];

  test.each(forms)('%s', (_why, sent, expected) => {
    expect(read(sent)).toEqual(expected);
    expect(ScimUserDraft.safeParse(read(sent)).success).toBe(true);
  });

  const refused: readonly (readonly [sent: unknown, scimType: ScimType, named: string])[] = [
    [[user()], 'invalidSyntax', 'body'],
    [{ userName: 'mira' }, 'invalidSyntax', 'schemas'],
    [{ schemas: [urns.group], userName: 'mira' }, 'invalidSyntax', 'schemas'],
    [{ schemas: [urns.user] }, 'invalidValue', 'userName'],
    [user({ shoeSize: 42 }), 'invalidSyntax', 'shoeSize'],
    [user({ name: { shoeSize: 42 } }), 'invalidValue', 'shoeSize'],
    [user({ 'urn:example:2.0:User': {} }), 'invalidSyntax', 'urn:example:2.0:User'],
    [user({ [urns.enterprise]: { badge: '7' } }), 'invalidSyntax', 'badge'],
    [user({ [urns.enterprise]: 'Mapping' }), 'invalidValue', urns.enterprise],
    [user({ USERNAME: 'ida' }), 'invalidSyntax', 'userName'],
    [user({ active: 'yes' }), 'invalidValue', 'active'],
    [JSON.parse('{"__proto__": {}, "userName": "mira"}'), 'invalidSyntax', '__proto__'],
  ];

  test.each(refused)('strict rejects %j', (sent, scimType, named) => {
    expect(() => read(sent, 'strict')).toThrow(expect.objectContaining({ scimType }));
    expect(() => read(sent, 'strict')).toThrow(named);
  });

  test('userName "" is no userName where "" clears', () => {
    expect(() => read(user({ userName: '' }))).toThrow('userName is required');
  });

  test('a DronaHQ mount supplies the schemas', () => {
    expect(read({ userName: 'mira' }, 'dronahq')).toEqual(user());
  });

  test('a group needs its name (RFC 7643 4.2)', () => {
    const group = { schemas: [urns.group], members: [{ value: 'u1', display: 'Mira' }] };
    expect(() => readResource(group, groupType, readingBy(profiles.default))).toThrow('displayName is required');
    expect(readResource({ ...group, displayName: 'Field' }, groupType, readingBy(profiles.default))).toEqual({
      schemas: [urns.group],
      displayName: 'Field',
      members: [{ value: 'u1' }],
    });
  });
});
