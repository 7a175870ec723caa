import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool, QueryResult } from 'pg';
import { DataSource } from 'typeorm';
import type { StoredAnswer } from '../directory/access.ts';
import { type Claim, type ClaimOutcome, IdempotencyStore, type KeyedRequest } from '../http/idempotency.ts';
import { poolOf } from './data-source.ts';
import { storeFailure } from './failure.ts';

/** How long an answer is kept, and its key means its request. */
const KEPT = '24 hours';

/** Milliseconds between two rounds of forgetting, and rows of one statement. */
const PRUNE_INTERVAL = 60_000;
const PRUNE_BATCH = 1000;

export abstract class IdempotencyOptions {
  /** Milliseconds after which a claim without an answer may be taken over: its request cannot be under way any more. */
  abstract readonly lease: number;
}

/** Keys of requests and their answers, in PostgreSQL. */
@Injectable()
export class PostgresIdempotencyStore extends IdempotencyStore implements OnApplicationShutdown {
  private readonly pool: Pool;
  private readonly timer: NodeJS.Timeout;

  constructor(
    @Inject(DataSource) dataSource: DataSource,
    @Inject(IdempotencyOptions) private readonly options: IdempotencyOptions,
  ) {
    super();
    this.pool = poolOf(dataSource);
    // What cannot be forgotten now is forgotten in the next round.
    this.timer = setInterval(() => void this.prune().catch(() => {}), PRUNE_INTERVAL);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  override async claim(request: KeyedRequest): Promise<ClaimOutcome> {
    const token = randomUUID();
    const { rowCount } = await this.query(
      'claim-key',
      `INSERT INTO idempotency_keys AS k (tenant_id, key_hash, fingerprint, token, locked_until, created_at) VALUES ($1, $2, $3, $4, now() + $5 * interval '1 ms', now()) ON CONFLICT (tenant_id, key_hash) DO UPDATE SET fingerprint = excluded.fingerprint, token = excluded.token, locked_until = excluded.locked_until, created_at = excluded.created_at, answer = NULL WHERE k.created_at < now() - interval '${KEPT}' OR (k.answer IS NULL AND k.locked_until < now() AND k.fingerprint = excluded.fingerprint)`,
      [request.tenantId, request.keyHash, request.fingerprint, token, this.options.lease],
    );
    if (rowCount === 1) return { claim: { ...request, token } };
    const { rows } = await this.query<{ same: boolean; answer: StoredAnswer | null }>(
      'read-key',
      'SELECT fingerprint = $3 AS same, answer FROM idempotency_keys WHERE tenant_id = $1 AND key_hash = $2',
      [request.tenantId, request.keyHash, request.fingerprint],
    );
    const [known] = rows;
    if (known && !known.same) return { refused: 'idempotency_key_reused' };
    // Without a row the first request was refused just now, and this one may try again.
    return known?.answer ? { answer: known.answer } : { refused: 'request_in_progress' };
  }

  override async keep({ tenantId, keyHash, token }: Claim, answer: StoredAnswer): Promise<void> {
    await this.query(
      'keep-answer',
      'UPDATE idempotency_keys SET answer = $4 WHERE tenant_id = $1 AND key_hash = $2 AND token = $3',
      [tenantId, keyHash, token, JSON.stringify(answer)],
    );
  }

  override async release({ tenantId, keyHash, token }: Claim): Promise<void> {
    await this.query(
      'release-key',
      'DELETE FROM idempotency_keys WHERE tenant_id = $1 AND key_hash = $2 AND token = $3 AND answer IS NULL',
      [tenantId, keyHash, token],
    );
  }

  /** Forgets what is older than it is kept, a batch at a time, and answers with how many that were. */
  async prune(): Promise<number> {
    let pruned = 0;
    for (;;) {
      const { rowCount } = await this.query(
        'prune-keys',
        `DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY (SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '${KEPT}' LIMIT ${PRUNE_BATCH}))`,
        [],
      );
      pruned += rowCount ?? 0;
      if ((rowCount ?? 0) < PRUNE_BATCH) return pruned;
    }
  }

  private async query<Row extends object>(name: string, text: string, values: unknown[]): Promise<QueryResult<Row>> {
    try {
      return await this.pool.query<Row>({ name, text, values });
    } catch (error) {
      throw storeFailure(error);
    }
  }
}
