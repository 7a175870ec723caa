import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What becomes of one statement: it never reaches the server; or the server's whole answer, commit and all, never
 * reaches the client; either way the connection is cut. Or nothing is cut and the answer never comes.
 */
export type Fate = 'lost' | 'unanswered' | 'stuck';

interface Trap {
  readonly text: string;
  readonly fate: Fate;
  readonly sprung: () => void;
}

/** `ReadyForQuery`, outside of a transaction or within one: the end of every answer. */
const READY = /Z\0\0\0\u0005[IT]$/;

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
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

  get connections(): number {
    return this.pairs.size;
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
    let sprung: Trap | undefined;
    let tail = '';

    this.forward(pair, client, server, (chunk) => {
      sprung ??= this.sprungBy(chunk);
      if (sprung?.fate === 'lost') {
        this.part(pair);
        sprung.sprung();
      }
    });
    this.forward(pair, server, client, (chunk) => {
      if (!sprung) return chunk;
      tail = (tail + chunk.toString('latin1')).slice(-6);
      if (!READY.test(tail)) return undefined;
      if (sprung.fate === 'unanswered') this.part(pair);
      sprung.sprung();
      return undefined;
    });
  }

  private sprungBy(chunk: Buffer): Trap | undefined {
    for (const trap of this.traps) {
      if (!chunk.includes(trap.text)) continue;
      this.traps.delete(trap);
      return trap;
    }
    return undefined;
  }

  /** Passes on bytes and ends in their order, each when its time has come. */
  private forward(pair: Pair, from: Socket, to: Socket, look: (chunk: Buffer) => Buffer | undefined | void): void {
    let last = Promise.resolve();
    const later = (pass: () => void): void => {
      last = last
        .then(() => this.open)
        .then(() => (from === pair.server && this.delay > 0 ? sleep(this.delay) : undefined))
        .then(pass);
    };
    from.on('data', (chunk) => {
      const seen = look(chunk);
      const passed = from === pair.client ? chunk : seen;
      if (passed) later(() => to.writable && to.write(passed));
    });
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
