import { decodeUserId, encodeUserId } from '@stele/schemas/v1';
import type { Access } from '../../src/directory/request-context.ts';
import { Directory } from '../../src/directory/directory.ts';
import type { Answer, Ask, TestApp } from './app.ts';
import { tables } from './costs.ts';
import { deleteRows } from './database.ts';

export const urns = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  enterprise: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  lifecycle: 'urn:ietf:params:scim:schemas:extension:stele:lifecycle:2.0:User',
  patchOp: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
  error: 'urn:ietf:params:scim:api:messages:2.0:Error',
} as const;

export type Fields = Readonly<Record<string, unknown>>;

interface Face {
  /** Where users are created. */
  readonly users: string;
  /** Where the user with this UUID is. */
  readonly user: (id: string) => string;
  /** A body that creates a user of this name, with some fields besides. */
  readonly draft: (name: string, fields?: Fields) => object;
  /** A body that changes these fields. */
  readonly patch: (fields: Fields) => object;
  /** The fields of the user that an answer shows. */
  readonly shown: (answer: Answer) => Record<string, unknown>;
}

export type Tongue = 'v1' | 'scim' | 'nerm';

/** One record, three faces (`CONTRACTS.md`): how each dialect names and wraps a user. */
export const faces: Readonly<Record<Tongue, Face>> = {
  v1: {
    users: '/v1/users',
    user: (id) => `/v1/users/${encodeUserId(id)}`,
    draft: (name, fields) => ({
      username: name,
      email: `${name}@example.com`,
      password: 'correct horse battery staple',
      ...fields,
    }),
    patch: (fields) => fields,
    shown: ({ body }) => body as Record<string, unknown>,
  },
  scim: {
    users: '/scim/v2/Users',
    user: (id) => `/scim/v2/Users/${id}`,
    draft: (name, fields) => ({ schemas: [urns.user], userName: name, ...fields }),
    patch: (fields) => ({ schemas: [urns.patchOp], Operations: [{ op: 'replace', value: fields }] }),
    shown: ({ body }) => body as Record<string, unknown>,
  },
  nerm: {
    users: '/user',
    user: (id) => `/users/${id}`,
    draft: (name, fields) => ({
      user: { login: name, name, email: `${name}@example.com`, type: 'NeprofileUser', ...fields },
    }),
    patch: (fields) => ({ user: fields }),
    shown: ({ body }) => (body as { user: Record<string, unknown> }).user,
  },
};

export const tongues = Object.keys(faces) as Tongue[];

/** What each dialect says of a user. */
export type Views = Record<Tongue, Record<string, unknown>>;

/** Creates a user through a dialect and answers with its UUID. */
export async function create(api: TestApp, tongue: Tongue, name: string, fields?: Fields): Promise<string> {
  const { users, draft, shown } = faces[tongue];
  const answer = await api.request('POST', users, { body: draft(name, fields) });
  if (answer.status >= 300) throw new Error(`${tongue} did not create ${name}: ${answer.text}`);
  const id = String(shown(answer)['id']);
  return tongue === 'v1' ? decodeUserId(id) : id;
}

/** Reads a user through a dialect. */
export function read(api: TestApp, tongue: Tongue, id: string, ask?: Ask): Promise<Answer> {
  return api.request('GET', faces[tongue].user(id), ask);
}

/** Changes fields of a user through a dialect. */
export function patch(api: TestApp, tongue: Tongue, id: string, fields: Fields, ask?: Ask): Promise<Answer> {
  return api.request('PATCH', faces[tongue].user(id), { body: faces[tongue].patch(fields), ...ask });
}

/** Applies SCIM operations to a user. */
export function operate(api: TestApp, id: string, ...operations: readonly object[]): Promise<Answer> {
  return api.request('PATCH', faces.scim.user(id), { body: { schemas: [urns.patchOp], Operations: operations } });
}

