import { z } from 'zod';
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
import { encodeMemberships, encodeProfile, ScimUserDraft, userType, type ScimUserAttributes } from './user.ts';

/** Attributes of a user with their new values; undefined clears. */
type Changes = { readonly [Attribute in keyof UserDraft]?: UserDraft[Attribute] | undefined };

/** What a write knows besides a value: the user that it changes, and the provisioning domain of the client. */
interface Writing {
  readonly user: UserDraft;
  readonly domain: string;
}

/** What a new value of an attribute on the wire, or its removal, changes in the user. */
type Write<Value> = (value: Exclude<Value, undefined> | undefined, writing: Writing) => Changes;

/** The attributes of a wire form that the canonical user has under the same name and with the same values. */
type SameNamed<Wire> = {
  [Name in keyof Wire & keyof UserDraft]: Wire[Name] extends UserDraft[Name] | undefined ? Name : never;
}[keyof Wire & keyof UserDraft];

/** How the other attributes of a wire form are written. */
export type OtherWrites<Wire> = { readonly [Name in Exclude<keyof Wire, SameNamed<Wire>>]: Write<Wire[Name]> };

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

export const otherWrites: OtherWrites<ScimUserAttributes> = {
  externalId: (externalId, { user, domain }) => ({
    externalIds: withExternalId(user.externalIds, domain, externalId),
  }),
  active: (active) => ({ status: active ? 'active' : 'disabled' }),
  [urns.enterprise]: (enterprise = {}) => ({ enterprise: decodeEnterprise(enterprise) }),
  [urns.lifecycle]: (lifecycle = {}, { user }) => ({ lifecycle: decodeLifecycle(lifecycle, user) }),
};

type Wire = Readonly<Record<string, unknown>>;

const rules: Readonly<Record<string, z.ZodType>> = { ...UserProfile.shape, password: Password };

/** What an attribute is when it has no value: lists and groups are never absent. */
function unassigned(name: string): unknown {
  const rule = rules[name];
  if (rule instanceof z.ZodArray) return [];
  return rule instanceof z.ZodObject ? {} : undefined;
}

const writeSame =
  (name: string): Write<unknown> =>
  (value) => ({ [name]: value ?? unassigned(name) });

/** For every attribute that a client may write, in the order of the schema: how it is written. */
const writes: readonly (readonly [name: string, write: Write<never>])[] = Object.keys(ScimUserDraft.shape)
  .filter((name) => name !== 'schemas')
  .map((name) => [name, (otherWrites as Readonly<Record<string, Write<never>>>)[name] ?? writeSame(name)]);

/** The canonical names that the wire spells otherwise. */
const wireNames: Readonly<Record<string, string>> = { ref: '$ref' };

const isSimple = (wireName: string): boolean => {
  const attribute = userType.schema.attributes.get(foldName(wireName));
  return attribute !== undefined && attribute.type !== 'complex' && !attribute.multiValued;
};

/** Checks a changed attribute against the rules of the canonical user. The error has the names of SCIM. */
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
function writeDifference<Revision extends UserDraft>(
  user: Revision,
  domain: string,
  before: Wire,
  after: Wire,
): Revision {
  const revision: Record<string, unknown> = { ...user };
  for (const [wireName, write] of writes) {
    const value = after[wireName];
    if (before[wireName] === value || sameValue(before[wireName], value)) continue;
    const changes = write(value as never, { user, domain });
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
  return writeDifference<UserRevision>(
    user,
    domain,
    before,
    after['active'] === undefined ? { ...after, active: false } : after,
  );
}

/** Extensions that neither `schemas` nor a member names. The client may not know them, and so cannot mean to clear them. */
function extensionsNotNamed(resource: ScimUserDraft): string[] {
  const named = new Set(resource.schemas.map(foldName));
  return userType.extensions.map(({ urn }) => urn).filter((urn) => !named.has(foldName(urn)) && !(urn in resource));
}

/**
 * The user as a PUT wants it to be (RFC 7644 3.5.1): what it leaves out is cleared. A PUT without `active`, a password or an
 * extension keeps their values.
 */
export function scimReplacement(user: User, resource: ScimUserDraft, domain: string): UserRevision {
  const before: Wire = encodeProfile(user, domain);
  const kept = Object.fromEntries(['active', ...extensionsNotNamed(resource)].map((name) => [name, before[name]]));
  return writeDifference<UserRevision>(user, domain, before, { ...kept, ...resource });
}

const blank: Wire = { active: true };

/** The draft that a new resource describes. A user is active unless the client sends another value. */
export function scimDraft(resource: ScimUserDraft, domain: string): UserDraft {
  return writeDifference<UserDraft>(emptyDraft(resource.userName), domain, blank, { ...blank, ...resource });
}
