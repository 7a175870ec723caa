import { DataSource } from 'typeorm';
import { poolOf } from '../../src/store/data-source.ts';
import type { TestApp } from './app.ts';

/**
 * How many deadlocks PostgreSQL has found in the database of these replicas. A backend reports what it has counted after some
 * seconds; each of theirs is asked to report now.
 */
export async function countDeadlocks(replicas: readonly TestApp[]): Promise<number> {
  for (const { app } of replicas) {
    const pool = poolOf(app.get(DataSource));
    // All connections that there may be, so that each is asked.
    const taken = await Promise.allSettled(Array.from({ length: pool.options.max }, () => pool.connect()));
    const clients = taken.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    await Promise.allSettled(clients.map((client) => client.query('SELECT pg_stat_force_next_flush()')));
    for (const client of clients) client.release();
    if (clients.length < taken.length) throw new Error('A connection is still in use');
  }
  const [row] = await replicas[0]!.query(
    'SELECT deadlocks::integer FROM pg_stat_database WHERE datname = current_database()',
  );
  return row!['deadlocks'] as number;
}
