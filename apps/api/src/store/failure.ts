import { DirectoryError, type ErrorDetails } from '@stele/schemas/canonical';
import pg from 'pg';

/** The unique constraints, and what each keeps unique. */
const uniqueConstraints: Readonly<Record<string, { readonly message: string } & ErrorDetails>> = {
  users_user_name_key: { message: 'userName is taken', attribute: 'userName' },
  group_external_ids_key: {
    message: 'A group of the provisioning domain has this displayName and externalId',
    resource: 'group',
    attribute: 'externalId',
  },
  tenants_name_key: { message: 'The name is taken', resource: 'tenant' },
};

const UNIQUE_VIOLATION = '23505';

interface Trouble {
  /** Nobody knows whether the statement was committed. */
  readonly uncertain: boolean;
}

/** SQLSTATEs, by their beginning, that say the database cannot serve now. */
const troubleStates: readonly (readonly [RegExp, Trouble])[] = [
  // Serialization failure, deadlock, no lock in time, cancelled: rolled back.
  [/^(?:40001|40P01|55P03|57014)/, { uncertain: false }],
  // Insufficient resources, read only: not begun.
  [/^(?:53|25006)/, { uncertain: false }],
  // Connection, shutdown, system.
  [/^(?:08|57P|58|25P03)/, { uncertain: true }],
];

const troubleSystem: Readonly<Record<string, Trouble>> = {
  ECONNREFUSED: { uncertain: false },
  ENOTFOUND: { uncertain: false },
  EAI_AGAIN: { uncertain: false },
  EHOSTUNREACH: { uncertain: false },
  ENETUNREACH: { uncertain: false },
  ECONNRESET: { uncertain: true },
  EPIPE: { uncertain: true },
  ETIMEDOUT: { uncertain: true },
};

/** What `pg` throws bare, without a code. */
const troubleMessages: readonly (readonly [RegExp, Trouble])[] = [
  [/^timeout exceeded when trying to connect|Cannot use a pool after calling end/, { uncertain: false }],
  [/^(?:Connection terminated|Query read timeout|Client has encountered a connection error)/, { uncertain: true }],
];

const matching = (rows: readonly (readonly [RegExp, Trouble])[], text: string): Trouble | undefined =>
  rows.find(([pattern]) => pattern.test(text))?.[1];

/** Says in the directory's words why a statement failed. */
export function storeFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (error instanceof pg.DatabaseError) {
    const unique = uniqueConstraints[error.constraint ?? ''];
    if (code === UNIQUE_VIOLATION && unique) {
      const { message, ...details } = unique;
      return new DirectoryError('conflict', message, details);
    }
    return unavailable(error, matching(troubleStates, code));
  }
  return unavailable(error, troubleSystem[code] ?? matching(troubleMessages, error.message));
}

function unavailable(cause: Error, trouble: Trouble | undefined): Error {
  if (!trouble) return cause;
  return new DirectoryError('unavailable', 'The directory cannot reach its database', {
    retryAfter: 1,
    cause,
    ...trouble,
  });
}

/** A transaction has to begin again, because other writes changed which rows it has to lock. */
export class LocksChanged extends DirectoryError {
  constructor() {
    super('unavailable', 'Other writes came first', { retryAfter: 1 });
  }
}

/** How often work is begun that deadlocks or cannot be serialized: PostgreSQL takes a second to find a deadlock. */
const TRIES_AFTER_DEADLOCK = 4;
const TRIES_AFTER_CHANGED_LOCKS = 16;

/** How often work is begun at most that fails with this error. More than once only what was rolled back. */
export function triesOf(error: unknown): number {
  if (error instanceof LocksChanged) return TRIES_AFTER_CHANGED_LOCKS;
  const cause = error instanceof DirectoryError ? error.cause : undefined;
  const isRolledBack = cause instanceof pg.DatabaseError && /^(?:40P01|40001)$/.test(cause.code ?? '');
  return isRolledBack ? TRIES_AFTER_DEADLOCK : 1;
}
