import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { CredentialStore } from './auth/credential.ts';
import { ScopeGuard } from './auth/scope.guard.ts';
import { controllers } from './dialects/index.ts';
import { Directory } from './directory/directory.ts';
import { UserStore } from './directory/user-store.ts';
import { HealthController } from './http/health.controller.ts';
import { IdempotencyStore } from './http/idempotency.ts';
import { OpenApiController } from './http/openapi.controller.ts';
import { Readiness } from './http/readiness.ts';
import { RefusalFilter } from './http/refusal.filter.ts';
import { ApiKeyStore } from './store/api-key-store.ts';
import { createDataSource, type DatabaseOptions } from './store/data-source.ts';
import { Database } from './store/database.ts';
import { DatabaseReadiness } from './store/database-readiness.ts';
import { IdempotencyOptions, PostgresIdempotencyStore } from './store/postgres-idempotency-store.ts';
import { PostgresUserStore, UserStoreOptions } from './store/postgres-user-store.ts';
import { TenantStore } from './store/tenant-store.ts';

/** Everything that serves requests, over one database. */
@Module({})
export class AppModule implements OnApplicationShutdown {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  static over(database: DatabaseOptions, store: UserStoreOptions, idempotency: IdempotencyOptions): DynamicModule {
    return {
      module: AppModule,
      controllers: [...controllers, HealthController, OpenApiController],
      providers: [
        { provide: DataSource, useFactory: () => createDataSource(database).initialize() },
        Database,
        { provide: UserStoreOptions, useValue: store },
        { provide: UserStore, useClass: PostgresUserStore },
        { provide: IdempotencyOptions, useValue: idempotency },
        { provide: IdempotencyStore, useClass: PostgresIdempotencyStore },
        { provide: CredentialStore, useClass: ApiKeyStore },
        { provide: Readiness, useClass: DatabaseReadiness },
        { provide: APP_GUARD, useClass: ScopeGuard },
        { provide: APP_FILTER, useClass: RefusalFilter },
        Directory,
        TenantStore,
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}
