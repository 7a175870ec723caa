import { z } from 'zod';
import { defined } from '../canonical/defined.ts';
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
import { type FieldCheck, fieldKinds, userFieldsFor, type Writing } from '../contract/user-fields.ts';
import { invalidField, unchecked } from '../contract/writes.ts';

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

/** An identifier in upper or lower case. One of another form names no user. */
export const nermUserId = z
  .string()
  .regex(/^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/)
  .toLowerCase()
  .meta({ description: 'The identifier of the user.', example: EXAMPLE_ID });

const Id = z.guid().meta({ description: 'The identifier, a UUID.', example: EXAMPLE_ID, readOnly: true });

const Uid = z.string().length(32).meta({
  description: 'The same identifier as 32 hexadecimal digits.',
  example: 'db6f8e8b65c247d5a0db90bcc4e9df9e',
  readOnly: true,
});

const Name = z
  .string()
  .max(MOST_SHOWN)
  .regex(/\S/, { error: missing.blank })
  .meta({
    description: `The display name, at most ${MOST_CHARACTERS} characters if it changes. It is stored as written, and never split into given and family name.`,
    example: 'myusername',
  });

/** The display name that a write leaves. A name that is made up of others is longer than one may be. */
const DisplayName = Name.max(MOST_CHARACTERS, { error: `must have at most ${MOST_CHARACTERS} characters` });

const Email = EmailAddress.meta({ description: 'The primary e-mail address.', example: 'test@sailpoint.com' });

const Type = UserType.meta({
  description: `Which kind of lifecycle user this is. Default \`${DEFAULT_TYPE}\`.`,
  example: 'NeprofileUser',
});

const Status = z
  .enum(['Active', 'Pending', 'Disabled'])
  .meta({ description: 'Whether the user may sign in, is yet to, or may not any more.', example: 'Active' });

const Login = UserName.meta({
  description:
    'The name to sign in with. It is unique among users that are not deleted; case and Unicode form are ignored.',
  example: 'mylogin',
});

const Groups = GroupStrings.nullable().meta({
  description: `Names of groups, at most ${MOST_GROUPS}, joined by commas, that roles are derived from; \`null\` clears them.`,
  example: 'Administrator_group,Developer_group',
});

const time = (description: string) =>
  z.iso.datetime().nullable().meta({ description, example: '2023-05-01T09:12:28Z', readOnly: true });

const LastLogin = time('When the user last signed in (UTC), or `null`.');
const CookiesAcceptedAt = time('When the user accepted cookies (UTC), or `null`.');

const { writable, readOnly, shown, password } = fieldKinds();

const ignored = (field: z.ZodType) =>
  z
    .string()
    .nullable()
    .meta({ ...field.meta(), description: `${field.meta()!.description} Read-only: ignored.`, readOnly: true });

const seconds = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

const joinedOrNull = (names: readonly string[]): string | null => names.join(',') || null;

const secondsOrNull = (time: Date | undefined): string | null => (time ? seconds(time) : null);

const formattedTime = (time: string | undefined): string | undefined =>
  time === undefined ? undefined : seconds(new Date(time));

const isAdmin = (roles: readonly Role[]): boolean => roles.some((role) => role.value === ADMIN);

const withAdmin = (roles: Role[], admin: boolean): Role[] => {
  if (isAdmin(roles) === admin) return roles;
  return admin ? [...roles, { value: ADMIN }] : roles.filter((role) => role.value !== ADMIN);
};

type Lifecycles = UserProfile['lifecycle'];

const withLifecycle = (
  user: UserRevision,
  changes: { [Key in keyof Lifecycles]?: Lifecycles[Key] | undefined },
): UserRevision => ({
  ...user,
  lifecycle: { groupStrings: user.lifecycle.groupStrings, ...defined({ ...user.lifecycle, ...changes }) },
});

/** Sets a text, or removes it. */
const writeText =
  (key: 'title' | 'locale' | 'preferredLanguage' | 'displayName') =>
  (value: string | null, { user }: Writing<object>): UserRevision => {
    const { [key]: _old, ...rest } = user;
    return value === null ? rest : { ...rest, [key]: value };
  };

/** The path or the rest of the body decides whose fields these are: `assertIds`. */
const ignore = (_value: unknown, { user }: Writing<object>): UserRevision => user;

