import { DirectoryError } from '@stele/schemas/canonical';
import type { IdempotencyClaim, ReplayRecord } from '../idempotency/idempotency-store.ts';
import type { Query, Statement } from './database.ts';

/** The same request was sent again, and is done by another process meanwhile. */
export const takenOver = () => new DirectoryError('unavailable', 'The request took too long', { retryAfter: 1 });

const storeReplayRecord: Statement = {
  name: 'keep-replay-record',
  text: 'UPDATE idempotency_keys SET answer = $4 WHERE tenant_id = $1 AND key_hash = $2 AND token = $3 AND answer IS NULL',
};

const lockClaim: Statement = {
  name: 'lock-claim',
  text: `
    SELECT FROM idempotency_keys
    WHERE tenant_id = $1 AND key_hash = $2 AND token = $3 AND answer IS NULL
    FOR NO KEY UPDATE`,
};

/** Begins the transaction of a request with a key: its claim is locked before everything else, and cannot be taken over. */
export async function holdClaim(query: Query, tenantId: string, claim: IdempotencyClaim | undefined): Promise<void> {
  if (!claim) return;
  const { rowCount } = await query(lockClaim, [tenantId, claim.keyHash, claim.token]);
  if (rowCount === 0) throw takenOver();
}

/** Stores a replay record in the transaction of its write. A request whose claim was taken over writes nothing. */
export async function keepReplayRecord(
  query: Query,
  tenantId: string,
  replay: ReplayRecord | undefined,
): Promise<void> {
  if (!replay) return;
  const { keyHash, token, value } = replay;
  const { rowCount } = await query(storeReplayRecord, [tenantId, keyHash, token, JSON.stringify(value)]);
  if (rowCount === 0) throw takenOver();
}
