import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendError } from './error-response.ts';
import { toDirectoryError, unroutedError } from './to-directory-error.ts';

/** Turns everything that is thrown while a request is handled into an error response in the dialect of the caller. */
@Catch()
export class DirectoryExceptionFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    // The deadline has sent a response already.
    if (reply.sent) return;
    sendError(request, reply, request.is404 ? unroutedError(request) : toDirectoryError(thrown));
  }
}
