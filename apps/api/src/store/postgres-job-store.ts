import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DEFAULT_DOMAIN, defined, type Job, type JobReport } from '@stele/schemas/canonical';
import type { Access } from '../directory/request-context.ts';
import type { ReplayRecord } from '../idempotency/idempotency-store.ts';
import { type Chunk, type JobAccess, JobStore } from '../jobs/job-store.ts';
import { Database, type Statement } from './database.ts';
import { inBatches, Pruning } from './pruning.ts';
import { holdClaim, keepReplayRecord } from './replay-record.ts';
import { Statistics } from './statistics.ts';

/** How long a job is kept that is complete. */
const KEPT = '30 days';

/** Milliseconds between two rounds of forgetting, and jobs of one statement. */
const PRUNE_INTERVAL = 3_600_000;
const PRUNE_BATCH = 100;

const insertJob: Statement = {
  name: 'insert-job',
  text: 'WITH queue AS (INSERT INTO job_queues (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING), items AS (INSERT INTO job_items (tenant_id, job_id, number, item) SELECT $1, $2, n - 1, value FROM jsonb_array_elements($5::jsonb) WITH ORDINALITY e (value, n)) INSERT INTO jobs (tenant_id, id, kind, access, total) VALUES ($1, $2, $3, $4, jsonb_array_length($5::jsonb))',
};

const findJob: Statement = {
  name: 'find-job',
  text: "SELECT kind, total, done, (SELECT COALESCE(json_agg(i.result ORDER BY i.number), '[]') FROM job_items i WHERE i.tenant_id = j.tenant_id AND i.job_id = j.id AND i.number < j.done) FROM jobs j WHERE tenant_id = $1 AND id = $2",
};

/** Whose turn it is: the queue that has waited the longest since it was served, and that nobody has. A clock that was set back lends nothing for hours. */
const lendQueue: Statement = {
  name: 'lend-queue',
  text: "WITH turn AS (SELECT tenant_id FROM job_queues q WHERE NOT (lent_until > now() AND lent_until < now() + interval '10 minutes') AND EXISTS (SELECT FROM jobs j WHERE j.tenant_id = q.tenant_id AND j.finished_at IS NULL) ORDER BY served_at LIMIT 1 FOR UPDATE SKIP LOCKED) UPDATE job_queues q SET served_at = now(), lent_until = now() + $1 * interval '1 ms', token = $2 FROM turn WHERE q.tenant_id = turn.tenant_id RETURNING q.tenant_id",
};

const returnQueue: Statement = {
  name: 'return-queue',
  text: 'UPDATE job_queues SET lent_until = now(), token = NULL WHERE tenant_id = $1 AND token = $2',
};

const nextItems: Statement = {
  name: 'next-items',
  text: 'SELECT j.id, j.kind, j.access, j.done, (SELECT json_agg(i.item ORDER BY i.number) FROM job_items i WHERE i.tenant_id = j.tenant_id AND i.job_id = j.id AND i.number >= j.done AND i.number < j.done + $2) FROM jobs j WHERE j.tenant_id = $1 AND j.finished_at IS NULL ORDER BY j.created_at, j.id LIMIT 1',
};

const itemsFrom: Statement = {
  name: 'items-from',
  text: `
    SELECT COALESCE(json_agg(item ORDER BY number), '[]')
    FROM job_items
    WHERE tenant_id = $1 AND job_id = $2 AND number >= $3`,
};

/** What an item said is of no use any more once it is dealt with. */
const keepResults: Statement = {
  name: 'keep-results',
  text: "WITH returned AS (UPDATE job_queues SET lent_until = now() + $4 * interval '1 ms', token = NULL WHERE tenant_id = $1 AND token = $3 RETURNING tenant_id), noted AS (UPDATE job_items i SET result = e.value, item = NULL FROM returned r, jsonb_array_elements($6::jsonb) WITH ORDINALITY e (value, n) WHERE i.tenant_id = r.tenant_id AND i.job_id = $2 AND i.number = $5::integer + e.n - 1) UPDATE jobs j SET done = j.done + jsonb_array_length($6::jsonb), finished_at = CASE WHEN j.done + jsonb_array_length($6::jsonb) = j.total THEN now() END FROM returned r WHERE j.tenant_id = r.tenant_id AND j.id = $2",
};

