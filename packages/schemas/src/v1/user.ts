import { z } from 'zod';
import type { Carries } from '../canonical/attribute.ts';
import { defined } from '../canonical/defined.ts';
import { emptyDraft } from '../canonical/draft.ts';
import { missing } from '../canonical/error.ts';
import { DEFAULT_ROLE, primaryEmail, primaryRole, withPrimaryValue, withPrimaryRole } from '../canonical/primary.ts';
import { EmailAddress, Password, UserName, type User, type UserDraft, type UserRevision } from '../canonical/user.ts';
import { type Check, checked, invalidField, unchecked, type Writes } from '../contract/writes.ts';
import { encodeUserId } from './identifier.ts';
import { seconds, time } from './time.ts';

const Text = z.string().max(4096);

const fields = {
  email: EmailAddress.meta({ description: 'The primary e-mail address.', example: 'newemail@example.com' }),
  username: UserName.meta({
    description:
      'The name to sign in with. Kept as written; unique among users that are not deleted, whatever its case or Unicode form.',
    example: 'newusername',
  }),
  first_name: Text.meta({ description: 'Given name; `null` says there is none.', example: 'Jane' }),
  last_name: Text.meta({ description: 'Family name; `null` says there is none.', example: 'Smith' }),
  role: z
    .string()
    .max(255)
    .regex(/\S/, { error: missing.blank })
    .meta({ description: 'The primary role. A user that was given none is a `user`.', example: 'admin' }),
};

const password = Password.meta({
  description: 'At least 8 characters. Stored as an argon2id hash; no answer ever contains it.',
  example: 'correct horse battery staple',
  writeOnly: true,
});

export const V1User = z
  .strictObject({
    id: z.string().meta({
      description: 'The identifier: `usr_` and 26 base32 digits (TypeID) of the UUID that the other dialects show.',
      example: 'usr_01hzxrphnke7jrvvzhvhsvq5bm',
      readOnly: true,
    }),
    // As wide as the waist: another dialect may have written any text.
    email: z.string().nullable().meta({
      description: 'The primary e-mail address, or `null` when a user from another dialect has none.',
      example: 'newemail@example.com',
    }),
    username: fields.username,
    first_name: fields.first_name.nullable().meta({ description: 'Given name, or `null`.', example: 'Jane' }),
    last_name: fields.last_name.nullable().meta({ description: 'Family name, or `null`.', example: 'Smith' }),
    role: z.string().meta(fields.role.meta()!),
    created_at: time('When the user was created.', '2023-01-01T12:00:00Z').meta({ readOnly: true }),
    updated_at: time('When the user last changed.', '2023-01-01T13:00:00Z').meta({ readOnly: true }),
    pending_email: fields.email.exactOptional().meta({
      description: 'The address that is to be `email` once its owner has confirmed it. There only while it waits.',
      example: 'newer@example.com',
      readOnly: true,
    }),
  })
  .meta({ id: 'V1User', description: 'A user as v1 shows it.' });
export type V1User = z.infer<typeof V1User>;

/** The fields that a PATCH may change, and the values that it may give them. */
export const v1Writable = {
  ...fields,
  first_name: fields.first_name.nullable(),
  last_name: fields.last_name.nullable(),
};

const repeated = (field: z.ZodType, description: string) =>
  unchecked(field).meta({
    description: `${description} Ignored when it is what is shown; another value is 400.`,
    readOnly: true,
  });

export const V1UserPatch = z
  .strictObject({
    email: unchecked(fields.email).nullable().exactOptional(),
    username: unchecked(fields.username).exactOptional(),
    first_name: v1Writable.first_name.exactOptional(),
    last_name: v1Writable.last_name.exactOptional(),
    role: unchecked(fields.role).exactOptional(),
    id: repeated(V1User.shape.id, 'The identifier.').exactOptional(),
    created_at: repeated(V1User.shape.created_at, 'When the user was created.').exactOptional(),
    updated_at: repeated(V1User.shape.updated_at, 'When the user last changed.').exactOptional(),
    pending_email: repeated(fields.email, 'The address that waits for its confirmation.').nullable().exactOptional(),
  })
  .meta({ id: 'V1UserPatch', description: 'The fields to change. A field that is left out stays as it is.' });
export type V1UserPatch = z.infer<typeof V1UserPatch>;

export const V1UserDraft = z
  .strictObject({
    email: fields.email,
    username: fields.username,
    password,
    first_name: fields.first_name.nullable().exactOptional(),
    last_name: fields.last_name.nullable().exactOptional(),
    role: fields.role.exactOptional(),
  })
  .meta({ id: 'V1UserDraft', description: 'A user to create.' });
export type V1UserDraft = z.infer<typeof V1UserDraft>;

export const V1Password = z.strictObject({ password }).meta({ id: 'V1Password', description: 'The new password.' });
export type V1Password = z.infer<typeof V1Password>;

export const V1EmailToken = z
  .strictObject({
    token: z
      .string()
      .min(1)
      .max(255)
      .meta({ description: 'What the message to the new address says.', example: 'oP0x2b5S1wR9cM3tK7vQ4z' }),
  })
  .meta({ id: 'V1EmailToken', description: 'Shows that somebody reads what is sent to the new address.' });
export type V1EmailToken = z.infer<typeof V1EmailToken>;

