import type { Job, JobReport } from '@stele/schemas/canonical';
import type { Access } from '../directory/request-context.ts';
import type { ReplayRecord } from '../idempotency/idempotency-store.ts';

/** For whom the items of a job are done: the caller who left them. */
export type JobAccess = Pick<
  Access,
  'credentialId' | 'actor' | 'scopes' | 'profile' | 'domain' | 'dialect' | 'operation' | 'requestId'
>;

/** Some items of a job, in their order, which nobody else does for as long as they are lent. */
export interface Chunk {
  readonly tenantId: string;
  readonly jobId: string;
  readonly kind: string;
  readonly access: JobAccess;
  /** The number of the first of them within the job. */
  readonly first: number;
  readonly items: readonly unknown[];
  /** Of this loan; a later one has another. */
  readonly token: string;
}

/**
 * Jobs that wait, in one queue for each tenant. A queue is lent as a whole: its jobs are done in the order in which they
 * came, one after the other.
 */
export abstract class JobStore {
  /** @param replay of a request with a key, stored in the same commit */
  abstract add(access: Access, job: Job, items: readonly unknown[], replay?: ReplayRecord): Promise<void>;
  abstract find(tenantId: string, id: string): Promise<JobReport | undefined>;
  /** Lends the next items of the queue that has waited the longest since it was served. */
  abstract lend(most: number, milliseconds: number): Promise<Chunk | undefined>;
  /** The items of a chunk, and those that follow it. */
  abstract itemsFrom(chunk: Chunk): Promise<readonly unknown[]>;
  /**
   * Keeps what became of the first items of a chunk, and gives the queue back, to be lent again after a while. Whoever no
   * longer has it keeps nothing, and is told so.
   */
  abstract giveBack(chunk: Chunk, results: readonly unknown[], milliseconds: number): Promise<boolean>;
}
