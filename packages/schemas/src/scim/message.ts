import { z } from 'zod';
import { foldName } from './attribute.ts';
import { labelled, ScimError } from './error.ts';
import { isObject, type Json } from './json.ts';
import type { Profile } from './profile.ts';
import { urns } from './urn.ts';

const operators = ['add', 'remove', 'replace'] as const;

export const PatchOperation = z
  .strictObject({
    op: z.enum(operators).meta({ description: 'What to do at the target.', example: 'replace' }),
    path: z
      .string()
      .meta({
        description:
          'The target: an attribute, some values of it, or a part of these. Without it the value holds attributes. A remove needs one.',
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
  .meta({ id: 'ScimPatchOperation', description: 'One change. Operations apply in order, and all of them or none.' });
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
      .meta({ description: 'The changes, in order.', example: [{ op: 'replace', path: 'active', value: false }] }),
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

/** The members of a message under the names that the RFC gives them: names compare without case (RFC 7643 2.1). */
function membersOf<Name extends string>(message: Json, expected: ReadonlyMap<string, Name>): { [_ in Name]?: unknown } {
  const members: { [_ in Name]?: unknown } = {};
  for (const key of Object.keys(message)) {
    const name = expected.get(foldName(key));
    if (!name) throw new ScimError('invalidSyntax', `${JSON.stringify(key)} is not a member of this message`, [key]);
    if (name in members) throw new ScimError('invalidSyntax', `${name} is there twice, in different case`, [key]);
    members[name] = message[key];
  }
  return members;
}

function readOperation(operation: unknown, profile: Profile): PatchOperation {
  if (!isObject(operation)) throw new ScimError('invalidSyntax', 'an operation must be an object');
  const { op, path, ...rest } = membersOf(operation, operationMembers);
  const spelled = typeof op === 'string' && profile.operatorInAnyCase ? op.toLowerCase() : op;
  const operator = operators.find((each) => each === spelled);
  if (!operator) throw new ScimError('invalidSyntax', 'op must be add, remove or replace', ['op']);
  if (path === undefined || path === null) return { op: operator, ...rest };
  if (typeof path !== 'string' || path === '') {
    throw new ScimError('invalidPath', 'path must be a string that is not empty', ['path']);
  }
  return { op: operator, path, ...rest };
}

const hasMember = (body: object, name: string): boolean => Object.keys(body).some((key) => foldName(key) === name);

/** Whether `schemas` names a schema. Its URNs compare without case. */
export const namesSchema = (schemas: unknown, urn: string): boolean =>
  Array.isArray(schemas) && schemas.some((each) => typeof each === 'string' && foldName(each) === foldName(urn));

/** Brings the body of a PATCH to the form of RFC 7644 3.5.2, or says what keeps it from it. */
export function readPatchRequest(body: unknown, profile: Profile): ScimPatchRequest {
  if (!isObject(body)) throw new ScimError('invalidSyntax', 'The body must be an object');
  if (profile.bareBody && !hasMember(body, 'operations') && !namesSchema(body['schemas'], urns.patchOp)) {
    return { schemas: [urns.patchOp], Operations: [{ op: 'replace', value: body }] };
  }
  const { schemas, Operations } = membersOf(body, requestMembers);
  // RFC 7644 3.5.2: "The body of each request MUST contain the "schemas" attribute with the URI value of [...] PatchOp".
  if (!namesSchema(schemas, urns.patchOp) && !(profile.bareBody && schemas === undefined)) {
    throw new ScimError('invalidSyntax', `schemas must hold ${urns.patchOp}`, ['schemas']);
  }
  if (!Array.isArray(Operations)) throw new ScimError('invalidSyntax', 'Operations must be a list', ['Operations']);
  if (Operations.length > MAX_OPERATIONS) {
    throw new ScimError('tooMany', `A PATCH may hold ${MAX_OPERATIONS} operations`, ['Operations']);
  }
  return {
    schemas: [urns.patchOp],
    Operations: Operations.map((operation, index) =>
      labelled(
        () => `Operations[${index}]`,
        ['Operations', index],
        () => readOperation(operation, profile),
      ),
    ),
  };
}

/** Brings a message to the names that its schema gives its members; whether they fit, the schema says. */
export function readMessage(body: unknown, schema: z.ZodObject): Json {
  if (!isObject(body)) throw new ScimError('invalidSyntax', 'The body must be an object');
  return membersOf(body, byFoldedName(...Object.keys(schema.shape)));
}
