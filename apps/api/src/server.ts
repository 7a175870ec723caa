import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './app.ts';
import type { Credential } from './auth/credential.ts';
import { listeningUrl } from './http/public-url.ts';
import type { Settings } from './settings.ts';
import { migrate } from './store/migrate.ts';
import { ApiKeyStore } from './auth/api-key-store.ts';
import { ApiKeys } from './auth/api-keys.ts';
import { Tenants } from './auth/tenants.ts';
import { demoUser, developmentKey } from './first-run.ts';
import type { User } from '@stele/schemas/canonical';

export interface RunningServer {
  readonly url: string;
  /** Of development alone: the key to try the server with, and a user to try it on. */
  readonly trial?: { readonly key: string; readonly user: User };
  /** Finishes the requests that are under way, then ends the server and a database that it started. */
  stop(): Promise<void>;
}

interface Database {
  readonly url: string;
  stop(): Promise<void>;
}

/** The database of `DATABASE_URL`, else the embedded one, which it starts. */
export async function openDatabase(settings: Settings, log: (line: string) => void): Promise<Database> {
  if (settings.DATABASE_URL !== undefined) return { url: settings.DATABASE_URL, stop: async () => {} };
  const { startEmbeddedPostgres } = await import('@stele/embedded-database').catch((cause: unknown) => {
    throw new StartError('Set DATABASE_URL: this installation has no PostgreSQL of its own', { cause });
  });
  return startEmbeddedPostgres({ directory: `${settings.STELE_DATA_DIR}/postgres`, log });
}

/**
 * Milliseconds from the wish to stop until nothing is waited for any more: whoever sends SIGTERM sends SIGKILL after ten
 * seconds. Requests that are under way have their deadline before that.
 */
const PATIENCE = 8000;

/** Lets clients go, finishes what is under way, and closes what is still open when patience ends. */
async function shutDown(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpServer();
  const end = new AbortController();
  const patience = sleep(PATIENCE, undefined, { signal: end.signal }).catch(() => {});
  void patience.then(() => server.closeAllConnections());
  await app.getHttpAdapter().getInstance().stele.connections.drain();
  // A database that does not answer any more must not keep the process from ending.
  await Promise.race([app.close(), patience]);
  end.abort();
}

/** Makes the key that the settings name, whatever it looks like. */
function bootstrap(app: NestFastifyApplication, key: string): Promise<Credential> {
  app.get(ApiKeys).expect(key);
  return app.get(Tenants).bootstrap(key);
}

/** Why nothing could be started, in words that need no stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Several addresses of one host fail together, and then have no message of their own. */
const reasonOf = (cause: unknown): string =>
  cause instanceof AggregateError
    ? cause.errors.map(reasonOf).join('; ')
    : cause instanceof Error
      ? cause.message
      : String(cause);

/** Rejects a directory that no client can call: it has no key, and no provider gives access tokens for it. */
async function assertCallable(app: NestFastifyApplication, { STELE_OAUTH_ISSUERS }: Settings): Promise<void> {
  if (STELE_OAUTH_ISSUERS.length > 0 || !(await app.get(ApiKeyStore).isEmpty())) return;
  throw new StartError(
    'There is no API key: set STELE_BOOTSTRAP_KEY, at least 32 random characters, to create the first one',
  );
}

async function listen(app: NestFastifyApplication, { HOST, PORT }: Settings): Promise<void> {
  try {
    await app.listen(PORT, HOST);
  } catch (cause) {
    throw new StartError(`Cannot listen at HOST=${HOST}, PORT=${PORT}: ${reasonOf(cause)}`, { cause });
  }
}

/** Starts everything: the database where none is given, its schema, and the API on top. */
export async function startServer(settings: Settings, log: (line: string) => void): Promise<RunningServer> {
  const database = await openDatabase(settings, log);
  try {
    const migrated = await migrate(database.url).catch((cause: unknown) => {
      throw new StartError(`The database cannot be used: ${reasonOf(cause)}`, { cause });
    });
    if (migrated.length > 0) log(`Migrated the database: ${migrated.join(', ')}`);
    const app = await createApp(settings, database.url);
    const stop = async () => {
      await shutDown(app);
      await database.stop();
    };
    try {
      const development = settings.NODE_ENV !== 'production';
      const key = settings.STELE_BOOTSTRAP_KEY ?? (development ? await developmentKey(settings) : undefined);
      if (key === undefined) await assertCallable(app, settings);
      const credential = key === undefined ? undefined : await bootstrap(app, key);
      const user = development && credential ? await demoUser(app, credential) : undefined;
      await listen(app, settings);
      const url = listeningUrl(app.getHttpServer().address() as AddressInfo);
      return { url, ...(key !== undefined && user && { trial: { key, user } }), stop };
    } catch (error) {
      await app.close();
      throw error;
    }
  } catch (error) {
    await database.stop();
    throw error;
  }
}
