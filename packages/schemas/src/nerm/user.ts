import { z } from 'zod';
import type { Carries } from '../canonical/attribute.ts';
import { defined } from '../canonical/defined.ts';
import { changesIn } from '../contract/changes.ts';
import { type Check, checked, invalidField, type Writes, unchecked } from '../contract/writes.ts';
import { emptyDraft } from '../canonical/draft.ts';
import { missing } from '../canonical/error.ts';
import { DEFAULT_TYPE, primaryEmail, shownName, withPrimaryValue } from '../canonical/primary.ts';
import {
  EmailAddress,
  Lifecycle,
  Password,
  UserName,
  UserType,
  type Role,
  type User,
  type UserDraft,
  type UserProfile,
  type UserRevision,
  type UserStatus,
} from '../canonical/user.ts';

const MOST_CHARACTERS = 4096;
const Text = z.string().max(MOST_CHARACTERS);

/** Given and family name with a space: what a user is shown with can be written. */
const MOST_SHOWN = 2 * MOST_CHARACTERS + 1;

const MOST_GROUPS = 1000;

const parseGroups = (joined: string): string[] =>
  joined
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

const GroupStrings = z
  .string()
  .max(MOST_GROUPS * (MOST_CHARACTERS + 1))
  .refine((joined) => Lifecycle.shape.groupStrings.safeParse(parseGroups(joined)).success, {
    error: `must hold at most ${MOST_GROUPS} names, each of at most ${MOST_CHARACTERS} characters`,
  });

export const statusWords = { active: 'Active', pending: 'Pending', disabled: 'Disabled' } as const;
type StatusWord = (typeof statusWords)[UserStatus];
/** Statuses by NERM's words for them. */
export const statuses = Object.fromEntries(
  Object.entries(statusWords).map(([status, word]) => [word, status]),
) as Record<StatusWord, UserStatus>;

const ADMIN = 'admin';

const EXAMPLE_ID = 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e';

/** An identifier as it is written here, in upper or lower case; in another form it names no user. */
export const nermUserId = z
  .string()
  .regex(/^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/)
  .toLowerCase()
  .meta({ description: 'The identifier of the user.', example: EXAMPLE_ID });

/** What a create or an update may say. */
export const nermWritable = {
  name: z
    .string()
    .max(MOST_SHOWN)
    .regex(/\S/, { error: missing.blank })
    .meta({
      description: `The display name, at most ${MOST_CHARACTERS} characters unless it is what is shown already. Kept as written; it is never split into given and family name.`,
      example: 'myusername',
    }),
  email: EmailAddress.meta({ description: 'The primary e-mail address.', example: 'test@sailpoint.com' }),
  type: UserType.meta({
    description: `Which kind of lifecycle user this is. Default \`${DEFAULT_TYPE}\`.`,
    example: 'NeprofileUser',
  }),
  profile_id: z.guid().toLowerCase().nullable().meta({
    description: 'The lifecycle profile that the user belongs to. `null` clears it.',
    writeOnly: true,
    example: 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e',
  }),
  title: Text.nullable().meta({ description: 'The job title; `null` clears it.', example: 'mytitle' }),
  status: z
    .enum(['Active', 'Pending', 'Disabled'])
    .meta({ description: 'Whether the user may sign in, is yet to, or may not any more.', example: 'Active' }),
  login: UserName.meta({
    description:
      'The name to sign in with. Unique among users that are not deleted, whatever its case or Unicode form.',
    example: 'mylogin',
  }),
  admin: z
    .boolean()
    .meta({ description: 'Gives the user the role `admin`, or takes it away.', example: false, writeOnly: true }),
  group_strings: GroupStrings.nullable().meta({
    description: `Names of groups, at most ${MOST_GROUPS}, joined by commas, that roles are derived from; \`null\` clears them.`,
    example: 'Administrator_group,Developer_group',
  }),
  locale: Text.nullable().meta({ description: 'Region for numbers and dates; `null` clears it.', example: 'en' }),
  preferred_language: Text.nullable().meta({
    description: 'The language to speak to the user; `null` clears it.',
    example: 'en-US',
  }),
  sailpoint_identity_id: Text.nullable().meta({
    description: 'The identity in SailPoint that this user mirrors; `null` clears it.',
    example: '2c9180835d2e5168015d32f890ca1581',
  }),
};

