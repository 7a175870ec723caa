import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { DirectoryError } from '@stele/schemas/canonical';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from './answer.ts';
import { refusalOf } from './refusal.ts';
import { methodsAt } from './routes.ts';

/** The one funnel: whatever is thrown on the way of a request becomes an answer in the caller's dialect. */
@Catch()
export class RefusalFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    // Who was told that it took too long is not told anything else.
    if (reply.sent) return;
    refuse(request, reply, otherMethod(thrown, request) ?? refusalOf(thrown));
  }
}

/** RFC 9110 15.5.6: a path that has methods, of which this is none. Whatever Fastify makes of the method comes second. */
function otherMethod(thrown: unknown, { method, url }: FastifyRequest): DirectoryError | undefined {
  if (thrown instanceof DirectoryError) return undefined;
  const allow = methodsAt(url);
  if (allow.length === 0 || allow.some((each) => each === method)) return undefined;
  return new DirectoryError('method_not_allowed', `${method} is not one of this path's methods`, { allow });
}
