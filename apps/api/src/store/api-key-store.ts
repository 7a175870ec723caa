import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Scope } from '@stele/schemas/contract';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { type Credential, CredentialStore } from '../auth/credential.ts';
import { KEEP_ALIVE_DELAY } from './data-source.ts';
import { Database, type Statement } from './database.ts';

/** Milliseconds for which a key that was found is believed, and how many are. A change is heard of at once, or by then. */
const BELIEVED = 5000;
const MAX_KEYS = 10_000;

/** On which a trigger tells the hash of a key that was changed or deleted. */
const CHANNEL = 'stele_api_keys';

/** Milliseconds until the next try to listen. Until then keys are believed for as long as they are at most. */
const LISTEN_AGAIN = 1000;
const CONNECT_TIMEOUT = 5000;

const findApiKey: Statement = {
  name: 'find-api-key',
  text: `SELECT id, tenant_id, scopes FROM api_keys WHERE key_hash = decode($1, 'hex')`,
};

/** API keys in PostgreSQL, found by their hash. */
@Injectable()
export class ApiKeyStore extends CredentialStore implements OnApplicationShutdown {
  private readonly known = new LRUCache<string, Credential>({ max: MAX_KEYS, ttl: BELIEVED });
  /** Looked up now: whoever comes with the same key meanwhile shares the answer. */
  private readonly lookups = new Map<string, Promise<Credential | undefined>>();
  private listener: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(DataSource) private readonly dataSource: DataSource,
  ) {
    super();
    this.listen();
  }

  onApplicationShutdown(): void {
    this.closed = true;
    clearTimeout(this.timer);
    // The database's goodbye may never come, and is not needed.
    this.listener?.end().catch(() => {});
  }

  override async findByKeyHash(keyHash: string): Promise<Credential | undefined> {
    const known = this.known.get(keyHash);
    if (known) return known;
    const underWay = this.lookups.get(keyHash);
    if (underWay) return underWay;
    const lookup = this.lookUp(keyHash).finally(() => this.lookups.delete(keyHash));
    this.lookups.set(keyHash, lookup);
    return lookup;
  }

  private async lookUp(keyHash: string): Promise<Credential | undefined> {
    const { rows } = await this.database.query(findApiKey, [keyHash]);
    if (!rows[0]) return undefined;
    const [id, tenantId, scopes] = rows[0] as unknown as [string, string, Scope[]];
    const credential: Credential = { id, tenantId, scopes };
    this.known.set(keyHash, credential);
    return credential;
  }

  /** Hears of changed keys on a connection of its own; when that breaks, begins again. */
  private listen(): void {
    const { url } = this.dataSource.options as { url: string };
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY,
      application_name: 'stele-keys',
    });
    this.listener = client;
    client.on('notification', ({ payload }) => this.known.delete(payload ?? ''));
    // An error is followed by the end; a connection that was never made may have no end of its own.
    client.on('error', () => {});
    client.on('end', () => this.listenAgain(client));
    client
      .connect()
      .then(() => client.query(`LISTEN ${CHANNEL}`))
      // What was changed while nobody listened is not told again.
      .then(() => this.known.clear())
      .catch(() => {
        client.end().catch(() => {});
        this.listenAgain(client);
      });
  }

  private listenAgain(after: pg.Client): void {
    if (this.closed || this.listener !== after) return;
    this.listener = undefined;
    this.timer = setTimeout(() => this.listen(), LISTEN_AGAIN);
    this.timer.unref();
  }
}
