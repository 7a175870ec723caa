import { z } from 'zod';
import type { DirectoryError, ErrorCode, Issue, Resource } from '../canonical/error.ts';

export const NermError = z
  .strictObject({
    error: z.string().meta({
      description: 'What is wrong, for a person.',
      example: 'The user failed to create/update',
    }),
    errors: z
      .record(z.string(), z.string())
      .meta({ description: 'For each attribute that is wrong, why.', example: { attribute: "can't be blank" } })
      .exactOptional(),
  })
  .meta({ id: 'NermError', description: 'An error. Nothing was changed.' });
export type NermError = z.infer<typeof NermError>;

const FAILED = 'The user failed to create/update';

const messages: Partial<Record<ErrorCode, string>> = {
  malformed_body: 'Invalid JSON syntax. Please check your syntax and try again.',
  validation_error: FAILED,
  conflict: FAILED,
  internal_error: 'Sorry something went wrong',
};

const notFound = (resource: Resource = 'user'): string =>
  `The requested ${resource[0]!.toUpperCase()}${resource.slice(1)} was not found`;

const taken = { userName: 'login', externalId: 'external_id' } as const;

const reason = ({ rule, message }: Issue): string => (rule === 'required' ? "can't be blank" : message);

/** The name that an issue goes by: that of the attribute in its wrapper, or what is said of all that was sent. */
const attribute = ({ path, attribute: own }: Issue, whole: string): string =>
  own === 'userName' ? taken[own] : (path.length > 1 ? path.slice(1) : path).join('.') || whole;

/** Says a refusal in NERM's words. */
export function failNerm(error: DirectoryError): NermError {
  const { issues, attribute: conflicting, resource } = error.details;
  const whole = error.code === 'invalid_parameter' ? 'body' : 'user';
  const errors = {
    ...(conflicting ? { [taken[conflicting]]: 'has already been taken' } : {}),
    ...Object.fromEntries((issues ?? []).map((issue) => [attribute(issue, whole), reason(issue)])),
  };
  return {
    error: error.code === 'not_found' ? notFound(resource) : (messages[error.code] ?? error.message),
    ...(Object.keys(errors).length > 0 ? { errors } : {}),
  };
}
