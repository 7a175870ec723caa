import {
  DEFAULT_DOMAIN,
  difference,
  emptyDraft,
  sameValue,
  type User,
  type UserAttribute,
  type UserPatch,
  type UserRevision,
} from '@stele/schemas/canonical';
import {
  asShown,
  type Dialect,
  type FieldCheck,
  type FieldTable,
  IgnoredNames,
  type Operation,
  parseWire,
  type UserFields,
} from '@stele/schemas/contract';
import {
  nerm,
  nermFields,
  type NermUserPatch,
  operations as nermOperations,
  reviseNermUser,
} from '@stele/schemas/nerm';
import {
  carries as scimCarries,
  encodeUser,
  profiles,
  readingBy,
  userType,
  withoutReadOnly,
  scim,
  scimDraft,
  ScimError,
  scimPatch,
  type PatchOperation,
  type ScimPatchRequest,
  type ScimUserDraft,
} from '@stele/schemas/scim';
import { operations as v1Operations, reviseV1User, v1, v1Fields, type V1UserPatch } from '@stele/schemas/v1';
import type { DialectName } from './dialect.ts';

type Attribute = UserAttribute | 'password';
type Wire = Readonly<Record<string, unknown>>;
type Revise = (user: User) => UserRevision;

/** A user before and after a patch. */
interface Change {
  readonly before: User;
  readonly after: UserRevision;
}

/** One patch, said in another dialect. */
export interface Translation {
  /** The body of the other dialect's PATCH; nothing where it carries none of the changes. */
  readonly body: unknown;
  /** Attributes that come out the same. */
  readonly same: readonly Attribute[];
  /** Attributes of which the other dialect changes a part. */
  readonly partial: readonly Attribute[];
  /** Attributes that the other dialect does not carry. */
  readonly lost: readonly Attribute[];
}

/** What translation has to know of a dialect. */
interface Script {
  /** What a patch does. */
  readonly read: (patch: unknown) => Revise;
  /** The user that a document of the dialect describes. */
  readonly user: (document: unknown) => User;
  /** The changes as the parts of a patch, each under the name of what it sets, so that parts can be compared. */
  readonly say: (change: Change, attributes: readonly Attribute[]) => Map<string, unknown>;
  /** The body that is made of parts. */
  readonly body: (parts: ReadonlyMap<string, unknown>) => unknown;
  /** Users on whom a part of the patch would otherwise change nothing, made from a user that has everything. */
  readonly prepare?: (user: User, patch: unknown) => User;
}

const isRecord = (value: unknown): value is Wire =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Which domain the invented users are of makes no difference. */
const reader = { domain: DEFAULT_DOMAIN };

