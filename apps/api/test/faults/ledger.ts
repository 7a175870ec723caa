import pg from 'pg';
import { expect } from 'vitest';
import { userColumns } from '../../src/store/user-columns.ts';

/** A write as the API acknowledged it. */
export interface Acknowledged {
  readonly requestId: string;
  readonly userId: string;
  readonly dialect: string;
  /** By the ETag of the answer. */
  readonly version: number;
  /** By its canonical name. */
  readonly attribute: string;
  readonly value: string;
}

interface HistoryRow {
  readonly user_id: string;
  readonly version: number;
  readonly at: Date;
  readonly dialect: string;
  readonly request_id: string;
  readonly changes: Readonly<Record<string, { readonly old?: unknown; readonly new?: unknown }>>;
}

type UserRow = Readonly<Record<string, unknown>> & { readonly id: string; readonly version: number };

/** Rows of one statement, straight from the database. */
export async function rows<Row extends object>(databaseUrl: string, text: string, values?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Does something while another session of the database has a user locked. */
export async function whileLocked(databaseUrl: string, userId: string, work: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId]);
    await work();
  } finally {
    await client.end();
  }
}

/** How often a request changed something. */
export async function effectsOf(databaseUrl: string, requestIds: readonly string[]): Promise<number> {
  const found = await rows(databaseUrl, 'SELECT FROM user_history WHERE request_id = ANY ($1)', [requestIds]);
  return found.length;
}

/**
 * The law that holds whatever broke: every acknowledged write is in the history, once, as it was acknowledged; the
 * versions of every user run from 1 without a gap; and the history, change by change, leads to the row that is there.
 */
export async function expectLaw(databaseUrl: string, acknowledged: readonly Acknowledged[]): Promise<void> {
  const { users, history } = await readAll(databaseUrl);
  const byRequest = Map.groupBy(history, (row) => row.request_id);
  const kept = acknowledged.map(({ requestId, attribute }) =>
    (byRequest.get(requestId) ?? []).map((row) => ({
      requestId,
      userId: row.user_id,
      dialect: row.dialect,
      version: row.version,
      attribute,
      value: row.changes[attribute]?.new,
    })),
  );
  expect(kept).toEqual(acknowledged.map((write) => [write]));
  for (const [requestId, writes] of byRequest) expect(writes, `${requestId} was done twice`).toHaveLength(1);

  const byUser = Map.groupBy(history, (row) => row.user_id);
  expect([...byUser.keys()].toSorted()).toEqual(users.map(({ id }) => id).toSorted());
  for (const user of users) {
    const writes = byUser.get(user.id)!;
    expect(writes.map(({ version }) => version)).toEqual(writes.map((_, index) => index + 1));
    expect(user.version).toBe(writes.length);
    expect(user['updated_at']).toEqual(writes.at(-1)!.at);
    const replayed = new Map<string, unknown>();
    for (const { changes } of writes) {
      for (const [attribute, { old, new: value }] of Object.entries(changes)) {
        expect(cellOf(old)).toEqual(replayed.get(attribute) ?? null);
        replayed.set(attribute, cellOf(value));
      }
    }
    for (const { attribute, name } of userColumns) {
      expect(cellOf(user[name]), `${attribute} of ${user.id}`).toEqual(replayed.get(attribute) ?? null);
    }
  }
}

/** Both tables at one moment: statements of a process that was killed may still be ending. */
async function readAll(databaseUrl: string): Promise<{ users: UserRow[]; history: HistoryRow[] }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const { rows: users } = await client.query<UserRow>('SELECT * FROM users');
    const { rows: history } = await client.query<HistoryRow>('SELECT * FROM user_history ORDER BY user_id, version');
    return { users, history };
  } finally {
    await client.end();
  }
}

/** An empty list is unassigned; a time is text in the history. */
function cellOf(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) && value.length === 0 ? null : (value ?? null);
}
