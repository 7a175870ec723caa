import { z } from 'zod';
import { missing } from './error.ts';
import { ExternalIds } from './external-id.ts';
import { FIRST_INSTANT, LAST_INSTANT } from './instant.ts';
import { foldKey } from './key.ts';

/** Characters of a text, of a URL or certificate, and of an address that is not checked; values of a list. */
export const MAX_TEXT = 4096;
export const MAX_LONG_TEXT = 65_536;
export const MAX_EMAIL = 320;
export const MAX_VALUES = 1000;

const Text = z.string().max(MAX_TEXT);

/** Milliseconds for which a token that confirms an e-mail address is valid. */
export const EMAIL_TOKEN_MS = 24 * 3_600_000;

const Instant = z.date().min(FIRST_INSTANT).max(LAST_INSTANT);

const LongText = z.string().max(MAX_LONG_TEXT);

/** Longest folded key in UTF-16 units: a B-tree entry holds 2704 bytes and a unit needs at most three. */
const MAX_KEY = 600;

/** Longer than any value that has a key: such a value is rejected for that, and folding it would take long. */
const LONGEST = 1024;

/** Whether the key of a value fits an index. */
export const folds = (value: string): boolean => value.length > LONGEST || foldKey(value).length <= MAX_KEY;

/** Compared by its folded key (`foldKey`), stored as written. */
export const UserName = z
  .string()
  .max(255)
  .regex(/\S/, { error: missing.blank })
  .refine(folds, { error: 'is too long once normalised' });

const ATOM = String.raw`[^\p{C}\p{Z}()<>[\]:;@\\,".]+`;
const LABEL = String.raw`[\p{L}\p{M}\p{N}_](?:[\p{L}\p{M}\p{N}_-]{0,61}[\p{L}\p{M}\p{N}_])?`;
const MAILBOX = new RegExp(String.raw`^${ATOM}(?:\.${ATOM})*@${LABEL}(?:\.${LABEL})*$`, 'u');

/** Octets of a local part (RFC 5321 4.5.3.1.1) and of a mailbox (4.5.3.1.3: a path without its angle brackets). */
const MAX_LOCAL_BYTES = 64;
const MAX_MAILBOX_BYTES = 254;

const bytesOf = (text: string): number => encodeURIComponent(text).replaceAll(/%../g, '.').length;

/**
 * Whether `RCPT TO` can hold an address without quotes (RFC 5321 4.1.2, RFC 5322 3.2.3, RFC 6531 3.3): a dot-atom, with
 * neither controls nor format characters, and a domain name. Route and name forms are none.
 */
export const isMailbox = (address: string): boolean =>
  address.length <= MAX_MAILBOX_BYTES &&
  MAILBOX.test(address) &&
  bytesOf(address) <= MAX_MAILBOX_BYTES &&
  bytesOf(address.slice(0, address.indexOf('@'))) <= MAX_LOCAL_BYTES;

/** What v1 and NERM may write, and what messages are sent to. */
export const EmailAddress = z
  .string()
  .refine(isMailbox, { error: 'Invalid email format' })
  .refine(folds, { error: 'is too long once normalised' })
  .meta({ format: 'idn-email', maxLength: MAX_MAILBOX_BYTES });

/** A secret on its way in. It is hashed before it is stored and is part of no answer, log, error or history. */
export const Password = z.string().min(8).max(1024);

export const UserStatus = z.enum(['active', 'pending', 'disabled']);
export type UserStatus = z.infer<typeof UserStatus>;

export const UserType = z.enum(['NeprofileUser', 'NeaccessUser']);

/** One value of a multi-valued attribute: at most one of a list is primary. Every part is optional, as in RFC 7643 2.4. */
const multiValue = <Value extends z.ZodType>(value: Value) =>
  z.strictObject({
    value: value.exactOptional(),
    display: Text.exactOptional(),
    type: Text.exactOptional(),
    primary: z.boolean().exactOptional(),
  });

const list = <Item extends z.ZodType<{ primary?: boolean }>>(item: Item) =>
  z
    .array(item)
    .max(MAX_VALUES)
    .refine((items) => items.filter((each) => each.primary === true).length <= 1, {
      error: 'at most one value may be primary',
    });

