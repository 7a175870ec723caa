import { Inject, Injectable } from '@nestjs/common';
import { DirectoryError, type Job, type JobReport } from '@stele/schemas/canonical';
import { v7 as uuidv7 } from 'uuid';
import type { Access } from '../directory/request-context.ts';
import { isUuid } from '../directory/uuid.ts';
import { itemRecord } from '../idempotency/batch-replay.ts';
import { JobStore } from './job-store.ts';
import { JobWorker } from './job-worker.ts';

/** What is accepted now and done later. */
@Injectable()
export class Jobs {
  constructor(
    @Inject(JobStore) private readonly store: JobStore,
    @Inject(JobWorker) private readonly worker: JobWorker,
  ) {}

  /** Accepts a job, once where its request has a key. What is handed over must hold no secret. */
  async add(access: Access, kind: string, items: () => Promise<readonly unknown[]>): Promise<Job> {
    // The request's own replay record comes with its response. Until then that of its first item names the job.
    const known = access.items?.get(0);
    if (known) return known.outcome as Job;
    const given = await items();
    const job: Job = { id: uuidv7(), kind, total: given.length, done: 0 };
    const replay = access.items && { ...access.items.claimOf(0), value: itemRecord(job) };
    await this.store.add(access, job, given, replay);
    this.worker.wake();
    return job;
  }

  async get({ tenantId }: Access, id: string): Promise<JobReport> {
    const report = isUuid(id) ? await this.store.find(tenantId, id) : undefined;
    if (!report) throw new DirectoryError('not_found', 'There is no such job', { resource: 'job' });
    return report;
  }
}
