import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDataSource } from '../src/store/data-source.ts';
import { migrate } from '../src/store/migrate.ts';
import { ProvisioningDomains1764500000000 } from '../src/store/migrations/1764500000000-provisioning-domains.ts';
import { keys, startApp, storedHash, type TestApp } from './support/app.ts';
import { issueKey } from './support/api-keys.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';
import { type Scim, scimAt, urns } from './support/scim.ts';
import { faces } from './support/users.ts';

const TENANT = '01979f2e-0000-7000-8000-00000000a11c';
/** Secrets before the last rotation of the key of the identity provider: in its overlap, or past it. */
const rotated = { overlapping: 'test-key-in-its-overlap-of-the-provider', ended: 'test-key-past-its-overlap' };

/** The key of the settings, that of the identity provider, and the one that it had before. */
const ids = { given: uuidv7(), current: uuidv7(), revoked: uuidv7(), token: uuidv7() };
const ISSUER = 'https://login.example.com/v2.0';

/** Brings a database to the schema before provisioning domains. */
async function takeBack(dataSource: DataSource): Promise<void> {
  const isThere = async () =>
    (await dataSource.query<{ name: string }[]>('SELECT name FROM migrations')).some(
      ({ name }) => name === ProvisioningDomains1764500000000.name,
    );
  while (await isThere()) await dataSource.undoLastMigration();
}

/** One write of an `externalId`, by the key or access token. */
interface Write {
  readonly by: keyof typeof ids;
  readonly actor?: string;
  /** None clears it. */
  readonly value?: string;
}

const byToken = (value?: string): Write => ({
  by: 'token',
  actor: `${ISSUER}#scim`,
  ...(value !== undefined && { value }),
});

/** Resources by name: the writes that made them what they are. */
const written: Readonly<Record<string, readonly Write[]>> = {
  'by the current key': [{ by: 'current', value: 'current' }],
  'by the revoked key': [{ by: 'revoked', value: 'revoked' }],
  'by the key of the settings': [{ by: 'given', value: 'given' }],
  'twice by keys': [
    { by: 'revoked', value: 'older' },
    { by: 'current', value: 'newer' },
  ],
  'by a token': [byToken('token')],
  'by a token and then a key': [byToken('token 2'), { by: 'current', value: 'key 2' }],
  'by a key and then a token': [{ by: 'current', value: 'key 3' }, byToken('token 3')],
  'by a token, cleared, and then by a key': [byToken('token 4'), byToken(), { by: 'given', value: 'É4' }],
  'by a token in other letters': [byToken('Ünit')],
  'by a client with a strange name': [{ by: 'token', actor: 'https://é.example#x', value: 'strange' }],
  'before there was a history': [],
  never: [{ by: 'current' }],
};

const kinds = [
  { table: 'users', history: 'user_history', id: 'user_id', path: '/Users' },
  { table: 'groups', history: 'group_history', id: 'group_id', path: '/Groups' },
] as const;

const valueOf = (name: string, writes: readonly Write[]) => (writes.length === 0 ? name : writes.at(-1)!.value);

/** Fills a database at the schema before provisioning domains. */
async function fill(query: (text: string, values?: unknown[]) => Promise<unknown>): Promise<void> {
  await query("INSERT INTO tenants (id, name) VALUES ($1, 'default')", [TENANT]);
  for (const [name, key, given, revoked] of [
    ['given', keys.admin, true, null],
    ['current', keys.write, false, null],
    ['revoked', keys.read, false, new Date()],
  ] as const) {
    await query(
      'INSERT INTO api_keys (id, tenant_id, name, key_hash, scopes, given, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
      [ids[name], TENANT, name, storedHash(key), ['admin'], given, revoked],
    );
  }
  for (const [name, previous, until] of [
    ['current', rotated.overlapping, Date.now() + 3_600_000],
    ['given', rotated.ended, Date.now() - 1000],
  ] as const) {
    await query('UPDATE api_keys SET previous_key_hash = $2, previous_expires_at = $3 WHERE id = $1', [
      ids[name],
      storedHash(previous),
      new Date(until),
    ]);
  }
  for (const { table, history, id } of kinds) {
    for (const [name, writes] of Object.entries(written)) {
      const resource = uuidv7();
      const value = valueOf(name, writes) ?? null;
      const version = Math.max(writes.length, 1);
      const common = [TENANT, resource, version, new Date(), name, value];
      await query(
        table === 'users'
          ? `INSERT INTO users (tenant_id, id, version, created_at, updated_at, user_name, user_name_key, external_id, status, folds)
             VALUES ($1, $2, $3, $4, $4, $5, $5, $6, 'active', $7)`
          : `INSERT INTO groups (tenant_id, id, version, created_at, updated_at, display_name, display_name_key, external_id)
             VALUES ($1, $2, $3, $4, $4, $5, lower($5), $6)`,
        table === 'users'
          ? [...common, value && /[^\0-\x7f]/.test(value) ? { external_id: value.toLowerCase(), title: 'é' } : null]
          : common,
      );
      for (const [index, write] of writes.entries()) {
        const old = writes[index - 1]?.value;
        const changes = {
          externalId: { ...(old !== undefined && { old }), ...(write.value !== undefined && { new: write.value }) },
        };
        await query(
          `INSERT INTO ${history} (tenant_id, ${id}, version, at, credential_id, dialect, operation, request_id, changes, actor)
           VALUES ($1, $2, $3, $4, $5, 'scim', 'test', 'test', $6, $7)`,
          [TENANT, resource, index + 1, new Date(), ids[write.by], changes, write.actor ?? null],
        );
      }
    }
  }
}