/** SCIM stores what a client sends; v1 and NERM hold the addresses that they write against `EmailAddress`. */
export const Email = multiValue(z.string().max(MAX_EMAIL).refine(folds, { error: 'is too long once normalised' }));
export type Email = z.infer<typeof Email>;
export const Role = multiValue(Text);
export type Role = z.infer<typeof Role>;
export const Address = z.strictObject({
  formatted: Text.exactOptional(),
  streetAddress: Text.exactOptional(),
  locality: Text.exactOptional(),
  region: Text.exactOptional(),
  postalCode: Text.exactOptional(),
  country: Text.exactOptional(),
  type: Text.exactOptional(),
  primary: z.boolean().exactOptional(),
});

export const Name = z.strictObject({
  formatted: Text.exactOptional(),
  familyName: Text.exactOptional(),
  givenName: Text.exactOptional(),
  middleName: Text.exactOptional(),
  honorificPrefix: Text.exactOptional(),
  honorificSuffix: Text.exactOptional(),
});

export const Enterprise = z.strictObject({
  employeeNumber: Text.exactOptional(),
  costCenter: Text.exactOptional(),
  organization: Text.exactOptional(),
  division: Text.exactOptional(),
  department: Text.exactOptional(),
  /** Identifier and, where the client sent one, URI of the manager's own user. */
  manager: z.strictObject({ value: Text.exactOptional(), ref: Text.exactOptional() }),
});

export const Lifecycle = z.strictObject({
  /** Absent means `NeprofileUser`. */
  type: UserType.exactOptional(),
  profileId: Text.exactOptional(),
  /** Names without a comma, because NERM joins them with one. */
  groupStrings: z
    .array(Text.regex(/^[^\s,](?:[^,]*[^\s,])?$/, { error: 'must be a name without commas' }))
    .max(MAX_VALUES),
  sailpointIdentityId: Text.exactOptional(),
  lastLogin: Instant.exactOptional(),
  cookiesAcceptedAt: Instant.exactOptional(),
});

/** The attributes that a write may change. Lists and groups are never absent: what is unassigned is empty. */
export const UserProfile = z.strictObject({
  userName: UserName,
  externalIds: ExternalIds,
  status: UserStatus,
  displayName: Text.exactOptional(),
  nickName: Text.exactOptional(),
  profileUrl: Text.exactOptional(),
  title: Text.exactOptional(),
  userType: Text.exactOptional(),
  preferredLanguage: Text.exactOptional(),
  locale: Text.exactOptional(),
  timezone: Text.exactOptional(),
  name: Name,
  emails: list(Email),
  /** The address that is to be the primary one once its owner has confirmed it. */
  pendingEmail: EmailAddress.exactOptional(),
  phoneNumbers: list(multiValue(Text)),
  ims: list(multiValue(Text)),
  photos: list(multiValue(LongText)),
  addresses: list(Address),
  entitlements: list(multiValue(Text)),
  roles: list(Role),
  x509Certificates: list(multiValue(LongText)),
  enterprise: Enterprise,
  lifecycle: Lifecycle,
});
export type UserProfile = z.infer<typeof UserProfile>;

/** A group that a user is a member of, itself or through another group. */
export const Membership = z.strictObject({ id: z.guid(), display: z.string(), direct: z.boolean() });
export type Membership = z.infer<typeof Membership>;

/** One user of the directory, whatever dialect wrote it. */
export const User = UserProfile.extend({
  /** UUIDv7. Every dialect spells the same 128 bits. */
  id: z.guid(),
  /** 1 when created, one more with every accepted change. */
  version: z.int().positive(),
  createdAt: z.date(),
  updatedAt: z.date(),
  /** There where they were asked for. They change with the group. */
  groups: z.array(Membership).exactOptional(),
});
export type User = z.infer<typeof User>;

/** What a user is created from. */
export const UserDraft = UserProfile.extend({ password: Password.exactOptional() });
export type UserDraft = z.infer<typeof UserDraft>;

/** A user as a write wants it to be: `password` is there only when the write sets one. */
export type UserRevision = User & { password?: string };
