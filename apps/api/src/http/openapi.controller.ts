import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Controller, Param, Res } from '@nestjs/common';
import { DirectoryError } from '@stele/schemas/canonical';
import { dialects } from '@stele/schemas/dialects';
import type { FastifyReply } from 'fastify';
import { PublicGet } from './public.decorator.ts';

const require = createRequire(import.meta.url);

const documents = new Map<string, string>();

/** The committed document of a dialect, read when it is first asked for. */
function documentOf(file: string): string | undefined {
  if (!documents.has(file) && dialects.some(({ name }) => file === `${name}.json`)) {
    documents.set(file, readFileSync(require.resolve(`@stele/schemas/openapi/${file}`), 'utf8'));
  }
  return documents.get(file);
}

/** Serves the OpenAPI document of each dialect. */
@Controller()
export class OpenApiController {
  @PublicGet('/openapi/:file')
  document(@Param('file') file: string, @Res() reply: FastifyReply): void {
    const document = documentOf(file);
    if (document === undefined) throw new DirectoryError('route_not_found', 'There is no such document');
    reply.header('content-type', 'application/json; charset=utf-8').send(document);
  }
}
