import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DirectoryError } from '@stele/schemas/canonical';
import type { ClientBase, Pool, QueryResult } from 'pg';
import { DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import { poolOf } from './data-source.ts';
import { storeFailure, wasInTheWay } from './failure.ts';

/** One statement, prepared once for each connection where it has a name. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
}

export type Row = readonly unknown[];

/** Runs a statement. Rows are arrays, in the order of the columns; failures are said in the directory's words. */
export type Query = (statement: Statement, values: unknown[]) => Promise<QueryResult<Row & unknown[]>>;

/** How often work is begun that deadlocks, and the milliseconds at most in between. */
const MAX_TRIES = 4;
const JITTER = 50;

/** Requests that wait for a connection at most, before more are told to come back. */
const CAPACITY = 4096;

/** The connections of this process, and the one place where statements are run by name. */
@Injectable()
export class Database {
  private readonly pool: Pool;

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {
    this.pool = poolOf(dataSource);
  }

  /** Does what is rare enough for TypeORM. */
  async rarely<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    try {
      return await work(this.dataSource.manager);
    } catch (error) {
      throw storeFailure(error instanceof QueryFailedError ? error.driverError : error);
    }
  }

  readonly query: Query = (statement, values) => this.again(() => run(this.pool, statement, values));

  /** Does all of some work, or nothing of it. The work may be done more than once. */
  transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    return this.again(() => this.transact(work));
  }

  /** Does again, a few times, what was rolled back because it was in the way of others. */
  private async again<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries++) {
      this.assertRoom();
      try {
        return await work();
      } catch (error) {
        if (tries === MAX_TRIES || !wasInTheWay(error)) throw error;
        await sleep(Math.random() * JITTER);
      }
    }
  }

  private async transact<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw storeFailure(error);
    });
    let broken = false;
    const onError = () => (broken = true);
    // The pool listens to idle connections only, and an error that nobody hears would end the process.
    client.on('error', onError);
    const query: Query = (statement, values) => run(client, statement, values);
    try {
      await query({ text: 'BEGIN' }, []);
      const result = await work(query);
      await query({ text: 'COMMIT' }, []);
      return result;
    } catch (error) {
      // The first error is the one to tell. A connection that cannot even roll back is of no use any more.
      await client.query('ROLLBACK').catch(onError);
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  private assertRoom(): void {
    if (this.pool.waitingCount < CAPACITY) return;
    throw new DirectoryError('unavailable', 'The directory is too busy', { retryAfter: 1 });
  }
}

async function run(
  client: Pool | ClientBase,
  statement: Statement,
  values: unknown[],
): Promise<QueryResult<Row & unknown[]>> {
  try {
    return await client.query({ ...statement, values, rowMode: 'array' });
  } catch (error) {
    throw storeFailure(error);
  }
}
