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
  encodeUser,
  profiles,
  readingBy,
  sampleProfile,
  scim,
  scimDraft,
  ScimError,
  scimPaths,
  scimPatch,
  type PatchOperation,
  type ScimPatchRequest,
  type ScimUserDraft,
  userType,
  withoutReadOnly,
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

/** One patch in another dialect. */
export interface Translation {
  /** The body of the other dialect's PATCH; undefined where that dialect has none of the attributes. */
  readonly body: unknown;
  /** Attributes that both patches change in the same way. */
  readonly same: readonly Attribute[];
  /** Attributes that the other dialect can change in part. */
  readonly partial: readonly Attribute[];
  /** Attributes that the other dialect cannot change. */
  readonly lost: readonly Attribute[];
}

/** The steps of a translation in one dialect. */
interface Translator {
  /** Reads a patch. */
  readonly read: (patch: unknown) => Revise;
  /** Reads a document that shows a user. */
  readonly user: (document: unknown) => User;
  /** Encodes changes as the parts of a patch, each under the name of what it sets, so that parts can be compared. */
  readonly encode: (change: Change, attributes: readonly Attribute[]) => Map<string, unknown>;
  /** Makes the body of a patch of its parts. */
  readonly body: (parts: ReadonlyMap<string, unknown>) => unknown;
  /** Changes an invented user so that every part of the patch fits it and changes something. */
  readonly prepare: (user: User, patch: unknown) => User;
}

const isRecord = (value: unknown): value is Wire =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The provisioning domain of invented users, which makes no difference. */
const reader = { domain: DEFAULT_DOMAIN };

