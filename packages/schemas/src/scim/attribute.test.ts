import { describe, expect, test } from 'vitest';
import type { Characteristics, ScimAttribute, ScimAttributes } from './attribute.ts';
import { groupType } from './group.ts';
import { urns } from './urn.ts';
import { userType } from './user.ts';

const user = userType.schema.attributes;
const at = (name: string, sub?: string): ScimAttribute | undefined =>
  sub === undefined ? user.get(name) : user.get(name)?.subAttributes.get(sub);

describe('characteristics are derived from the field or registered on it (RFC 7643 7)', () => {
  const expected: readonly (readonly [
    attribute: ScimAttribute | undefined,
    characteristics: Partial<Characteristics>,
  ])[] = [
    [
      at('title'),
      {
        type: 'string',
        multiValued: false,
        required: false,
        caseExact: false,
        mutability: 'readWrite',
        returned: 'default',
        uniqueness: 'none',
      },
    ],
    [at('id'), { caseExact: true, mutability: 'readOnly', returned: 'always' }],
    [at('username'), { required: true, caseExact: false, uniqueness: 'server' }],
    [at('externalid'), { caseExact: true }],
    [at('active'), { type: 'boolean' }],
    [at('password'), { mutability: 'writeOnly', returned: 'never' }],
    [at('name'), { type: 'complex', multiValued: false }],
    [at('emails'), { type: 'complex', multiValued: true }],
    [at('emails', 'type'), { canonicalValues: ['work', 'home', 'other'] }],
    [at('emails', 'primary'), { type: 'boolean' }],
    [at('profileurl'), { type: 'reference', caseExact: true, referenceTypes: ['external'] }],
    [at('photos', 'value'), { type: 'reference', caseExact: true }],
    [at('x509certificates', 'value'), { type: 'binary', caseExact: true }],
    [at('groups'), { mutability: 'readOnly' }],
    [at('meta', 'created'), { type: 'dateTime', mutability: 'readOnly' }],
    [
      userType.schemas.get(urns.enterprise.toLowerCase())?.attributes.get('manager')?.subAttributes.get('displayname'),
      { mutability: 'readOnly' },
    ],
    [userType.schemas.get(urns.lifecycle.toLowerCase())?.attributes.get('lastlogin'), { type: 'dateTime' }],
    [
      userType.schemas.get(urns.lifecycle.toLowerCase())?.attributes.get('type'),
      { canonicalValues: ['NeprofileUser', 'NeaccessUser'] },
    ],
    [groupType.schema.attributes.get('displayname'), { required: true }],
    [groupType.schema.attributes.get('members')?.subAttributes.get('value'), { mutability: 'immutable' }],
  ];

  test.each(expected)('$name', (attribute, characteristics) => {
    expect(attribute).toMatchObject(characteristics);
  });

  test('every attribute has a description', () => {
    const silent: string[] = [];
    const listen = (attributes: ScimAttributes) => {
      for (const { name, description, subAttributes } of attributes.values()) {
        if (description === '') silent.push(name);
        listen(subAttributes);
      }
    };
    for (const type of [userType, groupType]) for (const { attributes } of type.schemas.values()) listen(attributes);
    expect(silent).toEqual([]);
  });

  test('every attribute of RFC 7643 4.1 is there', () => {
    const names =
      'schemas id externalId meta userName name displayName nickName profileUrl title userType preferredLanguage locale timezone active password emails phoneNumbers ims photos addresses groups entitlements roles x509Certificates';
    expect([...user.values()].map(({ name }) => name).toSorted()).toEqual(names.split(' ').toSorted());
  });
});
