import type { OsUser } from './os-user.ts';

/** The folders of one embedded PostgreSQL, and how its programs run. */
export interface Installation {
  readonly binaries: string;
  readonly osUser: OsUser;
  /** Holds the data, the password, the lock and the log. */
  readonly directory: string;
  /** The database's own files, in `directory`. */
  readonly data: string;
  /** The open log file for the output of the programs. */
  readonly output: number | 'ignore';
  /** False is faster and can lose data in a power cut. */
  readonly durable: boolean;
}
