import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DirectoryError } from '@stele/schemas/canonical';
import type { ClientBase, Pool, QueryResult } from 'pg';
import { DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import { poolOf } from './data-source.ts';
import { storeFailure, triesOf } from './failure.ts';

/** One statement, prepared once for each connection where it has a name. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
}

export type Row = readonly unknown[];

/** Runs a statement. Rows are arrays, in the order of the columns; failures are said in the directory's words. */
export type Query = (statement: Statement, values: unknown[]) => Promise<QueryResult<Row & unknown[]>>;

/** Milliseconds at most until work is begun again that was rolled back. */
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

  /** Does what is rare enough for TypeORM: one statement, which may be done more than once. */
  rarely<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.again(async () => {
      try {
        return await work(this.dataSource.manager);
      } catch (error) {
        throw storeFailure(error instanceof QueryFailedError ? error.driverError : error);
      }
    });
  }

  readonly query: Query = (statement, values) => this.again(() => run(this.pool, statement, values));

  /**
   * Does all of some work, or nothing of it. The work may be done more than once.
   *
   * Every statement and every transaction locks rows in this order (docs/decisions/2026-11-29-lock-order.md):
   *
   * 1. `idempotency_keys`,
   * 2. `users`,
   * 3. `groups` whose members change, `FOR NO KEY UPDATE`,
   * 4. `groups` that are or become members, `FOR KEY SHARE`, or the one that is deleted, `FOR UPDATE`,
   * 5. `job_queues`, `jobs`,
   * 6. `user_counts`.
   *
   * Several rows of one step are locked in ascending order of their primary key, by `SELECT … ORDER BY … FOR …`:
   * UPDATE and DELETE lock rows in the order in which their plan finds them. Rows that are written only while another
   * row is locked (`group_members`, `job_items`, the histories) need no order of their own. What cleans up takes rows
   * that are free, with `SKIP LOCKED`. Values of unique indexes come after all rows; where two transactions swap them
   * there is no order, and PostgreSQL's deadlock detection and another try decide.
   */
  transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    return this.again(() => this.transact(work));
  }

  /** Does work again, a few times, that was rolled back for other transactions. */
  private async again<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries++) {
      this.assertRoom();
      try {
        return await work();
      } catch (error) {
        if (tries >= triesOf(error)) throw error;
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
