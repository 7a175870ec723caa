import type { INestApplicationContext } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import { scopes } from '@stele/schemas/canonical';
import { operationOf } from '../http/handle.decorator.ts';
import { isPublic } from '../http/public.decorator.ts';

/** Refuses an application with a route that neither has a scope nor is open on purpose. */
export function assertEveryRouteHasScope(app: INestApplicationContext): void {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  for (const { metatype, name } of controllers) {
    const prototype = metatype?.prototype as Record<string, unknown>;
    for (const key of Object.getOwnPropertyNames(prototype)) {
      const handler = prototype[key];
      if (typeof handler !== 'function' || !Reflect.hasMetadata(PATH_METADATA, handler) || key === 'constructor')
        continue;
      const scope = operationOf(handler)?.scope;
      if (isPublic(handler) || (scope !== undefined && scopes.includes(scope))) continue;
      throw new Error(`The route ${String(name)}.${key} has no scope`);
    }
  }
}