const pruneJobs: Statement = {
  name: 'prune-jobs',
  text: `
    WITH old AS (
      DELETE FROM jobs
      WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM jobs WHERE finished_at < now() - interval '${KEPT}' LIMIT ${PRUNE_BATCH} FOR UPDATE SKIP LOCKED
      ))
      RETURNING tenant_id, id
    ),
    items AS (
      DELETE FROM job_items i USING old WHERE i.tenant_id = old.tenant_id AND i.job_id = old.id
    )
    SELECT FROM old`,
};

/** Of a job that is older than provisioning domains it has none. */
type StoredAccess = Omit<JobAccess, 'domain'> & Partial<Pick<JobAccess, 'domain'>>;

/** Jobs in PostgreSQL. */
@Injectable()
export class PostgresJobStore extends JobStore implements OnApplicationShutdown {
  private readonly pruning: Pruning;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Statistics) private readonly statistics: Statistics,
  ) {
    super();
    this.pruning = new Pruning(() => inBatches(database, pruneJobs, PRUNE_BATCH), PRUNE_INTERVAL);
  }

  onApplicationShutdown(): void {
    this.pruning.stop();
  }

  override async add(
    { tenantId, credentialId, actor, scopes, profile, domain, dialect, operation, requestId }: Access,
    { id, kind }: Job,
    items: readonly unknown[],
    replay?: ReplayRecord,
  ): Promise<void> {
    const access: JobAccess = {
      credentialId,
      ...defined({ actor }),
      scopes,
      profile,
      domain,
      dialect,
      operation,
      requestId,
    };
    await this.database.transaction(async (query) => {
      await holdClaim(query, tenantId, replay);
      await query(insertJob, [tenantId, id, kind, JSON.stringify(access), JSON.stringify(items)]);
      await keepReplayRecord(query, tenantId, replay);
    });
    this.statistics.grew(items.length);
  }

  override async find(tenantId: string, id: string): Promise<JobReport | undefined> {
    const { rows } = await this.database.query(findJob, [tenantId, id]);
    if (!rows[0]) return undefined;
    const [kind, total, done, results] = rows[0] as [string, number, number, unknown[]];
    return { id, kind, total, done, results };
  }

  override async lend(most: number, milliseconds: number): Promise<Chunk | undefined> {
    const token = randomUUID();
    const lent = await this.database.query(lendQueue, [milliseconds, token]);
    if (!lent.rows[0]) return undefined;
    const [tenantId] = lent.rows[0] as [string];
    const { rows } = await this.database.query(nextItems, [tenantId, most]);
    if (!rows[0]) {
      // Its last job came to its end just now.
      await this.database.query(returnQueue, [tenantId, token]);
      return this.lend(most, milliseconds);
    }
    const [jobId, kind, access, first, items] = rows[0] as [string, string, StoredAccess, number, unknown[]];
    return { tenantId, jobId, kind, access: { domain: DEFAULT_DOMAIN, ...access }, first, items, token };
  }

  override async itemsFrom({ tenantId, jobId, first }: Chunk): Promise<readonly unknown[]> {
    const { rows } = await this.database.query(itemsFrom, [tenantId, jobId, first]);
    return rows[0]![0] as unknown[];
  }

  override async giveBack(
    { tenantId, jobId, token, first }: Chunk,
    results: readonly unknown[],
    milliseconds: number,
  ): Promise<boolean> {
    const values = [tenantId, jobId, token, milliseconds, first, JSON.stringify(results)];
    const { rowCount } = await this.database.query(keepResults, values);
    return rowCount === 1;
  }

  /** Forgets jobs that have been complete for as long as they are kept, and answers with how many that were. */
  prune(): Promise<number> {
    return this.pruning.run();
  }
}
