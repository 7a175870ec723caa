import type { Statement } from './database.ts';
import { type UserColumn, userColumns } from './user-columns.ts';

/**
 * A whole row as one JSON value. PostgreSQL describes, sends and `pg` parses some fifty columns for every read otherwise,
 * which costs both about twice as much.
 */
export const selected = 'row_to_json(u)';

export const findUser: Statement = {
  name: 'find-user',
  text: `SELECT ${selected} FROM users u WHERE u.tenant_id = $1 AND u.id = $2 AND u.deleted_at IS NULL`,
};

export const findUserForUpdate: Statement = { name: 'find-user-for-update', text: `${findUser.text} FOR UPDATE` };

/**
 * Gives the user name of a locked user free, for another user of the same transaction. PostgreSQL checks a unique index row
 * by row. What stands there until the user gets its new name is no key: `foldKey` of no name has U+0001 before a UUID.
 */
export const releaseUserName: Statement = {
  name: 'release-user-name',
  text: `UPDATE users SET user_name_key = E'\\x01' || id WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`,
};

/** Of a user that is to be deleted at this version: a write that adds it to a group meanwhile waits, and then does not find it. */
export const lockUserForDeletion: Statement = {
  name: 'lock-user-for-deletion',
  text: `
    SELECT FROM users
    WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL
    FOR UPDATE`,
};

/**
 * The groups that a user `u` is a member of, itself or through another group, as a list in one JSON value.
 *
 * It reads in proportion to what it shows. PostgreSQL expects ten times more of a recursion than of its beginning, and would
 * read all groups of the tenant for each user. `OFFSET 0` makes it look up the groups of one group at a time, and an array
 * counts as ten rows.
 */
export const memberships = `(
  WITH RECURSIVE belonging (group_id, direct) AS (
    SELECT direct_member.group_id, true
    FROM group_members direct_member
    WHERE direct_member.tenant_id = u.tenant_id AND direct_member.member_id = u.id
    UNION
    SELECT nested_member.group_id, false
    FROM belonging
    CROSS JOIN LATERAL (
      SELECT group_id
      FROM group_members
      WHERE tenant_id = u.tenant_id AND member_id = belonging.group_id AND member_type = 'Group'
      OFFSET 0
    ) nested_member
  )
  SELECT json_agg(
    json_build_object('id', shown.id, 'display', shown.display_name, 'direct', shown.direct)
    ORDER BY shown.display_name_key, shown.id
  )
  FROM (
    SELECT groups.id, groups.display_name, groups.display_name_key, bool_or(found.direct) AS direct
    FROM unnest(
      ARRAY(SELECT group_id FROM belonging),
      ARRAY(SELECT direct FROM belonging)
    ) found (group_id, direct)
    JOIN groups ON groups.tenant_id = u.tenant_id AND groups.id = found.group_id
    GROUP BY groups.tenant_id, groups.id
  ) shown
)`;

/** Finds many at once, in any order. */
export const findUsers: Statement = {
  name: 'find-users',
  text: `SELECT ${selected} FROM unnest($1::uuid[], $2::uuid[]) k (tenant_id, id) JOIN users u ON u.tenant_id = k.tenant_id AND u.id = k.id WHERE u.deleted_at IS NULL`,
};

const withGroups = ({ name, text }: Statement): Statement => ({
  name: `${name}-with-groups`,
  text: text.replace(selected, `${selected}, ${memberships}`),
});

export const findUserWithGroups = withGroups(findUser);
export const findUsersWithGroups = withGroups(findUsers);
export const findUserWithGroupsForUpdate = withGroups(findUserForUpdate);

export const findPendingEmail: Statement = {
  name: 'find-pending-email',
  text: `SELECT pending_email, pending_email_token, pending_email_expires_at FROM users WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`,
};

export const lockPendingEmail: Statement = {
  name: 'lock-pending-email',
  text: `${findPendingEmail.text} FOR UPDATE`,
};

/** A message with a token that is still to be sent. */
export const findVerification: Statement = {
  name: 'find-verification',
  text: `SELECT 1 FROM outbox WHERE tenant_id = $1 AND user_id = $2 AND recipient = $3 AND kind = 'email_verification' AND failed_at IS NULL`,
};

/** What of a history row is read. */
export const historyEntry = 'seq, user_id, version, at, credential_id, actor, dialect, operation, request_id, changes';

export const listHistory: Statement = {
  name: 'list-history',
  text: `SELECT ${historyEntry} FROM user_history WHERE tenant_id = $1 AND user_id = $2 AND seq > $3 ORDER BY version LIMIT $4`,
};

export const insertMail: Statement = {
  name: 'insert-mail',
  text: 'INSERT INTO outbox (tenant_id, id, user_id, kind, recipient, created_at, next_attempt_at) VALUES ($1, $2, $3, $4, $5, $6, now())',
};

export const findPasswordHash: Statement = {
  name: 'find-password-hash',
  text: `SELECT password_hash FROM users WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`,
};