export const NermUser = z
  .strictObject({
    id: z.guid().meta({
      description: 'The identifier, a UUID.',
      example: 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e',
      readOnly: true,
    }),
    uid: z.string().length(32).meta({
      description: 'The same identifier as 32 hexadecimal digits.',
      example: 'db6f8e8b65c247d5a0db90bcc4e9df9e',
      readOnly: true,
    }),
    // Names and groups are joined of parts, and so longer than one that is written.
    name: z.string().meta({
      description:
        'The display name; where none was written, the formatted name, else given and family name, else the login.',
      example: 'bob',
    }),
    email: z.string().nullable().meta({
      description: 'The primary e-mail address, or `null` when a user from another dialect has none.',
      example: 'example@sailpoint.com',
    }),
    type: nermWritable.type,
    title: Text.nullable().meta({ description: 'The job title, or `null`.', example: 'mytitle' }),
    status: nermWritable.status,
    login: nermWritable.login.meta({ ...nermWritable.login.meta(), example: 'bob' }),
    last_login: z.iso.datetime().nullable().meta({
      description: 'When the user last signed in (UTC), or `null`.',
      example: '2023-05-01T09:12:28Z',
      readOnly: true,
    }),
    cookies_accepted_at: z.iso.datetime().nullable().meta({
      description: 'When the user accepted cookies (UTC), or `null`.',
      example: '2023-05-01T09:12:28Z',
      readOnly: true,
    }),
    preferred_language: Text.nullable().meta({
      description: 'The language to speak to the user, or `null`.',
      example: 'en-US',
    }),
    locale: Text.nullable().meta({ description: 'Region for numbers and dates, or `null`.', example: 'en' }),
    group_strings: z.string().nullable().meta({
      description: 'Names of groups joined by commas, or `null`.',
      example: 'Administrator_group,Developer_group',
    }),
    sailpoint_identity_id: Text.nullable().meta({
      description: 'The identity in SailPoint that this user mirrors, or `null`.',
      example: '2c9180835d2e5168015d32f890ca1581',
    }),
  })
  .meta({ id: 'NermUser', description: 'A user as the lifecycle API shows it.' });
export type NermUser = z.infer<typeof NermUser>;

export const NermUserAnswer = z
  .strictObject({ user: NermUser })
  .meta({ id: 'NermUserAnswer', description: 'The user, in its wrapper.' });
export type NermUserAnswer = z.infer<typeof NermUserAnswer>;

const ignored = (field: z.ZodType) =>
  z
    .string()
    .nullable()
    .meta({ ...field.meta(), description: `${field.meta()!.description} Read-only: ignored.`, readOnly: true });

/** What a change may hold: what is shown, and what can only be written. */
const changeable = {
  ...nermWritable,
  name: unchecked(nermWritable.name),
  email: unchecked(nermWritable.email).nullable(),
  login: unchecked(nermWritable.login),
  group_strings: unchecked(nermWritable.group_strings).nullable(),
  uid: z.string().meta({ ...NermUser.shape.uid.meta(), description: 'When given, the identifier once more.' }),
  last_login: ignored(NermUser.shape.last_login),
  cookies_accepted_at: ignored(NermUser.shape.cookies_accepted_at),
};

export const NermUserPatch = z
  .strictObject({
    user: z
      .strictObject({
        id: z.string().meta({
          description: 'When given, the identifier of the path once more.',
          example: EXAMPLE_ID,
          readOnly: true,
        }),
        ...changeable,
      })
      .exactPartial()
      .meta({ description: 'The attributes to change. One that is left out stays as it is.' }),
  })
  .meta({ id: 'NermUserPatch', description: 'The attributes to change, in the wrapper that NERM gives a user.' });
export type NermUserPatch = z.infer<typeof NermUserPatch>;

const required = { name: true, email: true, login: true } as const;

/** A user to create. */
export const NermUserWish = z
  .strictObject({
    ...nermWritable,
    name: nermWritable.name.meta({ maxLength: MOST_CHARACTERS }),
    password: Password.meta({
      description:
        'At least 8 characters; required unless the type is `NeprofileUser`. Stored as an argon2id hash and never shown.',
      example: 'correct horse battery staple',
      writeOnly: true,
    }),
  })
  .exactPartial()
  .required(required)
  .refine((user) => (user.type ?? DEFAULT_TYPE) === DEFAULT_TYPE || user.password !== undefined, {
    path: ['password'],
    error: missing.absent,
  })
  .meta({
    id: 'NermUserWish',
    description: 'A user to create.',
    if: { required: ['type'], properties: { type: { not: { const: DEFAULT_TYPE } } } },
    // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
    then: { properties: { password: {} }, required: ['password'] },
  });
export type NermUserWish = z.infer<typeof NermUserWish>;

