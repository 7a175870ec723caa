import { DirectoryError, type ErrorDetails } from '@stele/schemas/canonical';
import pg from 'pg';

/** The unique constraints, and the attribute that each keeps unique. */
const uniqueConstraints: Readonly<Record<string, NonNullable<ErrorDetails['attribute']>>> = {
  users_user_name_key: 'userName',
  users_external_id: 'externalId',
};

const UNIQUE_VIOLATION = '23505';

/** Classes of SQLSTATE, and states, that say the database cannot serve now: connection, resources, operator, shutdown. */
const UNAVAILABLE_STATE = /^(?:08|53|57P|58)|^(?:25006|55P03|40001|40P01)$/;

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
    return UNAVAILABLE_STATE.test(code) ? unavailable(error) : error;
  }
  return UNAVAILABLE_SYSTEM.has(code) || UNAVAILABLE_MESSAGE.test(error.message) ? unavailable(error) : error;
}

function unavailable(cause: Error): DirectoryError {
  return new DirectoryError('unavailable', 'The directory cannot reach its database', { retryAfter: 1, cause });
}