/** Reads a user, who has to be there, through every dialect. */
export async function views(api: TestApp, id: string): Promise<Views> {
  const entries = tongues.map(async (tongue) => {
    const answer = await read(api, tongue, id);
    if (answer.status !== 200) throw new Error(`${tongue} does not show the user: ${answer.text}`);
    return [tongue, faces[tongue].shown(answer)] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Views;
}

/** Everything that is kept of users: what a refusal and a change of nothing leave as it is. */
export async function kept(api: TestApp): Promise<{ users: unknown[]; history: unknown[] }> {
  const [users, history] = await Promise.all([
    api.query('SELECT * FROM users ORDER BY tenant_id, id'),
    api.query('SELECT * FROM user_history ORDER BY tenant_id, user_id, version'),
  ]);
  return { users, history };
}

/** Makes the directory empty, so that every test may have its own alice. */
export async function forgetUsers(api: TestApp): Promise<void> {
  await deleteRows(api, [...tables, 'idempotency_keys', 'outbox']);
}

/** A SCIM user with a value for everything that SCIM can say, both extensions included. */
export const alice = {
  externalId: 'hr-00017',
  displayName: 'Alice L.',
  nickName: 'Ally ✿',
  profileUrl: 'https://example.com/user/alice',
  title: 'Surveyor',
  userType: 'Employee',
  preferredLanguage: 'nb-NO, en;q=0.7',
  locale: 'nb-NO',
  timezone: 'Europe/Oslo',
  active: true,
  name: {
    formatted: 'Dr Alice Kari Liddell III',
    familyName: 'Liddell',
    givenName: 'Alice',
    middleName: 'Kari',
    honorificPrefix: 'Dr',
    honorificSuffix: 'III',
  },
  emails: [
    { value: 'alice@home.example', type: 'home', display: 'at home' },
    { value: 'alice@example.com', type: 'work', primary: true },
    { value: 'liddell@example.org', type: 'other', primary: false },
  ],
  phoneNumbers: [
    { value: 'tel:+47-55-50-10-00', type: 'work', primary: true },
    { value: '+47 900 00 000', type: 'mobile' },
  ],
  ims: [{ value: 'alice.liddell', type: 'xmpp' }],
  photos: [{ value: 'https://example.com/alice.jpg', type: 'photo', primary: true }],
  addresses: [
    {
      formatted: 'Strandgata 5\n6800 Førde',
      streetAddress: 'Strandgata 5',
      locality: 'Førde',
      region: 'Vestland',
      postalCode: '6800',
      country: 'NO',
      type: 'work',
      primary: true,
    },
    { locality: 'Bergen', type: 'home' },
  ],
  entitlements: [{ value: 'map-archive', display: 'Map archive', type: 'default' }],
  roles: [{ value: 'auditor' }, { value: 'editor', primary: true }],
  x509Certificates: [{ value: 'MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw', display: 'laptop' }],
  [urns.enterprise]: {
    employeeNumber: '1001',
    costCenter: '4130',
    organization: 'Fjord Surveys',
    division: 'North',
    department: 'Mapping',
    manager: {
      value: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c56',
      $ref: '../Users/01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c56',
    },
  },
  [urns.lifecycle]: {
    type: 'NeaccessUser',
    profileId: '6b1f0c9e-5f3e-4a27-9f43-1f2f6d0a7c11',
    groupStrings: ['Administrator_group', 'Developer group'],
    sailpointIdentityId: '2c9180867',
  },
} as const;

/** Times that no dialect writes. */
interface LifecycleTimes {
  readonly lastLogin?: string | undefined;
  readonly cookiesAcceptedAt?: string | undefined;
}

/** Those of alice, as SCIM shows them in the lifecycle extension. */
export const aliceTimes = {
  lastLogin: '2026-03-02T09:45:10.123Z',
  cookiesAcceptedAt: '2026-03-01T08:31:00.000Z',
} as const satisfies LifecycleTimes;

/** Writes the times of a user as if they had always been there: version and history stay. */
export async function setTimes(api: TestApp, id: string, times: LifecycleTimes = aliceTimes): Promise<void> {
  await api.query('UPDATE users SET lifecycle_last_login = $2, lifecycle_cookies_accepted_at = $3 WHERE id = $1', [
    id,
    times.lastLogin ?? null,
    times.cookiesAcceptedAt ?? null,
  ]);
}

/** Records times as the API itself does, on the one write path: a new version, and a row of the history. */
export async function recordTimes(api: TestApp, id: string, times: LifecycleTimes): Promise<void> {
  const [key] = await api.query('SELECT id, tenant_id FROM api_keys ORDER BY name LIMIT 1');
  const access: Access = {
    tenantId: String(key!['tenant_id']),
    credentialId: String(key!['id']),
    scopes: ['admin'],
    profile: 'default',
    domain: 'default',
    dialect: 'scim',
    operation: 'patchUser',
    requestId: 'times',
    deadline: Number.POSITIVE_INFINITY,
  };
  await api.app.get(Directory).revise(access, id, (user) => ({
    ...user,
    lifecycle: {
      ...user.lifecycle,
      ...(times.lastLogin !== undefined && { lastLogin: new Date(times.lastLogin) }),
      ...(times.cookiesAcceptedAt !== undefined && { cookiesAcceptedAt: new Date(times.cookiesAcceptedAt) }),
    },
  }));
}
