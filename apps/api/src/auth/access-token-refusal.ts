import { DirectoryError } from '@stele/schemas/canonical';

/**
 * The refusal of a token, which says what is wrong with it and nothing that it says.
 * @param message may stand in a challenge: visible ASCII without quotes and backslashes (RFC 6750 3).
 */
export function invalidToken(message: string, cause?: unknown): DirectoryError {
  return new DirectoryError('unauthorized', message, { invalidToken: true, ...(cause !== undefined && { cause }) });
}