const recordWritten =
  'INSERT INTO user_history (tenant_id, user_id, version, at, credential_id, dialect, operation, request_id, changes, actor)';

/** What a history row holds besides the version, in the order of its parameters. */
const HISTORY_TYPES = ['timestamptz', 'uuid', 'text', 'text', 'text', 'jsonb', 'text'] as const;

/**
 * Before a write of a request with a key: holds on to its claim. Whose claim was taken over, or is answered, writes nothing, however
 * late it comes. Parameters: hash of the key, token.
 */
const claimed = (first: number): string =>
  `claimed AS (SELECT k.tenant_id FROM idempotency_keys k WHERE k.tenant_id = $1 AND k.key_hash = $${first} AND k.token = $${first + 1} AND k.answer IS NULL FOR UPDATE), `;

/** Keeps the answer of a request with a key in the same commit. Parameters: hash of the key, token, answer. */
const remember = (first: number): string =>
  `, remembered AS (UPDATE idempotency_keys k SET answer = $${first + 2}::jsonb FROM written WHERE k.tenant_id = written.tenant_id AND k.key_hash = $${first} AND k.token = $${first + 1})`;

const history = (first: number): string =>
  `${recordWritten} SELECT tenant_id, id, version, ${HISTORY_TYPES.map((type, index) => `$${first + index}::${type}`).join(', ')} FROM written`;

/** Keeps the number of users, in a slot that the identifier picks. */
const count = (difference: 1 | -1): string =>
  `, counted AS (INSERT INTO user_counts AS c (tenant_id, slot, count) SELECT tenant_id, get_byte(uuid_send(id), 15) & 15, ${difference} FROM written ON CONFLICT (tenant_id, slot) DO UPDATE SET count = c.count + excluded.count)`;

/** Columns of a user that are no attributes, as an insert gives them. */
const OWN_COLUMNS = [
  'tenant_id',
  'id',
  'version',
  'created_at',
  'updated_at',
  'user_name_key',
  'email_key',
  'password_hash',
  'folds',
];

const inserted = [...OWN_COLUMNS, ...userColumns.map((column) => column.name)];

function insertText(remembers: boolean): string {
  const values = inserted.map((_, index) => `$${index + 1}`).join(', ');
  const key = inserted.length + HISTORY_TYPES.length + 1;
  return `WITH ${remembers ? claimed(key) : ''}written AS (INSERT INTO users (${inserted.join(', ')}) SELECT ${values}${remembers ? ' FROM claimed' : ''} RETURNING tenant_id, id, version)${count(1)}${remembers ? remember(key) : ''} ${history(inserted.length + 1)}`;
}

const inserts: readonly Statement[] = [
  { name: 'insert-user', text: insertText(false) },
  { name: 'insert-user-keyed', text: insertText(true) },
];

/** Inserts one user. Parameters: own columns, attributes in the order of `userColumns`, history, what to remember. */
export function insertUser(remembers: boolean): Statement {
  return inserts[Number(remembers)]!;
}

/** The columns that an update may set, and their types. */
const settable: ReadonlyMap<string, UserColumn['type'] | 'bytea'> = new Map<string, UserColumn['type'] | 'bytea'>([
  ...userColumns.map(({ name, type }) => [name, type] as const),
  ['user_name_key', 'text'],
  ['email_key', 'text'],
  ['password_hash', 'text'],
  ['folds', 'jsonb'],
  ['deleted_at', 'timestamptz'],
  ['pending_email_token', 'bytea'],
  ['pending_email_expires_at', 'timestamptz'],
]);

/** How many texts of a kind are prepared under a name. A connection keeps what it prepared, so they are bounded. */
const MAX_NAMED = 64;

/** Texts that differ by the columns they set: each is made once, and the first ones get names. */
function byColumns(kind: string, textOf: (columns: readonly string[], remembers: boolean) => string) {
  const known = new Map<string, Statement>();
  return (columns: readonly string[], remembers: boolean): Statement | undefined => {
    const key = `${remembers} ${columns.join()}`;
    const statement = known.get(key);
    if (statement) return statement;
    if (known.size >= MAX_NAMED) return undefined;
    const made = { name: `${kind}-${known.size}`, text: textOf(columns, remembers) };
    known.set(key, made);
    return made;
  };
}

function updateText(columns: readonly string[], remembers: boolean): string {
  const assignments = columns.map((name, index) => `${name} = $${index + 5}`);
  const last = columns.length + 4;
  const key = last + HISTORY_TYPES.length + 1;
  return `WITH ${remembers ? claimed(key) : ''}written AS (UPDATE users SET version = version + 1, updated_at = $4, ${assignments.join(', ')} WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL${remembers ? ' AND EXISTS (SELECT FROM claimed)' : ''} RETURNING tenant_id, id, version)${columns.includes('deleted_at') ? count(-1) : ''}${remembers ? remember(key) : ''} ${history(last + 1)}`;
}

const namedUpdate = byColumns('update-user', updateText);

