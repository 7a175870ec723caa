import { z } from 'zod';
import { entityTag } from '../canonical/entity-tag.ts';
import type { Carries } from '../canonical/attribute.ts';
import { type Membership, Password, type User, UserName, type UserProfile, UserType } from '../canonical/user.ts';
import { resourceType } from './attribute.ts';
import { commonAttributes, described, instant, optional, plural, primary, text } from './field.ts';
import { isEmpty } from './json.ts';
import { urns } from './urn.ts';

const Name = z.strictObject({
  formatted: text('The full name as it is shown.', 'Dr Mira Olsen'),
  familyName: text('Last name.', 'Olsen'),
  givenName: text('First name.', 'Mira'),
  middleName: text('Middle names.', 'Kari'),
  honorificPrefix: text('Title before the name.', 'Dr'),
  honorificSuffix: text('Suffix after the name.', 'III'),
});

const Address = z.strictObject({
  formatted: text('The whole address as it is printed; may hold line breaks.', 'Strandgata 5\n6800 Førde'),
  streetAddress: text('Street, house number, or post box; may hold line breaks.', 'Strandgata 5'),
  locality: text('City or town.', 'Førde'),
  region: text('State or region.', 'Vestland'),
  postalCode: text('Postal code.', '6800'),
  country: text('Country; ISO 3166-1 alpha-2 is recommended and not enforced.', 'NO'),
  type: text('What the address is for.', 'work', { canonicalValues: ['work', 'home', 'other'] }),
  primary: primary(),
});

const GroupReference = z.strictObject({
  value: text('Identifier of the group.', '01979f2e-5a10-7c33-8d5e-0c2b7b1e9a01', {
    caseExact: true,
    mutability: 'readOnly',
  }),
  $ref: text('Address of the group.', 'https://stele.example.com/scim/v2/Groups/01979f2e-5a10-7c33-8d5e-0c2b7b1e9a01', {
    type: 'reference',
    mutability: 'readOnly',
    referenceTypes: ['User', 'Group'],
  }),
  display: text('Name of the group.', 'Field Team', { mutability: 'readOnly' }),
  type: text('Whether the user is a member itself, or through another group.', 'direct', {
    mutability: 'readOnly',
    canonicalValues: ['direct', 'indirect'],
  }),
});

const personal = ['work', 'home', 'other'] as const;
const work = { value: 'mira.olsen@example.com', type: 'work', primary: true };

