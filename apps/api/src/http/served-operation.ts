import { type Dialect, isConditional, isUnsafe, type Operation } from '@stele/schemas/contract';
import { z } from 'zod';
import { routesOf } from './routes.ts';

/** An operation as the server sees it: what is the same for each of its requests is computed once. */
export interface ServedOperation {
  readonly dialect: Dialect;
  readonly operation: Operation;
  /** By the URL of the route, in Fastify's spelling. */
  readonly mounts: ReadonlyMap<string, string>;
  readonly schemas: { readonly params?: z.ZodType; readonly query?: z.ZodType; readonly body?: z.ZodType };
  /** The handler returns a `BatchResult`. */
  readonly isBatch: boolean;
  /** The handler returns a `WriteResult`. */
  readonly isWrite: boolean;
  readonly isConditional: boolean;
  readonly isUnsafe: boolean;
}

/** Of an operation without query parameters, in a dialect that ignores none. */
export const NO_QUERY = z.strictObject({});

export function servedOperation(dialect: Dialect, operation: Operation): ServedOperation {
  const { params, query, body, envelope } = operation;
  const querySchema = query ?? (dialect.reportsIgnored ? undefined : NO_QUERY);
  const bodySchema = envelope ?? body;
  return {
    dialect,
    operation,
    mounts: new Map(routesOf(dialect, operation).map((route) => [route.url, route.mount])),
    // zod makes code of each schema once.
    schemas: {
      ...(params && { params: z.compile(params) }),
      ...(querySchema && { query: z.compile(querySchema) }),
      ...(bodySchema && { body: z.compile(bodySchema) }),
    },
    isBatch: envelope !== undefined,
    isWrite: isUnsafe(operation) && operation.versioned === true,
    isConditional: isConditional(operation),
    isUnsafe: isUnsafe(operation),
  };
}