export const NermUserDraft = z
  .strictObject({ user: NermUserWish })
  .meta({ id: 'NermUserDraft', description: 'The user to create, in the wrapper that NERM gives a user.' });
export type NermUserDraft = z.infer<typeof NermUserDraft>;

/** One of several users to change, which it names itself. An identifier of a foreign shape is one of nobody. */
export const NermUserChange = z
  .strictObject({ id: z.string().max(256).meta(nermUserId.meta()!), ...changeable })
  .exactPartial()
  .required({ id: true })
  .meta({
    id: 'NermUserChange',
    description: 'The attributes of a user to change. One that is left out stays as it is.',
  });
export type NermUserChange = z.infer<typeof NermUserChange>;

export const nermCarries = {
  userName: ['login'],
  externalIds: [],
  status: ['status'],
  displayName: ['name'],
  nickName: [],
  profileUrl: [],
  title: ['title'],
  userType: [],
  preferredLanguage: ['preferred_language'],
  locale: ['locale'],
  timezone: [],
  'name.formatted': [],
  'name.familyName': [],
  'name.givenName': [],
  'name.middleName': [],
  'name.honorificPrefix': [],
  'name.honorificSuffix': [],
  emails: ['email'],
  pendingEmail: [],
  phoneNumbers: [],
  ims: [],
  photos: [],
  addresses: [],
  entitlements: [],
  roles: ['admin'],
  x509Certificates: [],
  'enterprise.employeeNumber': [],
  'enterprise.costCenter': [],
  'enterprise.organization': [],
  'enterprise.division': [],
  'enterprise.department': [],
  'enterprise.manager.value': [],
  'enterprise.manager.ref': [],
  'lifecycle.type': ['type'],
  'lifecycle.profileId': ['profile_id'],
  'lifecycle.groupStrings': ['group_strings'],
  'lifecycle.sailpointIdentityId': ['sailpoint_identity_id'],
  'lifecycle.lastLogin': ['last_login'],
  'lifecycle.cookiesAcceptedAt': ['cookies_accepted_at'],
} satisfies Carries<NermUser & NermUserPatch['user']>;

const shownGroups = ({ lifecycle }: UserProfile): string | null => lifecycle.groupStrings.join(',') || null;

const seconds = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

/** The user as NERM shows it. */
export function encodeNermUser(user: User): NermUser {
  const { lifecycle } = user;
  return {
    id: user.id,
    uid: user.id.replaceAll('-', ''),
    name: shownName(user),
    email: primaryEmail(user) ?? null,
    type: lifecycle.type ?? DEFAULT_TYPE,
    title: user.title ?? null,
    status: statusWords[user.status],
    login: user.userName,
    last_login: lifecycle.lastLogin ? seconds(lifecycle.lastLogin) : null,
    cookies_accepted_at: lifecycle.cookiesAcceptedAt ? seconds(lifecycle.cookiesAcceptedAt) : null,
    preferred_language: user.preferredLanguage ?? null,
    locale: user.locale ?? null,
    group_strings: shownGroups(user),
    sailpoint_identity_id: lifecycle.sailpointIdentityId ?? null,
  };
}

const isAdmin = (roles: readonly Role[]): boolean => roles.some((role) => role.value === ADMIN);

const shownTime = (time: string | undefined): string | undefined =>
  time === undefined ? undefined : seconds(new Date(time));

/** Changes of the history in NERM's words. */
export const encodeNermChanges = changesIn(nermCarries, {
  emails: (emails) => emails && primaryEmail({ emails }),
  roles: (roles = []) => isAdmin(roles),
  status: (status) => status && statusWords[status],
  'lifecycle.groupStrings': (names) => names?.join(',') || undefined,
  'lifecycle.lastLogin': shownTime,
  'lifecycle.cookiesAcceptedAt': shownTime,
});

/** The attributes that a write can change, those that are only written included. */
export function portrayNermUser(user: User): Record<string, unknown> {
  const { id: _id, uid: _uid, ...shown } = encodeNermUser(user);
  return { ...shown, profile_id: user.lifecycle.profileId ?? null, admin: isAdmin(user.roles) };
}

const withAdmin = (roles: Role[], admin: boolean): Role[] => {
  if (isAdmin(roles) === admin) return roles;
  return admin ? [...roles, { value: ADMIN }] : roles.filter((role) => role.value !== ADMIN);
};

type Wish = Omit<NermUserWish, 'password'>;
type Change = Omit<NermUserChange, 'id'>;

