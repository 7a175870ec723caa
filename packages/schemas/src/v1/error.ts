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
  const details: Record<string, string[]> = {};
  for (const issue of error.details.issues ?? []) (details[issue.path.join('.') || 'body'] ??= []).push(issue.message);
  return {
    error: error.code,
    message: messages[error.code] ?? error.message,
    ...(error.details.issues ? { details } : {}),
  };
}
