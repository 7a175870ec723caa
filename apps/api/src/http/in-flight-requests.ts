import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds in which clients that keep connections open may learn that this server is going. */
const GRACE = 1000;
const POLL = 20;

/** Requests under way at most, before more are told to come back. */
const CAPACITY = 4096;

/** The connections of the server: how many requests are under way on them, and how they are let go before it stops. */
export class Connections {
  private begun = false;
  private readonly open = new Set<Socket>();
  /** How many requests have no answer yet, by their connection: HTTP lets a client send more before that. */
  private readonly busy = new Map<Socket, number>();
  private underWay = 0;

  get draining(): boolean {
    return this.begun;
  }

  get full(): boolean {
    return this.underWay >= CAPACITY;
  }

  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.open.add(socket);
      socket.once('close', () => this.open.delete(socket));
    });
  }

  /** A request has arrived. Each is answered once, by its handler or when its time is over, and then leaves. */
  enter(socket: Socket): void {
    this.underWay++;
    this.busy.set(socket, (this.busy.get(socket) ?? 0) + 1);
  }

  leave(socket: Socket): void {
    const others = this.busy.get(socket)! - 1;
    this.underWay--;
    if (others > 0) this.busy.set(socket, others);
    else this.busy.delete(socket);
  }

  /**
   * The time between the wish to stop and the stop: readiness is off and every answer closes its connection, so that
   * nobody sends a request into a connection that is being torn down. Ends by closing those without a request.
   */
  async drain(): Promise<void> {
    this.begun = true;
    const end = performance.now() + GRACE;
    while (this.open.size > 0 && performance.now() < end) await sleep(POLL);
    for (const socket of this.open) if (!this.busy.has(socket)) socket.destroySoon();
  }
}
