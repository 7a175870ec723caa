import type { IdempotencyClaim, IdempotencyStore, RequestClaim } from './idempotency-store.ts';
import { hashParts } from './key.ts';

/** Whether items of a batch are still to be done: none, or some; of uncertain ones it is not known whether they were. */
export type Remaining = 'none' | 'some' | 'uncertain';

/** As every version has stored it. */
interface ItemRecord {
  readonly body: string;
}

/** The replay record of an item. */
export const itemRecord = (outcome: unknown): ItemRecord => ({ body: JSON.stringify(outcome) });

/** The replay state of some items of one request or job: those that were done before, and claims of the others. */
export class BatchReplay {
  private constructor(
    private readonly store: IdempotencyStore,
    private readonly claim: RequestClaim,
    private readonly keyHashes: readonly Buffer[],
    private readonly records: ReadonlyMap<string, unknown>,
  ) {}

  /**
   * Claims `count` items, beginning at index `first` of their request. Their keys are made from its claim, so that a later
   * claim of the same request finds them.
   */
  static async claim(store: IdempotencyStore, claim: RequestClaim, first: number, count: number): Promise<BatchReplay> {
    const keyHashes = Array.from({ length: count }, (_, index) =>
      hashParts(claim.keyHash, claim.fingerprint, String(first + index)),
    );
    return new BatchReplay(store, claim, keyHashes, await store.claimItems(claim, keyHashes));
  }

  /** The outcome of an item that was done before. */
  get(index: number): { readonly outcome: unknown } | undefined {
    const record = this.records.get(this.keyHashes[index]!.toString('hex')) as ItemRecord | undefined;
    return record && { outcome: JSON.parse(record.body) };
  }

  /** Of an item that is to be done. */
  claimOf(index: number): IdempotencyClaim {
    return { keyHash: this.keyHashes[index]!, token: this.claim.token };
  }

  /** Stores the outcomes of items that wrote nothing. */
  async record(outcomes: ReadonlyMap<number, unknown>): Promise<void> {
    if (outcomes.size === 0) return;
    await this.store.storeItems(
      this.claim,
      [...outcomes].map(([index, outcome]) => [this.keyHashes[index]!, itemRecord(outcome)] as const),
    );
  }

  /** Deletes the state of the first `count` items, once their outcomes are stored elsewhere. */
  delete(count = this.keyHashes.length): Promise<void> {
    return this.store.deleteItems(this.claim, this.keyHashes.slice(0, count));
  }
}
