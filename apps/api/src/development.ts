import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { emptyDraft, type User } from '@stele/schemas/canonical';
import { encodeUserId } from '@stele/schemas/v1';
import { v7 as uuidv7 } from 'uuid';
import { issueApiKey } from './auth/api-key.ts';
import type { Credential } from './auth/credential.ts';
import { Directory } from './directory/directory.ts';
import type { Settings } from './settings.ts';

/** The key of this data folder: made once, readable by its owner alone. */
export async function developmentKey(settings: Settings): Promise<string> {
  const file = join(settings.STELE_DATA_DIR, 'api-key');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = issueApiKey(uuidv7());
  await mkdir(settings.STELE_DATA_DIR, { recursive: true });
  await writeFile(file, `${key}\n`, { mode: 0o600 });
  return key;
}

/** Somebody to try the API on: the oldest user, or one that is made in an empty directory. */
export async function demoUser(app: INestApplicationContext, credential: Credential): Promise<User> {
  const directory = app.get(Directory);
  const access = {
    tenantId: credential.tenantId,
    credentialId: credential.id,
    scopes: credential.scopes,
    profile: credential.profile,
    domain: credential.domain,
    dialect: 'stele',
    operation: 'createDemoUser',
    requestId: 'start',
    deadline: Number.POSITIVE_INFINITY,
  };
  const {
    users: [oldest],
  } = await directory.list(access, { limit: 1 });
  return (
    oldest ??
    (await directory.create(access, {
      ...emptyDraft('demo'),
      displayName: 'Demo User',
      name: { givenName: 'Demo', familyName: 'User' },
      emails: [{ value: 'demo@example.com', type: 'work', primary: true }],
    }))
  );
}

/** What a newcomer sees after the start: where the server is, the key, and one update in each dialect. */
export function welcome(url: string, key: string, user: User): string {
  const patch = (path: string, type: string, body: object) =>
    [
      `curl -X PATCH ${url}${path}`,
      `-H 'Authorization: Bearer ${key}'`,
      `-H 'Content-Type: ${type}'`,
      `-d '${JSON.stringify(body)}'`,
    ].join(' \\\n  ');
  return `
Stele listens at ${url}
API key: ${key}

One user, updated in three dialects:

# REST v1
${patch(`/v1/users/${encodeUserId(user.id)}`, 'application/json', { first_name: 'Jane', role: 'admin' })}

# SCIM 2.0
${patch(`/scim/v2/Users/${user.id}`, 'application/scim+json', {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', path: 'title', value: 'Engineer' }],
})}

# NERM lifecycle
${patch(`/users/${user.id}`, 'application/json', { user: { status: 'Disabled' } })}

Ctrl-C ends it.
`;
}
