import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import { errorStatus } from '@stele/schemas/canonical';
import { scopes } from '@stele/schemas/canonical';
import { errorsOf, statusesOf } from '@stele/schemas/contract';
import { dialects } from '@stele/schemas/dialects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operationOf } from '../src/http/handle.decorator.ts';
import { isPublic } from '../src/http/public.decorator.ts';
import { startApp, type TestApp } from './support/app.ts';

const operations = dialects.flatMap((dialect) =>
  Object.entries(dialect.operations).map(([key, operation]) => ({ dialect, key, operation })),
);

type Handler = (...parameters: unknown[]) => unknown;

let api: TestApp;
/** Every method that Nest routes to, of every controller. */
let handlers: Handler[];

beforeAll(async () => {
  api = await startApp();
  const controllers = [...api.app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  handlers = controllers.flatMap(({ metatype }) => {
    const prototype = (metatype as Type).prototype as Record<string, Handler>;
    return Object.getOwnPropertyNames(prototype)
      .map((name) => prototype[name]!)
      .filter((method) => Reflect.hasMetadata(METHOD_METADATA, method));
  });
});
afterAll(() => api.stop());

describe('every operation', () => {
  it.each(operations)('$dialect.name $key is handled exactly once, at each of its mounts', ({ dialect, operation }) => {
    const own = handlers.filter((handler) => operationOf(handler) === operation);
    expect(own).toHaveLength(1);
    expect(RequestMethod[Reflect.getMetadata(METHOD_METADATA, own[0]!)]).toBe(operation.method);
    expect(Reflect.getMetadata(PATH_METADATA, own[0]!)).toEqual(
      dialect.mounts.map((mount) =>
        operation.path === '/' ? mount : mount + operation.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      ),
    );
  });

  it.each(operations)('$dialect.name $key is called by its id and has a scope', ({ key, operation }) => {
    expect(key).toBe(operation.id);
    expect(scopes).toContain(operation.scope);
  });

  it.each(operations)('$dialect.name $key is in the served OpenAPI document', async ({ dialect, operation }) => {
    const document = (await api.request('GET', `/openapi/${dialect.name}.json`, { key: null })).body;
    const documented = document.paths[operation.path]?.[operation.method.toLowerCase()];
    const security = [...(operation.open ? [{}] : []), { bearer: [] }];
    expect(documented).toMatchObject({ operationId: operation.id, security });
    const statuses = new Set([...statusesOf(operation), ...errorsOf(operation).map((code) => errorStatus[code])]);
    expect(Object.keys(documented.responses).toSorted()).toEqual([...statuses].map(String).toSorted());
  });
});

describe('every route', () => {
  it('is an operation or public', () => {
    expect(handlers.length).toBeGreaterThan(operations.length);
    for (const handler of handlers) expect(operationOf(handler) ?? isPublic(handler)).toBeTruthy();
  });

  it('stands once in the router', () => {
    const routes = handlers.flatMap((handler) =>
      [Reflect.getMetadata(PATH_METADATA, handler)]
        .flat()
        .map((path) => `${Reflect.getMetadata(METHOD_METADATA, handler)} ${path}`),
    );
    expect(new Set(routes).size).toBe(routes.length);
  });
});
