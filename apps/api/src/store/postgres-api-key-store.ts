import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type ApiKey, defined } from '@stele/schemas/canonical';
import { DataSource, IsNull, MoreThan } from 'typeorm';
import { ApiKeyStore, type StoredApiKey } from '../auth/api-key-store.ts';
import type { Part, Whole } from '../auth/part.ts';
import { Database, type Statement } from './database.ts';
import { type ApiKeyRow, ApiKeyTable } from './entities.ts';
import { KeyChanges } from './key-changes.ts';

const found = 'SELECT row_to_json(k), key_hash, previous_key_hash FROM api_keys k WHERE revoked_at IS NULL AND';

const findById: Statement = { name: 'find-api-key', text: `${found} id = $1` };

const findByHash: Statement = {
  name: 'find-given-api-key',
  text: `${found} (key_hash = $1 OR previous_key_hash = $1)`,
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
    const [row, keyHash, previousKeyHash] = rows[0] as [Record<string, string>, Buffer, Buffer | null];
    const time = (name: string): Date | undefined => (row[name] == null ? undefined : new Date(row[name]));
    const previousUntil = time('previous_expires_at');
    return {
      id: row['id']!,
      tenantId: row['tenant_id']!,
      name: row['name']!,
      scopes: row['scopes'] as never,
      profile: row['profile'] as never,
      domain: row['domain']!,
      createdAt: time('created_at')!,
      ...defined({ expiresAt: time('expires_at'), lastUsedAt: time('last_used_at') }),
      openers: [
        { keyHash },
        ...(previousKeyHash && previousUntil ? [{ keyHash: previousKeyHash, until: previousUntil }] : []),
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

  override async insert(apiKey: ApiKey, keyHash: Buffer): Promise<void> {
    await this.database.rarely((manager) => manager.insert(ApiKeyTable, { ...apiKey, keyHash }));
  }

  override async replace(
    tenantId: string,
    id: string,
    keyHash: Buffer,
    previousUntil: Date,
  ): Promise<ApiKey | undefined> {
    await this.database.rarely((manager) =>
      manager.update(
        ApiKeyTable,
        { tenantId, id, revokedAt: IsNull() },
        { keyHash, previousKeyHash: () => 'key_hash', previousExpiresAt: previousUntil },
      ),
    );
    return this.get(tenantId, id);
  }

  override async setDomain(tenantId: string, id: string, domain: string): Promise<ApiKey | undefined> {
    await this.database.rarely((manager) =>
      manager.update(ApiKeyTable, { tenantId, id, revokedAt: IsNull() }, { domain }),
    );
    return this.get(tenantId, id);
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
}: ApiKeyRow): ApiKey {
  return {
    id,
    tenantId,
    name,
    scopes,
    profile,
    domain,
    createdAt,
    ...defined({ expiresAt: expiresAt ?? undefined, lastUsedAt: lastUsedAt ?? undefined }),
  };
}
