import type { z } from 'zod';
import { sameValue } from '../canonical/difference.ts';
import { defined } from '../canonical/defined.ts';
import { emptyDraft } from '../canonical/draft.ts';
import { withExternalId } from '../canonical/external-id.ts';
import { Password, UserProfile, type User, type UserDraft, type UserRevision } from '../canonical/user.ts';
import { foldName } from './attribute.ts';
import { ScimError, printIssuePath } from './error.ts';
import type { ScimPatchRequest } from './message.ts';
import { applyOperations } from './patch.ts';
import { profiles } from './profile.ts';
import { readingBy, type Reading } from './reading.ts';
import { urns } from './urn.ts';
import { encodeMemberships, encodeProfile, userType, type ScimUserAttributes, type ScimUserDraft } from './user.ts';

/** Attributes of a user with their new values; undefined clears. */
type Changes = { readonly [Attribute in keyof UserDraft]?: UserDraft[Attribute] | undefined };

/** What a write knows besides a value: the user that it changes, and the provisioning domain of the client. */
interface Writing {
  readonly user: UserDraft;
  readonly domain: string;
}

/** For every attribute on the wire: what a new value of it, or its removal, changes in the user. */
type Writes<Wire> = {
  readonly [Attribute in keyof Wire]-?: (
    value: Exclude<Wire[Attribute], undefined> | undefined,
    writing: Writing,
  ) => Changes;
};

type Enterprise = NonNullable<ScimUserAttributes[typeof urns.enterprise]>;
type Lifecycle = NonNullable<ScimUserAttributes[typeof urns.lifecycle]>;

function decodeEnterprise({ manager, ...rest }: Enterprise): UserProfile['enterprise'] {
  const { value, $ref } = manager ?? {};
  return { ...rest, manager: { ...(value !== undefined && { value }), ...($ref !== undefined && { ref: $ref }) } };
}

/** The times are read-only: those of the user stay, also where the whole extension is replaced or removed. */
function decodeLifecycle(
  { groupStrings = [], lastLogin: _login, cookiesAcceptedAt: _accepted, ...rest }: Lifecycle,
  { lifecycle: { lastLogin, cookiesAcceptedAt } }: UserProfile,
): UserProfile['lifecycle'] {
  return { ...rest, groupStrings, ...defined({ lastLogin, cookiesAcceptedAt }) };
}

const writes: Writes<ScimUserAttributes> = {
  externalId: (externalId, { user, domain }) => ({
    externalIds: withExternalId(user.externalIds, domain, externalId),
  }),
  userName: (userName) => ({ userName }),
  name: (name = {}) => ({ name }),
  displayName: (displayName) => ({ displayName }),
  nickName: (nickName) => ({ nickName }),
  profileUrl: (profileUrl) => ({ profileUrl }),
  title: (title) => ({ title }),
  userType: (userType) => ({ userType }),
  preferredLanguage: (preferredLanguage) => ({ preferredLanguage }),
  locale: (locale) => ({ locale }),
  timezone: (timezone) => ({ timezone }),
  active: (active) => ({ status: active ? 'active' : 'disabled' }),
  password: (password) => ({ password }),
  emails: (emails = []) => ({ emails }),
  phoneNumbers: (phoneNumbers = []) => ({ phoneNumbers }),
  ims: (ims = []) => ({ ims }),
  photos: (photos = []) => ({ photos }),
  addresses: (addresses = []) => ({ addresses }),
  entitlements: (entitlements = []) => ({ entitlements }),
  roles: (roles = []) => ({ roles }),
  x509Certificates: (x509Certificates = []) => ({ x509Certificates }),
  [urns.enterprise]: (enterprise = {}) => ({ enterprise: decodeEnterprise(enterprise) }),
  [urns.lifecycle]: (lifecycle = {}, { user }) => ({ lifecycle: decodeLifecycle(lifecycle, user) }),
};

type Wire = Readonly<Record<string, unknown>>;

const rules: Readonly<Record<string, z.ZodType>> = { ...UserProfile.shape, password: Password };

/** The canonical names that the wire spells otherwise. */
const wireNames: Readonly<Record<string, string>> = { ref: '$ref' };

const isSimple = (wireName: string): boolean => {
  const attribute = userType.schema.attributes.get(foldName(wireName));
  return attribute !== undefined && attribute.type !== 'complex' && !attribute.multiValued;
};

/** Holds a changed attribute against the rules of the canonical user, and says a violation in SCIM's names. */
function check(wireName: string, attribute: string, value: unknown): void {
  if (value === undefined) return;
  const { error } = rules[attribute]!.safeParse(value);
  if (!error) return;
  const [issue] = error.issues;
  // A simple attribute has no parts to name, whatever the directory makes of it.
  const inner = isSimple(wireName) ? [] : issue!.path;
  const path = [
    wireName,
    ...inner.map((part) => (typeof part === 'number' ? part : (wireNames[String(part)] ?? String(part)))),
  ];
  throw new ScimError('invalidValue', `${printIssuePath(path)}: ${issue!.message}`, path);
}

/** Writes into a profile the attributes in which two wire forms differ. */
function write<Revision extends UserDraft>(user: Revision, domain: string, before: Wire, after: Wire): Revision {
  const revision: Record<string, unknown> = { ...user };
  for (const wireName of Object.keys(writes)) {
    const value = after[wireName];
    if (before[wireName] === value || sameValue(before[wireName], value)) continue;
    const changes = writes[wireName as keyof ScimUserAttributes](value as never, { user, domain });
    for (const [attribute, changed] of Object.entries(changes)) {
      check(wireName, attribute, changed);
      if (changed === undefined) delete revision[attribute];
      else revision[attribute] = changed;
    }
  }
  return revision as Revision;
}

/** The user as a PATCH wants it to be. Only attributes in which the SCIM form differs are written: renaming a pending user keeps it pending. */
export function scimPatch(
  user: User,
  request: ScimPatchRequest,
  reading: Reading = readingBy(profiles.default),
): UserRevision {
  const { domain } = reading;
  const before: Wire = { id: user.id, ...encodeProfile(user, domain), ...encodeMemberships(user.groups) };
  const after: Wire = applyOperations(before, request.Operations, userType, reading);
  // Removing `active` means not active, which a pending user is not either.
  return write<UserRevision>(user, domain, before, after['active'] === undefined ? { ...after, active: false } : after);
}

/** Extensions that a client did not speak of: it may not know them, and so cannot have meant to clear them. */
function unsaid(resource: ScimUserDraft): string[] {
  const said = new Set(resource.schemas.map(foldName));
  return userType.extensions.map(({ urn }) => urn).filter((urn) => !said.has(foldName(urn)) && !(urn in resource));
}

/**
 * The user as a PUT wants it to be (RFC 7644 3.5.1): what it leaves out is cleared. Who says nothing of `active`, of a
 * password or of an extension leaves it as it is.
 */
export function scimReplacement(user: User, resource: ScimUserDraft, domain: string): UserRevision {
  const before: Wire = encodeProfile(user, domain);
  const left = Object.fromEntries(['active', ...unsaid(resource)].map((name) => [name, before[name]]));
  return write<UserRevision>(user, domain, before, { ...left, ...resource });
}

const blank: Wire = { active: true };

/** The draft that a new resource describes. A user is active unless the client says otherwise. */
export function scimDraft(resource: ScimUserDraft, domain: string): UserDraft {
  return write<UserDraft>(emptyDraft(resource.userName), domain, blank, { ...blank, ...resource });
}
