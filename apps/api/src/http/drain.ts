import type { Server } from 'node:http';
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

  get draining(): boolean {
    return this.begun;
  }

  /** Waits until no connection is open any more, or long enough for those that are in use to have been told. */
  async begin(server: Server): Promise<void> {
    this.begun = true;
    for (const end = performance.now() + GRACE; performance.now() < end; await sleep(POLL)) {
      const open = await new Promise<number>((resolve) => {
        server.getConnections((_error, count) => resolve(count));
      });
      if (open === 0) return;
    }
  }
}
