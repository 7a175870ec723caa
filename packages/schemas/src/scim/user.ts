import { z } from 'zod';
import { entityTag } from '../canonical/entity-tag.ts';
import { type AttributeOf, type UserAttribute, userAttributes } from '../canonical/attribute.ts';
import { externalIdOf } from '../canonical/external-id.ts';
import {
  MAX_EMAIL,
  MAX_LONG_TEXT,
  MAX_TEXT,
  type Membership,
  Password,
  type User,
  UserName,
  UserProfile,
  UserType,
} from '../canonical/user.ts';
import type { Reader } from '../contract/operation.ts';
import { resourceType } from './attribute.ts';
import {
  commonAttributes,
  described,
  instant,
  list,
  optional,
  partOf,
  plural,
  primary,
  SCHEMAS_TOLERATED,
  text,
} from './field.ts';
import { isEmpty, type Json } from './json.ts';
import { urns } from './urn.ts';

const Name = z.strictObject({
  formatted: text(
    "The full name, including all middle names, titles, and suffixes as appropriate, formatted for display (e.g., 'Ms. Barbara J Jensen, III').",
    'Dr Mira Olsen',
  ),
  familyName: text(
    "The family name of the User, or last name in most Western languages (e.g., 'Jensen' given the full name 'Ms. Barbara J Jensen, III').",
    'Olsen',
  ),
  givenName: text(
    "The given name of the User, or first name in most Western languages (e.g., 'Barbara' given the full name 'Ms. Barbara J Jensen, III').",
    'Mira',
  ),
  middleName: text(
    "The middle name(s) of the User (e.g., 'Jane' given the full name 'Ms. Barbara J Jensen, III').",
    'Kari',
  ),
  honorificPrefix: text(
    "The honorific prefix(es) of the User, or title in most Western languages (e.g., 'Ms.' given the full name 'Ms. Barbara J Jensen, III').",
    'Dr',
  ),
  honorificSuffix: text(
    "The honorific suffix(es) of the User, or suffix in most Western languages (e.g., 'III' given the full name 'Ms. Barbara J Jensen, III').",
    'III',
  ),
});

const Address = z.strictObject({
  formatted: text(
    'The full mailing address, formatted for display or use with a mailing label. This attribute MAY contain newlines.',
    'Strandgata 5\n6800 Førde',
  ),
  streetAddress: text(
    'The full street address component, which may include house number, street name, P.O. box, and multi-line extended street address information. This attribute MAY contain newlines.',
    'Strandgata 5',
  ),
  locality: text('The city or locality component.', 'Førde'),
  region: text('The state or region component.', 'Vestland'),
  postalCode: text('The zip code or postal code component.', '6800'),
  country: text('The country name component.', 'NO'),
  type: text("A label indicating the attribute's function, e.g., 'work' or 'home'.", 'work', {
    canonicalValues: ['work', 'home', 'other'],
  }),
  primary: primary(),
});

const GroupReference = z.strictObject({
  value: text("The identifier of the User's group.", '01979f2e-5a10-7c33-8d5e-0c2b7b1e9a01', {
    caseExact: true,
    mutability: 'readOnly',
  }),
  $ref: text(
    "The URI of the corresponding 'Group' resource to which the user belongs.",
    'https://stele.example.com/scim/v2/Groups/01979f2e-5a10-7c33-8d5e-0c2b7b1e9a01',
    {
      type: 'reference',
      mutability: 'readOnly',
      referenceTypes: ['User', 'Group'],
    },
  ),
  display: text('A human-readable name, primarily used for display purposes. READ-ONLY.', 'Field Team', {
    mutability: 'readOnly',
  }),
  type: text("A label indicating the attribute's function, e.g., 'direct' or 'indirect'.", 'direct', {
    mutability: 'readOnly',
    canonicalValues: ['direct', 'indirect'],
  }),
});

const personal = ['work', 'home', 'other'] as const;
const work = { value: 'mira.olsen@example.com', type: 'work', primary: true };

