import type { Scope } from '@stele/schemas/canonical';
import { v1ApiKeyId } from '@stele/schemas/v1';
import { v7 as uuidv7 } from 'uuid';
import { type Ask, keys, storedHash, type TestApp } from './app.ts';
import { faces } from './users.ts';

export interface IssuedKey {
  /** As v1 spells it. */
  readonly id: string;
  readonly uuid: string;
  readonly key: string;
}

/** Makes an API key over HTTP: one that may do anything but run the directory, unless it is said. */
export async function issueKey(api: Pick<TestApp, 'request'>, draft: object = {}, ask?: Ask): Promise<IssuedKey> {
  const body = { name: 'test', scopes: ['admin'], ...draft };
  const answer = await api.request('POST', '/v1/api-keys', { body, ...ask });
  if (answer.status !== 201) throw new Error(`The key was not made: ${answer.text}`);
  const { id, key } = answer.body as { id: string; key: string };
  return { id, uuid: v1ApiKeyId.decode(id), key };
}

/** Puts a key straight into the database, with scopes that nobody may be able to grant. */
export async function insertKey(
  api: Pick<TestApp, 'query'>,
  key: string,
  scopes: readonly Scope[],
  sameTenantAs: string = keys.admin,
): Promise<void> {
  await api.query(
    'INSERT INTO api_keys (id, tenant_id, name, key_hash, scopes) SELECT $1, tenant_id, $2, $3, $4 FROM api_keys WHERE key_hash = $5',
    [uuidv7(), 'test', storedHash(key), scopes, storedHash(sameTenantAs)],
  );
}

/** The status of a reading of a user who is not there: 404 when the key opens, 401 when it does not. */
export async function statusOf(api: Pick<TestApp, 'request'>, key: string): Promise<number> {
  return (await api.request('GET', faces.nerm.user(uuidv7()), { key })).status;
}
