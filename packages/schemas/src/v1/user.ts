import { z } from 'zod';
import { emptyDraft } from '../canonical/draft.ts';
import { missing } from '../canonical/error.ts';
import { DEFAULT_ROLE, primaryEmail, primaryRole, withPrimaryValue, withPrimaryRole } from '../canonical/primary.ts';
import { EmailAddress, Password, UserName, type User, type UserDraft, type UserRevision } from '../canonical/user.ts';
import { type FieldCheck, fieldKinds, userFieldsFor, type Writing } from '../contract/user-fields.ts';
import { invalidField, unchecked } from '../contract/writes.ts';
import { encodeUserId } from './identifier.ts';
import { seconds, time } from './time.ts';

const Text = z.string().max(4096);

const Email = EmailAddress.meta({ description: 'The primary e-mail address.', example: 'newemail@example.com' });

const Login = UserName.meta({
  description:
    'The name to sign in with. It is stored as written. It is unique among users that are not deleted; case and Unicode form are ignored.',
  example: 'newusername',
});

const Role = z
  .string()
  .max(255)
  .regex(/\S/, { error: missing.blank })
  .meta({ description: 'The primary role. A user that was given none is a `user`.', example: 'admin' });

const NewPassword = Password.meta({
  description: 'At least 8 characters. It is stored as an argon2id hash. No response contains it.',
  example: 'correct horse battery staple',
  writeOnly: true,
});

const Id = z.string().meta({
  description: 'The identifier: `usr_` and 26 base32 digits (TypeID) of the UUID that the other dialects show.',
  example: 'usr_01hzxrphnke7jrvvzhvhsvq5bm',
  readOnly: true,
});

const created = time('When the user was created.', '2023-01-01T12:00:00Z').meta({ readOnly: true });
const updated = time('When the user last changed.', '2023-01-01T13:00:00Z').meta({ readOnly: true });

/** How a write of `email` is taken: at once, or once its owner has confirmed it. */
export type EmailVerification = 'off' | 'required';

interface Context {
  readonly verification: EmailVerification;
}

const { writable, readOnly, password } = fieldKinds<Context>();

const repeated = (field: z.ZodType, description: string) =>
  unchecked(field).meta({
    description: `${description} Ignored when it is what is shown; another value is 400.`,
    readOnly: true,
  });

const rejected = (field: string) => (): never => {
  throw invalidField([field], 'cannot be written');
};

/** A time may be repeated in any form. */
const repeatedTime = (field: 'created_at' | 'updated_at', timeOf: (user: User) => Date) => {
  const reject = rejected(field);
  return (value: string, { user, before }: Writing<Context>): UserRevision =>
    Date.parse(value) === Date.parse(seconds(timeOf(before))) ? user : reject();
};

const writeName =
  (part: 'givenName' | 'familyName') =>
  (value: string | null, { user }: Writing<Context>): UserRevision => {
    const { [part]: _old, ...name } = user.name;
    return { ...user, name: value === null ? name : { ...name, [part]: value } };
  };

function writeEmail(email: string, { user, verification }: Writing<Context>): UserRevision {
  if (verification === 'required') return { ...user, pendingEmail: email };
  const { pendingEmail: _void, ...rest } = user;
  return { ...rest, emails: withPrimaryValue(user.emails, email) };
}

