import { z } from 'zod';
import type { DirectoryError } from '../canonical/error.ts';
import type { User } from '../canonical/user.ts';
import { failNerm } from './error.ts';

/** The result of one user of a bulk request. */
export const NermItemResult = z
  .strictObject({
    user_id: z.guid().nullable().meta({
      description: 'The identifier of the user, or `null` where none is known.',
      example: 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e',
    }),
    login: z.string().nullable().meta({ description: 'The login, or `null` where none is known.', example: 'bob' }),
    errors: z
      .array(z.string())
      .meta({ description: 'Why the user was left as it was; empty when it was not.', example: [] }),
  })
  .meta({ id: 'NermItemResult', description: 'The result of one user of a bulk request.' });
export type NermItemResult = z.infer<typeof NermItemResult>;

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** What is known of a user before anything is done. */
function named(given: unknown): Pick<NermItemResult, 'user_id' | 'login'> {
  const { id, login } = Object(given) as { id?: unknown; login?: unknown };
  return { user_id: z.guid().toLowerCase().safeParse(id).data ?? null, login: textOf(login) };
}

/** The result of a user that was rejected: messages that begin with the attribute. */
export function toNermItemError(given: unknown, error: DirectoryError): NermItemResult {
  const { error: message, errors = {} } = failNerm(error);
  const sentences = Object.entries(errors).map(([attribute, reason]) => `${attribute} ${reason}`);
  return { ...named(given), errors: sentences.length > 0 ? sentences : [message] };
}

/** The result of a user that was created or changed. */
export function encodeNermItem(user: User): NermItemResult {
  return { user_id: user.id, login: user.userName, errors: [] };
}