const emptyUser: User = {
  ...emptyDraft('someone'),
  id: '00000000-0000-7000-8000-000000000000',
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

/** A user in whom every attribute has a value that differs from the one of a user with another mark. */
function fullUser(mark: string): User {
  const profile = sampleProfile(mark);
  // NERM can take one role away.
  return { ...emptyUser, ...profile, roles: [...profile.roles, { value: 'admin' }] };
}

/** Checks a body as the API does. SCIM is read as DronaHQ may write it, which takes in what the standard allows. */
function parse(dialect: Dialect, operation: Operation, body: unknown, ignored = new IgnoredNames()): unknown {
  const mount = dialect.mounts[1] ?? dialect.mounts[0];
  const exchange = { operation, mount, profile: 'default', ...reader, publicUrl: '', query: {}, ignored } as const;
  const received = dialect.receive?.(body, exchange) ?? body;
  assertNothingIgnored(ignored);
  return parseWire(operation.body!, received);
}

/** A server reports what it ignores. A translation cannot, so it is an error here. */
function assertNothingIgnored(ignored: IgnoredNames): void {
  const names = ignored.toField();
  if (names !== undefined) throw new ScimError('invalidPath', `The schema of a user lacks ${names}`);
}

/** The translator of a dialect whose patch is an object of fields with their new values. */
function flatTranslator(dialect: {
  readonly fields: Pick<UserFields<FieldTable, never>, 'nameOf' | 'toStored' | 'isWritable' | 'accepts'>;
  readonly body: (fields: Wire) => unknown;
  readonly read: (patch: unknown, check?: FieldCheck) => Revise;
  /** The fields of a document that shows a user. */
  readonly unwrap: (document: unknown) => unknown;
}): Translator {
  const { fields } = dialect;
  return {
    read: dialect.read,
    body: (parts) => dialect.body(Object.fromEntries(parts)),
    user(document) {
      const shown = dialect.unwrap(document);
      const writable = Object.entries(isRecord(shown) ? shown : {}).filter(
        // `null` shows that there is nothing, which some fields can show and a write cannot set.
        ([name, value]) => fields.isWritable(name) && value !== null,
      );
      return { ...emptyUser, ...dialect.read(dialect.body(Object.fromEntries(writable)), asShown)(emptyUser) };
    },
    // GET shows a field as `null` that a write cannot clear: the patch fits a user who has nothing there.
    prepare(user, patch) {
      const given = dialect.unwrap(patch) as Wire;
      const empty = [...fields.nameOf]
        .filter(([, name]) => given[name] === null && fields.isWritable(name) && !fields.accepts(name, null))
        .map(([attribute]) => attribute);
      return {
        ...user,
        ...Object.fromEntries(empty.map((attribute) => [attribute, emptyUser[attribute as keyof User]])),
      };
    },
    encode({ before, after }, attributes) {
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

const v1Translator = flatTranslator({
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

const nermTranslator = flatTranslator({
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

const scimPath = ([top = '', ...rest]: readonly string[]): string =>
  rest.length === 0 ? top : `${top}${top.startsWith('urn:') ? ':' : '.'}${rest.join('.')}`;

const at = (document: unknown, steps: readonly string[]): unknown =>
  steps.reduce((value, step) => (isRecord(value) ? value[step] : undefined), document);

const elements = (value: unknown): Wire[] => (Array.isArray(value) ? value.filter(isRecord) : []);

const assign = (path: string, value: unknown): PatchOperation =>
  value === undefined ? { op: 'remove', path } : { op: 'replace', path, value };

/** The operations for a changed list. They do not repeat unchanged values, so that the rest of another user's list stays. */
function listOperations(path: string, before: readonly Wire[], after: readonly Wire[]): PatchOperation[] {
  const removed = before.filter((old) => !after.some((now) => sameValue(old, now)));
  const added = after.filter((now) => !before.some((old) => sameValue(old, now)));
  const [old, now] = [removed[0], added[0]];
  if (added.length === 1 && removed.length <= 1 && now?.['primary'] === true && (!old || old['primary'] === true)) {
    const parts = Object.keys({ ...old, ...now }).filter((part) => !sameValue(old?.[part], now[part]));
    return parts
      .filter((part) => part !== 'primary')
      .map((part) => assign(`${path}[primary eq true].${part}`, now[part]));
  }
  if (removed.length === 0) return [{ op: 'add', path, value: added }];
  if (added.length === 0 && removed.every(({ value }) => typeof value === 'string')) {
    return removed.map(({ value }) => ({ op: 'remove', path: `${path}[value eq ${JSON.stringify(value)}]` }));
  }
  return [assign(path, after.length > 0 ? after : undefined)];
}

const scimTranslator: Translator = {
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
    return { ...emptyUser, ...scimDraft(draft, DEFAULT_DOMAIN) };
  },
  encode({ before, after }, attributes) {
    const [old, now] = [encodeUser(before, reader), encodeUser(after, reader)];
    const parts = new Map<string, unknown>();
    for (const attribute of attributes) {
      if (attribute === 'password') continue;
      const steps = scimPaths.get(attribute)!;
      const [left, right] = [at(old, steps), at(now, steps)];
      if (steps.length === 0 || sameValue(left, right)) continue;
      const isList = elements(left).length + elements(right).length > 0;
      const path = scimPath(steps);
      const operations = isList ? listOperations(path, elements(left), elements(right)) : [assign(path, right)];
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

const translators: Readonly<Record<DialectName, Translator>> = {
  v1: v1Translator,
  scim: scimTranslator,
  nerm: nermTranslator,
};

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
  /** The same patch on another user. What is encoded differently for the two depends on the user, and is left out. */
  readonly control?: Change;
}

/**
 * What a patch changes. Without a document it is tried on invented users: on one without attributes, which shows what it
 * assigns; then on one who has all attributes, which shows what it clears.
 */
function casesOf({ read, user, prepare }: Translator, patch: unknown, document: unknown): Case[] {
  const revise = read(patch);
  if (document !== undefined) {
    const known = changeOf(user(document), revise);
    if ('error' in known) throw known.error;
    return [known];
  }
  const changeOfFull = (mark: string) => changeOf(prepare(fullUser(mark), patch), revise);
  const [empty, full, control] = [changeOf(emptyUser, revise), changeOfFull('this'), changeOfFull('that')];
  if ('error' in empty && 'error' in full) throw empty.error;
  return [
    ...('change' in empty ? [empty] : []),
    ...('change' in full && 'change' in control ? [{ ...full, control: control.change }] : []),
  ];
}

function partsOf(translator: Translator, { change, control, patch }: Case): Map<string, unknown> {
  const attributes = attributesOf(patch);
  const parts = translator.encode(change, attributes);
  if (!control) return parts;
  const others = translator.encode(control, attributes);
  return new Map([...parts].filter(([name, part]) => sameValue(part, others.get(name))));
}

type Outcome = 'same' | 'partial' | 'lost';

/** What the translated patch does to an attribute. */
function outcomeIn({ patch, change }: Case, attribute: Attribute, revise: Revise): Outcome {
  const again = changeOf(change.before, revise);
  const value = 'patch' in again ? again.patch[attribute as UserAttribute] : undefined;
  if (value === undefined) return 'lost';
  return sameValue(value, patch[attribute as UserAttribute]) ? 'same' : 'partial';
}

/**
 * Translates a PATCH of one dialect into another. `user` is a document of the first dialect; without one the users are
 * invented, so that everything in the patch is a change.
 */
export function translate(
  { from, patch, user }: { readonly from: DialectName; readonly patch: unknown; readonly user?: unknown },
  to: DialectName,
): Translation {
  const translator = translators[to];
  const cases = casesOf(translators[from], patch, user);
  // Parts of the first case replace those of the second, which adds what only it shows.
  const parts = new Map(cases.toReversed().flatMap((each) => Array.from(partsOf(translator, each))));
  const body = parts.size === 0 ? undefined : translator.body(parts);
  const revise: Revise = body === undefined ? (unchanged) => unchanged : translator.read(body);
  const outcomeOf = (attribute: Attribute): Outcome => {
    const outcomes = cases.filter((each) => attribute in each.patch).map((each) => outcomeIn(each, attribute, revise));
    return outcomes.every((each) => each === outcomes[0]) ? outcomes[0]! : 'partial';
  };
  const attributes = [...new Set(cases.flatMap((each) => attributesOf(each.patch)))];
  const having = (outcome: Outcome) => attributes.filter((attribute) => outcomeOf(attribute) === outcome);
  return { body, same: having('same'), partial: having('partial'), lost: having('lost') };
}
