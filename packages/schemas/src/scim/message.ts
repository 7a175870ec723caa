import { z } from 'zod';
import { MAX_BODY } from '../contract/operation.ts';
import { parseStrictJson } from '../contract/strict-json.ts';
import { foldName, type ScimAttribute, type ScimResourceType } from './attribute.ts';
import { ScimBulkOperation } from './bulk.ts';
import { labelled, ScimError } from './error.ts';
import { entriesOf, isObject, type Json } from './json.ts';
import { MAX_FILTER } from './limits.ts';
import { parsePath } from './path.ts';
import type { Profile } from './profile.ts';
import { ignoreUnknown, type Reading } from './reading.ts';
import { assertSchemas, type BodyKind, namesSchema } from './schemas-member.ts';
import { urns } from './urn.ts';
import { singleOf } from './value.ts';

const operators = ['add', 'remove', 'replace'] as const;

export const PatchOperation = z
  .strictObject({
    op: z.enum(operators).meta({ description: 'What to do at the target.', example: 'replace' }),
    path: z
      .string()
      .meta({
        description:
          'The target: an attribute, some values of it, or a part of these. Without it the value holds attributes. A remove needs one.',
        minLength: 1,
        maxLength: MAX_FILTER,
        example: 'emails[type eq "work"].value',
      })
      .exactOptional(),
    value: z
      .unknown()
      .meta({
        description:
          'The new value. `null` and `[]` clear. In a remove it lists the values of a multi-valued attribute to remove.',
        example: 'mira.olsen@example.com',
      })
      .exactOptional(),
  })
  .meta({
    id: 'ScimPatchOperation',
    description: 'One change. Operations apply in order, and all of them or none.',
    if: { properties: { op: { const: 'remove' } } },
    // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
    then: { properties: { path: {} }, required: ['path'] },
  });
export type PatchOperation = z.infer<typeof PatchOperation>;

/** The most operations of one PATCH. */
const MAX_OPERATIONS = 1000;

/** The body of PATCH (RFC 7644 3.5.2). */
export const ScimPatchRequest = z
  .strictObject({
    schemas: z.tuple([z.literal(urns.patchOp)]).meta({ description: 'Names this message.', example: [urns.patchOp] }),
    Operations: z
      .array(PatchOperation)
      .max(MAX_OPERATIONS)
      .meta({
        description: 'The changes, in order. Only tolerant profiles take none.',
        minItems: 1,
        example: [{ op: 'replace', path: 'active', value: false }],
      }),
  })
  .meta({
    id: 'ScimPatchRequest',
    description: 'Changes to one resource.',
    example: {
      schemas: [urns.patchOp],
      Operations: [
        { op: 'replace', path: 'active', value: false },
        { op: 'replace', path: 'emails[type eq "work"].value', value: 'mira.lund@example.com' },
      ],
    },
  });
export type ScimPatchRequest = z.infer<typeof ScimPatchRequest>;

const byFoldedName = <Name extends string>(...names: readonly Name[]): ReadonlyMap<string, Name> =>
  new Map(names.map((name) => [foldName(name), name]));

const requestMembers = byFoldedName('schemas', 'Operations');
const operationMembers = byFoldedName('op', 'path', 'value');
const bulkOperationMembers = byFoldedName(...Object.keys(ScimBulkOperation.shape));

/**
 * The members of a message under the names that the RFC gives them: names compare without case (RFC 7643 2.1).
 * @param prefix of the names of members that are ignored
 */
function membersOf<Name extends string>(
  message: Json,
  expected: ReadonlyMap<string, Name>,
  reading: Reading,
  prefix = '',
): { [_ in Name]?: unknown } {
  const members: { [_ in Name]?: unknown } = {};
  for (const [key, value] of entriesOf(message)) {
    const name = expected.get(foldName(key));
    if (!name) {
      ignoreUnknown(reading, `${prefix}${key}`, () => {
        return new ScimError('invalidSyntax', `${JSON.stringify(key)} is not a member of this message`, [key]);
      });
      continue;
    }
    if (name in members) throw new ScimError('invalidSyntax', `${name} is there twice, in different case`, [key]);
    members[name] = value;
  }
  return members;
}

/** Characters of values that are JSON text which a request may still hold. */
interface TextBudget {
  left: number;
}

