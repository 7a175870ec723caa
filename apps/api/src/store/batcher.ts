import { DirectoryError, isUncertain } from '@stele/schemas/canonical';

export interface BatcherOptions<Item, Result> {
  /** Batches under way at once, slow ones aside. */
  readonly lanes: number;
  /** Milliseconds after which a batch is slow, and no longer keeps others from its lane; without it none is. */
  readonly patience?: number;
  /** Batches under way at once, slow ones included; as many as there are lanes unless it is said. */
  readonly most?: number;
  /** Puts off the beginning of a batch, so that more may come to share it; at once unless it is said. */
  readonly gather?: (begin: () => void) => void;
  /** Items of one batch at most. */
  readonly size: number;
  /** Items that wait at most; one more is refused as unavailable. */
  readonly capacity: number;
  /** Items with the same key are never under way at the same time. None: all may be. */
  readonly keyOf?: (item: Item) => string;
  /** Answers for each item, in order. Called with one item as soon as a lane is free. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly key: string | undefined;
  /** On the clock of `performance.now`; what is still waiting then is not begun. */
  readonly deadline: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets what arrives while a statement is under way share the next one. At low load every item goes at once and alone;
 * at high load a batch costs little more than one item did.
 */
export class Batcher<Item, Result> {
  private queue: Waiting<Item, Result>[] = [];
  private readonly busyKeys = new Set<string>();
  private busyLanes = 0;
  private underWay = 0;
  private scheduled = false;

  constructor(private readonly options: BatcherOptions<Item, Result>) {}

  submit(item: Item, deadline: number): Promise<Result> {
    if (this.queue.length >= this.options.capacity) return Promise.reject(overloaded());
    return new Promise((resolve, reject) => {
      this.queue.push({ item, key: this.options.keyOf?.(item), deadline, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    const { gather } = this.options;
    if (!gather) this.dispatch();
    else if (!this.scheduled) {
      this.scheduled = true;
      gather(() => {
        this.scheduled = false;
        this.dispatch();
      });
    }
  }

  private dispatch(): void {
    const { lanes, most = lanes } = this.options;
    while (this.busyLanes < lanes && this.underWay < most && this.queue.length > 0) {
      const batch = this.take();
      if (batch.length === 0) return;
      const leaveLane = this.enterLane();
      this.underWay++;
      void this.run(batch).finally(() => {
        this.underWay--;
        for (const { key } of batch) if (key !== undefined) this.busyKeys.delete(key);
        leaveLane();
      });
    }
  }

  /** Takes a lane until the batch is done, or has shown that it is slow: one that waits for a lock must not hold up all. */
  private enterLane(): () => void {
    const { patience } = this.options;
    this.busyLanes++;
    let inLane = true;
    const leave = () => {
      clearTimeout(timer);
      if (inLane) this.busyLanes--;
      inLane = false;
      this.schedule();
    };
    const timer = patience === undefined ? undefined : setTimeout(leave, patience);
    return leave;
  }

  /** The oldest items that may go together. The others keep their order. */
  private take(): Waiting<Item, Result>[] {
    const now = performance.now();
    const batch: Waiting<Item, Result>[] = [];
    const rest: Waiting<Item, Result>[] = [];
    for (const waiting of this.queue) {
      if (waiting.deadline <= now) waiting.reject(overloaded());
      else if (batch.length === this.options.size || (waiting.key !== undefined && this.busyKeys.has(waiting.key))) {
        rest.push(waiting);
      } else {
        if (waiting.key !== undefined) this.busyKeys.add(waiting.key);
        batch.push(waiting);
      }
    }
    this.queue = rest;
    return batch;
  }

  private async run(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.options.run(batch.map(({ item }) => item));
      for (const [index, waiting] of batch.entries()) waiting.resolve(results[index]!);
    } catch (error) {
      // What may have been done must not be done again.
      if (batch.length === 1 || isUncertain(error)) for (const { reject } of batch) reject(error);
      // One item spoiled it for all. Nothing was written, so each is done alone and keeps its own error.
      else await Promise.all(batch.map((waiting) => this.run([waiting])));
    }
  }
}

function overloaded(): DirectoryError {
  return new DirectoryError('unavailable', 'The directory is too busy', { retryAfter: 1 });
}
