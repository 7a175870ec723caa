import type { ItemMemory, ReplayRecord, StoredAnswer } from '../directory/access.ts';
import { type Claim, hashParts, type IdempotencyStore } from './idempotency.ts';

/** What is done of a request on many items, each of which has a key of its own. */
export interface KeyedItems extends ItemMemory {
  /** Whether items are still to be done. */
  readonly left: 'none' | 'some' | 'uncertain';
  /** Forgets the first of them, once what became of them is kept elsewhere; all unless it is said. */
  forget(count?: number): Promise<void>;
}

/** The answer to what was claimed is to be kept with what it writes. */
export function replayRecordOf(
  claim: Claim,
  keyHash: Buffer,
  answerTo: (resource: unknown) => StoredAnswer,
): ReplayRecord {
  return { keyHash, token: claim.token, answerTo, kept: false };
}

/**
 * The memory of items of which the first has this number, and the others follow. Their keys are made from what was
 * claimed, so that a later claim of the same finds them.
 */
export async function itemsOf(
  claim: Claim,
  first: number,
  count: number,
  store: IdempotencyStore,
): Promise<KeyedItems> {
  const keyHashes = Array.from({ length: count }, (_, index) =>
    hashParts(claim.keyHash, claim.fingerprint, String(first + index)),
  );
  const answers = await store.claimItems(claim, keyHashes);
  let left: KeyedItems['left'] = 'none';
  return {
    get left() {
      return left;
    },
    answerTo: (index) => answers.get(keyHashes[index]!.toString('hex')),
    replayRecord: (index, answerTo) => replayRecordOf(claim, keyHashes[index]!, answerTo),
    keep: (kept) =>
      store.keepItems(
        claim,
        [...kept].map(([index, answer]) => [keyHashes[index]!, answer] as const),
      ),
    get isLeft() {
      return left !== 'none';
    },
    leave: (uncertain) => {
      if (left !== 'uncertain') left = uncertain ? 'uncertain' : 'some';
    },
    forget: (most = count) => store.forgetItems(claim, keyHashes.slice(0, most)),
  };
}
