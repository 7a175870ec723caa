import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../src/store/data-source.ts';
import { migrate } from '../src/store/migrate.ts';
import { foldKey } from '@stele/schemas/canonical';
import { migrations } from '../src/store/migrations/index.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';

const BEFORE_SIGMA = 'RotatedSecrets1764520000000';

interface Row {
  readonly user_name_key: string;
  readonly folds: unknown;
}

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

  it('give both sigmas one key, and of two names with one key the newer one its old key', async () => {
    const dataSource = await connect();
    const rows = (columns: string) => dataSource.query(`SELECT ${columns} FROM users ORDER BY id`);
    try {
      while ((await dataSource.query('SELECT name FROM migrations ORDER BY id DESC LIMIT 1'))[0].name !== BEFORE_SIGMA)
        await dataSource.undoLastMigration();
      const names = ['ΝΙΚΟΣ', 'νικοσ', 'ada', 'İ\uFF9E'];
      const tenant = '01979f2e-0000-7000-8000-000000000001';
      for (const [index, name] of names.entries()) {
        const key = name.normalize('NFKC').toLowerCase();
        await dataSource.query(
          `INSERT INTO users (tenant_id, id, version, created_at, updated_at, user_name, user_name_key, status, title, nick_name, folds)
           VALUES ($1, $2, 1, now(), now(), $3, $4, 'active', 'ς', $3, $5)`,
          [tenant, tenant.replace(/1$/, String(index)), name, key, key === name ? null : { nick_name: key }],
        );
        await dataSource.query(
          `INSERT INTO groups (tenant_id, id, version, created_at, updated_at, display_name, display_name_key)
           VALUES ($1, $2, 1, now(), now(), $3, $4)`,
          [tenant, tenant.replace(/1$/, String(index)), name, key],
        );
      }
      const before = await rows('user_name_key, folds');
      await migrate(database.url);
      // The first name has the key of the second, which is there already.
      expect((await rows('user_name_key')).map((row: Row) => row.user_name_key)).toEqual([
        'νικος',
        'νικοσ',
        'ada',
        foldKey(names[3]!),
      ]);
      expect((await rows('folds')).map((row: Row) => row.folds)).toEqual(
        names.map((name) => ({ title: 'σ', ...(name !== 'ada' && name !== 'νικοσ' && { nick_name: foldKey(name) }) })),
      );
      expect(await dataSource.query('SELECT display_name_key AS key FROM groups ORDER BY id')).toEqual(
        names.map((name) => ({ key: foldKey(name) })),
      );
      await dataSource.undoLastMigration();
      expect(await rows('user_name_key, folds')).toEqual(before);
    } finally {
      await dataSource.query('DELETE FROM users');
      await dataSource.query('DELETE FROM groups');
      await dataSource.destroy();
    }
    await migrate(database.url);
  });

  it('run once, however many replicas start at once', async () => {
    const dataSource = await connect();
    for (const _ of migrations) await dataSource.undoLastMigration();
    await dataSource.destroy();
    const runs = await Promise.all(Array.from({ length: 4 }, () => migrate(database.url)));
    expect(runs.flat()).toHaveLength(migrations.length);
  });
});
