import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { DirectoryError } from '@stele/schemas/canonical';
import { dialects } from '@stele/schemas/dialects';
import type { FastifyReply } from 'fastify';
import { Public } from './public.decorator.ts';

const require = createRequire(import.meta.url);

const documents = new Map(
  dialects.map(({ name }) => [
    `${name}.json`,
    readFileSync(require.resolve(`@stele/schemas/openapi/${name}.json`), 'utf8'),
  ]),
);

/** Serves the OpenAPI document of each dialect. */
@Controller('openapi')
export class OpenApiController {
  @Public()
  @Get(':file')
  document(@Param('file') file: string, @Res() reply: FastifyReply): void {
    const document = documents.get(file);
    if (document === undefined) throw new DirectoryError('route_not_found', 'There is no such document');
    reply.header('content-type', 'application/json; charset=utf-8').send(document);
  }
}
