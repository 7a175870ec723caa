import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type ApiKey, defined } from '@stele/schemas/canonical';
import { DataSource, IsNull, MoreThan } from 'typeorm';
import { ApiKeyStore, MAX_SECRETS, type Rotated, type Rotation, type StoredApiKey } from '../auth/api-key-store.ts';
import type { Part, Whole } from '../auth/part.ts';
import { Database, type Statement } from './database.ts';
import { type ApiKeyRow, ApiKeyTable, type PreviousSecret } from './entities.ts';
import { KeyChanges } from './key-changes.ts';

const found = 'SELECT row_to_json(k), key_hash FROM api_keys k WHERE revoked_at IS NULL AND';

const findById: Statement = { name: 'find-api-key', text: `${found} id = $1` };

const findByHash: Statement = { name: 'find-given-api-key', text: `${found} key_hash = $1` };

/** Locks the key first: of rotations at the same time, each sees the secrets that the one before left. */
const rotateKey: Statement = {
  text: `
    WITH locked AS (
      SELECT tenant_id, id, key_hash, previous_secrets
      FROM api_keys
      WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL
      FOR UPDATE
    ),
    valid AS (
      SELECT tenant_id, id, key_hash, ARRAY(
        SELECT secret
        FROM jsonb_array_elements(previous_secrets) AS previous (secret)
        WHERE (secret ->> 'expires_at')::timestamptz > $4
        ORDER BY (secret ->> 'expires_at')::timestamptz
      ) AS secrets
      FROM locked
    ),
    rotated AS (
      UPDATE api_keys k
      SET key_hash = $3,
        previous_secrets = to_jsonb(secrets) || CASE
          WHEN $5::timestamptz IS NULL THEN '[]'
          ELSE jsonb_build_object('key_hash', encode(valid.key_hash, 'hex'), 'expires_at', $5::timestamptz)
        END
      FROM valid
      WHERE k.tenant_id = valid.tenant_id AND k.id = valid.id
        AND ($5::timestamptz IS NULL OR cardinality(secrets) + 2 <= $6::integer)
      RETURNING k.id
    )
    SELECT EXISTS (SELECT FROM rotated), to_jsonb(secrets) FROM valid`,
};

/** Not more often than once a minute, however many replicas note it. */
const touchKey: Statement = {
  name: 'touch-api-key',
  text: "UPDATE api_keys SET last_used_at = now() WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')",
};

