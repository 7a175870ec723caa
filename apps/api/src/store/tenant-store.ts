import { Inject, Injectable } from '@nestjs/common';
import { scopes } from '@stele/schemas/contract';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { hashApiKey } from '../auth/api-key.ts';
import type { Credential } from '../auth/credential.ts';
import { ApiKey, Tenant } from './entities.ts';

const DEFAULT_TENANT = 'default';

/** Tenants and the keys that open them. */
@Injectable()
export class TenantStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** Makes the default tenant, and in it a key with every scope, where they are missing. */
  async bootstrap(key: string): Promise<Credential> {
    const tenant = await this.ensureTenant(DEFAULT_TENANT);
    return this.ensureKey(tenant, 'bootstrap', key);
  }

  private async ensureTenant(name: string): Promise<string> {
    const tenants = this.dataSource.getRepository(Tenant);
    await tenants.createQueryBuilder().insert().values({ id: uuidv7(), name }).orIgnore().execute();
    return (await tenants.findOneByOrFail({ name })).id;
  }

  private async ensureKey(tenantId: string, name: string, key: string): Promise<Credential> {
    const keys = this.dataSource.getRepository(ApiKey);
    const keyHash = Buffer.from(hashApiKey(key), 'hex');
    const row = { id: uuidv7(), tenantId, name, keyHash, scopes: [...scopes] };
    await keys.createQueryBuilder().insert().values(row).orIgnore().execute();
    const { id, ...stored } = await keys.findOneByOrFail({ keyHash });
    return { id, tenantId: stored.tenantId, scopes };
  }
}