const ScimEnterprise = z
  .strictObject({
    employeeNumber: text('Number or code of the employee; often in order of hiring.', '1001'),
    costCenter: text('Name of a cost center.', '4130'),
    organization: text('Name of an organization.', 'Fjord Surveys'),
    division: text('Name of a division.', 'North'),
    department: text('Name of a department.', 'Mapping'),
    manager: optional(
      z.strictObject({
        value: text('Identifier of the manager.', '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c56', { caseExact: true }),
        $ref: text('Address of the manager.', '../Users/01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c56', {
          type: 'reference',
          referenceTypes: ['User'],
        }),
        displayName: text('Name of the manager.', 'Jon Dahl', { mutability: 'readOnly', returned: 'request' }),
      }),
      'The manager of the user.',
      { value: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c56' },
    ),
  })
  .meta({ id: 'ScimEnterpriseUser', title: 'EnterpriseUser', description: 'What an enterprise knows of its people.' });

const ScimLifecycle = z
  .strictObject({
    type: optional(UserType, 'Which kind of lifecycle user this is; absent means NeprofileUser.', 'NeaccessUser', {
      caseExact: true,
    }),
    profileId: text('Identifier of the lifecycle profile.', '6b1f0c9e-5f3e-4a27-9f43-1f2f6d0a7c11', {
      caseExact: true,
    }),
    groupStrings: optional(
      z.array(z.string()),
      'Names of groups, as the lifecycle client wrote them.',
      ['contractors'],
      {
        caseExact: true,
      },
    ),
    sailpointIdentityId: text('Identifier of the identity in SailPoint.', '2c9180867', { caseExact: true }),
    // Read-only in the lifecycle API too: SailPoint keeps both itself.
    lastLogin: instant('When the user last signed in. Read-only.', '2026-03-02T09:45:10.000Z', {
      mutability: 'readOnly',
    }),
    cookiesAcceptedAt: instant('When the user accepted cookies. Read-only.', '2026-03-01T08:31:00.000Z', {
      mutability: 'readOnly',
    }),
  })
  .meta({
    id: 'ScimLifecycleUser',
    title: 'LifecycleUser',
    description: 'What a lifecycle manager (SailPoint NERM) knows of a user.',
  });

/** Every attribute of a user, those that are never returned included (RFC 7643 4.1). */
const userAttributes = {
  schemas: described(z.array(z.string()), 'The core schema, and the extensions that hold a value.', [urns.user], {
    type: 'reference',
    returned: 'always',
  }),
  ...commonAttributes('User'),
  userName: described(
    UserName,
    'Unique among users that are not deleted, whatever its case; stored as written.',
    'mira.olsen@example.com',
    { uniqueness: 'server' },
  ),
  name: optional(Name, 'The parts of the name.', { givenName: 'Mira', familyName: 'Olsen' }),
  displayName: text('The name to show.', 'Mira Olsen'),
  nickName: text('The casual name.', 'Mim'),
  profileUrl: text('A page about the user.', 'https://example.com/user/mira', {
    type: 'reference',
    referenceTypes: ['external'],
  }),
  title: text('Job title.', 'Surveyor'),
  userType: text('Relation to the organization.', 'Employee'),
  preferredLanguage: text('As in the HTTP field Accept-Language; not checked against a registry.', 'nb-NO'),
  locale: text('For numbers, dates and currency; not checked against a registry.', 'nb-NO'),
  timezone: text('IANA time zone; not checked against a registry.', 'Europe/Oslo'),
  active: optional(z.boolean(), 'True only when the user is active: false is pending or disabled.', true),
  password: optional(Password, 'Written and never read. It is stored as a hash.', 'Tarn-Lake-77?', {
    caseExact: true,
    mutability: 'writeOnly',
    returned: 'never',
  }),
  emails: optional(
    z.array(plural({ noun: 'An e-mail address', value: z.string(), example: work.value, types: personal })),
    'E-mail addresses, as they were sent; their form is not checked.',
    [work],
  ),
  phoneNumbers: optional(
    z.array(
      plural({
        noun: 'A telephone number; RFC 3966 is recommended and not enforced',
        value: z.string(),
        example: '+47 55 50 10 00',
        types: ['work', 'home', 'mobile', 'fax', 'pager', 'other'],
      }),
    ),
    'Telephone numbers.',
    [{ value: '+47 55 50 10 00', type: 'work' }],
  ),
  ims: optional(
    z.array(
      plural({
        noun: 'An instant messaging address',
        value: z.string(),
        example: 'mira.olsen',
        types: ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo'],
      }),
    ),
    'Instant messaging addresses.',
    [{ value: 'mira.olsen', type: 'xmpp' }],
  ),
  photos: optional(
    z.array(
      plural({
        noun: 'Address of a picture',
        value: z.string(),
        example: 'https://example.com/mira.jpg',
        types: ['photo', 'thumbnail'],
        characteristics: { type: 'reference', referenceTypes: ['external'] },
      }),
    ),
    'Pictures of the user.',
    [{ value: 'https://example.com/mira.jpg', type: 'photo' }],
  ),
  addresses: optional(z.array(Address), 'Postal addresses.', [
    { streetAddress: 'Strandgata 5', postalCode: '6800', locality: 'Førde', country: 'NO', type: 'work' },
  ]),
  groups: optional(
    z.array(GroupReference),
    'Groups that the user is a member of. Membership changes through the group.',
    [{ value: '01979f2e-5a10-7c33-8d5e-0c2b7b1e9a01', display: 'Field Team', type: 'direct' }],
    { mutability: 'readOnly' },
  ),
  entitlements: optional(
    z.array(plural({ noun: 'A thing that the user has a right to', value: z.string(), example: 'map-archive' })),
    'Entitlements.',
    [{ value: 'map-archive' }],
  ),
  roles: optional(
    z.array(plural({ noun: 'A role', value: z.string(), example: 'admin' })),
    'Roles of the user in the service.',
    [{ value: 'admin', primary: true }],
  ),
  x509Certificates: optional(
    z.array(
      plural({
        noun: 'A certificate, DER in base64',
        value: z.string(),
        example: 'MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw',
        characteristics: { type: 'binary' },
      }),
    ),
    'Certificates of the user.',
    [{ value: 'MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw' }],
  ),
  [urns.enterprise]: ScimEnterprise.exactOptional(),
  [urns.lifecycle]: ScimLifecycle.exactOptional(),
} as const;

const UserResource = z.strictObject(userAttributes).meta({ title: 'User', description: 'A user account.' });

/** The wire form of a user in answers. */
export const ScimUser = UserResource.omit({ password: true }).meta({
  id: 'ScimUser',
  title: 'User',
  description: 'A user (RFC 7643 4.1) with the enterprise and the lifecycle extension.',
});
export type ScimUser = z.infer<typeof ScimUser>;

/** What `attributes` and `excludedAttributes` leave of a user (RFC 7644 3.9). */
export const ScimUserPart = ScimUser.exactPartial()
  .extend({ schemas: ScimUser.shape.schemas, id: ScimUser.shape.id })
  .meta({ id: 'ScimUserPart', title: 'User', description: 'The attributes of a user that were asked for.' });

/** The wire form of a user in requests that create it: read-only attributes have been left out. */
export const ScimUserDraft = UserResource.omit({ id: true, meta: true, groups: true }).meta({
  id: 'ScimUserDraft',
  title: 'User',
  description: 'A user to create. Read-only attributes are ignored.',
});
export type ScimUserDraft = z.infer<typeof ScimUserDraft>;

/** Users as PATCH, filters and discovery see them. */
export const userType = resourceType('User', '/Users', urns.user, UserResource);

/** The attributes that a client may write. */
export type ScimUserAttributes = Omit<ScimUserDraft, 'schemas'>;

/** Which attributes of a SCIM user carry each attribute of the canonical one. */
export const carries = {
  userName: ['userName'],
  externalId: ['externalId'],
  status: ['active'],
  displayName: ['displayName'],
  nickName: ['nickName'],
  profileUrl: ['profileUrl'],
  title: ['title'],
  userType: ['userType'],
  preferredLanguage: ['preferredLanguage'],
  locale: ['locale'],
  timezone: ['timezone'],
  'name.formatted': ['name'],
  'name.familyName': ['name'],
  'name.givenName': ['name'],
  'name.middleName': ['name'],
  'name.honorificPrefix': ['name'],
  'name.honorificSuffix': ['name'],
  emails: ['emails'],
  pendingEmail: [],
  phoneNumbers: ['phoneNumbers'],
  ims: ['ims'],
  photos: ['photos'],
  addresses: ['addresses'],
  entitlements: ['entitlements'],
  roles: ['roles'],
  x509Certificates: ['x509Certificates'],
  'enterprise.employeeNumber': [urns.enterprise],
  'enterprise.costCenter': [urns.enterprise],
  'enterprise.organization': [urns.enterprise],
  'enterprise.division': [urns.enterprise],
  'enterprise.department': [urns.enterprise],
  'enterprise.manager.value': [urns.enterprise],
  'enterprise.manager.ref': [urns.enterprise],
  'lifecycle.type': [urns.lifecycle],
  'lifecycle.profileId': [urns.lifecycle],
  'lifecycle.groupStrings': [urns.lifecycle],
  'lifecycle.sailpointIdentityId': [urns.lifecycle],
  'lifecycle.lastLogin': [urns.lifecycle],
  'lifecycle.cookiesAcceptedAt': [urns.lifecycle],
} as const satisfies Carries<ScimUserAttributes>;

const singular = [
  'externalId',
  'userName',
  'displayName',
  'nickName',
  'profileUrl',
  'title',
  'userType',
  'preferredLanguage',
  'locale',
  'timezone',
] as const satisfies readonly (keyof ScimUserAttributes & keyof UserProfile)[];

const multiValued = [
  'emails',
  'phoneNumbers',
  'ims',
  'photos',
  'addresses',
  'entitlements',
  'roles',
  'x509Certificates',
] as const satisfies readonly (keyof ScimUserAttributes & keyof UserProfile)[];

type Enterprise = NonNullable<ScimUser[typeof urns.enterprise]>;
type Lifecycle = NonNullable<ScimUser[typeof urns.lifecycle]>;

function encodeEnterprise({ manager, ...rest }: UserProfile['enterprise']): Enterprise {
  if (isEmpty(manager)) return rest;
  const { ref, value } = manager;
  return { ...rest, manager: { ...(value !== undefined && { value }), ...(ref !== undefined && { $ref: ref }) } };
}

function encodeLifecycle({ groupStrings, lastLogin, cookiesAcceptedAt, ...rest }: UserProfile['lifecycle']): Lifecycle {
  return {
    ...rest,
    ...(groupStrings.length > 0 && { groupStrings }),
    ...(lastLogin && { lastLogin: lastLogin.toISOString() }),
    ...(cookiesAcceptedAt && { cookiesAcceptedAt: cookiesAcceptedAt.toISOString() }),
  };
}

/** What SCIM says of a profile. Attributes without a value are left out, and so are extensions without attributes. */
export function encodeProfile(profile: UserProfile): Omit<ScimUserDraft, 'password'> {
  const schemas: string[] = [urns.user];
  const wire: Record<string, unknown> = { schemas };
  for (const name of singular) {
    const value = profile[name];
    if (value !== undefined) wire[name] = value;
  }
  wire['active'] = profile.status === 'active';
  if (!isEmpty(profile.name)) wire['name'] = profile.name;
  for (const name of multiValued) {
    const values = profile[name];
    if (values.length > 0) wire[name] = values;
  }
  const enterprise = encodeEnterprise(profile.enterprise);
  if (!isEmpty(enterprise)) {
    schemas.push(urns.enterprise);
    wire[urns.enterprise] = enterprise;
  }
  const lifecycle = encodeLifecycle(profile.lifecycle);
  if (!isEmpty(lifecycle)) {
    schemas.push(urns.lifecycle);
    wire[urns.lifecycle] = lifecycle;
  }
  return wire as Omit<ScimUserDraft, 'password'>;
}

/** The groups that a user is a member of; none is no attribute. */
export function encodeMemberships(groups: readonly Membership[] = []): Pick<ScimUser, 'groups'> {
  if (groups.length === 0) return {};
  return {
    groups: groups.map(({ id, display, direct }) => ({ value: id, display, type: direct ? 'direct' : 'indirect' })),
  };
}

/** A user in SCIM's words. What depends on the request, such as `meta.location`, is added by `present`. */
export function encodeUser(user: User): ScimUser {
  return {
    id: user.id,
    ...encodeProfile(user),
    ...encodeMemberships(user.groups),
    meta: {
      resourceType: 'User',
      created: user.createdAt.toISOString(),
      lastModified: user.updatedAt.toISOString(),
      version: entityTag(user),
    },
  };
}
