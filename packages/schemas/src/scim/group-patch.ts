import { type ExternalId, externalIdOf, withExternalId } from '../canonical/external-id.ts';
import { GroupProfile, type Group, type GroupRevision, type MemberChange } from '../canonical/group.ts';
import { foldName, type ScimAttribute } from './attribute.ts';
import { memberCondition } from './condition.ts';
import { labelled, ScimError } from './error.ts';
import type { Filter } from './filter.ts';
import { groupType } from './group.ts';
import { entriesOf, isEmpty, isObject, type Json } from './json.ts';
import type { PatchOperation, ScimPatchRequest } from './message.ts';
import { applyOperation, selectionRefusal } from './patch.ts';
import { findPath, parsePath } from './path.ts';
import type { Reading } from './reading.ts';
import { isUnassigned, readValues, singleOf } from './value.ts';

const members: ScimAttribute = groupType.schema.attributes.get('members')!;

/** The group without its members, as the engine sees it. */
const groupDocument = ({ id, displayName, externalIds }: Group, domain: string): Json => {
  const externalId = externalIdOf(externalIds, domain);
  return { id, displayName, ...(externalId !== undefined && { externalId }) };
};

/** What identifies each of the members that a client names. */
const idsOf = (value: unknown, reading: Reading): string[] =>
  (readValues(members, value, reading, members.name) ?? []).map((member) => String((member as Json)['value']));

/** A change of the members that a client names, by id or, where the profile allows it, otherwise. */
const changeOf = (kind: 'add' | 'remove' | 'replace', ids: readonly string[], { profile }: Reading): MemberChange => ({
  kind,
  // A UUID is read in any case (RFC 9562 4); another name of a member is an `externalId`, perhaps, and has its case.
  ids: profile.membersByName ? ids : ids.map((id) => id.toLowerCase()),
  ...(profile.membersByName && { byName: true }),
});

/** The one member that a filter names: `value eq "..."`. */
function namedBy(filter: Filter): string | undefined {
  const names = filter.kind === 'compare' && filter.operator === 'eq' && filter.target.attribute.name === 'value';
  return names && typeof filter.operand === 'string' ? filter.operand : undefined;
}

/** How the members that a filter selects change. They are immutable: they come and go whole (RFC 7643 8.7.1). */
function changeSelected(op: PatchOperation['op'], filter: Filter, value: unknown, reading: Reading): MemberChange {
  const named = namedBy(filter);
  if (op === 'remove' || isUnassigned(value, reading.profile)) {
    if (named !== undefined && reading.profile.membersByName) return changeOf('remove', [named], reading);
    return {
      kind: 'removeWhere',
      condition: memberCondition(filter),
      refusal: (count) => selectionRefusal(count, members.name, reading.profile),
    };
  }
  const ids = idsOf({ ...(named !== undefined && { value: named }), ...(isObject(value) ? value : {}) }, reading);
  if (named === undefined || ids[0] !== named) {
    throw new ScimError('mutability', 'members is changed by adding and removing whole values', [members.name]);
  }
  return changeOf('add', ids, reading);
}

function changeMembers({ op, path = members.name, value }: PatchOperation, reading: Reading): MemberChange | undefined {
  const target = parsePath(path, groupType, reading.profile);
  if (target.kind === 'schema') return undefined;
  if (target.sub) {
    throw new ScimError('mutability', 'members is changed by adding and removing whole values', [members.name]);
  }
  if (target.filter) return changeSelected(op, target.filter, singleOf(value, reading.profile), reading);
  if (op === 'remove') {
    // Entra ID lists the values to remove. Removing every value instead would be the worst reading of it.
    return value === undefined || value === null
      ? { kind: 'replace', ids: [] }
      : changeOf('remove', idsOf(value, reading), reading);
  }
  if (isUnassigned(value, reading.profile)) return op === 'add' ? undefined : { kind: 'replace', ids: [] };
  return changeOf(op, idsOf(value, reading), reading);
}

