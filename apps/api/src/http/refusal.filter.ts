import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from './answer.ts';
import { refusalOf, unrouted } from './refusal.ts';

/** The one funnel: whatever is thrown on the way of a request becomes an answer in the caller's dialect. */
@Catch()
export class RefusalFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    // Who was told that it took too long is not told anything else.
    if (reply.sent) return;
    refuse(request, reply, request.is404 ? unrouted(request) : refusalOf(thrown));
  }
}