function readOperation(operation: unknown, reading: Reading, texts: TextBudget): PatchOperation {
  const { profile } = reading;
  if (!isObject(operation)) throw new ScimError('invalidSyntax', 'an operation must be an object');
  const { op, path, ...rest } = membersOf(operation, operationMembers, reading, 'Operations.');
  const spelled = typeof op === 'string' && profile.operatorInAnyCase ? op.toLowerCase() : op;
  const operator = operators.find((each) => each === spelled);
  if (!operator) throw new ScimError('invalidSyntax', 'op must be add, remove or replace', ['op']);
  if (path === undefined || path === null) {
    return { op: operator, ...(rest.value !== undefined && { value: attributesOf(rest.value, profile, texts) }) };
  }
  if (typeof path !== 'string' || path === '') {
    throw new ScimError('invalidPath', 'path must be a string that is not empty', ['path']);
  }
  return { op: operator, path, ...rest };
}

/** The value of an operation without a path: an object that holds attributes, perhaps as JSON text. */
function attributesOf(value: unknown, profile: Profile, texts: TextBudget): unknown {
  if (typeof value !== 'string' || !profile.valueAsJsonText) return singleOf(value, profile);
  texts.left -= value.length;
  if (texts.left < 0) throw new ScimError('tooMany', `JSON text may have ${MAX_BODY} characters in all`, ['value']);
  try {
    return singleOf(parseStrictJson(value), profile);
  } catch {
    throw new ScimError('invalidValue', 'the value must be an object with attributes, or its JSON text', ['value']);
  }
}

const hasMember = (body: object, name: string): boolean => Object.keys(body).some((key) => foldName(key) === name);

/** Brings the body of a PATCH to the form of RFC 7644 3.5.2, or says what keeps it from it. */
export function readPatchRequest(body: unknown, type: ScimResourceType, reading: Reading): ScimPatchRequest {
  const { profile } = reading;
  if (!isObject(body)) throw new ScimError('invalidSyntax', 'The body must be an object');
  if (profile.bareBody && !hasMember(body, 'operations') && !namesSchema(body['schemas'], urns.patchOp)) {
    assertKnownNames(body, type, profile);
    return { schemas: [urns.patchOp], Operations: [{ op: 'replace', value: body }] };
  }
  const { schemas, Operations } = membersOf(body, requestMembers, reading);
  assertSchemas(schemas, { message: urns.patchOp, type }, profile);
  if (!Array.isArray(Operations)) throw new ScimError('invalidSyntax', 'Operations must be a list', ['Operations']);
  if (Operations.length === 0 && !profile.noOperationsMayBeSent) {
    throw new ScimError('invalidSyntax', 'Operations must hold at least one operation', ['Operations']);
  }
  if (Operations.length > MAX_OPERATIONS) {
    throw new ScimError('tooMany', `A PATCH may hold ${MAX_OPERATIONS} operations`, ['Operations']);
  }
  const texts: TextBudget = { left: MAX_BODY };
  return {
    schemas: [urns.patchOp],
    Operations: Operations.map((operation, index) =>
      labelled(
        () => `Operations[${index}]`,
        ['Operations', index],
        () => readOperation(operation, reading, texts),
      ),
    ),
  };
}

/** A bare body is a guess at what the client means: a name that the schema lacks shows that the guess is wrong. */
function assertKnownNames(value: unknown, type: ScimResourceType, profile: Profile, prefix = ''): void {
  if (!isObject(value)) return;
  for (const [key, item] of entriesOf(value)) {
    const path = parsePath(`${prefix}${key}`, type, profile);
    if (path.kind === 'schema') assertKnownNames(singleOf(item, profile), type, profile, `${path.urn}:`);
    else if (!path.sub) assertKnownSubNames(item, path.attribute, key);
  }
}

function assertKnownSubNames(value: unknown, { type, subAttributes }: ScimAttribute, name: string): void {
  if (type !== 'complex') return;
  for (const element of Array.isArray(value) ? value : [value]) {
    const unknown = isObject(element) && Object.keys(element).find((key) => !subAttributes.has(foldName(key)));
    if (unknown) {
      throw new ScimError('invalidValue', `${JSON.stringify(unknown)} is not a sub-attribute of ${name}`, [name]);
    }
  }
}

/** Brings a message to the names that its schema gives its members; whether they fit, the schema says. */
export function readMessage(body: unknown, schema: z.ZodObject, kind: BodyKind, reading: Reading): Json {
  if (!isObject(body)) throw new ScimError('invalidSyntax', 'The body must be an object');
  const members = membersOf(body, byFoldedName(...Object.keys(schema.shape)), reading);
  assertSchemas(members['schemas'], kind, reading.profile);
  return { ...members, schemas: [kind.message ?? kind.type.schema.urn] };
}

/** Brings one operation of a bulk request to the names that its schema gives its members. */
export function readBulkOperation(operation: unknown, reading: Reading): unknown {
  if (!isObject(operation)) return operation;
  return membersOf(operation, bulkOperationMembers, reading, 'Operations.');
}
