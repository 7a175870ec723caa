import { DirectoryError } from '@stele/schemas/canonical';

/**
 * Lets work on one thing go one after the other, in the order in which it came. Of writers to one user each then starts
 * from what the one before it left, instead of overtaking each other and starting again.
 */
export class Turns {
  /** For each thing that is worked on, those who wait for it. */
  private readonly waiting = new Map<string, (() => void)[]>();

  /** @param deadline on the clock of `performance.now`: whoever has not had a turn by then gets none. */
  async take<Result>(key: string, deadline: number, work: () => Promise<Result>): Promise<Result> {
    const line = this.waiting.get(key);
    if (line) await new Promise<void>((resolve) => line.push(resolve));
    else this.waiting.set(key, []);
    try {
      if (line && performance.now() >= deadline) {
        throw new DirectoryError('unavailable', 'Too many writes at once to this user', { retryAfter: 1 });
      }
      return await work();
    } finally {
      const next = this.waiting.get(key)!.shift();
      if (next) next();
      else this.waiting.delete(key);
    }
  }
}
