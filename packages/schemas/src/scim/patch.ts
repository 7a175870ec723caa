import { sameValue } from '../canonical/difference.ts';
import { schemasOf, type ScimAttribute, type ScimResourceType } from './attribute.ts';
import { labelled, ScimError } from './error.ts';
import { asElement, countTerms, printTarget, selectorOf, type Filter } from './filter.ts';
import { entriesOf, isEmpty, isObject, type Json } from './json.ts';
import type { PatchOperation } from './message.ts';
import { settlePrimary, withAdded, withoutListed } from './multi-valued.ts';
import { findPath, parsePath, unknownAttribute, type Path } from './path.ts';
import type { Profile } from './profile.ts';
import { ignoreUnknown, type Reading } from './reading.ts';
import { isOwnSchemas } from './resource.ts';
import { assign, isUnassigned, mergeComplex, readSingle, readValue, readValues, singleOf } from './value.ts';

type AttributePath = Extract<Path, { kind: 'attribute' }>;

/** One operation on one target, and by which rules. */
interface Step {
  readonly op: PatchOperation['op'];
  readonly value: unknown;
  readonly type: ScimResourceType;
  readonly reading: Reading;
  readonly effort: Effort;
}

/** Comparisons of values with filters and with each other, in one request. */
interface Effort {
  comparisons: number;
}

/** About half a second. Without a limit, a thousand long filters over a thousand values would hold up everybody. */
const MAX_COMPARISONS = 4_000_000;

function spend(effort: Effort, comparisons: number): void {
  effort.comparisons += comparisons;
  if (effort.comparisons > MAX_COMPARISONS) throw new ScimError('tooMany', 'too many values are to be compared');
}

/**
 * Applies the operations of a PATCH to a resource, one after the other (RFC 7644 3.5.2). The resource given is left as it
 * is, so a refusal changes nothing. Attributes that no operation touches are the same values afterwards.
 */
export function applyOperations(
  resource: Json,
  operations: readonly PatchOperation[],
  type: ScimResourceType,
  reading: Reading,
): Json {
  const effort: Effort = { comparisons: 0 };
  let patched = resource;
  for (const [index, { op, path, value }] of operations.entries()) {
    patched = labelled(
      () => `Operations[${index}] ${op}${path === undefined ? '' : ` ${JSON.stringify(path)}`}`,
      ['Operations', index],
      () => applyStep(patched, path, { op, value, type, reading, effort }),
    );
  }
  // RFC 7644 3.5.2: setting an attribute of an extension adds its URN to "schemas".
  return { ...patched, schemas: schemasOf(patched, type) };
}

/**
 * The same operations without the read-only attributes in values that hold attributes, for a caller that has no resource to
 * compare them with. A path to a read-only attribute stays, and fails where it is applied.
 */
export function withoutReadOnly(
  operations: readonly PatchOperation[],
  type: ScimResourceType,
  profile: Profile,
): PatchOperation[] {
  return operations.map((operation) => {
    const { path, value } = operation;
    const target = path === undefined ? undefined : findPath(path, type, profile);
    if (!isObject(value) || (path !== undefined && target?.kind !== 'schema')) return operation;
    const prefix = target?.kind === 'schema' && target.urn !== type.schema.urn ? `${target.urn}:` : '';
    return { ...operation, value: writableMembers(value, prefix, type, profile) };
  });
}

function writableMembers(value: Json, prefix: string, type: ScimResourceType, profile: Profile): Json {
  return Object.fromEntries(
    entriesOf(value).flatMap(([key, item]): [string, unknown][] => {
      const path = findPath(`${prefix}${key}`, type, profile);
      if (path?.kind === 'attribute') return path.attribute.mutability === 'readOnly' ? [] : [[key, item]];
      const isExtension = path?.kind === 'schema' && isObject(item);
      return [[key, isExtension ? writableMembers(item, `${path.urn}:`, type, profile) : item]];
    }),
  );
}

/** Applies one operation of a PATCH, for those who look at each themselves. */
export function applyOperation(
  resource: Json,
  { op, path, value }: PatchOperation,
  type: ScimResourceType,
  reading: Reading,
): Json {
  return applyStep(resource, path, { op, value, type, reading, effort: { comparisons: 0 } });
}

function applyStep(resource: Json, path: string | undefined, step: Step): Json {
  const { profile } = step.reading;
  if (step.op !== 'remove' && step.value === undefined) throw new ScimError('invalidValue', 'the value is missing');
  if (path !== undefined) return applyAt(resource, parsePath(path, step.type, profile), step);
  // RFC 7644 3.5.2.2: "If "path" is unspecified, the operation fails with [...] "scimType" error code of "noTarget"".
  if (step.op === 'remove') throw new ScimError('noTarget', 'a remove needs a path');
  if (profile.pathRequired) throw new ScimError('invalidPath', 'an operation needs a path');
  return applyMembers(resource, '', step);
}

