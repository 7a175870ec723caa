// Compiled, not run: what can be asked of NERM, and what is known of the answers.
import type {
  ApiPromise,
  NermAuditEvent,
  NermBulkOutcome,
  NermItemResult,
  NermJob,
  NermUser,
  NermUserOutcome,
  NermUsersResponse,
  Stele,
} from '../src/index.ts';

declare const stele: Stele;
declare const later: boolean;
const { users, jobs, auditEvents } = stele.nerm;
const draft = { login: 'jane', name: 'Jane', email: 'jane@example.com', type: 'NeprofileUser' } as const;

// A bulk request is a job where it is to be one, and may be one where it is not.
export const accepted: string = (await users.createMany([draft], { async: true })).job.job_id;
// @ts-expect-error it may have been done at once
export const perhaps: string = (await users.createMany([draft])).job.job_id;
// @ts-expect-error so it may where nobody knows what is asked for
export const either: string = (await users.updateMany([{ id: '1' }], { async: later })).job.job_id;

const outcome = await users.updateMany([{ id: '1', title: null }], { idempotencyKey: 'k' });
export const whole: NermBulkOutcome = outcome;
if (outcome.job) void outcome.job.status;
else {
  for (const user of outcome.users) {
    const known: NermItemResult | NermUser = user.errors ? user : user;
    void known;
    if (user.errors) void user.errors.join(user.user_id ?? '');
    else void user.id.concat(user.login);
    // @ts-expect-error whether it was done has to be asked first
    void user.id;
  }
}
// Every outcome is what the wire has.
export const wire = (each: NermUserOutcome): NermUsersResponse['users'][number] => each;

// @ts-expect-error who is changed is named
void users.updateMany([{ title: 'a' }]);
// @ts-expect-error a user has a login
void users.createMany([{ name: 'Jane', email: 'jane@example.com', type: 'NeprofileUser' }]);
// @ts-expect-error many users have no one version
void users.createMany([draft], { ifMatch: '"1"' });

// A list is of users, a trail of events.
for await (const user of users.list({ order: 'name desc', metadata: true })) void user.login.length;
for await (const { _metadata } of users.list().pages()) void _metadata?.total;
export const events: AsyncIterable<NermAuditEvent> = auditEvents.query({
  filters: { created_at: { gt: '2026-01-01' } },
});
for await (const { _metadata } of auditEvents.query({ metadata: true }).pages()) void _metadata?.total;
// @ts-expect-error an order that there is not
void users.list({ order: 'password' });
// @ts-expect-error a filter that there is not
void auditEvents.query({ filters: { actor: 'a' } });
// @ts-expect-error a query has no name to be repeated by
void auditEvents.query({}, { idempotencyKey: 'k' });

// A picture is bytes or a blob.
void users.setAvatar('1', new Uint8Array());
void users.setAvatar('1', new Blob());
// @ts-expect-error the name of a file is not what is in it
void users.setAvatar('1', 'jane.png');
export const address: ApiPromise<{ url: string }> = users.avatar('1');

// To wait is to look more than once: there is no one answer.
export const waited: Promise<NermJob> = jobs.wait('7', {
  signal: AbortSignal.timeout(1),
  onProgress: ({ done }) => done,
});
// @ts-expect-error nor its response
void jobs.wait('7').withResponse();
