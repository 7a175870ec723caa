import { DirectoryError } from '../canonical/error.ts';
import { dialect } from '../contract/dialect.ts';
import { failV1, V1Error } from './error.ts';
import { operations, updateUser } from './operations.ts';
import { portrayV1User } from './user.ts';

export * from './error.ts';
export * from './identifier.ts';
export * from './operations.ts';
export * from './user.ts';

/** The REST API. */
export const v1 = dialect({
  name: 'v1',
  title: 'Stele REST API',
  description: 'Users as plain JSON resources.',
  mounts: ['/v1'],
  mediaTypes: ['application/json'],
  operations,
  error: V1Error,
  fail: failV1,
  portray: portrayV1User,
  receive(body, { operation }) {
    if (operation === updateUser && typeof body === 'object' && body !== null && Object.hasOwn(body, 'password')) {
      throw new DirectoryError('validation_error', 'Invalid request parameters', {
        issues: [
          {
            path: ['password'],
            rule: 'unknown',
            message: 'A password is set with PUT /v1/users/{user_id}/password',
          },
        ],
      });
    }
    return body;
  },
});
