import { Controller, Get, HttpCode, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from './public.decorator.ts';
import { Readiness } from './readiness.ts';

/** For whoever restarts the process (`/livez`) and whoever sends it traffic (`/readyz`). */
@Controller()
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  @Public()
  @Get('livez')
  @HttpCode(200)
  livez(): object {
    return { status: 'ok' };
  }

  @Public()
  @Get('readyz')
  async readyz(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const ready = !request.server.stele.connections.draining && (await this.readiness.check());
    reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable' });
  }
}