const blank: User = {
  ...emptyDraft('someone'),
  id: '00000000-0000-7000-8000-000000000000',
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

/** A user who has everything, and whose every value names itself. */
function furnished(mark: string): User {
  const values = (types: readonly string[], end = '') =>
    types.map((type, index) => ({ value: `${mark}-${type}${end}`, type, primary: index === 0 }));
  const personal = ['work', 'home', 'other'];
  return {
    ...blank,
    userName: `${mark}-user`,
    externalIds: [{ domain: DEFAULT_DOMAIN, value: mark }],
    status: 'disabled',
    displayName: mark,
    nickName: mark,
    profileUrl: mark,
    title: mark,
    userType: mark,
    preferredLanguage: mark,
    locale: mark,
    timezone: mark,
    name: {
      formatted: mark,
      familyName: mark,
      givenName: mark,
      middleName: mark,
      honorificPrefix: mark,
      honorificSuffix: mark,
    },
    emails: values(personal, '@example.com'),
    phoneNumbers: values(['work', 'home', 'mobile', 'fax', 'pager', 'other']),
    ims: values(['xmpp', 'skype']),
    photos: values(['photo', 'thumbnail']),
    addresses: personal.map((type, index) => ({ formatted: `${mark}-${type}`, type, primary: index === 0 })),
    entitlements: [{ value: mark, primary: true }],
    roles: [{ value: mark, primary: true }, { value: 'admin' }],
    x509Certificates: [{ value: mark, primary: true }],
    enterprise: {
      employeeNumber: mark,
      costCenter: mark,
      organization: mark,
      division: mark,
      department: mark,
      manager: { value: mark, ref: mark },
    },
    lifecycle: {
      type: 'NeaccessUser',
      profileId: mark,
      groupStrings: [mark],
      sailpointIdentityId: mark,
      lastLogin: new Date(0),
      cookiesAcceptedAt: new Date(0),
    },
  };
}

/** Checks a body as the API does. SCIM is read as DronaHQ may write it, which takes in what the standard allows. */
function parse(dialect: Dialect, operation: Operation, body: unknown, ignored = new IgnoredNames()): unknown {
  const mount = dialect.mounts[1] ?? dialect.mounts[0];
  const exchange = { operation, mount, profile: 'default', ...reader, publicUrl: '', query: {}, ignored } as const;
  const received = dialect.receive?.(body, exchange) ?? body;
  assertNothingIgnored(ignored);
  return parseWire(operation.body!, received);
}

/** A server reports what it ignores. A translation has no place for it, so it is an error here. */
function assertNothingIgnored(ignored: IgnoredNames): void {
  const names = ignored.toField();
  if (names !== undefined) throw new ScimError('invalidPath', `The schema of a user lacks ${names}`);
}

/** The script of a dialect whose patch is an object of fields with their new values. */
function flatScript(dialect: {
  readonly fields: Pick<UserFields<FieldTable, never>, 'nameOf' | 'toStored' | 'isWritable' | 'accepts'>;
  readonly body: (fields: Wire) => unknown;
  readonly read: (patch: unknown, check?: FieldCheck) => Revise;
  /** The fields of a document that shows a user. */
  readonly unwrap: (document: unknown) => unknown;
}): Script {
  const { fields } = dialect;
  return {
    read: dialect.read,
    body: (parts) => dialect.body(Object.fromEntries(parts)),
    user(document) {
      const shown = dialect.unwrap(document);
      const writable = Object.entries(isRecord(shown) ? shown : {}).filter(
        // `null` shows that there is nothing, which some fields can show and not be told.
        ([name, value]) => fields.isWritable(name) && value !== null,
      );
      return { ...blank, ...dialect.read(dialect.body(Object.fromEntries(writable)), asShown)(blank) };
    },
    // GET shows a field as `null` that a write cannot clear: the patch fits a user who has nothing there.
    prepare(user, patch) {
      const given = dialect.unwrap(patch) as Wire;
      const empty = [...fields.nameOf]
        .filter(([, name]) => given[name] === null && fields.isWritable(name) && !fields.accepts(name, null))
        .map(([attribute]) => attribute);
      return { ...user, ...Object.fromEntries(empty.map((attribute) => [attribute, blank[attribute as keyof User]])) };
    },
    say({ before, after }, attributes) {
      const [old, now] = [fields.toStored(before), fields.toStored(after)];
      const names = attributes.flatMap((attribute) => fields.nameOf.get(attribute) ?? []);
      return new Map(
        names
          .filter((name) => !sameValue(old[name], now[name]) && fields.accepts(name, now[name]))
          .map((name) => [name, now[name]]),
      );
    },
  };
}

const v1Script = flatScript({
  fields: v1Fields,
  body: (fields) => fields,
  read: (patch, check) => {
    const body = parse(v1, v1Operations.updateUser, patch) as V1UserPatch;
    // A translation has no user whom read-only fields could contradict.
    const { id: _id, created_at: _created, updated_at: _updated, pending_email: _pending, ...fields } = body;
    return (user) => reviseV1User(user, fields, 'off', check);
  },
  unwrap: (document) => document,
});

const nermScript = flatScript({
  fields: nermFields,
  body: (user) => ({ user }),
  read: (patch, check) => {
    const { user: patched } = parse(nerm, nermOperations.updateUser, patch) as NermUserPatch;
    // A translation has no path that the id could contradict.
    const { id: _id, uid: _uid, ...fields } = patched;
    return (user) => reviseNermUser(user, { user: fields }, check);
  },
  unwrap: (document) => (isRecord(document) && 'user' in document ? document['user'] : document),
});

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** The wire attribute and the steps in it that carry a canonical attribute; none where SCIM does not. */
function scimSteps(attribute: UserAttribute): string[] {
  const [top] = scimCarries[attribute];
  if (top === undefined) return [];
  const rest = attribute.split('.').slice(1);
  return [top, ...rest.map((step) => (step === 'ref' ? '$ref' : step))];
}

const scimPath = ([top = '', ...rest]: readonly string[]): string =>
  rest.length === 0 ? top : `${top}${top.startsWith('urn:') ? ':' : '.'}${rest.join('.')}`;

const at = (document: unknown, steps: readonly string[]): unknown =>
  steps.reduce((value, step) => (isRecord(value) ? value[step] : undefined), document);

const elements = (value: unknown): Wire[] => (Array.isArray(value) ? value.filter(isRecord) : []);

const assign = (path: string, value: unknown): PatchOperation =>
  value === undefined ? { op: 'remove', path } : { op: 'replace', path, value };

/** Says how a list changed without saying what the rest of it is, so that the rest of another user's list survives. */
function sayList(path: string, before: readonly Wire[], after: readonly Wire[]): PatchOperation[] {
  const gone = before.filter((old) => !after.some((now) => sameValue(old, now)));
  const come = after.filter((now) => !before.some((old) => sameValue(old, now)));
  const [old, now] = [gone[0], come[0]];
  if (come.length === 1 && gone.length <= 1 && now?.['primary'] === true && (!old || old['primary'] === true)) {
    const parts = Object.keys({ ...old, ...now }).filter((part) => !sameValue(old?.[part], now[part]));
    return parts
      .filter((part) => part !== 'primary')
      .map((part) => assign(`${path}[primary eq true].${part}`, now[part]));
  }
  if (gone.length === 0) return [{ op: 'add', path, value: come }];
  if (come.length === 0 && gone.every(({ value }) => typeof value === 'string')) {
    return gone.map(({ value }) => ({ op: 'remove', path: `${path}[value eq ${JSON.stringify(value)}]` }));
  }
  return [assign(path, after.length > 0 ? after : undefined)];
}

const scimScript: Script = {
  read(patch) {
    const request = parse(scim, scim.operations.patchUser, patch) as ScimPatchRequest;
    // A translation has no user whom read-only attributes could contradict.
    const Operations = withoutReadOnly(request.Operations, userType, profiles.dronahq);
    return (user) => {
      const reading = readingBy(profiles.dronahq);
      const revision = scimPatch(user, { ...request, Operations }, reading);
      assertNothingIgnored(reading.ignored);
      return revision;
    };
  },
  user(document) {
    const draft = parse(scim, scim.operations.createUser, document) as ScimUserDraft;
    return { ...blank, ...scimDraft(draft, DEFAULT_DOMAIN) };
  },
  say({ before, after }, attributes) {
    const [old, now] = [encodeUser(before, reader), encodeUser(after, reader)];
    const parts = new Map<string, unknown>();
    for (const attribute of attributes) {
      if (attribute === 'password') continue;
      const steps = scimSteps(attribute);
      const [left, right] = [at(old, steps), at(now, steps)];
      if (steps.length === 0 || sameValue(left, right)) continue;
      const isList = elements(left).length + elements(right).length > 0;
      const path = scimPath(steps);
      const operations = isList ? sayList(path, elements(left), elements(right)) : [assign(path, right)];
      parts.set(attribute, operations);
    }
    return parts;
  },
  body: (parts) => ({
    schemas: [PATCH_OP],
    Operations: [...parts.values()].flat(),
  }),
  // A remove changes nothing where there is nothing to remove: what it is after is put there first.
  prepare(user, patch) {
    const { Operations } = parse(scim, scim.operations.patchUser, patch) as ScimPatchRequest;
    const removals = Operations.filter(({ op }) => op === 'remove');
    return removals.reduce((prepared, removal) => {
      const finds = applied(prepared, removal) !== prepared;
      return finds ? prepared : applied(prepared, inverse(removal));
    }, user);
  },
};

/** The operation that puts there what a removal takes away. */
function inverse({ path = '', value }: PatchOperation): PatchOperation {
  return value === undefined
    ? { op: 'replace', path: path.replace(/\][^\]]*$/, ']'), value: { display: 'someone' } }
    : { op: 'add', path, value };
}

