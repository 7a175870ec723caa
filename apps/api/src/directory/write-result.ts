import type { DirectoryError } from '@stele/schemas/canonical';
import type { Remaining } from '../idempotency/batch-replay.ts';
import type { ReplayRecord } from '../idempotency/idempotency-store.ts';
import type { Access } from './request-context.ts';

/** A resource before and after a write that was not made. */
export interface WritePreview {
  readonly before: object;
  readonly after: object;
}

/** What a write to one resource came to. */
export interface WriteResult<Resource> {
  readonly resource: Resource;
  /** The replay record of the request was committed with the write. */
  readonly isReplayStored: boolean;
  /** In place of the write, where a preview was asked for. */
  readonly preview?: WritePreview;
}

/** The result of a write that was made. */
export function written<Resource>({ claim }: Access, resource: Resource): WriteResult<Resource> {
  return { resource, isReplayStored: claim !== undefined };
}

/** The result of a write that left everything as it was. */
export function unchanged<Resource>(resource: Resource): WriteResult<Resource> {
  return { resource, isReplayStored: false };
}

/**
 * Encodes the response to a write, which has to be possible before the write commits. Returns it as the replay record of a
 * request with a key.
 */
export function replayRecordOf({ claim, encode }: Access, resource: object): ReplayRecord | undefined {
  const value = encode?.(resource);
  return claim && { keyHash: claim.keyHash, token: claim.token, value };
}

/** What a request on many items came to. */
export interface BatchResult<Result> {
  readonly result: Result;
  readonly remaining: Remaining;
  /** What items failed with through no fault of the caller. */
  readonly failures: readonly DirectoryError[];
}

/** The result of a request of which nothing is left to be done. */
export const allDone = <Result>(result: Result): BatchResult<Result> => ({ result, remaining: 'none', failures: [] });
