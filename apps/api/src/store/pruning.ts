import type { Database, Statement } from './database.ts';

/** Forgets what is too old to be kept, from time to time and a batch at a time. */
export class Pruning {
  private readonly timer: NodeJS.Timeout;

  /**
   * @param statement of which each row that it answers with, or that it touches, is one that was forgotten
   * @param batch rows of one statement at most
   * @param interval milliseconds between two rounds
   */
  constructor(
    private readonly database: Database,
    private readonly statement: Statement,
    private readonly batch: number,
    interval: number,
  ) {
    // What cannot be forgotten now is forgotten in the next round.
    this.timer = setInterval(() => void this.run().catch(() => {}), interval);
    this.timer.unref();
  }

  /** Forgets everything that is too old, and answers with how much that was. */
  async run(): Promise<number> {
    let pruned = 0;
    for (;;) {
      const { rowCount } = await this.database.query(this.statement, []);
      pruned += rowCount ?? 0;
      if ((rowCount ?? 0) < this.batch) return pruned;
    }
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
