import { z } from 'zod';
import { MAX_BULK_OPERATIONS } from './limits.ts';
import { urns } from './urn.ts';

const methods = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** One operation of a bulk request (RFC 7644 3.7). */
export const ScimBulkOperation = z
  .strictObject({
    method: z.enum(methods).meta({ description: 'What to do.', example: 'POST' }),
    path: z.string().meta({ description: 'Where, below the base URL.', example: '/Users' }),
    bulkId: z.string().min(1).max(255).exactOptional().meta({
      description: 'A name for what this POST creates; `bulkId:…` stands for its id in other operations.',
      example: 'qwerty',
    }),
    version: z
      .string()
      .exactOptional()
      .meta({ description: 'The version to change, as in `If-Match`.', example: '"3"' }),
    data: z
      .unknown()
      .exactOptional()
      .meta({ description: 'The body.', example: { userName: 'mira' } }),
  })
  .meta({ id: 'ScimBulkOperation', description: 'One operation.' });
export type ScimBulkOperation = z.infer<typeof ScimBulkOperation>;

const failOnErrors = z.int().min(1).exactOptional().meta({
  description:
    'The number of errors after which the remaining operations are not applied. Default: all operations are applied.',
  example: 1,
});

const schemas = z
  .tuple([z.literal(urns.bulkRequest)])
  .meta({ description: 'Names this message.', example: [urns.bulkRequest] });

export const ScimBulkRequest = z
  .strictObject({
    schemas,
    failOnErrors,
    Operations: z
      .array(ScimBulkOperation)
      .max(MAX_BULK_OPERATIONS)
      .meta({ description: `The operations, at most ${MAX_BULK_OPERATIONS}.` }),
  })
  .meta({ id: 'ScimBulkRequest', description: 'Operations that are sent together and judged one by one.' });

/** The request as it is checked before its operations are looked at one by one. */
export const ScimBulkEnvelope = z.strictObject({
  schemas,
  failOnErrors,
  Operations: z.array(z.unknown()),
});

export const ScimBulkResult = z
  .strictObject({
    location: z
      .string()
      .exactOptional()
      .meta({ description: 'The address of the resource; none of one that was not created.', example: '/Users/…' }),
    method: z.string().meta({ description: 'What was to be done.', example: 'POST' }),
    bulkId: z.string().exactOptional().meta({ description: 'The name that the operation gave.', example: 'qwerty' }),
    version: z.string().exactOptional().meta({ description: 'The entity tag of the resource.', example: '"1"' }),
    status: z.string().meta({ description: 'The HTTP status, as a string.', example: '201' }),
    response: z
      .unknown()
      .exactOptional()
      .meta({ description: 'The error of an operation that failed.', example: { status: '400' } }),
  })
  .meta({ id: 'ScimBulkResult', description: 'The result of one operation.' });
export type ScimBulkResult = z.infer<typeof ScimBulkResult>;

export const ScimBulkResponse = z
  .strictObject({
    schemas: z
      .tuple([z.literal(urns.bulkResponse)])
      .meta({ description: 'Names this message.', example: [urns.bulkResponse] }),
    Operations: z.array(ScimBulkResult).meta({ description: 'One for each operation that was tried, in their order.' }),
  })
  .meta({ id: 'ScimBulkResponse', description: 'The result of each operation.' });

/**
 * RFC 7644 3.7.2: what stands for the id of a resource that another operation creates: a whole text, a segment of the path
 * of an operation, or a quoted operand in the path of a PATCH. Anywhere else it is text like other text.
 */
const WHOLE = /^bulkId:(.+)$/s;
const SEGMENT = /(?<=\/)bulkId:([^/]+)/g;
const OPERAND = /(?<=")bulkId:([^"]+)(?=")/g;

type Replace = (bulkId: string) => string | undefined;

/** A text with its references replaced, where there is something to replace them with. */
function replaced(text: string, key: string | undefined, replace: Replace): string {
  const whole = WHOLE.exec(text)?.[1];
  if (whole !== undefined) return replace(whole) ?? text;
  if (key !== 'path') return text;
  const put = (reference: string, bulkId: string) => replace(bulkId) ?? reference;
  return text.replaceAll(SEGMENT, put).replaceAll(OPERAND, put);
}

/** The same value with ids in the place of references that are known. */
export function resolveReferences(value: unknown, replace: Replace, key?: string): unknown {
  if (typeof value === 'string') return replaced(value, key, replace);
  if (Array.isArray(value)) return value.map((each) => resolveReferences(each, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, resolveReferences(each, replace, name)]),
  );
}

/** The names of other operations that a value refers to, at any depth. */
export function referencesIn(value: unknown, key?: string): string[] {
  const found: string[] = [];
  resolveReferences(value, (bulkId) => void found.push(bulkId), key);
  return found;
}

/** The same value without what still refers to something that is not there: values of lists, and members. */
export function withoutReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((each) => referencesIn(each).length === 0);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]): [string, unknown][] => {
      if (typeof each === 'string' && referencesIn(each, key).length > 0) return [];
      return [[key, withoutReferences(each)]];
    }),
  );
}
