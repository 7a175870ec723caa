import pg from 'pg';
import { KEEP_ALIVE_DELAY } from './data-source.ts';

/** On which a trigger tells the id of a key that was changed or deleted. */
const CHANNEL = 'stele_api_keys';

/** Milliseconds until the next try to listen. */
const LISTEN_AGAIN = 1000;
const CONNECT_TIMEOUT = 5000;

/** Hears of changed keys on a connection of its own; when that breaks, begins again. */
export class KeyChanges {
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param tell gets the id of a key, or nothing when changes may have gone unheard */
  constructor(
    private readonly url: string,
    private readonly tell: (id?: string) => void,
  ) {
    this.listen();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    // The database's goodbye may never come, and is not needed.
    this.client?.end().catch(() => {});
  }

  private listen(): void {
    const client = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY,
      application_name: 'stele-keys',
    });
    this.client = client;
    client.on('notification', ({ payload }) => this.tell(payload));
    // An error is followed by the end; a connection that was never made may have no end of its own.
    client.on('error', () => {});
    client.on('end', () => this.listenAgain(client));
    client
      .connect()
      .then(() => client.query(`LISTEN ${CHANNEL}`))
      // What was changed while nobody listened is not told again.
      .then(() => this.tell())
      .catch(() => {
        client.end().catch(() => {});
        this.listenAgain(client);
      });
  }

  private listenAgain(after: pg.Client): void {
    if (this.closed || this.client !== after) return;
    this.client = undefined;
    this.timer = setTimeout(() => this.listen(), LISTEN_AGAIN);
    this.timer.unref();
  }
}