/** The fields of a user, in the order of a response. */
export const nermFields = userFieldsFor<object>()(
  {
    id: shown({ response: Id, read: ({ id }) => id }),
    uid: readOnly({
      response: Uid,
      patch: z.string().meta({ ...Uid.meta(), description: 'When given, the identifier once more.' }),
      read: ({ id }) => id.replaceAll('-', ''),
      write: ignore,
    }),
    name: writable({
      attribute: 'displayName',
      // Names and groups are joined of parts, and so longer than one that is written.
      response: z.string().meta({
        description:
          'The display name; where none was written, the formatted name, else given and family name, else the login.',
        example: 'bob',
      }),
      create: Name.meta({ maxLength: MOST_CHARACTERS }),
      required: true,
      patch: unchecked(Name),
      checked: DisplayName,
      read: shownName,
      readStored: ({ displayName }) => displayName,
      write: writeText('displayName'),
    }),
    email: writable({
      attribute: 'emails',
      response: z.string().nullable().meta({
        description: 'The primary e-mail address, or `null` when a user from another dialect has none.',
        example: 'example@sailpoint.com',
      }),
      create: Email,
      required: true,
      patch: unchecked(Email).nullable(),
      read: (user) => primaryEmail(user) ?? null,
      history: (emails) => emails && primaryEmail({ emails }),
      write: (email, { user }) => ({ ...user, emails: withPrimaryValue(user.emails, email) }),
    }),
    type: writable({
      attribute: 'lifecycle.type',
      response: Type,
      create: Type,
      read: ({ lifecycle }) => lifecycle.type ?? DEFAULT_TYPE,
      write: (type, { user }) => withLifecycle(user, { type }),
    }),
    profile_id: writable({
      attribute: 'lifecycle.profileId',
      create: z.guid().toLowerCase().nullable().meta({
        description: 'The lifecycle profile that the user belongs to. `null` clears it.',
        writeOnly: true,
        example: EXAMPLE_ID,
      }),
      read: ({ lifecycle }) => lifecycle.profileId ?? null,
      write: (id, { user }) => withLifecycle(user, { profileId: id ?? undefined }),
    }),
    title: writable({
      attribute: 'title',
      response: Text.nullable().meta({ description: 'The job title, or `null`.', example: 'mytitle' }),
      create: Text.nullable().meta({ description: 'The job title; `null` clears it.', example: 'mytitle' }),
      read: ({ title }) => title ?? null,
      write: writeText('title'),
    }),
    status: writable({
      attribute: 'status',
      response: Status,
      create: Status,
      read: ({ status }) => statusWords[status],
      history: (status) => status && statusWords[status],
      write: (status, { user }) => ({ ...user, status: statuses[status] }),
    }),
    login: writable({
      attribute: 'userName',
      response: Login.meta({ ...Login.meta(), example: 'bob' }),
      create: Login,
      required: true,
      patch: unchecked(Login),
      read: ({ userName }) => userName,
      write: (userName, { user }) => ({ ...user, userName }),
    }),
    admin: writable({
      attribute: 'roles',
      create: z
        .boolean()
        .meta({ description: 'Gives the user the role `admin`, or takes it away.', example: false, writeOnly: true }),
      read: ({ roles }) => isAdmin(roles),
      history: (roles = []) => isAdmin(roles),
      write: (admin, { user }) => ({ ...user, roles: withAdmin(user.roles, admin) }),
    }),
    last_login: readOnly({
      attribute: 'lifecycle.lastLogin',
      response: LastLogin,
      patch: ignored(LastLogin),
      read: ({ lifecycle }) => secondsOrNull(lifecycle.lastLogin),
      history: formattedTime,
      write: ignore,
    }),
    cookies_accepted_at: readOnly({
      attribute: 'lifecycle.cookiesAcceptedAt',
      response: CookiesAcceptedAt,
      patch: ignored(CookiesAcceptedAt),
      read: ({ lifecycle }) => secondsOrNull(lifecycle.cookiesAcceptedAt),
      history: formattedTime,
      write: ignore,
    }),
    preferred_language: writable({
      attribute: 'preferredLanguage',
      response: Text.nullable().meta({
        description: 'The language to speak to the user, or `null`.',
        example: 'en-US',
      }),
      create: Text.nullable().meta({
        description: 'The language to speak to the user; `null` clears it.',
        example: 'en-US',
      }),
      read: ({ preferredLanguage }) => preferredLanguage ?? null,
      write: writeText('preferredLanguage'),
    }),
    locale: writable({
      attribute: 'locale',
      response: Text.nullable().meta({ description: 'Region for numbers and dates, or `null`.', example: 'en' }),
      create: Text.nullable().meta({ description: 'Region for numbers and dates; `null` clears it.', example: 'en' }),
      read: ({ locale }) => locale ?? null,
      write: writeText('locale'),
    }),
    group_strings: writable({
      attribute: 'lifecycle.groupStrings',
      response: z.string().nullable().meta({
        description: 'Names of groups joined by commas, or `null`.',
        example: 'Administrator_group,Developer_group',
      }),
      create: Groups,
      patch: unchecked(Groups).nullable(),
      read: ({ lifecycle }) => joinedOrNull(lifecycle.groupStrings),
      history: (names) => names?.join(',') || undefined,
      write: (joined, { user }) => withLifecycle(user, { groupStrings: parseGroups(joined ?? '') }),
    }),
    sailpoint_identity_id: writable({
      attribute: 'lifecycle.sailpointIdentityId',
      response: Text.nullable().meta({
        description: 'The identity in SailPoint that this user mirrors, or `null`.',
        example: '2c9180835d2e5168015d32f890ca1581',
      }),
      create: Text.nullable().meta({
        description: 'The identity in SailPoint that this user mirrors; `null` clears it.',
        example: '2c9180835d2e5168015d32f890ca1581',
      }),
      read: ({ lifecycle }) => lifecycle.sailpointIdentityId ?? null,
      write: (id, { user }) => withLifecycle(user, { sailpointIdentityId: id ?? undefined }),
    }),
    password: password(
      Password.meta({
        description:
          'At least 8 characters; required unless the type is `NeprofileUser`. Stored as an argon2id hash and never shown.',
        example: 'correct horse battery staple',
        writeOnly: true,
      }),
    ),
  },
  [
    'externalIds',
    'nickName',
    'profileUrl',
    'userType',
    'timezone',
    'name.formatted',
    'name.familyName',
    'name.givenName',
    'name.middleName',
    'name.honorificPrefix',
    'name.honorificSuffix',
    'pendingEmail',
    'phoneNumbers',
    'ims',
    'photos',
    'addresses',
    'entitlements',
    'x509Certificates',
    'enterprise.employeeNumber',
    'enterprise.costCenter',
    'enterprise.organization',
    'enterprise.division',
    'enterprise.department',
    'enterprise.manager.value',
    'enterprise.manager.ref',
  ],
);

