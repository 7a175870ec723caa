import { DirectoryError } from '@stele/schemas/canonical';

/**
 * Lets work on one thing go one after the other, in the order in which it came. Of writers to one user each then starts
 * from what the one before it left, instead of overtaking each other and starting again.
 */
export class Turns {
  private readonly last = new Map<string, Promise<void>>();

  /** @param deadline on the clock of `performance.now`: whoever has not had a turn by then gets none. */
  async take<Result>(key: string, deadline: number, work: () => Promise<Result>): Promise<Result> {
    const before = this.last.get(key);
    const { promise: turn, resolve: end } = Promise.withResolvers<void>();
    this.last.set(key, turn);
    try {
      if (before) {
        await before;
        if (performance.now() >= deadline) {
          throw new DirectoryError('unavailable', 'Too many writes at once to this user', { retryAfter: 1 });
        }
      }
      return await work();
    } finally {
      end();
      if (this.last.get(key) === turn) this.last.delete(key);
    }
  }
}
