import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { entities } from './entities.ts';
import { migrations } from './migrations/index.ts';

/** Milliseconds of silence before a connection is probed; the system's own default is two hours. */
export const KEEP_ALIVE_DELAY = 10_000;

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most. */
  readonly poolSize: number;
  /** Milliseconds to wait for a free connection. */
  readonly acquireTimeout: number;
  /** Milliseconds that a statement may take; none for migrations. */
  readonly statementTimeout?: number;
}

/** TypeORM's data source, not yet connected. */
export function createDataSource({ url, poolSize, acquireTimeout, statementTimeout }: DatabaseOptions): DataSource {
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
    extra: {
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY,
      ...(statementTimeout !== undefined && {
        statement_timeout: statementTimeout,
        // A lock must not outlive a holder that the network has swallowed.
        idle_in_transaction_session_timeout: statementTimeout,
        // The server's timeout is of no use when the server cannot be reached any more.
        query_timeout: statementTimeout + 500,
      }),
    },
  });
}

/** The `pg` pool below TypeORM: only there can a statement be prepared under a name. */
export function poolOf(dataSource: DataSource): Pool {
  return (dataSource.driver as PostgresDriver).master as Pool;
}
