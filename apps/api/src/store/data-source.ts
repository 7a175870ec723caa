import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { entities } from './entities.ts';
import { migrations } from './migrations/index.ts';

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most. */
  readonly poolSize: number;
  /** Milliseconds to wait for a free connection. */
  readonly acquireTimeout: number;
}

/** TypeORM's data source, not yet connected. */
export function createDataSource({ url, poolSize, acquireTimeout }: DatabaseOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities,
    migrations,
    migrationsTableName: 'migrations',
    synchronize: false,
    poolSize,
    connectTimeoutMS: acquireTimeout,
    applicationName: 'stele',
    logging: false,
  });
}

/** The `pg` pool below TypeORM: only there can a statement be prepared under a name. */
export function poolOf(dataSource: DataSource): Pool {
  return (dataSource.driver as PostgresDriver).master as Pool;
}
