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
    const refusal = refusalOf(thrown);
    const allow = refusal.code === 'route_not_found' ? methodsAt(request.url) : [];
    refuse(
      request,
      reply,
      allow.length > 0
        ? new DirectoryError('method_not_allowed', `${request.method} is not one of this path's methods`, { allow })
        : refusal,
    );
  }
}