/** RFC 7644 3.5.2.1: without a path the value holds attributes, each of which is added or replaced. */
function applyMembers(resource: Json, prefix: string, step: Step): Json {
  const { type, reading } = step;
  if (!isObject(step.value)) throw new ScimError('invalidValue', 'the value must be an object with attributes');
  let patched = resource;
  for (const [key, value] of entriesOf(step.value)) {
    if (prefix !== '' && isOwnSchemas(key, reading.profile)) continue;
    const name = `${prefix}${key}`;
    const path = findPath(name, type, reading.profile);
    if (!path) {
      ignoreUnknown(reading, name, () => unknownAttribute(name, type));
      continue;
    }
    assertMember(path, name, reading.profile);
    if (!isRepetition(patched, path, value, reading.profile)) patched = applyAt(patched, path, { ...step, value });
  }
  return patched;
}

function assertMember(path: Path, name: string, profile: Profile): void {
  if (!profile.pathAsKey && path.kind === 'attribute' && (path.sub || path.filter)) {
    throw new ScimError('invalidPath', `${JSON.stringify(name)} is a path and not the name of an attribute`);
  }
}

function isRepetition(resource: Json, path: Path, value: unknown, profile: Profile): boolean {
  if (!profile.readOnlyMayBeRepeated || path.kind === 'schema' || path.sub || path.filter) return false;
  const { name, mutability } = path.attribute;
  if (mutability !== 'readOnly') return false;
  // `meta` of a replayed resource is as old as the reading of it. `null` asks for nothing.
  if (name === 'meta' || value === null) return true;
  const { [name]: kept } = containerOf(resource, path);
  return sameValue(kept, isUnassigned(value, profile) ? undefined : withoutAddress(value));
}

/** Values as the server keeps them. Their addresses are those of the mount where they were read. */
function withoutAddress(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAddress);
  if (!isObject(value)) return value;
  const { $ref: _, ...kept } = value;
  return kept;
}

/** The object that holds the attribute: the resource, or one of its extensions. */
const containerOf = (resource: Json, { urn }: AttributePath): Json =>
  urn === undefined ? resource : ((resource[urn] ?? {}) as Json);

function applyAt(resource: Json, path: Path, given: Step): Json {
  const step = isSingle(path) ? { ...given, value: singleOf(given.value, given.reading.profile) } : given;
  if (path.kind === 'schema') return applySchema(resource, path.urn, step);
  const { urn, attribute, sub } = path;
  // The server computes it from the extensions that hold values.
  if (attribute.name === 'schemas') return resource;
  const name = printTarget(path);
  if (attribute.mutability === 'readOnly' || sub?.mutability === 'readOnly') {
    throw new ScimError('mutability', `${name} is read-only`, [name]);
  }
  const container = containerOf(resource, path);
  const before = container[attribute.name];
  const after = attribute.multiValued
    ? nextValues((before ?? []) as readonly unknown[], path, name, step)
    : nextValue(before, path, name, step);
  if (after === undefined) checkRemoval(attribute, step.op, name);
  const changed = assign(container, attribute, after, name);
  return urn === undefined ? changed : withSchema(resource, urn, changed);
}

/** Whether what the path names is one value: an extension, an attribute, a sub-attribute, or each value that a filter selects. */
const isSingle = (path: Path): boolean =>
  path.kind === 'schema' ||
  (path.sub ? !path.sub.multiValued : !path.attribute.multiValued || path.filter !== undefined);

function checkRemoval({ mutability, required }: ScimAttribute, op: Step['op'], name: string): void {
  if (mutability === 'writeOnly') throw new ScimError('mutability', `${name} can be set but not removed`, [name]);
  if (!required) return;
  // RFC 7644 3.5.2.2: removing a required attribute fails with mutability.
  throw new ScimError(op === 'remove' ? 'mutability' : 'invalidValue', `${name} is required`, [name]);
}

/** An extension set, or removed where nothing is left of it. */
function withSchema(resource: Json, urn: string, extension: Json): Json {
  if (!isEmpty(extension)) return { ...resource, [urn]: extension };
  const { [urn]: _, ...rest } = resource;
  return rest;
}

function applySchema(resource: Json, urn: string, step: Step): Json {
  const isCore = urn === step.type.schema.urn;
  const removes = step.op === 'remove' || isUnassigned(step.value, step.reading.profile);
  if (!removes) return applyMembers(resource, isCore ? '' : `${urn}:`, step);
  if (isCore) throw new ScimError('noTarget', 'the core schema cannot be removed');
  return withSchema(resource, urn, {});
}

function nextValue(before: unknown, { attribute, sub }: AttributePath, name: string, step: Step): unknown {
  const { op, value, reading } = step;
  if (sub) return nextPart((before ?? {}) as Json, sub, name, step);
  if (op === 'remove' || isUnassigned(value, reading.profile)) return undefined;
  if (attribute.type !== 'complex') return readSingle(attribute, value, reading, name);
  // RFC 7644 3.5.2.3: "Sub-attributes that are not specified in the "value" parameter are left unchanged."
  const base = op === 'replace' && reading.profile.complexReplacedWhole ? {} : ((before ?? {}) as Json);
  return mergeComplex(base, attribute, value, reading, name);
}

