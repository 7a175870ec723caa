import { createDataSource } from './data-source.ts';

/** Of the advisory lock that lets one replica migrate while the others wait. */
const MIGRATION_LOCK = 7_835_369;

/** Brings a database to the newest schema and answers with the names of the migrations that ran. */
export async function migrate(url: string): Promise<string[]> {
  const dataSource = await createDataSource({ url, poolSize: 2, acquireTimeout: 10_000 }).initialize();
  try {
    const lock = dataSource.createQueryRunner();
    try {
      await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      const ran = await dataSource.runMigrations({ transaction: 'all' });
      await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      return ran.map((migration) => migration.name);
    } finally {
      await lock.release();
    }
  } finally {
    await dataSource.destroy();
  }
}
