import { DirectoryError } from '@stele/schemas/canonical';
import type { Remembrance } from '../directory/access.ts';
import type { Query, Statement } from './database.ts';

/** The same request was sent again, and is done by another process meanwhile. */
export const takenOver = () => new DirectoryError('unavailable', 'The request took too long', { retryAfter: 1 });

const rememberAnswer: Statement = {
  name: 'remember-answer',
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
export async function holdClaim(query: Query, tenantId: string, remembrance: Remembrance | undefined): Promise<void> {
  if (!remembrance) return;
  const { rowCount } = await query(lockClaim, [tenantId, remembrance.keyHash, remembrance.token]);
  if (rowCount === 0) throw takenOver();
}

/** Keeps the answer of a request with a key in the transaction of its write. Whose claim was taken over writes nothing. */
export async function remember(
  query: Query,
  tenantId: string,
  remembrance: Remembrance | undefined,
  resource: unknown,
): Promise<void> {
  if (!remembrance) return;
  const { keyHash, token } = remembrance;
  const answer = JSON.stringify(remembrance.answerTo(resource));
  const { rowCount } = await query(rememberAnswer, [tenantId, keyHash, token, answer]);
  if (rowCount === 0) throw takenOver();
  remembrance.kept = true;
}