export const v1Carries = {
  userName: ['username'],
  externalIds: [],
  status: [],
  displayName: [],
  nickName: [],
  profileUrl: [],
  title: [],
  userType: [],
  preferredLanguage: [],
  locale: [],
  timezone: [],
  'name.formatted': [],
  'name.familyName': ['last_name'],
  'name.givenName': ['first_name'],
  'name.middleName': [],
  'name.honorificPrefix': [],
  'name.honorificSuffix': [],
  emails: ['email'],
  pendingEmail: ['pending_email'],
  phoneNumbers: [],
  ims: [],
  photos: [],
  addresses: [],
  entitlements: [],
  roles: ['role'],
  x509Certificates: [],
  'enterprise.employeeNumber': [],
  'enterprise.costCenter': [],
  'enterprise.organization': [],
  'enterprise.division': [],
  'enterprise.department': [],
  'enterprise.manager.value': [],
  'enterprise.manager.ref': [],
  'lifecycle.type': [],
  'lifecycle.profileId': [],
  'lifecycle.groupStrings': [],
  'lifecycle.sailpointIdentityId': [],
  'lifecycle.lastLogin': [],
  'lifecycle.cookiesAcceptedAt': [],
} satisfies Carries<V1User>;

/** The user as v1 shows it. */
export function encodeV1User(user: User): V1User {
  return {
    id: encodeUserId(user.id),
    email: primaryEmail(user) ?? null,
    username: user.userName,
    first_name: user.name.givenName ?? null,
    last_name: user.name.familyName ?? null,
    role: primaryRole(user) ?? DEFAULT_ROLE,
    created_at: seconds(user.createdAt),
    updated_at: seconds(user.updatedAt),
    ...(user.pendingEmail !== undefined && { pending_email: user.pendingEmail }),
  };
}

/** The fields that a write can change, as v1 shows them. */
export function portrayV1User(user: User): Omit<V1User, 'id' | 'created_at' | 'updated_at'> {
  const { id: _id, created_at: _createdAt, updated_at: _updatedAt, ...fields } = encodeV1User(user);
  return fields;
}

/** How a write of `email` is taken: at once, or once its owner has confirmed it. */
export type EmailVerification = 'off' | 'required';

interface Writing {
  readonly user: UserRevision;
  readonly shown: V1User;
  readonly verification: EmailVerification;
  readonly check: Check;
}

const isSame = (value: string | null, shown: string | undefined): boolean => value === (shown ?? null);

const isSameTime = (value: string | null, shown: string | undefined): boolean =>
  value !== null && shown !== undefined && Date.parse(value) === Date.parse(shown);

const readOnly =
  (field: 'id' | 'created_at' | 'updated_at' | 'pending_email', isShown = isSame) =>
  (value: string | null, { user, shown }: Writing): UserRevision => {
    if (isShown(value, shown[field])) return user;
    throw invalidField([field], 'cannot be written');
  };

const withName = ({ user }: Writing, part: 'givenName' | 'familyName', value: string | null): UserRevision => {
  const { [part]: _old, ...name } = user.name;
  return { ...user, name: value === null ? name : { ...name, [part]: value } };
};

const writes: Writes<V1UserPatch, Writing, UserRevision> = {
  id: readOnly('id'),
  created_at: readOnly('created_at', isSameTime),
  updated_at: readOnly('updated_at', isSameTime),
  pending_email: readOnly('pending_email'),
  email: (value, { user, verification, check }) => {
    const email = check('email', fields.email, value);
    if (verification === 'required') return { ...user, pendingEmail: email };
    const { pendingEmail: _void, ...rest } = user;
    return { ...rest, emails: withPrimaryValue(user.emails, email) };
  },
  username: (value, { user, check }) => ({ ...user, userName: check('username', fields.username, value) }),
  first_name: (value, writing) => withName(writing, 'givenName', value),
  last_name: (value, writing) => withName(writing, 'familyName', value),
  role: (value, { user, check }) => ({
    ...user,
    roles: withPrimaryRole(user.roles, check('role', fields.role, value)),
  }),
};

/** Writing the address that is shown leaves none waiting, unless the one that waits is sent back too. */
const isWithdrawn = (patch: V1UserPatch, shown: V1User): boolean =>
  patch.email !== undefined && patch.email === shown.email && patch.pending_email === undefined;

/** Applies what the patch says. A value that is already shown moves nothing, even where it is derived. */
export function reviseV1User(
  user: User,
  patch: V1UserPatch,
  verification: EmailVerification,
  check: Check = checked,
): UserRevision {
  const shown = encodeV1User(user);
  const { pendingEmail: _pending, ...withoutPending } = user;
  let revision: UserRevision = isWithdrawn(patch, shown) ? withoutPending : user;
  for (const [field, value] of Object.entries(patch) as [keyof V1UserPatch, never][]) {
    if (value !== shown[field]) revision = writes[field](value, { user: revision, shown, verification, check });
  }
  return revision;
}

/** The user that a create asks for. */
export function draftV1User(wire: V1UserDraft): UserDraft {
  return {
    ...emptyDraft(wire.username),
    name: defined({ givenName: wire.first_name ?? undefined, familyName: wire.last_name ?? undefined }),
    emails: [{ value: wire.email, primary: true }],
    roles: wire.role === undefined ? [] : [{ value: wire.role, primary: true }],
    password: wire.password,
  };
}