export const NermUser = z
  .strictObject(nermFields.response)
  .meta({ id: 'NermUser', description: 'A user as the lifecycle API shows it.' });
export type NermUser = z.infer<typeof NermUser>;

export const NermUserAnswer = z
  .strictObject({ user: NermUser })
  .meta({ id: 'NermUserAnswer', description: 'The user, in its wrapper.' });
export type NermUserAnswer = z.infer<typeof NermUserAnswer>;

export const NermUserPatch = z
  .strictObject({
    user: z
      .strictObject({
        id: z.exactOptional(
          z.string().meta({
            description: 'When given, the identifier of the path once more.',
            example: EXAMPLE_ID,
            readOnly: true,
          }),
        ),
        ...nermFields.patch,
      })
      .meta({ description: 'The attributes to change. One that is left out stays as it is.' }),
  })
  .meta({ id: 'NermUserPatch', description: 'The attributes to change, in the wrapper that NERM gives a user.' });
export type NermUserPatch = z.infer<typeof NermUserPatch>;

/** A user to create. */
export const NermUserWish = z
  .strictObject(nermFields.create)
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

/** One of several users to change, which it names itself. A malformed identifier is one of no user. */
export const NermUserChange = z
  .strictObject({ id: z.string().max(256).meta(nermUserId.meta()!), ...nermFields.patch })
  .meta({
    id: 'NermUserChange',
    description: 'The attributes of a user to change. One that is left out stays as it is.',
  });
export type NermUserChange = z.infer<typeof NermUserChange>;

/** The user as NERM shows it. */
export const encodeNermUser = (user: User): NermUser => nermFields.encode(user);

/** Writes the login first: a name that is shown only because of the old login is stored. */
function change<Profile extends UserProfile>(
  user: Profile,
  { login, ...fields }: Omit<NermUserChange, 'id'> | Omit<NermUserWish, 'password'>,
  check?: FieldCheck,
): Profile {
  const renamed = login === undefined ? user : nermFields.change(user, { login }, {}, check);
  return nermFields.change(renamed, fields, {}, check);
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

/** Applies one of several changes. */
export function changeNermUser(user: User, { id, ...fields }: NermUserChange): UserRevision {
  assertIds(user, { id, uid: fields.uid });
  return change(user, fields);
}

/** Applies a patch. One that names another user than the path is rejected. */
export function reviseNermUser(
  user: User,
  { user: { id, ...fields } }: NermUserPatch,
  check?: FieldCheck,
): UserRevision {
  assertIds(user, { id, uid: fields.uid });
  return change(user, fields, check);
}

/** The user that a create asks for. */
export function draftNermUser({ user: { password, ...fields } }: NermUserDraft): UserDraft {
  return { ...change(emptyDraft(fields.login), fields), displayName: fields.name, ...defined({ password }) };
}
