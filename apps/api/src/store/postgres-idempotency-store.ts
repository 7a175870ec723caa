import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  type ClaimOutcome,
  IdempotencyStore,
  type KeyedRequest,
  type RequestClaim,
} from '../idempotency/idempotency-store.ts';
import { Database, type Statement } from './database.ts';
import { inBatches, Pruning } from './pruning.ts';

/** How long an answer is kept, and its key means its request. */
const KEPT = '24 hours';

/** Milliseconds between two rounds of forgetting, and rows of one statement. */
const PRUNE_INTERVAL = 60_000;
const PRUNE_BATCH = 1000;

const claimKey: Statement = {
  name: 'claim-key',
  text: `
    INSERT INTO idempotency_keys (tenant_id, key_hash, fingerprint, token, locked_until, created_at)
    VALUES ($1, $2, $3, $4, now() + $5 * interval '1 ms', now())
    ON CONFLICT (tenant_id, key_hash) DO NOTHING`,
};

/** A key that means nothing any more, or a claim of this request whose lease is over. Parameters: tenant, hash of the key, fingerprint. */
const IS_FREE = `(created_at < now() - interval '${KEPT}' OR (answer IS NULL AND locked_until < now() AND fingerprint = $3))`;

const readKey: Statement = {
  name: 'read-key',
  text: `
    SELECT fingerprint = $3 AS same, answer, ${IS_FREE} AS free
    FROM idempotency_keys
    WHERE tenant_id = $1 AND key_hash = $2`,
};

/** A claim that a transaction has locked is in use, however old it is. Who asks for it does not wait for that transaction. */
const takeOverKey: Statement = {
  name: 'take-over-key',
  text: `
    WITH free AS (
      SELECT tenant_id, key_hash
      FROM idempotency_keys
      WHERE tenant_id = $1 AND key_hash = $2 AND ${IS_FREE}
      FOR UPDATE SKIP LOCKED
    )
    UPDATE idempotency_keys k
    SET fingerprint = $3, token = $4, locked_until = now() + $5 * interval '1 ms', created_at = now(), answer = NULL
    FROM free
    WHERE k.tenant_id = free.tenant_id AND k.key_hash = free.key_hash`,
};

/** Items share the fate of their request, which alone is asked for again: they need no lease. */
const claimItems: Statement = {
  name: 'claim-items',
  text: `
    INSERT INTO idempotency_keys AS k (tenant_id, key_hash, fingerprint, token, locked_until, created_at)
    SELECT $1, key_hash, $3, $4, now(), now()
    FROM unnest($2::bytea[]) AS item (key_hash)
    ORDER BY key_hash
    ON CONFLICT (tenant_id, key_hash) DO UPDATE
    SET created_at = now(), token = CASE WHEN k.answer IS NULL THEN excluded.token ELSE k.token END`,
};

const readItems: Statement = {
  name: 'read-items',
  text: "SELECT encode(key_hash, 'hex'), answer FROM idempotency_keys WHERE tenant_id = $1 AND key_hash = ANY ($2::bytea[]) AND answer IS NOT NULL",
};

const storeItems: Statement = {
  name: 'store-items',
  text: `
    WITH locked AS (
      SELECT key_hash
      FROM idempotency_keys
      WHERE tenant_id = $1 AND token = $3 AND key_hash = ANY (ARRAY (
        SELECT decode(item.hash, 'hex') FROM jsonb_to_recordset($2) AS item (hash text)
      ))
      ORDER BY key_hash
      FOR NO KEY UPDATE
    )
    UPDATE idempotency_keys k
    SET answer = item.answer
    FROM jsonb_to_recordset($2) AS item (hash text, answer jsonb)
    WHERE k.tenant_id = $1 AND k.token = $3 AND k.key_hash = decode(item.hash, 'hex')
      AND k.key_hash = ANY (ARRAY (SELECT key_hash FROM locked))`,
};

const deleteItems: Statement = {
  name: 'delete-items',
  text: `
    DELETE FROM idempotency_keys
    WHERE tenant_id = $1 AND key_hash = ANY (ARRAY (
      SELECT key_hash
      FROM idempotency_keys
      WHERE tenant_id = $1 AND key_hash = ANY ($2::bytea[])
      ORDER BY key_hash
      FOR UPDATE
    ))`,
};

const storeReplay: Statement = {
  name: 'store-replay',
  text: 'UPDATE idempotency_keys SET answer = $4 WHERE tenant_id = $1 AND key_hash = $2 AND token = $3',
};

const releaseKey: Statement = {
  name: 'release-key',
  text: 'DELETE FROM idempotency_keys WHERE tenant_id = $1 AND key_hash = $2 AND token = $3 AND answer IS NULL',
};

const pruneKeys: Statement = {
  name: 'prune-keys',
  text: `
    DELETE FROM idempotency_keys
    WHERE ctid = ANY (ARRAY (
      SELECT ctid
      FROM idempotency_keys
      WHERE created_at < now() - interval '${KEPT}'
      LIMIT ${PRUNE_BATCH}
      FOR UPDATE SKIP LOCKED
    ))`,
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
    const key = [request.tenantId, request.keyHash, request.fingerprint];
    const claim: RequestClaim = { ...request, token: randomUUID() };
    const claiming = async (statement: Statement) =>
      (await this.database.query(statement, [...key, claim.token, lease])).rowCount === 1;
    if (await claiming(claimKey)) return { claim };
    const { rows } = await this.database.query(readKey, key);
    // Without a row the key was released just now, and this request may try again.
    const [same = true, replay = null, free = false] = (rows[0] ?? []) as [boolean?, unknown?, boolean?];
    if (free) return (await claiming(takeOverKey)) ? { claim } : { error: 'request_in_progress' };
    if (!same) return { error: 'idempotency_key_reused' };
    return replay === null ? { error: 'request_in_progress' } : { replay };
  }

  override async keep({ tenantId, keyHash, token }: RequestClaim, value: unknown): Promise<void> {
    await this.database.query(storeReplay, [tenantId, keyHash, token, JSON.stringify(value)]);
  }

  override async claimItems(
    { tenantId, fingerprint, token }: RequestClaim,
    keyHashes: readonly Buffer[],
  ): Promise<ReadonlyMap<string, unknown>> {
    await this.database.query(claimItems, [tenantId, keyHashes, fingerprint, token]);
    const { rows } = await this.database.query(readItems, [tenantId, keyHashes]);
    return new Map(rows as unknown as [string, unknown][]);
  }

  override async storeItems(
    { tenantId, token }: RequestClaim,
    records: readonly (readonly [keyHash: Buffer, value: unknown])[],
  ): Promise<void> {
    const rows = records.map(([keyHash, value]) => ({ hash: keyHash.toString('hex'), answer: value }));
    await this.database.query(storeItems, [tenantId, JSON.stringify(rows), token]);
  }

  override async deleteItems({ tenantId }: RequestClaim, keyHashes: readonly Buffer[]): Promise<void> {
    await this.database.query(deleteItems, [tenantId, keyHashes]);
  }

  override async release({ tenantId, keyHash, token }: RequestClaim): Promise<void> {
    await this.database.query(releaseKey, [tenantId, keyHash, token]);
  }

  /** Forgets what is older than it is kept, and answers with how many answers that were. */
  prune(): Promise<number> {
    return this.pruning.run();
  }
}