/** An operation in its parts: what is about members, and what is not. */
interface Parts {
  readonly rest: PatchOperation | undefined;
  readonly aboutMembers: readonly PatchOperation[];
}

function divide(operation: PatchOperation, reading: Reading): Parts {
  const { profile } = reading;
  const { op, path } = operation;
  // What names nothing is left to the engine, which ignores or rejects it.
  const target = path === undefined ? undefined : findPath(path, groupType, profile);
  const value = target?.kind === 'attribute' ? operation.value : singleOf(operation.value, profile);
  if (target?.kind === 'attribute') {
    if (target.attribute !== members) return { rest: operation, aboutMembers: [] };
    if (op !== 'remove' && value === undefined) throw new ScimError('invalidValue', 'the value is missing');
    return { rest: undefined, aboutMembers: [operation] };
  }
  if (op === 'remove' || !isObject(value) || (path !== undefined && !target))
    return { rest: operation, aboutMembers: [] };
  // Without a path, or with that of the schema, the value holds attributes; a key may be the schema again.
  const parts = entriesOf(value).map(([key, each]) => ({
    key,
    ...divide({ op, path: key, value: each }, reading),
  }));
  const aboutMembers = parts.flatMap((part) => part.aboutMembers);
  if (aboutMembers.length === 0) return { rest: operation, aboutMembers };
  const rest = Object.fromEntries(parts.flatMap(({ key, rest: left }) => (left ? [[key, left.value]] : [])));
  return { rest: isEmpty(rest) ? undefined : { ...operation, value: rest }, aboutMembers };
}

/** Holds what is left of a group against the rules of the canonical one. Values of other domains stay. */
function groupProfileOf(
  { displayName, externalId }: Json,
  before: readonly ExternalId[],
  domain: string,
): GroupProfile {
  const externalIds = withExternalId(before, domain, externalId as string | undefined);
  const result = GroupProfile.safeParse({ displayName, externalIds });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = issue!.path[0] === 'externalIds' ? 'externalId' : String(issue!.path[0]);
  throw new ScimError('invalidValue', `${name}: ${issue!.message}`, [name]);
}

/**
 * The group as a PATCH wants it to be (RFC 7644 3.5.2). Its members are not looked at: what happens to them is said in
 * steps that cost the same in a group of five and of fifty thousand.
 */
export function scimGroupPatch(group: Group, { Operations }: ScimPatchRequest, reading: Reading): GroupRevision {
  const changes: MemberChange[] = [];
  let document = groupDocument(group, reading.domain);
  for (const [index, operation] of Operations.entries()) {
    labelled(
      () =>
        `Operations[${index}] ${operation.op}${operation.path === undefined ? '' : ` ${JSON.stringify(operation.path)}`}`,
      ['Operations', index],
      () => {
        if (operation.path === undefined && operation.op !== 'remove' && reading.profile.pathRequired) {
          throw new ScimError('invalidPath', 'an operation needs a path');
        }
        const { rest, aboutMembers } = divide(operation, reading);
        if (rest) document = applyOperation(document, rest, groupType, reading);
        for (const each of aboutMembers) {
          const change = changeMembers(each, reading);
          if (change) changes.push(change);
        }
      },
    );
  }
  return { profile: groupProfileOf(document, group.externalIds, reading.domain), members: changes };
}

/**
 * The group that a POST or PUT describes: its members are those of the list, no others (RFC 7644 3.5.1). What it is made of
 * are the values that other domains gave the group until now.
 */
export function scimGroupReplacement(
  resource: Json,
  reading: Reading,
): (group?: Pick<Group, 'externalIds'>) => GroupRevision {
  const key = Object.keys(resource).find((name) => foldName(name) === members.name);
  const value = key === undefined ? undefined : resource[key];
  const changes: MemberChange[] = [
    isUnassigned(value, reading.profile)
      ? { kind: 'replace', ids: [] }
      : changeOf('replace', idsOf(value, reading), reading),
  ];
  return ({ externalIds } = { externalIds: [] }) => ({
    profile: groupProfileOf(resource, externalIds, reading.domain),
    members: changes,
  });
}