/** The user after one operation; the same one where it changes nothing or does not fit. */
function applied(user: User, operation: PatchOperation): User {
  const result = changeOf(user, (before) => scimPatch(before, { schemas: [PATCH_OP], Operations: [operation] }));
  return 'change' in result && Object.keys(result.patch).length > 0 ? { ...user, ...result.change.after } : user;
}

const scripts: Readonly<Record<DialectName, Script>> = { v1: v1Script, scim: scimScript, nerm: nermScript };

const attributesOf = (patch: UserPatch): Attribute[] => Object.keys(patch) as Attribute[];

/** What a patch does to a user; nothing where it does not fit the user. */
function changeOf(before: User, revise: Revise): { change: Change; patch: UserPatch } | { error: unknown } {
  try {
    const after = revise(before);
    return { change: { before, after }, patch: difference(before, after) };
  } catch (error) {
    return { error };
  }
}

/** One user and what a patch changes in it. */
interface Case {
  readonly change: Change;
  readonly patch: UserPatch;
  /** The same patch on another user. What is said differently of the two depends on the user, and is not said. */
  readonly control?: Change;
}

/**
 * What a patch changes. Without a user it is tried on invented ones: on one who has nothing, which shows what it assigns; then on
 * one who has everything, which shows what it clears.
 */
