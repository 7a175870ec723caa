import { applyDecorators, Get, SetMetadata } from '@nestjs/common';
import { openPath } from './routes.ts';

const PUBLIC = 'stele:public';

/**
 * Routes GET and HEAD of a path without a credential. Only what tells nothing about a tenant may be open.
 * @param path from the root, in Fastify's spelling: `/openapi/:file`
 */
export function PublicGet(path: string): MethodDecorator {
  openPath(path);
  return applyDecorators(SetMetadata(PUBLIC, true), Get(path));
}

export function isPublic(handler: object): boolean {
  return Reflect.getMetadata(PUBLIC, handler) === true;
}
