import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { StoredAnswer } from '../directory/access.ts';
import { type Claim, type ClaimOutcome, IdempotencyStore, type KeyedRequest } from '../http/idempotency.ts';
import { Database, type Statement } from './database.ts';

/** How long an answer is kept, and its key means its request. */
const KEPT = '24 hours';

/** Milliseconds between two rounds of forgetting, and rows of one statement. */
const PRUNE_INTERVAL = 60_000;
const PRUNE_BATCH = 1000;

const claimKey: Statement = {
  name: 'claim-key',
  text: `INSERT INTO idempotency_keys AS k (tenant_id, key_hash, fingerprint, token, locked_until, created_at) VALUES ($1, $2, $3, $4, now() + $5 * interval '1 ms', now()) ON CONFLICT (tenant_id, key_hash) DO UPDATE SET fingerprint = excluded.fingerprint, token = excluded.token, locked_until = excluded.locked_until, created_at = excluded.created_at, answer = NULL WHERE k.created_at < now() - interval '${KEPT}' OR (k.answer IS NULL AND k.locked_until < now() AND k.fingerprint = excluded.fingerprint)`,
};

const readKey: Statement = {
  name: 'read-key',
  text: 'SELECT fingerprint = $3 AS same, answer FROM idempotency_keys WHERE tenant_id = $1 AND key_hash = $2',
};

const keepAnswer: Statement = {
  name: 'keep-answer',
  text: 'UPDATE idempotency_keys SET answer = $4 WHERE tenant_id = $1 AND key_hash = $2 AND token = $3',
};

const releaseKey: Statement = {
  name: 'release-key',
  text: 'DELETE FROM idempotency_keys WHERE tenant_id = $1 AND key_hash = $2 AND token = $3 AND answer IS NULL',
};

const pruneKeys: Statement = {
  name: 'prune-keys',
  text: `DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY (SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '${KEPT}' LIMIT ${PRUNE_BATCH}))`,
};

export abstract class IdempotencyOptions {
  /** Milliseconds after which a claim without an answer may be taken over: its request cannot be under way any more. */
  abstract readonly lease: number;
}

/** Keys of requests and their answers, in PostgreSQL. */
@Injectable()
export class PostgresIdempotencyStore extends IdempotencyStore implements OnApplicationShutdown {
  private readonly timer: NodeJS.Timeout;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(IdempotencyOptions) private readonly options: IdempotencyOptions,
  ) {
    super();
    // What cannot be forgotten now is forgotten in the next round.
    this.timer = setInterval(() => void this.prune().catch(() => {}), PRUNE_INTERVAL);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  override async claim(request: KeyedRequest): Promise<ClaimOutcome> {
    const token = randomUUID();
    const { rowCount } = await this.database.query(claimKey, [
      request.tenantId,
      request.keyHash,
      request.fingerprint,
      token,
      this.options.lease,
    ]);
    if (rowCount === 1) return { claim: { ...request, token } };
    const { rows } = await this.database.query(readKey, [request.tenantId, request.keyHash, request.fingerprint]);
    // Without a row the first request was refused just now, and this one may try again.
    const [same = true, answer = null] = (rows[0] ?? []) as [boolean?, (StoredAnswer | null)?];
    if (!same) return { refused: 'idempotency_key_reused' };
    return answer ? { answer } : { refused: 'request_in_progress' };
  }

  override async keep({ tenantId, keyHash, token }: Claim, answer: StoredAnswer): Promise<void> {
    await this.database.query(keepAnswer, [tenantId, keyHash, token, JSON.stringify(answer)]);
  }

  override async release({ tenantId, keyHash, token }: Claim): Promise<void> {
    await this.database.query(releaseKey, [tenantId, keyHash, token]);
  }

  /** Forgets what is older than it is kept, a batch at a time, and answers with how many that were. */
  async prune(): Promise<number> {
    let pruned = 0;
    for (;;) {
      const { rowCount } = await this.database.query(pruneKeys, []);
      pruned += rowCount ?? 0;
      if ((rowCount ?? 0) < PRUNE_BATCH) return pruned;
    }
  }
}