function casesOf({ read, user, prepare }: Script, patch: unknown, document: unknown): Case[] {
  const revise = read(patch);
  if (document !== undefined) {
    const known = changeOf(user(document), revise);
    if ('error' in known) throw known.error;
    return [known];
  }
  const everything = (mark: string) => changeOf(prepare?.(furnished(mark), patch) ?? furnished(mark), revise);
  const [bare, full, control] = [changeOf(blank, revise), everything('this'), everything('that')];
  if ('error' in bare && 'error' in full) throw bare.error;
  return [
    ...('change' in bare ? [bare] : []),
    ...('change' in full && 'change' in control ? [{ ...full, control: control.change }] : []),
  ];
}

function partsOf(script: Script, { change, control, patch }: Case): Map<string, unknown> {
  const attributes = attributesOf(patch);
  const parts = script.say(change, attributes);
  if (!control) return parts;
  const others = script.say(control, attributes);
  return new Map([...parts].filter(([name, part]) => sameValue(part, others.get(name))));
}

type Fate = 'same' | 'partial' | 'lost';

/** How an attribute fares when the other dialect's words are taken at their word. */
function fateOf({ patch, change }: Case, attribute: Attribute, revise: Revise): Fate {
  const again = changeOf(change.before, revise);
  const value = 'patch' in again ? again.patch[attribute as UserAttribute] : undefined;
  if (value === undefined) return 'lost';
  return sameValue(value, patch[attribute as UserAttribute]) ? 'same' : 'partial';
}

/**
 * Says one dialect's PATCH in the words of another. `user` is a document of the first dialect; without one the users are invented,
 * so that everything that the patch says is a change.
 */
export function translate(
  { from, patch, user }: { readonly from: DialectName; readonly patch: unknown; readonly user?: unknown },
  to: DialectName,
): Translation {
  const script = scripts[to];
  const cases = casesOf(scripts[from], patch, user);
  // What the first case says stands; the second adds what only it shows.
  const parts = new Map(cases.toReversed().flatMap((each) => Array.from(partsOf(script, each))));
  const body = parts.size === 0 ? undefined : script.body(parts);
  const revise: Revise = body === undefined ? (unchanged) => unchanged : script.read(body);
  const fare = (attribute: Attribute): Fate => {
    const told = cases.filter((each) => attribute in each.patch).map((each) => fateOf(each, attribute, revise));
    return told.every((fate) => fate === told[0]) ? told[0]! : 'partial';
  };
  const attributes = [...new Set(cases.flatMap((each) => attributesOf(each.patch)))];
  const faring = (fate: Fate) => attributes.filter((attribute) => fare(attribute) === fate);
  return { body, same: faring('same'), partial: faring('partial'), lost: faring('lost') };
}