/** API keys in PostgreSQL. */
@Injectable()
export class PostgresApiKeyStore extends ApiKeyStore implements OnApplicationShutdown {
  private readonly listeners: ((id?: string) => void)[] = [];
  private readonly changes: KeyChanges;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(DataSource) dataSource: DataSource,
  ) {
    super();
    const { url } = dataSource.options as { url: string };
    this.changes = new KeyChanges(url, (id) => {
      for (const listener of this.listeners) listener(id);
    });
  }

  onApplicationShutdown(): void {
    this.changes.close();
  }

  override onChange(listener: (id?: string) => void): void {
    this.listeners.push(listener);
  }

  override findById(id: string): Promise<StoredApiKey | undefined> {
    return this.find(findById, id);
  }

  override findByHash(keyHash: Buffer): Promise<StoredApiKey | undefined> {
    return this.find(findByHash, keyHash);
  }

  private async find(statement: Statement, value: unknown): Promise<StoredApiKey | undefined> {
    const { rows } = await this.database.query(statement, [value]);
    if (!rows[0]) return undefined;
    const [row, keyHash] = rows[0] as [Record<string, string>, Buffer];
    const time = (name: string): Date | undefined => (row[name] == null ? undefined : new Date(row[name]));
    const previousSecrets = row['previous_secrets'] as never as readonly PreviousSecret[];
    return {
      id: row['id']!,
      tenantId: row['tenant_id']!,
      name: row['name']!,
      scopes: row['scopes'] as never,
      profile: row['profile'] as never,
      domain: row['domain']!,
      createdAt: time('created_at')!,
      previousEnds: endsOf(previousSecrets),
      ...defined({ expiresAt: time('expires_at'), lastUsedAt: time('last_used_at') }),
      openers: [
        { keyHash },
        ...previousSecrets.map((previous) => ({
          keyHash: Buffer.from(previous.key_hash, 'hex'),
          until: new Date(previous.expires_at),
        })),
      ],
    };
  }

  override async get(tenantId: string, id: string): Promise<(ApiKey & { given: boolean }) | undefined> {
    const row = await this.database.rarely((manager) =>
      manager.findOneBy(ApiKeyTable, { tenantId, id, revokedAt: IsNull() }),
    );
    return row ? { ...apiKeyOf(row), given: row.given } : undefined;
  }

  override async list(tenantId: string, { offset, limit }: Part): Promise<Whole<ApiKey>> {
    const [rows, total] = await this.database.rarely((manager) =>
      manager.findAndCount(ApiKeyTable, {
        where: { tenantId, revokedAt: IsNull() },
        order: { createdAt: 'ASC', id: 'ASC' },
        skip: offset,
        take: limit,
      }),
    );
    return { entries: rows.map(apiKeyOf), total };
  }

  override async insert({ previousEnds: _, ...apiKey }: ApiKey, keyHash: Buffer): Promise<void> {
    await this.database.rarely((manager) => manager.insert(ApiKeyTable, { ...apiKey, keyHash }));
  }

  override async rotate(
    tenantId: string,
    id: string,
    { keyHash, at, previousUntil }: Rotation,
  ): Promise<Rotated | undefined> {
    const values = [tenantId, id, keyHash, at, previousUntil ?? null, MAX_SECRETS];
    const { rows } = await this.database.query(rotateKey, values);
    if (!rows[0]) return undefined;
    const [done, valid] = rows[0] as [boolean, PreviousSecret[]];
    return { done, ends: endsOf(valid, at) };
  }

  override async setDomain(tenantId: string, id: string, domain: string): Promise<ApiKey | undefined> {
    await this.database.rarely((manager) =>
      manager.update(ApiKeyTable, { tenantId, id, revokedAt: IsNull() }, { domain }),
    );
    return this.get(tenantId, id);
  }

  override async isEmpty(): Promise<boolean> {
    return !(await this.database.rarely((manager) => manager.exists(ApiKeyTable)));
  }

  override hasDomain(tenantId: string, domain: string): Promise<boolean> {
    const usable = { tenantId, domain, revokedAt: IsNull() };
    return this.database.rarely((manager) =>
      manager.existsBy(ApiKeyTable, [
        { ...usable, expiresAt: IsNull() },
        { ...usable, expiresAt: MoreThan(new Date()) },
      ]),
    );
  }

  override async revoke(tenantId: string, id: string): Promise<boolean> {
    const { affected } = await this.database.rarely((manager) =>
      manager.update(ApiKeyTable, { tenantId, id, revokedAt: IsNull() }, { revokedAt: () => 'now()' }),
    );
    return affected === 1;
  }

  override async touch(id: string): Promise<void> {
    await this.database.query(touchKey, [id]);
  }
}

/** When the secrets that are still valid end, the first first. */
function endsOf(secrets: readonly PreviousSecret[], at = new Date()): Date[] {
  return secrets
    .map(({ expires_at }) => new Date(expires_at))
    .filter((end) => end > at)
    .toSorted((left, right) => left.getTime() - right.getTime());
}

function apiKeyOf({
  id,
  tenantId,
  name,
  scopes,
  profile,
  domain,
  createdAt,
  expiresAt,
  lastUsedAt,
  previousSecrets,
}: ApiKeyRow): ApiKey {
  return {
    id,
    tenantId,
    name,
    scopes,
    profile,
    domain,
    createdAt,
    previousEnds: endsOf(previousSecrets),
    ...defined({ expiresAt: expiresAt ?? undefined, lastUsedAt: lastUsedAt ?? undefined }),
  };
}
