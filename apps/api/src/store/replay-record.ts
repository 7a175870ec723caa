import { DirectoryError } from '@stele/schemas/canonical';
import type { ReplayRecord } from '../directory/access.ts';
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
export async function holdClaim(query: Query, tenantId: string, replayRecord: ReplayRecord | undefined): Promise<void> {
  if (!replayRecord) return;
  const { rowCount } = await query(lockClaim, [tenantId, replayRecord.keyHash, replayRecord.token]);
  if (rowCount === 0) throw takenOver();
}

/** Keeps the answer of a request with a key in the transaction of its write. Whose claim was taken over writes nothing. */
export async function keepReplayRecord(
  query: Query,
  tenantId: string,
  replayRecord: ReplayRecord | undefined,
  resource: unknown,
): Promise<void> {
  if (!replayRecord) return;
  const { keyHash, token } = replayRecord;
  const answer = JSON.stringify(replayRecord.answerTo(resource));
  const { rowCount } = await query(storeReplayRecord, [tenantId, keyHash, token, answer]);
  if (rowCount === 0) throw takenOver();
  replayRecord.kept = true;
}
