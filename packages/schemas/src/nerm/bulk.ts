import { z } from 'zod';
import type { Job } from '../canonical/job.ts';
import { foldKey } from '../canonical/key.ts';
import { NermItemResult } from './item.ts';
import { NermJobAccepted } from './job.ts';
import { NermUser, NermUserChange, NermUserWish } from './user.ts';

/** Users of one request: at most, and above which they become a job. */
const MOST = 1000;
export const MOST_AT_ONCE = 100;

const users = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(MOST);

export const NermUsersDraft = z
  .strictObject({ users: users(NermUserWish).meta({ description: `The users to create, at most ${MOST}.` }) })
  .meta({ id: 'NermUsersDraft', description: 'Users to create, each by itself.' });

export const NermUsersPatch = z
  .strictObject({ users: users(NermUserChange).meta({ description: `The users to change, at most ${MOST}.` }) })
  .meta({ id: 'NermUsersPatch', description: 'Users to change, each by itself.' });

export const NermUsersEnvelope = z.strictObject({ users: users(z.unknown()) });

export const NermBulkQuery = z.strictObject({
  async: z
    .boolean()
    .exactOptional()
    .meta({
      description: `Whether to make a job of it. More than ${MOST_AT_ONCE} users are one in any case.`,
      example: true,
    }),
});
export type NermBulkQuery = z.infer<typeof NermBulkQuery>;

const NermUsersResponse = z
  .strictObject({
    users: z
      .array(z.union([NermUser, NermItemResult]))
      .meta({ description: 'In the order of the request: each user, or why it could not be created or changed.' }),
  })
  .meta({ id: 'NermUsersResponse', description: 'The results of the users, in their order.' });

/** The answer to a bulk request: what became of it, or the job that it became. */
export const NermBulkResponse = z.union([NermUsersResponse, NermJobAccepted]);
export type NermBulkResponse = z.infer<typeof NermBulkResponse>;

/** Whether a request becomes a job. */
export function isJob(count: number, { async = false }: NermBulkQuery): boolean {
  return async || count > MOST_AT_ONCE;
}

/** What decides which users of a request may be written at once: those of different logins, or of different identifiers. */
export function placeOfWish({ login }: NermUserWish): { readonly kind: string; readonly key: string } {
  return { kind: 'create', key: foldKey(login) };
}

export function placeOfChange({ id, login }: NermUserChange): { readonly kind: string; readonly key?: string } {
  // A login that is given up may be what another user takes.
  return login === undefined ? { kind: 'update', key: id.toLowerCase() } : { kind: 'rename' };
}

/** What a bulk request came to. */
export type NermBulkOutcome = { readonly users: (NermUser | NermItemResult)[] } | { readonly job: Job };

export function encodeNermBulk(outcome: NermBulkOutcome): NermBulkResponse {
  if ('users' in outcome) return { users: outcome.users };
  return { info: 'job has started', job_status: { job_id: outcome.job.id, status: 'queued' }, status: 200 };
}
