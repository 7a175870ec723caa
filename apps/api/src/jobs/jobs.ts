import { Inject, Injectable } from '@nestjs/common';
import { DirectoryError, type Job, type JobReport } from '@stele/schemas/canonical';
import { isUuid } from '../directory/uuid.ts';
import type { Access } from '../directory/access.ts';
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
    const known = access.items?.answerTo(0)?.body;
    if (known != null) return JSON.parse(known) as Job;
    // The job is remembered in the place of its first item.
    const replayRecord = access.items?.replayRecord(0, (job) => ({
      status: 200,
      headers: {},
      body: JSON.stringify(job),
    }));
    const job = await this.store.add(access, kind, await items(), replayRecord);
    this.worker.wake();
    return job;
  }

  async get({ tenantId }: Access, id: string): Promise<JobReport> {
    const report = isUuid(id) ? await this.store.find(tenantId, id) : undefined;
    if (!report) throw new DirectoryError('not_found', 'There is no such job', { resource: 'job' });
    return report;
  }
}
