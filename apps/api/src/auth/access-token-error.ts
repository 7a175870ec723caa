import { DirectoryError } from '@stele/schemas/canonical';

/**
 * The error of a token that is rejected. The message must not contain values of the token.
 * @param message visible ASCII without quotes and backslashes, because it is a part of a challenge (RFC 6750 3)
 */
export function invalidToken(message: string, cause?: unknown): DirectoryError {
  return new DirectoryError('unauthorized', message, { invalidToken: true, ...(cause !== undefined && { cause }) });
}
