import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../src/store/data-source.ts';
import { migrate } from '../src/store/migrate.ts';
import { migrations } from '../src/store/migrations/index.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const connect = () => createDataSource({ url: database.url, poolSize: 1, acquireTimeout: 5000 }).initialize();

describe('the migrations', () => {
  it('make what the entities say, which the model says', async () => {
    const dataSource = await connect();
    try {
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
    } finally {
      await dataSource.destroy();
    }
  });

  it('can be taken back and run again', async () => {
    const dataSource = await connect();
    try {
      for (const _ of migrations) await dataSource.undoLastMigration();
      const tables = await dataSource.query(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'",
      );
      expect(tables).toEqual([]);
    } finally {
      await dataSource.destroy();
    }
    expect(await migrate(database.url)).toHaveLength(migrations.length);
  });

  it('run once, however many replicas start at once', async () => {
    const dataSource = await connect();
    for (const _ of migrations) await dataSource.undoLastMigration();
    await dataSource.destroy();
    const runs = await Promise.all(Array.from({ length: 4 }, () => migrate(database.url)));
    expect(runs.flat()).toHaveLength(migrations.length);
  });
});
