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
  if (oldest) return oldest;
  const { resource } = await directory.create(access, {
    ...emptyDraft('demo'),
    displayName: 'Demo User',
    name: { givenName: 'Demo', familyName: 'User' },
    emails: [{ value: 'demo@example.com', type: 'work', primary: true }],
  });
  return resource;
}

/** Three updates of one user, one a dialect, each followed by reads in the other two. */
const tour = [
  {
    dialect: 'REST v1',
    path: '/v1/users/$V1_ID',
    type: 'application/json',
    body: { first_name: 'Jane', role: 'admin' },
  },
  {
    dialect: 'SCIM 2.0',
    path: '/scim/v2/Users/$ID',
    type: 'application/scim+json',
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'title', value: 'Engineer' }],
    },
  },
  { dialect: 'NERM lifecycle', path: '/users/$ID', type: 'application/json', body: { user: { status: 'Disabled' } } },
];

const authorization = `-H "Authorization: Bearer $STELE_TOKEN"`;

/** Curl ends no line after a response; a shell then puts its prompt behind it. */
const curl = `curl -w '\\n'`;

/** The text after a start in development: a line that sets the variables of every document, and commands that use them. */
export function welcome(url: string, key: string, user: User): string {
  const steps = tour.map(({ dialect, path, type, body }) => {
    const others = tour.filter((other) => other.path !== path);
    return [
      `# ${dialect}, and how the others show it`,
      `${curl} -X PATCH "$STELE_URL${path}" ${authorization} \\`,
      `  -H 'Content-Type: ${type}' -d '${JSON.stringify(body)}'`,
      ...others.map((other) => `${curl} "$STELE_URL${other.path}" ${authorization}`),
    ].join('\n');
  });
  return `
Stele listens at ${url}

Paste this line into another shell. Every command of the documents uses its variables:

export STELE_URL=${url} STELE_TOKEN=${key} V1_ID=${encodeUserId(user.id)} ID=${user.id}

One user, updated in three dialects:

${steps.join('\n\n')}

Ctrl-C ends it.
`;
}
