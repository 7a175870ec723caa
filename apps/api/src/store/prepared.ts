import { LRUCache } from 'lru-cache';
import type { Statement } from './database.ts';

/** How many texts get a name. A connection keeps what it prepared, so they are bounded. */
const MOST = 64;

/** Uses after which a text gets a name, and keeps it as long as the process lives. What is asked for once gets none. */
const AFTER = 3;

const uses = new LRUCache<string, number>({ max: 512 });
const known = new Map<string, Statement>();

/**
 * A text that was made for what was asked, under a name where it comes again and again. PostgreSQL then plans it once, or
 * goes on planning it where the values make a difference: planning a list takes several times as long as finding one user.
 */
export function prepared(text: string): Statement {
  const statement = known.get(text);
  if (statement) return statement;
  const count = (uses.get(text) ?? 0) + 1;
  uses.set(text, count);
  if (count < AFTER || known.size >= MOST) return { text };
  const named = { name: `made-${known.size}`, text };
  known.set(text, named);
  return named;
}
