import { Inject, Injectable } from '@nestjs/common';
import { Database, type Statement } from './database.ts';

/** Rows after which PostgreSQL is told to look; after each time four times as many. From the last on it does so in time by itself. */
const FIRST = 64;
const LAST = 16_384;

const analyze: Statement = {
  text: 'ANALYZE users, user_history, groups, group_members, idempotency_keys, jobs, job_items',
};

/**
 * Keeps PostgreSQL from holding on to plans that were made for a small table. It plans a prepared statement once, and
 * again when it has looked at a table, which it does of itself after a minute: a directory that is filled meanwhile
 * would read all of a tenant for each of its rows.
 */
@Injectable()
export class Statistics {
  private written = 0;
  private next = FIRST;

  constructor(@Inject(Database) private readonly database: Database) {}

  /** Notes rows that were added. */
  grew(rows: number): void {
    this.written += rows;
    if (this.written < this.next || this.next > LAST) return;
    while (this.next <= this.written) this.next *= 4;
    // Nothing is lost when it cannot be done.
    void this.database.query(analyze, []).catch(() => {});
  }
}
