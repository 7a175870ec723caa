import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds in which clients that keep connections open may learn that this server is going. */
const GRACE = 1000;
const POLL = 20;

/**
 * The time between the wish to stop and the stop. Readiness is off and every answer closes its connection, so that
 * nobody sends a request into a connection that is being torn down.
 */
export class Drain {
  private begun = false;
  private readonly open = new Set<Socket>();
  /** Connections on which a request has no answer yet. */
  private readonly busy = new Set<Socket>();

  get draining(): boolean {
    return this.begun;
  }

  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.open.add(socket);
      socket.once('close', () => {
        this.open.delete(socket);
        this.busy.delete(socket);
      });
    });
  }

  enter(socket: Socket): void {
    this.busy.add(socket);
  }

  leave(socket: Socket): void {
    this.busy.delete(socket);
  }

  /** Waits for the clients, and then closes the connections on which nothing is under way. */
  async begin(): Promise<void> {
    this.begun = true;
    const end = performance.now() + GRACE;
    while (this.open.size > 0 && performance.now() < end) await sleep(POLL);
    for (const socket of this.open) if (!this.busy.has(socket)) socket.destroySoon();
  }
}
