import { DirectoryError, isUncertain, onceFor, type User } from '@stele/schemas/canonical';
import pMap from 'p-map';
import type { Access, StoredAnswer } from './access.ts';
import { isLate, late } from './deadline.ts';
import { findSwaps, type Rename } from './user-name-swaps.ts';

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
  run(access: Access): Promise<User>;
  /** Of an item that gives a user another name. */
  readonly rename?: Rename;
  /** What its caller gets to know, in the words of the wire. */
  answer(user: User): Outcome;
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

/** What one item came to. */
interface Settled<Outcome> {
  readonly outcome: Outcome;
  /** The answer is kept already, or must not be: the item is still to be done. */
  readonly kept?: boolean;
}

/**
 * Does each item by itself, with the outcome that they would have one after the other. A refusal is the item's own. What
 * was dealt with before the request was interrupted is not done again. Items that pass user names round in a circle are
 * done in one transaction, in the place of the first of them.
 */
export async function eachAlone<Outcome>(
  { items: memory, onItemFailure, ...access }: Access,
  items: readonly Item<Outcome>[],
  refuse: (error: DirectoryError, index: number) => Outcome,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const unforeseen: unknown[] = [];
  /** Of a request with a key: something is still to be done, and nothing that comes after it may be done before it. */
  let isLeft = false;

  async function perform(item: Item<Outcome>, index: number): Promise<Settled<Outcome>> {
    const done = memory?.answerTo(index)?.body;
    if (done != null) return { outcome: JSON.parse(done) as Outcome, kept: true };
    if (isLeft) return { outcome: refuse(postponed(), index), kept: true };
    if (isLate(access.deadline)) {
      memory?.leave(false);
      return { outcome: refuse(late(), index), kept: true };
    }
    const outcomeOf = onceFor((user: User) => item.answer(user));
    const replayRecord = memory?.replayRecord(index, (user) => storedAnswer(outcomeOf(user as User)));
    try {
      const encode = (user: object) => void outcomeOf(user as User);
      const user = await item.run({ ...access, encode, ...(replayRecord && { replayRecord }) });
      return { outcome: outcomeOf(user), ...(replayRecord && { kept: replayRecord.kept }) };
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      if (error.code !== 'unavailable') return { outcome: refuse(error, index) };
      onItemFailure?.(error);
      memory?.leave(isUncertain(error));
      return { outcome: refuse(error, index), kept: true };
    }
  }

  /** Does all items of a swap or none. Where they fail together, each is left to be done by itself, with its own error. */
  async function swap(indexes: readonly number[]): Promise<void> {
    if (isLeft || isLate(access.deadline) || indexes.some((index) => memory?.answerTo(index))) return;
    const renames = indexes.map((index) => {
      const outcomeOf = onceFor((user: User) => items[index]!.answer(user));
      const encode = (user: object) => void outcomeOf(user as User);
      const replayRecord = memory?.replayRecord(index, (user) => storedAnswer(outcomeOf(user as User)));
      return {
        rename: items[index]!.rename!,
        outcomeOf,
        access: { ...access, encode, ...(replayRecord && { replayRecord }) },
      };
    });
    try {
      const users = await renames[0]!.rename.directory.reviseTogether(
        renames.map((each) => ({ access: each.access, id: each.rename.id, change: each.rename.change })),
      );
      for (const [place, index] of indexes.entries()) outcomes[index] = renames[place]!.outcomeOf(users[place]!);
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      if (error.code !== 'unavailable') return;
      onItemFailure?.(error);
      memory?.leave(isUncertain(error));
      for (const index of indexes) outcomes[index] = refuse(error, index);
    }
  }

  const swaps = new Map((await findSwaps(access, items)).map((indexes) => [Math.min(...indexes), indexes]));
  for (const run of runsOf(items)) {
    const answers = new Map<number, StoredAnswer>();
    const settle = async ({ value: item, index }: Placed<Item<Outcome>>) => {
      const indexes = swaps.get(index);
      if (indexes) await swap(indexes).catch((error: unknown) => void unforeseen.push(error));
      if (index in outcomes || unforeseen.length > 0) return;
      // All of a run comes to an end before its error is told: what is under way still remembers itself.
      const settled = await perform(item, index).catch((error: unknown) => void unforeseen.push(error));
      if (!settled) return;
      outcomes[index] = settled.outcome;
      if (!settled.kept) answers.set(index, storedAnswer(settled.outcome));
    };
    await pMap(run, settle, { concurrency: CONCURRENCY });
    isLeft = memory?.isLeft ?? false;
    if (unforeseen.length > 0) throw unforeseen[0];
    if (answers.size > 0) await memory?.keep(answers);
  }
  return outcomes;
}

const postponed = () =>
  new DirectoryError('unavailable', 'What comes before this is still to be done', { retryAfter: 1 });

/** An item has no answer of its own on the wire: what is kept is its part of the whole. */
const storedAnswer = (outcome: unknown): StoredAnswer => ({ status: 200, headers: {}, body: JSON.stringify(outcome) });
