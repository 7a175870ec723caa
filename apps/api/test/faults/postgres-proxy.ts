import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What becomes of a statement. Lost: it never reaches the server, and the connection is cut. Unanswered: it is done,
 * committed perhaps, but the connection is cut before a byte of the answer has passed. Stuck: it is done, and from then
 * on nothing passes, not even the end of the connection.
 */
export type Fate = 'lost' | 'unanswered' | 'stuck';

interface Trap {
  readonly text: string;
  readonly fate: Fate;
  readonly sprung: () => void;
}

/** `ReadyForQuery`: the end of every answer. */
const READY = 'Z\0\0\0\u0005';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** What one of its statements ran into. */
  trap?: Trap;
  stuck?: boolean;
}

/** A TCP proxy in front of a PostgreSQL, which breaks what it is told to break. */
export class PostgresProxy {
  /** Milliseconds by which each piece of an answer comes later. */
  delay = 0;

  private readonly pairs = new Set<Pair>();
  private readonly traps = new Set<Trap>();
  /** Resolved while bytes pass. */
  private open = Promise.resolve();
  private heal = (): void => {};
  private listener: Server | undefined;

  private constructor(
    private target: URL,
    private port: number,
  ) {}

  static async before(databaseUrl: string): Promise<PostgresProxy> {
    const proxy = new PostgresProxy(new URL(databaseUrl), 0);
    await proxy.accept();
    return proxy;
  }

  /** The database's URL, by way of this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  get accepts(): boolean {
    return this.listener !== undefined;
  }

  /** Leads new connections to a server that came back at another port. */
  lead(databaseUrl: string): void {
    this.target = new URL(databaseUrl);
  }

  async accept(): Promise<void> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.join(client));
    listener.listen(this.port, '127.0.0.1');
    await once(listener, 'listening');
    this.port = (listener.address() as AddressInfo).port;
    this.listener = listener;
  }

  /** Refuses new connections; those that are there stay. */
  refuse(): void {
    this.listener?.close();
    this.listener = undefined;
  }

  /** Resets every connection. */
  cut(): void {
    for (const pair of this.pairs) this.part(pair);
  }

  /** From now on no byte passes, nor the end of a connection; new connections are taken and get no answer. */
  swallow(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.open = promise;
    this.heal = resolve;
  }

  /** Lets pass what was held up, and everything after it. */
  pass(): void {
    this.heal();
    this.open = Promise.resolve();
  }

  /** Waits for the next statement with a text in it and lets a fate overtake it; resolves when that has happened. */
  trap(text: string, fate: Fate): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.traps.add({ text, fate, sprung: resolve });
    return promise;
  }

  close(): void {
    this.refuse();
    this.cut();
    this.pass();
  }

  private join(client: Socket): void {
    const server = connect({ host: '127.0.0.1', port: Number(this.target.port), allowHalfOpen: true, noDelay: true });
    const pair: Pair = { client, server };
    this.pairs.add(pair);
    let tail = '';

    this.forward(pair, client, server, (chunk) => {
      if (!pair.trap) this.meet(pair, chunk);
      if (pair.trap?.fate !== 'lost') return true;
      this.part(pair);
      pair.trap.sprung();
      return false;
    });
    this.forward(pair, server, client, (chunk) => {
      if (!pair.trap) return true;
      tail = (tail + chunk.toString('latin1')).slice(-6);
      // One byte more says whether a transaction is open.
      if (!tail.startsWith(READY)) return false;
      if (pair.trap.fate === 'unanswered') this.part(pair);
      else pair.stuck = true;
      pair.trap.sprung();
      return false;
    });
  }

  private meet(pair: Pair, chunk: Buffer): void {
    for (const trap of this.traps) {
      if (!chunk.includes(trap.text)) continue;
      this.traps.delete(trap);
      pair.trap = trap;
      return;
    }
  }

  /** Passes on bytes and ends in their order, each when its time has come. */
  private forward(pair: Pair, from: Socket, to: Socket, passes: (chunk: Buffer) => boolean): void {
    let last = Promise.resolve();
    const later = (pass: () => void): void => {
      last = last
        .then(() => this.open)
        .then(() => (from === pair.server && this.delay > 0 ? sleep(this.delay) : undefined))
        .then(() => {
          if (!pair.stuck) pass();
        });
    };
    from.on('data', (chunk) => passes(chunk) && later(() => to.writable && to.write(chunk)));
    from.on('end', () => later(() => to.end()));
    from.on('error', () => later(() => this.part(pair)));
    from.on('close', () => later(() => to.destroyed && this.pairs.delete(pair)));
  }

  private part(pair: Pair): void {
    this.pairs.delete(pair);
    for (const socket of [pair.client, pair.server]) {
      if (!socket.destroyed) socket.resetAndDestroy();
    }
  }
}