let database: TestDatabase;
let api: TestApp;
/** The identity provider, with the key that it had before the upgrade. */
let client: Scim;

beforeAll(async () => {
  database = await createDatabase();
  const dataSource = await createDataSource({ url: database.url, poolSize: 1, acquireTimeout: 5000 }).initialize();
  try {
    await takeBack(dataSource);
    await fill((text, values) => dataSource.query(text, values));
  } finally {
    await dataSource.destroy();
  }
  await migrate(database.url);
  api = await startApp({}, { databaseUrl: database.url });
  client = scimAt(api, { key: keys.write });
});
afterAll(async () => {
  await api.stop();
  await database.drop();
});

const found = async (scim: Scim, path: string, value: string): Promise<number> =>
  (await scim.list(path, { filter: `externalId eq ${JSON.stringify(value)}` })).body.totalResults as number;

const ofTokens = new Set(['by a token', 'by a key and then a token', 'by a token in other letters']);
const entries = Object.entries(written)
  .map(([name, writes]) => [name, valueOf(name, writes)] as const)
  .filter((entry): entry is [string, string] => entry[1] !== undefined);

describe.each(kinds)('after the upgrade of $table', ({ table, path }) => {
  const rowOf = async (name: string) =>
    (
      await api.query(`SELECT * FROM ${table} WHERE ${table === 'users' ? 'user_name' : 'display_name'} = $1`, [name])
    )[0]!;

  test.each(entries.filter(([name]) => !ofTokens.has(name)))(
    'the key of the identity provider finds, shows and writes what was written %s',
    async (name, value) => {
      expect((await rowOf(name))['external_ids']).toEqual([{ domain: 'default', value }]);
      const { body } = await client.list(path, { filter: `externalId eq ${JSON.stringify(value)}` });
      expect(body).toMatchObject({ totalResults: 1, Resources: [{ externalId: value }] });
      const [resource] = body.Resources;
      const { headers } = await client.put(`${path}/${resource.id}`, resource);
      expect(headers.get('etag')).toMatch(new RegExp(`^"${resource.meta.version.slice(1, 2)}`));
    },
  );

  test.each(entries.filter(([name]) => ofTokens.has(name)))(
    'what was written %s belongs to the issuer',
    async (name, value) => {
      expect((await rowOf(name))['external_ids']).toEqual([{ domain: ISSUER, value }]);
      expect(await found(client, path, value)).toBe(0);
      const key = await issueKey(api, { domain: ISSUER });
      expect(await found(scimAt(api, { key: key.key }), path, value)).toBe(1);
    },
  );

  test('a resource without a value has none', async () => {
    expect((await rowOf('never'))['external_ids']).toBeNull();
  });

  test('a new key has a domain of its own, unless it joins the others', async () => {
    const [own, joined] = [await issueKey(api), await issueKey(api, { domain: 'default' })];
    expect(await found(scimAt(api, { key: own.key }), path, 'current')).toBe(0);
    expect(await found(scimAt(api, { key: joined.key }), path, 'current')).toBe(1);
  });
});

test('a group that was there before keeps its name and externalId: another one is 409', async () => {
  const body = { schemas: [urns.group], displayName: 'By The Current Key', externalId: 'current' };
  expect((await client.send('POST', '/Groups', { body })).status).toBe(409);
  expect((await client.send('POST', '/Groups', { body: { ...body, externalId: 'other' } })).status).toBe(201);
});