/** Updates one user, or deletes it. Parameters: tenant, id, version, time, the columns, history, what to remember. */
export function updateUser(columns: readonly string[], remembers: boolean): Statement {
  return namedUpdate(columns, remembers) ?? { text: updateText(columns, remembers) };
}

const fromJson = (name: string): string =>
  settable.get(name) === 'jsonb'
    ? `NULLIF(c.s -> '${name}', 'null'::jsonb)`
    : `(c.s ->> '${name}')::${settable.get(name)}`;

/** One change of a batch: the parts of a `BatchedChange`. */
const CHANGE =
  'c (t uuid, i uuid, v integer, a timestamptz, s jsonb, k uuid, d text, o text, r text, h jsonb, l text, n bytea, x uuid, y jsonb)';

/** The same as `claimed`, of those changes that have a key. */
const claimedMany = `
    claimed AS (
      SELECT k.tenant_id, k.key_hash
      FROM jsonb_to_recordset($1::jsonb) AS c (t uuid, n bytea, x uuid)
      JOIN idempotency_keys k ON k.tenant_id = c.t AND k.key_hash = c.n AND k.token = c.x
      WHERE k.answer IS NULL
      ORDER BY k.tenant_id, k.key_hash
      FOR UPDATE OF k
    ),`;

/** Changes without a key, or with a claim; the count locks every claim before the first user. */
const IS_CLAIMED = `
          AND (SELECT count(*) FROM claimed) >= 0
          AND (c.n IS NULL OR EXISTS (SELECT FROM claimed WHERE claimed.tenant_id = c.t AND claimed.key_hash = c.n))`;

const rememberMany = `
    remembered AS (
      UPDATE idempotency_keys k
      SET answer = w.y
      FROM written w
      WHERE w.n IS NOT NULL AND k.tenant_id = w.tenant_id AND k.key_hash = w.n AND k.token = w.x
    ),`;

/**
 * Updates many users by one parameter, a JSON array of `BatchedChange`; answers with those that were written.
 *
 * Users are locked one after the other in the order of the array: LATERAL admits no other join. What is updated is the version that is
 * locked, by its `ctid`. A statement that sees an older one leaves that user alone: to change it by the older one it would wait for
 * transactions that wait for its own lock.
 *
 * PostgreSQL takes a JSON array for a hundred rows, for which it would read all of a small table. It expects one row of a range, which
 * holds for every version here, and finds each user by its key.
 */
function updateManyText(columns: readonly string[], remembers: boolean): string {
  const assignments = columns.map(
    (name) => `${name} = CASE WHEN c.s ? '${name}' THEN ${fromJson(name)} ELSE u.${name} END`,
  );
  return `
    WITH ${remembers ? claimedMany : ''}
    written AS (
      UPDATE users u
      SET version = u.version + 1, updated_at = c.a, ${assignments.join(', ')}
      FROM (
        SELECT c.*, locked.place
        FROM jsonb_to_recordset($1::jsonb) AS ${CHANGE}
        CROSS JOIN LATERAL (
          SELECT l.ctid AS place
          FROM users l
          WHERE l.tenant_id = c.t AND l.id = c.i AND l.version = c.v AND l.deleted_at IS NULL
          FOR NO KEY UPDATE
        ) AS locked
        WHERE c.v BETWEEN 1 AND 2147483647${remembers ? IS_CLAIMED : ''}
      ) AS c
      WHERE u.ctid = c.place
      RETURNING u.tenant_id, u.id, u.version, c.a, c.k, c.d, c.o, c.r, c.h, c.l, c.n, c.x, c.y
    ),${remembers ? rememberMany : ''}
    recorded AS (
      ${recordWritten}
      SELECT tenant_id, id, version, a, k, d, o, r, h, l FROM written
    )
    SELECT tenant_id, id FROM written`;
}

const namedUpdateMany = byColumns('update-users', updateManyText);

/** For the batches whose kind came too late to be named: any column, and answers to remember. */
const updateAnything: Statement = { name: 'update-users-any', text: updateManyText([...settable.keys()], true) };

/** The statement that updates many users in any of these columns. */
export function updateUsers(columns: readonly string[], remembers: boolean): Statement {
  return namedUpdateMany(columns, remembers) ?? updateAnything;
}

/** One change of a batch, by the names that `updateUsers` gives its parts. */
export interface BatchedChange {
  /** Tenant, id and the version that the change starts from. */
  readonly t: string;
  readonly i: string;
  readonly v: number;
  readonly a: Date;
  /** New values by column. */
  readonly s: Readonly<Record<string, unknown>>;
  readonly k: string;
  readonly d: string;
  readonly o: string;
  readonly r: string;
  readonly h: Readonly<Record<string, unknown>>;
  /** The subject of an access token. */
  readonly l?: string;
  /** Hash of the key (in PostgreSQL's hex form), token and answer of a request to remember. */
  readonly n?: string;
  readonly x?: string;
  readonly y?: unknown;
}
