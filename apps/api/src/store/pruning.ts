import type { Database, Statement } from './database.ts';

/** Forgets from time to time what is not to be kept any longer. */
export class Pruning {
  private readonly timer: NodeJS.Timeout;

  /**
   * @param run one round, which answers with how much it has forgotten
   * @param interval milliseconds between two rounds
   */
  constructor(
    readonly run: () => Promise<number>,
    interval: number,
  ) {
    // What cannot be forgotten now is forgotten in the next round.
    this.timer = setInterval(() => void run().catch(() => {}), interval);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

/** Runs a statement that forgets some rows until there are fewer than it takes at once, and answers with how many there were. */
export async function inBatches(database: Database, statement: Statement, batch: number): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const { rowCount } = await database.query(statement, []);
    forgotten += rowCount ?? 0;
    if ((rowCount ?? 0) < batch) return forgotten;
  }
}