test('the keys that were there have the domain default', async () => {
  const { data } = (await api.request('GET', '/v1/api-keys?per_page=2')).body;
  expect(data).toMatchObject([
    { name: 'given', domain: 'default' },
    { name: 'current', domain: 'default' },
  ]);
});

test('a secret that was in its overlap has the end that it was given', async () => {
  const { data } = (await api.request('GET', '/v1/api-keys?per_page=2')).body;
  expect(data).toMatchObject([{ previous_secrets: [] }, { previous_secrets: [{ expires_at: expect.any(String) }] }]);
  const [{ previous_secrets: previous }] = (await api.query('SELECT previous_secrets FROM api_keys WHERE id = $1', [
    ids.current,
  ])) as [{ previous_secrets: { key_hash: string; expires_at: string }[] }];
  expect(previous).toEqual([
    { key_hash: storedHash(rotated.overlapping).toString('hex'), expires_at: expect.any(String) },
  ]);
  expect(Math.abs(Date.parse(previous[0]!.expires_at) - Date.now() - 3_600_000)).toBeLessThan(120_000);
});

test('the history that was there is shown as before', async () => {
  const [user] = await api.query("SELECT id FROM users WHERE user_name = 'twice by keys'");
  const { data } = (await api.request('GET', `${faces.v1.user(String(user!['id']))}/history`)).body;
  expect(data).toMatchObject([
    { changes: { external_id: { new: 'older' } } },
    { changes: { external_id: { old: 'older', new: 'newer' } } },
  ]);
});

test('what is folded otherwise than SQL does is what a write would store', async () => {
  const folds = await api.query('SELECT folds FROM users WHERE folds IS NOT NULL ORDER BY user_name');
  expect(folds).toEqual([
    { folds: { title: 'é', external_ids: [{ domain: ISSUER, value: 'ünit' }] } },
    { folds: { title: 'é', external_ids: [{ domain: 'default', value: 'é4' }] } },
  ]);
});

test('the upgrade can be taken back: one value is left of several, and where two have the same, the older one; of the secrets of a key, the last to end', async () => {
  const other = await createDatabase();
  const dataSource = await createDataSource({ url: other.url, poolSize: 1, acquireTimeout: 5000 }).initialize();
  try {
    const named: Record<string, unknown> = {
      one: [
        { domain: 'okta', value: 'o-1' },
        { domain: 'default', value: '1' },
      ],
      two: [{ domain: 'okta', value: '1' }],
      three: [{ domain: 'okta', value: 'É' }],
      none: null,
    };
    for (const [index, [name, externalIds]] of Object.entries(named).entries()) {
      await dataSource.query(
        `INSERT INTO users (tenant_id, id, version, created_at, updated_at, user_name, user_name_key, external_ids, status, folds)
         VALUES ($1, $2, 1, $3, $3, $4, $4, $5, 'active', $6)`,
        [
          TENANT,
          uuidv7(),
          new Date(index),
          name,
          externalIds && JSON.stringify(externalIds),
          name === 'three' ? { external_ids: [] } : null,
        ],
      );
    }
    const secrets = [1, 3, 2].map((hour) => ({ key_hash: `0${hour}`, expires_at: `2099-01-01T0${hour}:00:00Z` }));
    await dataSource.query("INSERT INTO tenants (id, name) VALUES ($1, 'default')", [TENANT]);
    await dataSource.query(
      "INSERT INTO api_keys (id, tenant_id, name, key_hash, scopes, previous_secrets) VALUES ($1, $2, 'rotated', '', '{read}', $3)",
      [uuidv7(), TENANT, JSON.stringify(secrets)],
    );
    await takeBack(dataSource);
    expect(await dataSource.query('SELECT previous_key_hash, previous_expires_at FROM api_keys')).toEqual([
      { previous_key_hash: Buffer.from('03', 'hex'), previous_expires_at: new Date('2099-01-01T03:00:00Z') },
    ]);
    expect(await dataSource.query('SELECT user_name, external_id, folds FROM users ORDER BY created_at')).toEqual([
      { user_name: 'one', external_id: '1', folds: null },
      { user_name: 'two', external_id: null, folds: null },
      { user_name: 'three', external_id: 'É', folds: null },
      { user_name: 'none', external_id: null, folds: null },
    ]);
  } finally {
    await dataSource.destroy();
    await other.drop();
  }
});
