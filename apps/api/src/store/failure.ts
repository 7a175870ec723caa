import { DirectoryError, type ErrorDetails } from '@stele/schemas/canonical';
import pg from 'pg';

/** The unique constraints, and the attribute that each keeps unique. */
const uniqueConstraints: Readonly<Record<string, NonNullable<ErrorDetails['attribute']>>> = {
  users_user_name_key: 'userName',
  users_external_id: 'externalId',
};

const UNIQUE_VIOLATION = '23505';

/** Classes of SQLSTATE, and states, that say the database cannot serve: connection, resources, operator, system. */
const UNAVAILABLE_STATE = /^(?:08|53|57P|58|25006|25P03)/;

/** States of a statement that waited too long or was in the way of another. It was rolled back: nothing was written. */
const ROLLED_BACK_STATE = /^(?:40001|40P01|55P03|57014)$/;

const UNAVAILABLE_SYSTEM: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);

/** What `pg` throws bare, without a code. */
const UNAVAILABLE_MESSAGE =
  /^(?:timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered a connection error)|Cannot use a pool after calling end/;

/** Says in the directory's words why a statement failed. */
export function storeFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (error instanceof pg.DatabaseError) {
    const attribute = uniqueConstraints[error.constraint ?? ''];
    if (code === UNIQUE_VIOLATION && attribute) {
      return new DirectoryError('conflict', `${attribute} is taken`, { attribute });
    }
    return UNAVAILABLE_STATE.test(code) || ROLLED_BACK_STATE.test(code) ? unavailable(error) : error;
  }
  return UNAVAILABLE_SYSTEM.has(code) || UNAVAILABLE_MESSAGE.test(error.message) ? unavailable(error) : error;
}

/**
 * Whether a failed statement may have been committed all the same: the database did not answer, so that nobody knows.
 */
export function isUncertain(error: unknown): boolean {
  if (!(error instanceof DirectoryError) || error.code !== 'unavailable') return false;
  const { cause } = error;
  return !(cause instanceof pg.DatabaseError && ROLLED_BACK_STATE.test(String(cause.code)));
}

function unavailable(cause: Error): DirectoryError {
  return new DirectoryError('unavailable', 'The directory cannot reach its database', { retryAfter: 1, cause });
}
