import type { Dialect, Operation } from '@stele/schemas/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestClaim } from '../idempotency/idempotency-store.ts';
import { runOnce } from '../idempotency/run-once.ts';
import type { BodyLease } from './body-limits.ts';
import { keyedRequest, replayedResponse } from './keyed-request.ts';
import { readInput } from './read-input.ts';
import { type AnyHandler, runHandler } from './run-handler.ts';
import { servedOperation } from './served-operation.ts';
import type { HttpResponse } from './to-response.ts';

/**
 * Handles every request to an operation that the guard has let in: reads the input, begins idempotency, runs the handler,
 * makes the response, and sends it.
 */
export function operationHandler(dialect: Dialect, operation: Operation, handler: AnyHandler) {
  const served = servedOperation(dialect, operation);

  async function respond(controller: unknown, request: FastifyRequest, memory: BodyLease): Promise<HttpResponse> {
    const { idempotency, batchDeadline, deadline, grace } = request.server.stele;
    const input = await readInput(served, request, memory);
    const run = (claim?: RequestClaim) => runHandler(served, handler.bind(controller), request, input, claim);
    const keyed = keyedRequest(served, request, input);
    if (!keyed) return (await run()).result;
    const lease = (served.isBatch ? batchDeadline : deadline) + grace;
    const once = await runOnce(idempotency, keyed, lease, run);
    return 'replay' in once ? replayedResponse(once.replay) : once.result;
  }

  return async function handle(this: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { stele } = request.server;
    if (served.isBatch) stele.setDeadline(request, reply, stele.batchDeadline);
    const memory = stele.bodyLimits.lease(request.credential!.tenantId);
    try {
      const { status, headers, body } = await respond(this, request, memory);
      if (reply.sent) return;
      reply
        .code(status)
        .headers(headers)
        .send(body ?? undefined);
    } finally {
      memory.release();
    }
  };
}
