import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { StoredAnswer } from '../directory/access.ts';
import { type Claim, type ClaimOutcome, IdempotencyStore, type KeyedRequest } from '../http/idempotency.ts';
import { Database, type Statement } from './database.ts';
import { inBatches, Pruning } from './pruning.ts';

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

/** Items share the fate of their request, which alone is asked for again: they need no lease. */
const claimItems: Statement = {
  name: 'claim-items',
  text: 'INSERT INTO idempotency_keys AS k (tenant_id, key_hash, fingerprint, token, locked_until, created_at) SELECT $1, key_hash, $3, $4, now(), now() FROM unnest($2::bytea[]) key_hash ON CONFLICT (tenant_id, key_hash) DO UPDATE SET created_at = now(), token = CASE WHEN k.answer IS NULL THEN excluded.token ELSE k.token END',
};

const readItems: Statement = {
  name: 'read-items',
  text: "SELECT encode(key_hash, 'hex'), answer FROM idempotency_keys WHERE tenant_id = $1 AND key_hash = ANY ($2::bytea[]) AND answer IS NOT NULL",
};

const keepItems: Statement = {
  name: 'keep-items',
  text: "UPDATE idempotency_keys k SET answer = c.answer FROM jsonb_to_recordset($2) AS c (hash text, answer jsonb) WHERE k.tenant_id = $1 AND k.key_hash = decode(c.hash, 'hex') AND k.token = $3",
};

const forgetItems: Statement = {
  name: 'forget-items',
  text: 'DELETE FROM idempotency_keys WHERE tenant_id = $1 AND key_hash = ANY ($2::bytea[])',
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

/** Keys of requests and their answers, in PostgreSQL. */
@Injectable()
export class PostgresIdempotencyStore extends IdempotencyStore implements OnApplicationShutdown {
  private readonly pruning: Pruning;

  constructor(@Inject(Database) private readonly database: Database) {
    super();
    this.pruning = new Pruning(() => inBatches(database, pruneKeys, PRUNE_BATCH), PRUNE_INTERVAL);
  }

  onApplicationShutdown(): void {
    this.pruning.stop();
  }

  override async claim(request: KeyedRequest, lease: number): Promise<ClaimOutcome> {
    const token = randomUUID();
    const { rowCount } = await this.database.query(claimKey, [
      request.tenantId,
      request.keyHash,
      request.fingerprint,
      token,
      lease,
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

  override async claimItems(
    { tenantId, fingerprint, token }: Claim,
    keyHashes: readonly Buffer[],
  ): Promise<ReadonlyMap<string, StoredAnswer>> {
    await this.database.query(claimItems, [tenantId, keyHashes, fingerprint, token]);
    const { rows } = await this.database.query(readItems, [tenantId, keyHashes]);
    return new Map(rows as unknown as [string, StoredAnswer][]);
  }

  override async keepItems(
    { tenantId, token }: Claim,
    answers: readonly (readonly [keyHash: Buffer, answer: StoredAnswer])[],
  ): Promise<void> {
    const rows = answers.map(([keyHash, answer]) => ({ hash: keyHash.toString('hex'), answer }));
    await this.database.query(keepItems, [tenantId, JSON.stringify(rows), token]);
  }

  override async forgetItems({ tenantId }: Claim, keyHashes: readonly Buffer[]): Promise<void> {
    await this.database.query(forgetItems, [tenantId, keyHashes]);
  }

  override async release({ tenantId, keyHash, token }: Claim): Promise<void> {
    await this.database.query(releaseKey, [tenantId, keyHash, token]);
  }

  /** Forgets what is older than it is kept, and answers with how many answers that were. */
  prune(): Promise<number> {
    return this.pruning.run();
  }
}
