import { z } from 'zod';
import { errorStatus, type DirectoryError, type ErrorCode, type Issue } from '../canonical/error.ts';

export const V1Error = z
  .strictObject({
    error: z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]).meta({
      description: 'The code of the error. Programs should depend on it alone.',
      example: 'validation_error',
    }),
    message: z.string().meta({ description: 'What is wrong, for a person.', example: 'Invalid request parameters' }),
    details: z
      .record(z.string(), z.array(z.string()))
      .meta({
        description: 'For each field that is wrong, which of its rules it breaks.',
        example: { email: ['Invalid email format'] },
      })
      .exactOptional(),
  })
  .meta({ id: 'V1Error', description: 'An error. Nothing was changed.' });
export type V1Error = z.infer<typeof V1Error>;

const capitalized = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

const messages: { readonly [Code in ErrorCode]?: (error: DirectoryError) => string } = {
  not_found: ({ details }) => `${capitalized(details.resource ?? 'user')} not found`,
  conflict: ({ details }) => (details.resource === 'tenant' ? 'Tenant name already taken' : 'Username already taken'),
};

/** Fields that people look for where they are not. */
const hints: ReadonlyMap<unknown, string> = new Map([
  ['password', 'A password is set with PUT /v1/users/{user_id}/password'],
]);

const say = ({ path, rule, message }: Issue): string =>
  rule === 'unknown' ? (hints.get(path.at(-1)) ?? message) : message;

/** Of a parameter with parts, such as `filter[role]`, the whole is named. */
const sayOfParameter = ({ path, rule, message }: Issue): string =>
  rule !== 'unknown' ? message : `Unknown ${path.length > 1 ? 'field' : 'parameter'}: ${String(path.at(-1))}`;

/** The path of an issue in v1's names. */
const pathOf = ({ path, attribute }: Issue): Issue['path'] =>
  attribute === 'userName' ? [...path.slice(0, -1), 'username'] : path;

/** Says a refusal in v1's words. */
export function failV1(error: DirectoryError): V1Error {
  const { issues } = error.details;
  const ofParameter = error.code === 'invalid_parameter';
  // A field may have any name, `constructor` too: the groups have no prototype.
  const groups = Object.groupBy(
    issues ?? [],
    (issue) => (ofParameter ? issue.path.slice(0, 1) : pathOf(issue)).join('.') || 'body',
  );
  const details = Object.entries(groups).map(([field, group]) => [
    field,
    group?.map(ofParameter ? sayOfParameter : say) ?? [],
  ]);
  return {
    error: error.code,
    message: messages[error.code]?.(error) ?? error.message,
    ...(issues && { details: Object.fromEntries(details) as Record<string, string[]> }),
  };
}
