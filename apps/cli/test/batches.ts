import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1BatchOperation, V1BatchResult } from '@stele/sdk';
import { connected, type Reply, type Seen } from './directory.ts';

interface Batch {
  readonly operations: readonly Extract<V1BatchOperation, { op: 'create' }>[];
}

export const batchOf = ({ body }: Seen): Batch['operations'] => (body as Batch).operations;

export const nameOf = ({ headers }: Seen): string => String(headers['idempotency-key']);

/** What a batch asks for, in the order of the file. */
export const usernamesOf = (seen: Seen): string[] => batchOf(seen).map(({ data }) => data.username);

/** What the API says of nobody, of whom the command asks first. */
export const unknown: Reply = { status: 404, body: { error: 'not_found', message: 'User not found' } };

/**
 * Answers as the API does: a user name is taken once, and a batch that is sent again is answered as it was, or refused when
 * it is another.
 */
export function batchServer() {
  const created: string[] = [];
  const answers = new Map<string, { readonly sent: string; readonly results: V1BatchResult[] }>();

  const create = ({ data: { username, email } }: Batch['operations'][number]): V1BatchResult => {
    if (created.includes(username)) {
      return { status: 409, error: { error: 'conflict', message: 'Username already taken' } };
    }
    if (!email.includes('@')) {
      const details = { email: ['is not an e-mail address', 'is odd'] };
      return { status: 400, error: { error: 'validation_error', message: 'Invalid, "quite"', details } };
    }
    created.push(username);
    return { status: 201 };
  };

  const reply = (seen: Seen): Reply => {
    if (seen.method === 'GET') return unknown;
    const name = nameOf(seen);
    const sent = JSON.stringify(seen.body);
    const known = answers.get(name);
    if (known && known.sent !== sent) {
      return { status: 422, body: { error: 'idempotency_key_reused', message: 'another request' } };
    }
    const results = known?.results ?? batchOf(seen).map(create);
    answers.set(name, { sent, results });
    return { status: 200, body: { results } };
  };
  return { created, reply };
}

export const HEADER = 'username,email,password,first_name,last_name,role';
export const PASSWORD = 'correct horse';

export const user = (name: string): string => `${name},${name}@example.com,${PASSWORD},,,`;
export const users = (count: number, from = 1): string[] =>
  Array.from({ length: count }, (_, index) => user(`u${from + index}`));
export const csv = (...rows: string[]): string => [HEADER, ...rows, ''].join('\n');

/** A shell that knows a directory which does batches, and a file of users. `sent` are the batches. */
export async function withFile(contents: string | Uint8Array, batches = batchServer()) {
  const at = await connected(batches.reply);
  const file = join(at.home, 'users.csv');
  await writeFile(file, contents);
  return {
    ...at,
    sent: () => at.seen.filter(({ method }) => method === 'POST'),
    created: batches.created,
    file,
    report: `${file}.failed.csv`,
    state: `${file}.stele-import.json`,
  };
}
