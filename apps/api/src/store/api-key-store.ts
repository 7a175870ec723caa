import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Credential, CredentialStore } from '../auth/credential.ts';
import { poolOf } from './data-source.ts';
import { storeFailure } from './failure.ts';

/** API keys in PostgreSQL, found by their hash. */
@Injectable()
export class ApiKeyStore extends CredentialStore {
  private readonly pool;

  constructor(@Inject(DataSource) dataSource: DataSource) {
    super();
    this.pool = poolOf(dataSource);
  }

  override async findByKeyHash(keyHash: Buffer): Promise<Credential | undefined> {
    try {
      const { rows } = await this.pool.query<Credential>({
        name: 'find-api-key',
        text: 'SELECT id, tenant_id AS "tenantId", scopes FROM api_keys WHERE key_hash = $1',
        values: [keyHash],
      });
      return rows[0];
    } catch (error) {
      throw storeFailure(error);
    }
  }
}
