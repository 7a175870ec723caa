import { randomBytes } from 'node:crypto';
import type { Database } from './database.ts';

/** A secret that all replicas on one database share: made by the first that asks for it. */
export async function sharedSecret(database: Database, name: string): Promise<Buffer> {
  await database.query({ text: 'INSERT INTO secrets (name, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING' }, [
    name,
    randomBytes(32),
  ]);
  const { rows } = await database.query({ text: 'SELECT secret FROM secrets WHERE name = $1' }, [name]);
  return rows[0]![0] as Buffer;
}
