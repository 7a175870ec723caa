import { createHash } from 'node:crypto';
import { V1EmailToken } from '@stele/schemas/v1';
import { v7 as uuidv7 } from 'uuid';
import { exampleOf } from '../../../../packages/schemas/src/contract/example.ts';
import { keys, storedHash, type TestApp } from './app.ts';
import { issueKey } from './api-keys.ts';
import type { Things } from './calls.ts';
import { scimAt } from './scim.ts';
import { faces } from './users.ts';

/** The token of the documentation, so that its example is the right one. */
const { token } = exampleOf(V1EmailToken) as V1EmailToken;

/** A job of a tenant that is complete: one user was changed. */
async function makeJob(api: TestApp, tenant: string, user: string, login: string): Promise<string> {
  const id = uuidv7();
  await api.query(
    "INSERT INTO jobs (tenant_id, id, kind, access, total, done, finished_at) VALUES ($1, $2, 'update_users', '{}', 1, 1, now())",
    [tenant, id],
  );
  await api.query('INSERT INTO job_items (tenant_id, job_id, number, result) VALUES ($1, $2, 0, $3)', [
    tenant,
    id,
    JSON.stringify({ user_id: user, login, errors: [] }),
  ]);
  return id;
}

/**
 * Makes one of each thing that a request may name, in the tenant of a credential. The user has an address that waits to
 * be confirmed, and a picture, which a path names as it names the user.
 * @param name of what is made
 */
export async function makeThings(api: TestApp, name: string, key: string = keys.admin): Promise<Things> {
  const { users, draft } = faces.scim;
  const { body } = await api.request('POST', users, {
    key,
    body: draft(name, { photos: [{ value: 'https://example.com/user.jpg' }] }),
  });
  const user = String(body.id);
  await api.query(
    "UPDATE users SET pending_email = $2, pending_email_token = $3, pending_email_expires_at = now() + interval '23 hours' WHERE id = $1",
    [user, `${name}@new.example`, createHash('sha256').update(token).digest()],
  );
  const group = await scimAt(api, { key }).group(name);
  const { uuid } = await issueKey(api, { name }, { key });
  const [row] = await api.query('SELECT tenant_id FROM api_keys WHERE key_hash = $1', [storedHash(key)]);
  const tenant = String(row!['tenant_id']);
  return { user, group, 'API key': uuid, tenant, job: await makeJob(api, tenant, user, name), avatar: user };
}