const ScimEnterprise = z
  .strictObject({
    employeeNumber: text(
      'Numeric or alphanumeric identifier assigned to a person, typically based on order of hire or association with an organization.',
      '1001',
    ),
    costCenter: text('Identifies the name of a cost center.', '4130'),
    organization: text('Identifies the name of an organization.', 'Fjord Surveys'),
    division: text('Identifies the name of a division.', 'North'),
    department: text('Identifies the name of a department.', 'Mapping'),
    manager: optional(
      z.strictObject({
        value: text(
          "The id of the SCIM resource representing the User's manager. REQUIRED.",
          '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c56',
          { caseExact: true },
        ),
        $ref: text(
          "The URI of the SCIM resource representing the User's manager. REQUIRED.",
          '../Users/01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c56',
          {
            type: 'reference',
            referenceTypes: ['User'],
          },
        ),
        displayName: text("The displayName of the User's manager. OPTIONAL and READ-ONLY.", 'Jon Dahl', {
          mutability: 'readOnly',
          returned: 'request',
        }),
      }),
      "The User's manager. A complex type that optionally allows service providers to represent organizational hierarchy by referencing the 'id' attribute of another User.",
      { value: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c56' },
    ),
  })
  .meta({ id: 'ScimEnterpriseUser', title: 'EnterpriseUser', description: 'Enterprise User' });

const ScimLifecycle = z
  .strictObject({
    type: optional(UserType, 'Which kind of lifecycle user this is; absent means NeprofileUser.', 'NeaccessUser', {
      caseExact: true,
    }),
    profileId: text('Identifier of the lifecycle profile.', '6b1f0c9e-5f3e-4a27-9f43-1f2f6d0a7c11', {
      caseExact: true,
    }),
    groupStrings: list(
      z.string().meta({ maxLength: MAX_TEXT }),
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
const attributes = {
  schemas: described(
    z.array(z.string()),
    'The core schema, and the extensions that hold a value.',
    [urns.user],
    { type: 'reference', returned: 'always' },
    { contains: { const: urns.user } },
  ),
  ...commonAttributes('User'),
  userName: described(
    UserName,
    "Unique identifier for the User, typically used by the user to directly authenticate to the service provider. Each User MUST include a non-empty userName value. This identifier MUST be unique across the service provider's entire set of Users. REQUIRED.",
    'mira.olsen@example.com',
    { uniqueness: 'server' },
  ),
  name: optional(
    Name,
    "The components of the user's real name. Providers MAY return just the full name as a single string in the formatted sub-attribute, or they MAY return just the individual component attributes using the other sub-attributes, or they MAY return both. If both variants are returned, they SHOULD be describing the same name, with the formatted name indicating how the component attributes should be combined.",
    { givenName: 'Mira', familyName: 'Olsen' },
  ),
  displayName: text(
    'The name of the User, suitable for display to end-users. The name SHOULD be the full name of the User being described, if known.',
    'Mira Olsen',
  ),
  nickName: text(
    "The casual way to address the user in real life, e.g., 'Bob' or 'Bobby' instead of 'Robert'. This attribute SHOULD NOT be used to represent a User's username (e.g., 'bjensen' or 'mpepperidge').",
    'Mim',
  ),
  profileUrl: text(
    "A fully qualified URL pointing to a page representing the User's online profile.",
    'https://example.com/user/mira',
    {
      type: 'reference',
      referenceTypes: ['external'],
    },
  ),
  title: text(`The user's title, such as "Vice President."`, 'Surveyor'),
  userType: text(
    "Used to identify the relationship between the organization and the user. Typical values used might be 'Contractor', 'Employee', 'Intern', 'Temp', 'External', and 'Unknown', but any value may be used.",
    'Employee',
  ),
  preferredLanguage: text(
    "Indicates the User's preferred written or spoken language. Generally used for selecting a localized user interface; e.g., 'en_US' specifies the language English and country US.",
    'nb-NO',
  ),
  locale: text(
    "Used to indicate the User's default location for purposes of localizing items such as currency, date time format, or numerical representations.",
    'nb-NO',
  ),
  timezone: text(
    "The User's time zone in the 'Olson' time zone database format, e.g., 'America/Los_Angeles'.",
    'Europe/Oslo',
  ),
  active: optional(z.boolean(), "A Boolean value indicating the User's administrative status.", true),
  password: optional(
    Password,
    "The User's cleartext password. This attribute is intended to be used as a means to specify an initial password when creating a new User or to reset an existing User's password.",
    'Tarn-Lake-77?',
    {
      caseExact: true,
      mutability: 'writeOnly',
      returned: 'never',
    },
  ),
  emails: list(
    plural({
      description:
        "Email addresses for the user. The value SHOULD be canonicalized by the service provider, e.g., 'bjensen@example.com' instead of 'bjensen@EXAMPLE.COM'. Canonical type values of 'work', 'home', and 'other'.",
      labels: ", e.g., 'work' or 'home'",
      preferred: 'the preferred mailing address or primary email address',
      value: z.string(),
      example: work.value,
      maxLength: MAX_EMAIL,
      types: personal,
    }),
    "Email addresses for the user. The value SHOULD be canonicalized by the service provider, e.g., 'bjensen@example.com' instead of 'bjensen@EXAMPLE.COM'. Canonical type values of 'work', 'home', and 'other'.",
    [work],
  ),
  phoneNumbers: list(
    plural({
      description: 'Phone number of the User.',
      labels: ", e.g., 'work', 'home', 'mobile'",
      preferred: 'the preferred phone number or primary phone number',
      value: z.string(),
      example: '+47 55 50 10 00',
      types: ['work', 'home', 'mobile', 'fax', 'pager', 'other'],
    }),
    "Phone numbers for the User. The value SHOULD be canonicalized by the service provider according to the format specified in RFC 3966, e.g., 'tel:+1-201-555-0123'. Canonical type values of 'work', 'home', 'mobile', 'fax', 'pager', and 'other'.",
    [{ value: '+47 55 50 10 00', type: 'work' }],
  ),
  ims: list(
    plural({
      description: 'Instant messaging address for the User.',
      labels: ", e.g., 'aim', 'gtalk', 'xmpp'",
      preferred: 'the preferred messenger or primary messenger',
      value: z.string(),
      example: 'mira.olsen',
      types: ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo'],
    }),
    'Instant messaging addresses for the User.',
    [{ value: 'mira.olsen', type: 'xmpp' }],
  ),
  photos: list(
    plural({
      description: 'URL of a photo of the User.',
      labels: ", i.e., 'photo' or 'thumbnail'",
      preferred: 'the preferred photo or thumbnail',
      value: z.string(),
      example: 'https://example.com/mira.jpg',
      types: ['photo', 'thumbnail'],
      characteristics: { type: 'reference', referenceTypes: ['external'] },
      maxLength: MAX_LONG_TEXT,
    }),
    'URLs of photos of the User.',
    [{ value: 'https://example.com/mira.jpg', type: 'photo' }],
  ),
  addresses: list(
    Address,
    "A physical mailing address for this User. Canonical type values of 'work', 'home', and 'other'. This attribute is a complex type with the following sub-attributes.",
    [{ streetAddress: 'Strandgata 5', postalCode: '6800', locality: 'Førde', country: 'NO', type: 'work' }],
  ),
  groups: optional(
    z.array(GroupReference),
    'A list of groups to which the user belongs, either through direct membership, through nested groups, or dynamically calculated.',
    [{ value: '01979f2e-5a10-7c33-8d5e-0c2b7b1e9a01', display: 'Field Team', type: 'direct' }],
    { mutability: 'readOnly' },
  ),
  entitlements: list(
    plural({ description: 'The value of an entitlement.', value: z.string(), example: 'map-archive' }),
    'A list of entitlements for the User that represent a thing the User has.',
    [{ value: 'map-archive' }],
  ),
  roles: list(
    plural({ description: 'The value of a role.', value: z.string(), example: 'admin' }),
    "A list of roles for the User that collectively represent who the User is, e.g., 'Student', 'Faculty'.",
    [{ value: 'admin', primary: true }],
  ),
  x509Certificates: list(
    plural({
      description: 'The value of an X.509 certificate.',
      value: z.string(),
      example: 'MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw',
      characteristics: { type: 'binary' },
      maxLength: MAX_LONG_TEXT,
    }),
    'A list of certificates issued to the User.',
    [{ value: 'MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw' }],
  ),
  [urns.enterprise]: ScimEnterprise.exactOptional(),
  [urns.lifecycle]: ScimLifecycle.exactOptional(),
} as const;

const UserResource = z.strictObject(attributes).meta({ title: 'User', description: 'User Account' });

/** The wire form of a user in answers. */
export const ScimUser = UserResource.omit({ password: true }).meta({
  id: 'ScimUser',
  title: 'User',
  description: 'A user (RFC 7643 4.1) with the enterprise and the lifecycle extension.',
});
export type ScimUser = z.infer<typeof ScimUser>;

/** What `attributes` and `excludedAttributes` leave of a user (RFC 7644 3.9). */
export const ScimUserPart = ScimUser.exactPartial()
  .extend({ schemas: ScimUser.shape.schemas, id: ScimUser.shape.id, meta: partOf(ScimUser.shape.meta) })
  .meta({ id: 'ScimUserPart', title: 'User', description: 'The attributes of a user that were asked for.' });

/** The wire form of a user in requests that create it: read-only attributes have been left out. */
export const ScimUserDraft = UserResource.omit({ id: true, meta: true, groups: true }).meta({
  id: 'ScimUserDraft',
  title: 'User',
  description: `A user to create. Read-only attributes are ignored. ${SCHEMAS_TOLERATED}`,
});
export type ScimUserDraft = z.infer<typeof ScimUserDraft>;

/** Users as PATCH, filters and discovery see them. */
export const userType = resourceType('User', '/Users', urns.user, UserResource);

/** The attributes that a client may write. */
export type ScimUserAttributes = Omit<ScimUserDraft, 'schemas'>;

/** The groups of the canonical user that are extensions, by URN. */
export const extensionGroups = { [urns.enterprise]: 'enterprise', [urns.lifecycle]: 'lifecycle' } as const;

type ExtensionGroups = typeof extensionGroups;

/** The path of every attribute that a client may write, with the names of the canonical groups for the URNs of extensions. */
export type ScimUserPath = AttributeOf<{
  [
    Name in keyof ScimUserAttributes as Name extends keyof ExtensionGroups ? ExtensionGroups[Name] : Name
  ]: ScimUserAttributes[Name];
}>;

/** The paths of those attributes of the canonical user that do not have the same path in SCIM. An empty one: it is absent. */
export type OtherPaths<Attribute extends string> = {
  readonly [Each in Exclude<Attribute, ScimUserPath>]: readonly string[];
};

export const otherPaths: OtherPaths<UserAttribute> = {
  externalIds: ['externalId'],
  status: ['active'],
  pendingEmail: [],
  'enterprise.manager.ref': [urns.enterprise, 'manager', '$ref'],
};

const urnOfGroup: ReadonlyMap<string, string> = new Map(
  Object.entries(extensionGroups).map(([urn, group]) => [group, urn]),
);

const pathOf = (attribute: UserAttribute): readonly string[] => {
  if (Object.hasOwn(otherPaths, attribute)) return otherPaths[attribute as keyof typeof otherPaths];
  const [top = '', ...rest] = attribute.split('.');
  return [urnOfGroup.get(top) ?? top, ...rest];
};

/** The names that lead to each attribute of the canonical user in a SCIM user; none where SCIM does not have it. */
export const scimPaths: ReadonlyMap<UserAttribute, readonly string[]> = new Map(
  userAttributes.map((attribute) => [attribute, pathOf(attribute)]),
);

/** The attributes that have the same name and the same values in both, at the top of a user. */
const sameNamed = Object.entries(UserProfile.shape).filter(([name]) => name in UserResource.shape);
const multiValued = sameNamed.filter(([, schema]) => schema instanceof z.ZodArray).map(([name]) => name);
const singular = sameNamed
  .filter(([, schema]) => !(schema instanceof z.ZodArray) && !(schema instanceof z.ZodObject))
  .map(([name]) => name);

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

/**
 * The profile of a user as a client of a provisioning domain sees it. Attributes without a value are left out, and so are
 * extensions without attributes.
 */
export function encodeProfile(profile: UserProfile, domain: string): Omit<ScimUserDraft, 'password'> {
  const values = profile as Json;
  const schemas: string[] = [urns.user];
  const wire: Record<string, unknown> = { schemas };
  const externalId = externalIdOf(profile.externalIds, domain);
  if (externalId !== undefined) wire['externalId'] = externalId;
  for (const name of singular) {
    const value = values[name];
    if (value !== undefined) wire[name] = value;
  }
  wire['active'] = profile.status === 'active';
  if (!isEmpty(profile.name)) wire['name'] = profile.name;
  for (const name of multiValued) {
    const list = values[name] as readonly unknown[];
    if (list.length > 0) wire[name] = list;
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

/** The wire form of a user. What depends on the request, such as `meta.location`, is added by `encodeResource`. */
export function encodeUser(user: User, { domain }: Reader): ScimUser {
  return {
    id: user.id,
    ...encodeProfile(user, domain),
    ...encodeMemberships(user.groups),
    meta: {
      resourceType: 'User',
      created: user.createdAt.toISOString(),
      lastModified: user.updatedAt.toISOString(),
      version: entityTag(user),
    },
  };
}
