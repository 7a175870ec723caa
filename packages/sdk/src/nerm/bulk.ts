import type { ChangeOptions } from '../core/options.ts';
import type { NermItemResult, NermJobAccepted, NermUser } from '../generated/nerm.ts';

export interface NermBulkOptions<Async extends boolean | undefined = boolean | undefined> extends ChangeOptions {
  /** Whether to make a job of it. More than 100 users are one in any case. */
  async?: Async;
}

/** What became of one user of a bulk request: `errors` if it was refused, otherwise the user. */
export type NermUserOutcome = (NermUser & { errors?: never }) | NermItemResult;

export interface NermBulkDone {
  /** In the order of the request. */
  readonly users: NermUserOutcome[];
  readonly job?: never;
}

export interface NermBulkAccepted {
  readonly users?: never;
  /** What `stele.nerm.jobs` is asked for. */
  readonly job: NermJobAccepted['job_status'];
}

/** What a bulk request came to: what became of each user, or the job that will deal with them. */
export type NermBulkOutcome<Async extends boolean | undefined = boolean | undefined> = Async extends true
  ? NermBulkAccepted
  : NermBulkDone | NermBulkAccepted;

/** The wire tells them apart by what is there, too. */
export const outcomeOf = (
  answer: { readonly users: (NermUser | NermItemResult)[] } | NermJobAccepted,
): NermBulkOutcome => ('users' in answer ? { users: answer.users } : { job: answer.job_status });
