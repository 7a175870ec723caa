import type { Account } from './account.ts';

/** Where one embedded PostgreSQL is and how its programs run. */
export interface Installation {
  readonly binaries: string;
  readonly account: Account;
  /** The folder of everything. */
  readonly directory: string;
  /** The database's own files, in `directory`. */
  readonly data: string;
  /** The open log that takes what the programs print. */
  readonly output: number | 'ignore';
  /** False gives up safety in a power cut for speed. */
  readonly durable: boolean;
}
