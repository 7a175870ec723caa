import { SetMetadata } from '@nestjs/common';

const PUBLIC = 'stele:public';

/** Opens a route to everybody. Only what tells nothing about a tenant may be open. */
export const Public = (): MethodDecorator => SetMetadata(PUBLIC, true);

export function isPublic(handler: object): boolean {
  return Reflect.getMetadata(PUBLIC, handler) === true;
}