/** The fields of a user, in the order of a response. */
export const v1Fields = userFieldsFor<Context>()(
  {
    id: readOnly({
      response: Id,
      patch: repeated(Id, 'The identifier.'),
      read: ({ id }) => encodeUserId(id),
      write: rejected('id'),
    }),
    email: writable({
      attribute: 'emails',
      // Another dialect may have written any text.
      response: z.string().nullable().meta({
        description: 'The primary e-mail address, or `null` when a user from another dialect has none.',
        example: 'newemail@example.com',
      }),
      create: Email,
      required: true,
      patch: unchecked(Email).nullable(),
      read: (user) => primaryEmail(user) ?? null,
      history: (emails) => emails && primaryEmail({ emails }),
      write: writeEmail,
    }),
    username: writable({
      attribute: 'userName',
      response: Login,
      create: Login,
      required: true,
      patch: unchecked(Login),
      read: ({ userName }) => userName,
      write: (userName, { user }) => ({ ...user, userName }),
    }),
    password: password(NewPassword, true),
    first_name: writable({
      attribute: 'name.givenName',
      response: Text.nullable().meta({ description: 'Given name, or `null`.', example: 'Jane' }),
      create: Text.meta({ description: 'Given name; `null` if there is none.', example: 'Jane' }).nullable(),
      read: ({ name }) => name.givenName ?? null,
      write: writeName('givenName'),
    }),
    last_name: writable({
      attribute: 'name.familyName',
      response: Text.nullable().meta({ description: 'Family name, or `null`.', example: 'Smith' }),
      create: Text.meta({ description: 'Family name; `null` if there is none.', example: 'Smith' }).nullable(),
      read: ({ name }) => name.familyName ?? null,
      write: writeName('familyName'),
    }),
    role: writable({
      attribute: 'roles',
      response: z.string().meta(Role.meta()!),
      create: Role,
      patch: unchecked(Role),
      read: (user) => primaryRole(user) ?? DEFAULT_ROLE,
      history: (roles) => roles && primaryRole({ roles }),
      write: (role, { user }) => ({ ...user, roles: withPrimaryRole(user.roles, role) }),
    }),
    created_at: readOnly({
      response: created,
      patch: repeated(created, 'When the user was created.'),
      read: ({ createdAt }) => seconds(createdAt),
      write: repeatedTime('created_at', ({ createdAt }) => createdAt),
    }),
    updated_at: readOnly({
      response: updated,
      patch: repeated(updated, 'When the user last changed.'),
      read: ({ updatedAt }) => seconds(updatedAt),
      write: repeatedTime('updated_at', ({ updatedAt }) => updatedAt),
    }),
    pending_email: readOnly({
      attribute: 'pendingEmail',
      response: Email.exactOptional().meta({
        description: 'The address that is to be `email` once its owner has confirmed it. There only while it waits.',
        example: 'newer@example.com',
        readOnly: true,
      }),
      patch: repeated(Email, 'The address that waits for its confirmation.').nullable(),
      read: ({ pendingEmail }) => pendingEmail,
      // `null` repeats that there is none.
      write: (value, { user, before }) =>
        value === (before.pendingEmail ?? null) ? user : rejected('pending_email')(),
    }),
  },
  [
    'externalIds',
    'status',
    'displayName',
    'nickName',
    'profileUrl',
    'title',
    'userType',
    'preferredLanguage',
    'locale',
    'timezone',
    'name.formatted',
    'name.middleName',
    'name.honorificPrefix',
    'name.honorificSuffix',
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
    'lifecycle.type',
    'lifecycle.profileId',
    'lifecycle.groupStrings',
    'lifecycle.sailpointIdentityId',
    'lifecycle.lastLogin',
    'lifecycle.cookiesAcceptedAt',
  ],
);

export const V1User = z.strictObject(v1Fields.response).meta({ id: 'V1User', description: 'A user as v1 shows it.' });
export type V1User = z.infer<typeof V1User>;

export const V1UserPatch = z
  .strictObject(v1Fields.patch)
  .meta({ id: 'V1UserPatch', description: 'The fields to change. A field that is left out stays as it is.' });
export type V1UserPatch = z.infer<typeof V1UserPatch>;

export const V1UserDraft = z
  .strictObject(v1Fields.create)
  .meta({ id: 'V1UserDraft', description: 'A user to create.' });
export type V1UserDraft = z.infer<typeof V1UserDraft>;

export const V1Password = z
  .strictObject({ password: NewPassword })
  .meta({ id: 'V1Password', description: 'The new password.' });
export type V1Password = z.infer<typeof V1Password>;

export const V1EmailToken = z
  .strictObject({
    token: z
      .string()
      .min(1)
      .max(255)
      .meta({ description: 'The token in the message to the new address.', example: 'oP0x2b5S1wR9cM3tK7vQ4z' }),
  })
  .meta({ id: 'V1EmailToken', description: 'Proves that the user receives messages at the new address.' });
export type V1EmailToken = z.infer<typeof V1EmailToken>;

/** The user as v1 shows it. */
export const encodeV1User = (user: User): V1User => v1Fields.encode(user);

/** Writing the address that is shown withdraws the pending one, unless the pending one is repeated too. */
const isWithdrawn = (user: User, { email, pending_email }: V1UserPatch): boolean =>
  email !== undefined && pending_email === undefined && email === (primaryEmail(user) ?? null);

/** Applies a patch. A value that is already shown moves nothing, even where it is derived. */
export function reviseV1User(
  user: User,
  patch: V1UserPatch,
  verification: EmailVerification,
  check?: FieldCheck,
): UserRevision {
  const revision = v1Fields.change<UserRevision>(user, patch, { verification }, check);
  if (!isWithdrawn(user, patch)) return revision;
  const { pendingEmail: _withdrawn, ...rest } = revision;
  return rest;
}

/** The user that a create asks for. */
export function draftV1User(wire: V1UserDraft): UserDraft {
  return v1Fields.draft(emptyDraft(wire.username), wire, { verification: 'off' });
}
