import { Controller, HttpCode, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PublicGet } from './public.decorator.ts';
import { Readiness } from './readiness.ts';

/** For whoever restarts the process (`/livez`) and whoever sends it traffic (`/readyz`). */
@Controller()
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  @PublicGet('/livez')
  @HttpCode(200)
  livez(): object {
    return { status: 'ok' };
  }

  @PublicGet('/readyz')
  async readyz(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const ready = !request.server.stele.connections.draining && (await this.readiness.check());
    reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable' });
  }
}
