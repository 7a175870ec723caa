import { DirectoryError, isUncertain, onceFor, type User } from '@stele/schemas/canonical';
import pMap from 'p-map';
import { type BatchReplay, itemRecord, type Remaining } from '../idempotency/batch-replay.ts';
import type { Access } from './request-context.ts';
import { isLate, timedOut } from './deadline.ts';
import { findSwaps, type Rename } from './user-name-swaps.ts';
import type { BatchResult, WriteResult } from './write-result.ts';

export { findSwaps, type Rename } from './user-name-swaps.ts';

/** Items of one batch under way at once: what one statement takes. */
const CONCURRENCY = 64;

/** What decides which items may go on at once: those of one kind that follow each other and have different keys. */
export interface Place {
  readonly kind: string;
  /** Without one an item goes alone. */
  readonly key?: string;
}

/** What is to be done for one item of a batch. */
export interface Item<Outcome> extends Place {
  run(access: Access): Promise<WriteResult<User>>;
  /** Of an item that gives a user another name. */
  readonly rename?: Rename;
  /** The result of the item in the format of the dialect. */
  encode(user: User): Outcome;
}

interface Placed<Value> {
  readonly value: Value;
  readonly index: number;
}

/** Cuts a batch into runs, so that no outcome depends on which of two items is faster. */
export function runsOf<Value extends Place>(items: readonly Value[]): Placed<Value>[][] {
  const runs: Placed<Value>[][] = [];
  /** The kind of the run under way, and the keys in it; none when it is closed. */
  let open: { kind: string; keys: Set<string> } | undefined;
  for (const [index, value] of items.entries()) {
    const { kind, key } = value;
    if (open && key !== undefined && open.kind === kind && !open.keys.has(key)) runs.at(-1)!.push({ value, index });
    else {
      runs.push([{ value, index }]);
      open = key === undefined ? undefined : { kind, keys: new Set() };
    }
    if (key !== undefined) open?.keys.add(key);
  }
  return runs;
}

/**
 * Does each item by itself, with the outcome that they would have one after the other. An error is the outcome of its own
 * item. What was done before the request was interrupted is not done again. Items that pass user names round in a circle
 * are done in one transaction, in the place of the first of them.
 * @param toOutcome the outcome of an item that failed
 */
export function runBatch<Outcome>(
  access: Access,
  items: readonly Item<Outcome>[],
  toOutcome: (error: DirectoryError, index: number) => Outcome,
): Promise<BatchResult<Outcome[]>> {
  return new Batch(access, items, toOutcome).run();
}

class Batch<Outcome> {
  /** Of each item: the same without the replay state of the others. */
  private readonly access: Access;
  private readonly replay: BatchReplay | undefined;
  private readonly outcomes: Outcome[] = [];
  /** Outcomes that no write has stored, of a request with a key. */
  private readonly unstored = new Map<number, Outcome>();
  private readonly failures: DirectoryError[] = [];
  private readonly unforeseen: unknown[] = [];
  private remaining: Remaining = 'none';
  /** Of a request with a key: an item is still to be done, and none that comes after it may be done before it. */
  private isPostponed = false;

  constructor(
    { items: replay, ...access }: Access,
    private readonly items: readonly Item<Outcome>[],
    private readonly toOutcome: (error: DirectoryError, index: number) => Outcome,
  ) {
    this.access = access;
    this.replay = replay;
  }

  async run(): Promise<BatchResult<Outcome[]>> {
    const found = await findSwaps(this.access, this.items);
    const swaps = new Map(found.map((indexes) => [Math.min(...indexes), indexes]));
    for (const run of runsOf(this.items)) {
      const settle = async (placed: Placed<Item<Outcome>>) => {
        // All of a run comes to an end before its error is thrown: what is in flight still stores its outcome.
        await this.settle(placed, swaps.get(placed.index)).catch((error: unknown) => void this.unforeseen.push(error));
      };
      await pMap(run, settle, { concurrency: CONCURRENCY });
      this.isPostponed = this.replay !== undefined && this.remaining !== 'none';
      if (this.unforeseen.length > 0) throw this.unforeseen[0];
      await this.replay?.record(this.unstored);
      this.unstored.clear();
    }
    return { result: this.outcomes, remaining: this.remaining, failures: this.failures };
  }

  private async settle(placed: Placed<Item<Outcome>>, swap: readonly number[] | undefined): Promise<void> {
    if (swap) await this.swap(swap);
    if (placed.index in this.outcomes || this.unforeseen.length > 0) return;
    await this.perform(placed);
  }

  private async perform({ value: item, index }: Placed<Item<Outcome>>): Promise<void> {
    const done = this.replay?.get(index);
    if (done) this.outcomes[index] = done.outcome as Outcome;
    else if (this.isPostponed) this.outcomes[index] = this.toOutcome(postponed(), index);
    else if (isLate(this.access.deadline)) this.leave([index], timedOut());
    else {
      const { outcomeOf, access } = this.prepare(item, index);
      try {
        const { resource, isReplayStored } = await item.run(access);
        this.outcomes[index] = outcomeOf(resource);
        if (!isReplayStored) this.unstored.set(index, this.outcomes[index]);
      } catch (error) {
        if (!(error instanceof DirectoryError)) throw error;
        if (error.code === 'unavailable') this.fail([index], error);
        else this.unstored.set(index, (this.outcomes[index] = this.toOutcome(error, index)));
      }
    }
  }

  /** Does all items of a swap or none. Where they fail together, each is left to be done by itself, with its own error. */
  private async swap(indexes: readonly number[]): Promise<void> {
    if (this.isPostponed || isLate(this.access.deadline) || indexes.some((index) => this.replay?.get(index))) return;
    const renames = indexes.map((index) => {
      const item = this.items[index]!;
      return { ...item.rename!, ...this.prepare(item, index) };
    });
    try {
      const users = await renames[0]!.directory.reviseTogether(renames);
      for (const [place, index] of indexes.entries()) this.outcomes[index] = renames[place]!.outcomeOf(users[place]!);
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      if (error.code === 'unavailable') this.fail(indexes, error);
    }
  }

  /** How the outcome of an item is made, once for each user, and the item's own access. */
  private prepare(item: Item<Outcome>, index: number) {
    const outcomeOf = onceFor((user: User) => item.encode(user));
    const encode = (user: object): unknown => {
      const outcome = outcomeOf(user as User);
      return this.replay ? itemRecord(outcome) : undefined;
    };
    const access: Access = { ...this.access, encode, ...(this.replay && { claim: this.replay.claimOf(index) }) };
    return { outcomeOf, access };
  }

  /** Items failed through no fault of the caller. */
  private fail(indexes: readonly number[], error: DirectoryError): void {
    this.failures.push(error);
    this.leave(indexes, error);
  }

  /** Items are still to be done. */
  private leave(indexes: readonly number[], error: DirectoryError): void {
    if (this.remaining !== 'uncertain') this.remaining = isUncertain(error) ? 'uncertain' : 'some';
    for (const index of indexes) this.outcomes[index] = this.toOutcome(error, index);
  }
}

const postponed = () =>
  new DirectoryError('unavailable', 'What comes before this is still to be done', { retryAfter: 1 });
