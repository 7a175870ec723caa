import { Inject, Injectable } from '@nestjs/common';
import { DEFAULT_DOMAIN, DirectoryError, scopes, type Tenant } from '@stele/schemas/canonical';
import { v7 as uuidv7, validate } from 'uuid';
import { hashApiKey, idOfApiKey } from '../auth/api-key.ts';
import type { Credential } from '../auth/credential.ts';
import type { Part, Whole } from '../auth/part.ts';
import { Tenants } from '../auth/tenants.ts';
import { Database, type Statement } from './database.ts';
import { TenantTable } from './entities.ts';

const DEFAULT_TENANT = 'default';

/** What is there already keeps its id, its tenant, and whether it is revoked or replaced. */
const insertGivenKey: Statement = {
  text: `
    INSERT INTO api_keys (id, tenant_id, name, key_hash, scopes, domain, given)
    VALUES ($1, $2, 'bootstrap', $3, $4, $5, true)
    ON CONFLICT DO NOTHING`,
};

/** Scopes that came since with a newer version are the key's too. */
const extendGivenKey: Statement = {
  text: 'UPDATE api_keys SET scopes = $2 WHERE key_hash = $1 AND given AND scopes <> $2',
};

const findGivenKey: Statement = {
  text: 'SELECT id, tenant_id, scopes, domain FROM api_keys WHERE id = $1 OR key_hash = $2 ORDER BY key_hash = $2 DESC LIMIT 1',
};

/** Tenants in PostgreSQL. */
@Injectable()
export class PostgresTenants extends Tenants {
  constructor(@Inject(Database) private readonly database: Database) {
    super();
  }

  override async get(id: string): Promise<Tenant> {
    const tenant = await this.database.rarely((manager) => manager.findOneBy(TenantTable, { id }));
    if (!tenant) throw new DirectoryError('not_found', 'There is no such tenant', { resource: 'tenant' });
    return tenant;
  }

  override async find(nameOrId: string): Promise<string | undefined> {
    const where = validate(nameOrId) ? { id: nameOrId } : { name: nameOrId };
    return (await this.database.rarely((manager) => manager.findOneBy(TenantTable, where)))?.id;
  }

  override async list({ offset, limit }: Part): Promise<Whole<Tenant>> {
    const [entries, total] = await this.database.rarely((manager) =>
      manager.findAndCount(TenantTable, { order: { createdAt: 'ASC', id: 'ASC' }, skip: offset, take: limit }),
    );
    return { entries, total };
  }

  override async create(name: string, encode?: (tenant: Tenant) => void): Promise<Tenant> {
    const tenant: Tenant = { id: uuidv7(), name, createdAt: new Date() };
    encode?.(tenant);
    await this.database.rarely((manager) => manager.insert(TenantTable, tenant));
    return tenant;
  }

  override async bootstrap(key: string): Promise<Credential> {
    const tenantId = await this.ensure(DEFAULT_TENANT);
    const id = idOfApiKey(key) ?? uuidv7();
    const keyHash = Buffer.from(hashApiKey(key), 'hex');
    await this.database.query(insertGivenKey, [id, tenantId, keyHash, scopes, DEFAULT_DOMAIN]);
    await this.database.query(extendGivenKey, [keyHash, scopes]);
    const { rows } = await this.database.query(findGivenKey, [id, keyHash]);
    const [found, tenant, granted, domain] = rows[0] as unknown as [string, string, Credential['scopes'], string];
    return { id: found, tenantId: tenant, scopes: granted, profile: 'default', domain };
  }

  private async ensure(name: string): Promise<string> {
    await this.database.rarely((manager) =>
      manager.createQueryBuilder().insert().into(TenantTable).values({ id: uuidv7(), name }).orIgnore().execute(),
    );
    return (await this.find(name))!;
  }
}
