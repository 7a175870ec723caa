import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BodyLimits } from './body-limits.ts';
import type { Connections } from './in-flight-requests.ts';
import type { IdempotencyStore } from '../idempotency/idempotency-store.ts';

/** What every request may need of the server. */
export interface Serving {
  /** What absolute links in the response to a request begin with, without a slash at the end. */
  publicUrlOf(request: FastifyRequest): string;
  /** Whether responses are checked against their schema: everywhere but in production. */
  readonly checksResponses: boolean;
  /** Milliseconds in which every request gets a response, and one on many items. */
  readonly deadline: number;
  readonly batchDeadline: number;
  /** Milliseconds that a request may still take after its deadline, for the statement that it waits for. */
  readonly grace: number;
  readonly requiresIfMatch: boolean;
  readonly idempotency: IdempotencyStore;
  readonly connections: Connections;
  readonly bodyLimits: BodyLimits;
  /** Responds with an error to a request that has no response when its time, in milliseconds from now, is over. */
  setDeadline(request: FastifyRequest, reply: FastifyReply, time: number): void;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly stele: Serving;
  }
  interface FastifyRequest {
    /** Whether `connections` counts it. One that is rejected on arrival is not counted, and one is counted once. */
    isCounted: boolean;
    /** When the response is due, on the clock of `performance.now`, and the timer of that. */
    due: number;
    dueTimer: NodeJS.Timeout | undefined;
  }
}
