import { createHash } from 'node:crypto';
import { V1EmailToken } from '@stele/schemas/v1';
import { exampleOf } from '../../../../packages/schemas/src/contract/example.ts';
import { keys, storedHash, type TestApp } from './app.ts';
import { issueKey } from './api-keys.ts';
import type { Things } from './calls.ts';
import { scimAt } from './scim.ts';
import { faces } from './users.ts';

/** The token of the documentation, so that its example is the right one. */
const { token } = exampleOf(V1EmailToken) as V1EmailToken;

/**
 * Makes one of each thing that a request may name, in the tenant of a credential. The user has an address that waits to
 * be confirmed.
 * @param name of what is made
 */
export async function makeThings(api: TestApp, name: string, key: string = keys.admin): Promise<Things> {
  const { users, draft } = faces.scim;
  const { body } = await api.request('POST', users, { key, body: draft(name) });
  const user = String(body.id);
  await api.query(
    "UPDATE users SET pending_email = $2, pending_email_token = $3, pending_email_expires_at = now() + interval '1 day' WHERE id = $1",
    [user, `${name}@new.example`, createHash('sha256').update(token).digest()],
  );
  const group = await scimAt(api, { key }).group(name);
  const { uuid } = await issueKey(api, { name }, { key });
  const [row] = await api.query('SELECT tenant_id FROM api_keys WHERE key_hash = $1', [storedHash(key)]);
  return { user, group, 'API key': uuid, tenant: String(row!['tenant_id']) };
}