interface Writing {
  readonly user: UserProfile;
  readonly check: Check;
}

type Lifecycles = UserProfile['lifecycle'];

const withLifecycle = (user: UserProfile, changes: { [Key in keyof Lifecycles]?: Lifecycles[Key] | undefined }) => ({
  ...user,
  lifecycle: { groupStrings: user.lifecycle.groupStrings, ...defined({ ...user.lifecycle, ...changes }) },
});

/** Sets an attribute, or removes it. */
const assigned = (
  user: UserProfile,
  key: 'title' | 'locale' | 'preferredLanguage' | 'displayName',
  value: string | null,
): UserProfile => {
  const { [key]: _old, ...rest } = user;
  return value === null ? rest : { ...rest, [key]: value };
};

/** The display name that a write leaves. A name that is made up of others is longer than one may be. */
const DisplayName = nermWritable.name.max(MOST_CHARACTERS, {
  error: `must have at most ${MOST_CHARACTERS} characters`,
});

const unread = (_value: unknown, { user }: Writing): UserProfile => user;

const writes: Writes<Change, Writing, UserProfile> = {
  login: (value, { user, check }) => ({ ...user, userName: check('login', nermWritable.login, value) }),
  name: (value, { user, check }) =>
    value === shownName(user) ? user : assigned(user, 'displayName', check('name', DisplayName, value)),
  email: (value, { user, check }) => ({
    ...user,
    emails: withPrimaryValue(user.emails, check('email', nermWritable.email, value)),
  }),
  type: (type, { user }) => withLifecycle(user, { type }),
  profile_id: (id, { user }) => withLifecycle(user, { profileId: id ?? undefined }),
  title: (title, { user }) => assigned(user, 'title', title),
  status: (status, { user }) => ({ ...user, status: statuses[status] }),
  admin: (admin, { user }) => ({ ...user, roles: withAdmin(user.roles, admin) }),
  group_strings: (value, { user, check }) =>
    withLifecycle(user, {
      groupStrings: parseGroups(check('group_strings', nermWritable.group_strings, value) ?? ''),
    }),
  locale: (locale, { user }) => assigned(user, 'locale', locale),
  preferred_language: (language, { user }) => assigned(user, 'preferredLanguage', language),
  sailpoint_identity_id: (id, { user }) => withLifecycle(user, { sailpointIdentityId: id ?? undefined }),
  // Whose they are is asserted where the user is known.
  uid: unread,
  last_login: unread,
  cookies_accepted_at: unread,
};

/** What is shown where it is derived, or was not checked. The name is compared when the login is written. */
const shownOf = (user: UserProfile): Record<string, unknown> => ({
  email: primaryEmail(user) ?? null,
  type: user.lifecycle.type ?? DEFAULT_TYPE,
  group_strings: shownGroups(user),
  login: user.userName,
});

/** Applies the fields of a create or an update. A value that is already shown moves nothing, even where it is derived. */
function write<Profile extends UserProfile>(user: Profile, fields: Wish | Change, check: Check = checked): Profile {
  const shown = shownOf(user);
  let written: UserProfile = user;
  // The login first: a name that is derived from the new one is not written.
  const given = Object.entries({ ...(fields.login !== undefined && { login: fields.login }), ...fields });
  for (const [field, value] of given as [keyof Change, never][]) {
    if (value !== shown[field]) written = writes[field](value, { user: written, check });
  }
  return written as Profile;
}

const idDigits = (id: string): string => id.replaceAll('-', '').toLowerCase();

/** An identifier in the body is that of the user. */
function assertIds(user: User, ids: Readonly<Record<string, string | undefined>>): void {
  for (const [name, id] of Object.entries(ids)) {
    if (id !== undefined && idDigits(id) !== idDigits(user.id)) {
      throw invalidField(['user', name], 'is not the id of the path');
    }
  }
}

/** Applies what one of several changes says. */
export function changeNermUser(user: User, { id, ...fields }: NermUserChange): UserRevision {
  assertIds(user, { id, uid: fields.uid });
  return write(user, fields);
}

/** Applies what the patch says; a body that names another user than the path is refused. */
export function reviseNermUser(user: User, { user: { id, ...fields } }: NermUserPatch, check?: Check): UserRevision {
  assertIds(user, { id, uid: fields.uid });
  return write(user, fields, check);
}

/** The user that a create asks for. */
export function draftNermUser({ user: { password, ...fields } }: NermUserDraft): UserDraft {
  return { ...write(emptyDraft(fields.login), fields), displayName: fields.name, ...defined({ password }) };
}
