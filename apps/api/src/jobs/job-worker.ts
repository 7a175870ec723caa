import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DirectoryError } from '@stele/schemas/canonical';
import type { FastifyBaseLogger } from 'fastify';
import type { Access } from '../directory/access.ts';
import { eachAlone, type Item } from '../directory/batch.ts';
import { type Claim, hashParts, IdempotencyStore } from '../http/idempotency.ts';
import { itemsOf } from '../http/item-memory.ts';
import { JobKinds } from './job-kind.ts';
import { type Chunk, JobStore } from './job-store.ts';

/** Milliseconds between two looks for what others left. */
const INTERVAL = 2000;

/** Items done for one tenant before it is another one's turn. */
const CHUNK = 64;

/** Milliseconds in which the items of a chunk have to be begun. */
const DEADLINE = 5000;

/** Milliseconds until an item is tried again that the database did not answer to. */
const PAUSE = 1000;

/** What an item came to that is still to be done. */
const LEFT = Symbol('left');

export abstract class JobOptions {
  abstract readonly log: Pick<FastifyBaseLogger, 'warn' | 'error'>;
  /** Milliseconds that a statement may be under way after the deadline of what it is for. */
  abstract readonly grace: number;
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
    @Inject(IdempotencyStore) private readonly memory: IdempotencyStore,
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
    // Nothing of a chunk can be under way any more when its loan has ended.
    const chunk = await this.store.lend(CHUNK, DEADLINE + this.options.grace);
    if (!chunk) return false;
    const items = await itemsOf(claimOf(chunk), chunk.first, chunk.items.length, this.memory);
    const outcomes = await this.perform(chunk, { items, deadline });
    const left = outcomes.indexOf(LEFT);
    const results = left < 0 ? outcomes : outcomes.slice(0, left);
    // Where nobody knows what was done, it is not done again before that shows.
    const pause = items.left === 'none' ? 0 : items.left === 'some' ? PAUSE : this.options.grace;
    await this.store.giveBack(chunk, results, pause);
    await items.forget(results.length);
    return true;
  }

  private perform(chunk: Chunk, how: Pick<Access, 'items' | 'deadline'>): Promise<unknown[]> {
    const { log } = this.options;
    const { tenantId, jobId, access, items } = chunk;
    const kind = this.kinds.byName[chunk.kind];
    // One that a newer version left is done by that version.
    if (!kind) throw new Error(`Nothing is known of jobs of the kind ${chunk.kind}`);
    const refuse = (error: DirectoryError, index: number) =>
      error.code === 'unavailable' ? LEFT : kind.refuse(items[index], error);
    return eachAlone<unknown>(
      { ...access, tenantId, ...how },
      items.map((item) =>
        foreseen(kind.itemOf(item), (error) => log.error({ err: error, tenantId, jobId }, 'An item of a job failed')),
      ),
      refuse,
    );
  }
}

/** Items are remembered by their job and their number, whoever does them. */
function claimOf({ tenantId, jobId }: Chunk): Claim {
  return { tenantId, keyHash: hashParts('job', jobId), fingerprint: hashParts('item'), token: randomUUID() };
}

/** An error that nobody foresaw is the item's own: what comes after it must not wait for ever. */
function foreseen(item: Item<unknown>, tell: (error: unknown) => void): Item<unknown> {
  return {
    ...item,
    async run(access) {
      try {
        return await item.run(access);
      } catch (error) {
        if (error instanceof DirectoryError) throw error;
        tell(error);
        throw new DirectoryError('internal_error', 'Something went wrong');
      }
    },
  };
}
