import { DirectoryError, isUncertain } from '@stele/schemas/canonical';
import type { BatchReplay, Remaining } from './batch-replay.ts';
import type { ClaimOutcome, IdempotencyStore, KeyedRequest, RequestClaim } from './idempotency-store.ts';

/** What a request with a key came to. */
export interface Run<Result> {
  readonly result: Result;
  /** The value of its replay record, unless its write has stored that. */
  readonly replay?: unknown;
  /** Of a request on many items. */
  readonly items?: { readonly replay: BatchReplay; readonly remaining: Remaining };
}

/** Runs a request with a key, or returns the replay record of its first run. */
export async function runOnce<Result>(
  store: IdempotencyStore,
  request: KeyedRequest,
  lease: number,
  run: (claim: RequestClaim) => Promise<Run<Result>>,
): Promise<{ readonly result: Result } | { readonly replay: unknown }> {
  const outcome = await store.claim(request, lease);
  if ('replay' in outcome) return outcome;
  if ('error' in outcome) throw keyError(outcome.error);
  const { claim } = outcome;
  try {
    const { result, ...rest } = await run(claim);
    await conclude(store, claim, rest);
    return { result };
  } catch (error) {
    // While it is not known whether the database has committed, the key stays claimed, for its lease. So it does when it
    // cannot be released; the first error is the one to report.
    if (!isUncertain(error)) await store.release(claim).catch(() => {});
    throw error;
  }
}

/**
 * Stores what a repetition gets, where the write has not. A request with items that are still to be done can be sent again:
 * at once, or, where it is not known what was done, when its claim has run out.
 */
async function conclude(
  store: IdempotencyStore,
  claim: RequestClaim,
  { replay, items }: Omit<Run<unknown>, 'result'>,
): Promise<void> {
  if (items?.remaining === 'uncertain') return;
  if (items?.remaining === 'some') return store.release(claim);
  if (replay !== undefined) await store.keep(claim, replay);
  await items?.replay.delete();
}

function keyError(code: Extract<ClaimOutcome, { error: unknown }>['error']): DirectoryError {
  return code === 'request_in_progress'
    ? new DirectoryError(code, 'The first request with this Idempotency-Key is in progress', { retryAfter: 1 })
    : new DirectoryError(code, 'This Idempotency-Key was used for another request');
}
