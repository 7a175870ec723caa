import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DirectoryError } from '@stele/schemas/canonical';
import type { FastifyBaseLogger } from 'fastify';
import type { Access } from '../directory/request-context.ts';
import { findSwaps, type Item, runBatch } from '../directory/batch.ts';
import type { BatchResult } from '../directory/write-result.ts';
import { BatchReplay } from '../idempotency/batch-replay.ts';
import { IdempotencyStore, type RequestClaim } from '../idempotency/idempotency-store.ts';
import { hashParts } from '../idempotency/key.ts';
import { type JobKind, JobKinds } from './job-kind.ts';
import { type Chunk, JobStore } from './job-store.ts';

/** Milliseconds between two looks for what others left. */
const INTERVAL = 2000;

/** Items done for one tenant before it is another one's turn. */
const CHUNK = 64;

/** Milliseconds in which the items of a chunk have to be begun. */
const DEADLINE = 5000;

/** Milliseconds for which a queue is lent. Whoever still has it after that writes nothing any more: its claims are gone. */
const LOAN = 10_000;

/** Milliseconds for which jobs wait that this version knows nothing of. */
const UNKNOWN_PAUSE = 60_000;

/** Milliseconds until an item is tried again that the database did not answer to. */
const PAUSE = 1000;

/** What an item came to that is still to be done. */
const LEFT = Symbol('left');

export abstract class JobOptions {
  abstract readonly log: Pick<FastifyBaseLogger, 'warn' | 'error'>;
}

/** Works off jobs, however many replicas do so: each tenant's one item after the other, the tenants by turns. */
@Injectable()
export class JobWorker implements OnApplicationShutdown {
  private readonly timer: NodeJS.Timeout;
  private underWay: Promise<void> | undefined;
  private wanted = false;
  private stopped = false;

  constructor(
    @Inject(JobStore) private readonly store: JobStore,
    @Inject(IdempotencyStore) private readonly idempotency: IdempotencyStore,
    @Inject(JobKinds) private readonly kinds: JobKinds,
    @Inject(JobOptions) private readonly options: JobOptions,
  ) {
    this.timer = setInterval(() => this.wake(), INTERVAL);
    this.timer.unref();
  }

  /** Begins to work; to be called when there may be something new. */
  wake(): void {
    this.wanted = true;
    this.underWay ??= this.work().finally(() => (this.underWay = undefined));
  }

  /** Lets what is under way come to its end. The rest stays in its queue. */
  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.underWay;
  }

  private async work(): Promise<void> {
    while (this.wanted && !this.stopped) {
      this.wanted = false;
      try {
        while (!this.stopped && (await this.next()));
      } catch (error) {
        // The queue comes back when its loan ends, and what was done is remembered.
        this.options.log.warn({ err: error }, 'A job was interrupted, and goes on later');
      }
    }
  }

  /** Does some items, if there are any to do. */
  private async next(): Promise<boolean> {
    const deadline = performance.now() + DEADLINE;
    const lent = await this.store.lend(CHUNK, LOAN);
    if (!lent) return false;
    const kind = this.kinds.byName[lent.kind];
    if (!kind) {
      // One that a newer version left is done by that version.
      this.options.log.warn(
        { tenantId: lent.tenantId, jobId: lent.jobId, kind: lent.kind },
        'A job is of no known kind',
      );
      await this.store.giveBack(lent, [], UNKNOWN_PAUSE);
      return true;
    }
    const chunk = await this.withWholeSwaps(kind, lent, deadline);
    const items = await BatchReplay.claim(this.idempotency, claimOf(chunk), chunk.first, chunk.items.length);
    const { result, remaining } = await this.perform(kind, chunk, { items, deadline });
    const left = result.indexOf(LEFT);
    const results = left < 0 ? result : result.slice(0, left);
    // What is still under way holds on to its claim, so that it cannot be done again before it shows what became of it.
    const isKept = await this.store.giveBack(chunk, results, remaining === 'none' ? 0 : PAUSE);
    // Where another has the queue by now, what is remembered is what it goes by.
    if (isKept) await items.delete(results.length);
    return true;
  }

  /** The chunk, up to the last item of each swap that begins in it. */
  private async withWholeSwaps(kind: JobKind, chunk: Chunk, deadline: number): Promise<Chunk> {
    const { length } = chunk.items;
    const renamesOf = (items: readonly unknown[]) => this.itemsOf(kind, chunk, items);
    if (!renamesOf(chunk.items).some(({ rename }) => rename)) return chunk;
    const items = await this.store.itemsFrom(chunk);
    if (items.length === length) return chunk;
    const { tenantId, access } = chunk;
    const swaps = await findSwaps({ ...access, tenantId, deadline }, renamesOf(items));
    const begun = swaps.filter((indexes) => Math.min(...indexes) < length);
    return { ...chunk, items: items.slice(0, Math.max(length, ...begun.map((indexes) => Math.max(...indexes) + 1))) };
  }

  private itemsOf(kind: JobKind, { tenantId, jobId }: Chunk, items: readonly unknown[]): Item<unknown>[] {
    const tell = (error: unknown) => this.options.log.error({ err: error, tenantId, jobId }, 'An item of a job failed');
    return items.map((item) => foreseen(() => kind.itemOf(item), tell));
  }

  private perform(
    kind: JobKind,
    chunk: Chunk,
    how: Pick<Access, 'items' | 'deadline'>,
  ): Promise<BatchResult<unknown[]>> {
    const { tenantId, access, items } = chunk;
    const toOutcome = (error: DirectoryError, index: number) =>
      error.code === 'unavailable' ? LEFT : kind.toItemError(items[index], error);
    return runBatch<unknown>({ ...access, tenantId, ...how }, this.itemsOf(kind, chunk, items), toOutcome);
  }
}

/** Items are remembered by their job and their number, whoever does them. */
function claimOf({ tenantId, jobId }: Chunk): RequestClaim {
  return { tenantId, keyHash: hashParts('job', jobId), fingerprint: hashParts('item'), token: randomUUID() };
}

/** An error that nobody foresaw is the item's own: what comes after it must not wait for ever. */
function foreseen(itemOf: () => Item<unknown>, tell: (error: unknown) => void): Item<unknown> {
  const toRejection = (error: unknown): DirectoryError => {
    if (error instanceof DirectoryError) return error;
    tell(error);
    return new DirectoryError('internal_error', 'Something went wrong');
  };
  try {
    const item = itemOf();
    const run: Item<unknown>['run'] = (access) =>
      item.run(access).catch((error: unknown) => {
        throw toRejection(error);
      });
    return { ...item, run };
  } catch (error) {
    const rejected = toRejection(error);
    return { kind: 'rejected', run: () => Promise.reject(rejected), encode: () => undefined };
  }
}
