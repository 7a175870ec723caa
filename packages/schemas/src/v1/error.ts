import { z } from 'zod';
import { errorStatus, type DirectoryError, type ErrorCode } from '../canonical/error.ts';

export const V1Error = z
  .strictObject({
    error: z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]).meta({
      description: 'Which kind of refusal this is. Programs depend on this word alone.',
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
  .meta({ id: 'V1Error', description: 'A refusal. Nothing was changed.' });
export type V1Error = z.infer<typeof V1Error>;

const messages: Partial<Record<ErrorCode, string>> = {
  not_found: 'User not found',
  conflict: 'Username already taken',
};

/** Says a refusal in v1's words. */
export function failV1(error: DirectoryError): V1Error {
  const { issues } = error.details;
  // A field may have any name, `constructor` too: the groups have no prototype.
  const groups = Object.groupBy(issues ?? [], ({ path }) => path.join('.') || 'body');
  const details = Object.entries(groups).map(([field, group]) => [field, group?.map(({ message }) => message) ?? []]);
  return {
    error: error.code,
    message: messages[error.code] ?? error.message,
    ...(issues && { details: Object.fromEntries(details) as Record<string, string[]> }),
  };
}