/** One sub-attribute of a complex value set or removed. Undefined when no value remains. */
function nextPart(before: Json, sub: ScimAttribute, name: string, { op, value, reading }: Step): Json | undefined {
  const after = assign(before, sub, op === 'remove' ? undefined : readValue(sub, value, reading, name), name);
  return isEmpty(after) ? undefined : after;
}

function nextValues(before: readonly unknown[], path: AttributePath, name: string, step: Step): unknown {
  if (path.filter || path.sub) return nextSelected(before, path, name, step);
  const { attribute } = path;
  const { op, value, reading, effort } = step;
  if (op === 'remove') {
    // Entra ID lists the values to remove. Removing every value instead would be the worst reading of it.
    if (value === undefined || value === null) return undefined;
    return unlessEmpty(withoutListed(before, readValues(attribute, value, reading, name) ?? [], attribute), before);
  }
  if (isUnassigned(value, reading.profile)) return op === 'add' ? unlessEmpty(before, before) : undefined;
  spend(effort, before.length);
  const values = readValues(attribute, value, reading, name);
  if (op === 'replace') return values && settlePrimary(values, new Set(values), name);
  return unlessEmpty(withAdded(before, values ?? [], attribute, name), before);
}

/** An attribute without values is unassigned; one that was so before stays as it was. */
function unlessEmpty(values: readonly unknown[], before: readonly unknown[]): readonly unknown[] | undefined {
  if (values.length === 0) return undefined;
  return values.length === before.length && values.every((value, index) => value === before[index]) ? before : values;
}

/** Why the filter of a path may not select so many values, unless it may. */
export function selectionRefusal(count: number, name: string, profile: Profile): ScimError | undefined {
  if (count > 1 && profile.singleMatch) {
    return new ScimError('invalidFilter', `${name} selects ${count} values, and may select one`, [name]);
  }
  return count === 0 && !profile.unmatchedFilterIsNoError
    ? new ScimError('noTarget', `${name} selects no value`, [name])
    : undefined;
}

/** The values that the path selects, each changed; the others as they are. */
function nextSelected(before: readonly unknown[], path: AttributePath, name: string, step: Step): unknown {
  const { filter } = path;
  const { op, reading, effort } = step;
  const selects = filter ? selectorOf(filter) : () => true;
  spend(effort, before.length * (filter ? countTerms(filter) : 1));
  const selected = before.map((value) => selects(asElement(value)));
  const count = selected.filter(Boolean).length;
  if (count === 0) return nextUnmatched(before, path, name, step);
  const refusal = selectionRefusal(count, name, reading.profile);
  if (refusal) throw refusal;
  const written = new Set<unknown>();
  const after = before.flatMap((value, index) => {
    if (!selected[index]) return [value];
    const next = nextElement(value, path, name, step);
    written.add(next);
    return next === undefined ? [] : [next];
  });
  return unlessEmpty(op === 'remove' ? after : settlePrimary(after, written, name), before);
}

function nextElement(before: unknown, { attribute, sub }: AttributePath, name: string, step: Step): unknown {
  const { op, value, reading } = step;
  if (sub) return nextPart(asElement(before), sub, name, step);
  if (op === 'remove' || isUnassigned(value, reading.profile)) return undefined;
  if (attribute.type !== 'complex') return readSingle(attribute, value, reading, name);
  if (op === 'add') return mergeComplex(before as Json, attribute, value, reading, name);
  // RFC 7644 3.5.2.3: all values that match are replaced, whole.
  const after = readSingle(attribute, value, reading, name) as Json | undefined;
  for (const each of attribute.subAttributes.values()) {
    if (each.mutability === 'immutable') assign(before as Json, each, after?.[each.name], `${name}.${each.name}`);
  }
  return after;
}

/** What happens when the path selects no value. */
function nextUnmatched(before: readonly unknown[], path: AttributePath, name: string, step: Step): unknown {
  const { attribute, filter, sub } = path;
  const { op, value, reading } = step;
  const unchanged = before.length === 0 ? undefined : before;
  // RFC 7644 3.12: noTarget "occurs when the "path" value contains a filter that yields no match".
  const mayMiss = !filter || reading.profile.unmatchedFilterIsNoError;
  if (mayMiss && (op === 'remove' || isUnassigned(value, reading.profile))) return unchanged;
  const described = mayMiss && attribute.type === 'complex' ? describedElement(filter) : undefined;
  if (!described || (filter && !selectorOf(filter)(described))) {
    throw new ScimError('noTarget', `${name} selects no value`, [name]);
  }
  const element = sub ? nextPart(described, sub, name, step) : mergeComplex(described, attribute, value, reading, name);
  return settlePrimary([...before, element], new Set([element]), name);
}

/** The value that a filter of equalities describes: `type eq "work" and primary eq true`. */
function describedElement(filter: Filter | undefined): Json | undefined {
  if (!filter) return {};
  if (filter.kind === 'and') {
    const parts = filter.terms.map(describedElement);
    return parts.every((part) => part !== undefined) ? Object.assign({}, ...parts) : undefined;
  }
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || filter.operand === null) return undefined;
  const { attribute } = filter.target;
  return attribute.mutability === 'readOnly' ? undefined : { [attribute.name]: filter.operand };
}
