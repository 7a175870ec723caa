import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { encodeUserId } from '@stele/schemas/v1';
import type { FastifyBaseLogger } from 'fastify';
import { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { AccessTokens } from './auth/access-tokens.ts';
import { ApiKeyStore } from './auth/api-key-store.ts';
import { ApiKeys } from './auth/api-keys.ts';
import { ScopeGuard } from './auth/scope.guard.ts';
import { Tenants } from './auth/tenants.ts';
import { controllers } from './dialects/index.ts';
import { Cursors } from './directory/cursor.ts';
import { Directory, DirectoryOptions } from './directory/directory.ts';
import { GroupStore } from './directory/group-store.ts';
import { Groups } from './directory/groups.ts';
import { MailDispatcher } from './directory/mail-dispatcher.ts';
import { UserStore } from './directory/user-store.ts';
import { NermBulk } from './dialects/nerm.bulk.ts';
import { AvatarController } from './avatars/avatar.controller.ts';
import { Avatars } from './avatars/avatars.ts';
import { ImageStore } from './avatars/image-store.ts';
import { HealthController } from './http/health.controller.ts';
import { IdempotencyStore } from './idempotency/idempotency-store.ts';
import { MetricsController } from './http/metrics.controller.ts';
import { OpenApiController } from './http/openapi.controller.ts';
import { PageOptions } from './pages/page.ts';
import { HomeController } from './pages/home.controller.ts';
import { ReferenceController } from './pages/reference.controller.ts';
import { Readiness } from './http/readiness.ts';
import { DirectoryExceptionFilter } from './http/exception.filter.ts';
import { openRateLimits, RateLimits } from './limits/rate-limits.ts';
import { MailOptions } from './mail/mail-options.ts';
import { Mailer } from './mail/mailer.ts';
import { Outbox } from './mail/outbox.ts';
import { OutboxWorker } from './mail/outbox-worker.ts';
import { JobKinds } from './jobs/job-kind.ts';
import { JobStore } from './jobs/job-store.ts';
import { JobOptions, JobWorker } from './jobs/job-worker.ts';
import { Jobs } from './jobs/jobs.ts';
import type { Settings } from './settings.ts';
import { PostgresImageStore } from './store/postgres-image-store.ts';
import { PostgresJobStore } from './store/postgres-job-store.ts';
import { createDataSource } from './store/data-source.ts';
import { Database } from './store/database.ts';
import { DatabaseReadiness } from './store/database-readiness.ts';
import { OutboxStore } from './store/outbox-store.ts';
import { PostgresApiKeyStore } from './store/postgres-api-key-store.ts';
import { PostgresGroupStore } from './store/postgres-group-store.ts';
import { PostgresIdempotencyStore } from './store/postgres-idempotency-store.ts';
import { PostgresTenants } from './store/postgres-tenants.ts';
import { PostgresUserStore, UserStoreOptions } from './store/postgres-user-store.ts';
import { Statistics } from './store/statistics.ts';
import { sharedSecret } from './store/shared-secret.ts';

type Providers = NonNullable<DynamicModule['providers']>;

/** Sends mail where addresses are to be confirmed; elsewhere none of it is there. */
function mailProviders(settings: Settings, log: FastifyBaseLogger): Providers {
  if (settings.STELE_EMAIL_VERIFICATION === 'off') return [{ provide: MailDispatcher, useValue: { wake() {} } }];
  const verificationUrl = settings.STELE_EMAIL_VERIFICATION_URL;
  const options: MailOptions = {
    smtpUrl: settings.SMTP_URL!,
    from: settings.STELE_EMAIL_FROM,
    ...(verificationUrl !== undefined && { verificationUrl }),
    spellUserId: encodeUserId,
    log,
  };
  return [
    { provide: MailOptions, useValue: options },
    Mailer,
    { provide: Outbox, useClass: OutboxStore },
    OutboxWorker,
    { provide: MailDispatcher, useExisting: OutboxWorker },
  ];
}

/** The database, and what is kept in it. */
function storeProviders(databaseUrl: string, settings: Settings): Providers {
  const database = {
    url: databaseUrl,
    poolSize: settings.STELE_POOL_SIZE,
    acquireTimeout: settings.STELE_ACQUIRE_TIMEOUT,
    statementTimeout: settings.STELE_STATEMENT_TIMEOUT,
  };
  const users: UserStoreOptions = { groupCommit: settings.STELE_GROUP_COMMIT };
  return [
    { provide: DataSource, useFactory: () => createDataSource(database).initialize() },
    Database,
    Statistics,
    { provide: UserStoreOptions, useValue: users },
    { provide: UserStore, useClass: PostgresUserStore },
    { provide: GroupStore, useClass: PostgresGroupStore },
    { provide: IdempotencyStore, useClass: PostgresIdempotencyStore },
    { provide: ApiKeyStore, useClass: PostgresApiKeyStore },
    { provide: Tenants, useClass: PostgresTenants },
    { provide: ImageStore, useClass: PostgresImageStore },
    { provide: JobStore, useClass: PostgresJobStore },
    { provide: Readiness, useClass: DatabaseReadiness },
    {
      provide: Cursors,
      useFactory: async (from: Database) => new Cursors(await sharedSecret(from, 'cursors')),
      inject: [Database],
    },
  ];
}

/** Who may send requests, and how many. */
function accessProviders(settings: Settings, log: FastifyBaseLogger): Providers {
  const limits = {
    credential: settings.STELE_RATE_LIMIT_CREDENTIAL,
    tenant: settings.STELE_RATE_LIMIT_TENANT,
    failures: settings.STELE_RATE_LIMIT_FAILURES,
    overrides: settings.STELE_RATE_LIMIT_OVERRIDES,
    redisUrl: settings.REDIS_URL,
  };
  return [
    { provide: Registry, useValue: new Registry() },
    {
      provide: RateLimits,
      useFactory: (registry: Registry) => openRateLimits(limits, registry, (line) => log.warn({}, line)),
      inject: [Registry],
    },
    ApiKeys,
    {
      provide: AccessTokens,
      useFactory: (tenants: Tenants) =>
        new AccessTokens(settings.STELE_OAUTH_ISSUERS, tenants, (line, reason) => log.warn({ err: reason }, line)),
      inject: [Tenants],
    },
    { provide: APP_GUARD, useClass: ScopeGuard },
    { provide: APP_FILTER, useClass: DirectoryExceptionFilter },
  ];
}

/** The rules of the directory, and what is done beside requests. */
function directoryProviders(settings: Settings, log: FastifyBaseLogger): Providers {
  const directory: DirectoryOptions = {
    emailVerification: settings.STELE_EMAIL_VERIFICATION,
    passwordMemoryKib: settings.STELE_PASSWORD_MEMORY,
  };
  return [
    ...mailProviders(settings, log),
    { provide: DirectoryOptions, useValue: directory },
    Directory,
    Groups,
    Avatars,
    NermBulk,
    { provide: JobKinds, useExisting: NermBulk },
    { provide: JobOptions, useValue: { log } satisfies JobOptions },
    JobWorker,
    Jobs,
  ];
}

/** Everything that serves requests, over one database. */
@Module({})
export class AppModule implements OnApplicationShutdown {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  static over(databaseUrl: string, settings: Settings, log: FastifyBaseLogger): DynamicModule {
    const pages: PageOptions = { reference: settings.STELE_REFERENCE };
    return {
      module: AppModule,
      controllers: [
        ...controllers,
        AvatarController,
        HealthController,
        HomeController,
        MetricsController,
        OpenApiController,
        ReferenceController,
      ],
      providers: [
        ...storeProviders(databaseUrl, settings),
        ...accessProviders(settings, log),
        ...directoryProviders(settings, log),
        { provide: PageOptions, useValue: pages },
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}
