import { Controller, Req, RequestMapping, RequestMethod, Res } from '@nestjs/common';
import type { Dialect, Encoder, Operation } from '@stele/schemas/contract';
import type { z } from 'zod';
import type { BatchResult, WriteResult } from '../directory/write-result.ts';
import { routesOf } from './routes.ts';
import { operationHandler } from './operation-handler.ts';
import type { AnyHandler, HandlerInput } from './run-handler.ts';

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** What a handler gets: the parts of the request as the operation's schemas parse them. */
export interface Handled<Definition extends Operation> extends HandlerInput {
  readonly params: Parsed<Definition['params']>;
  readonly query: Parsed<Definition['query']>;
  readonly body: Parsed<Definition extends { envelope: infer Envelope } ? Envelope : Definition['body']>;
}

/** What the operation's encoder takes, and its version where there is one. */
type Value<Definition extends Operation> = (Definition['response'] extends Encoder<infer _Wire, infer Value>
  ? Value
  : unknown) &
  (Definition['versioned'] extends true ? { readonly version: number } : unknown);

/** What a handler returns: of a write to one resource also what of it is stored, of one to many also what remains. */
export type Result<Definition extends Operation> = Definition extends { envelope: z.ZodType }
  ? BatchResult<Value<Definition>>
  : Definition extends { versioned: true; method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' }
    ? WriteResult<Value<Definition>>
    : Value<Definition>;

type Handler<Definition extends Operation> = (
  input: Handled<Definition>,
) => Result<Definition> | Promise<Result<Definition>>;

/** A method for every operation of a dialect, called like it. A forgotten one does not compile. */
export type Handlers<Spoken extends Dialect> = {
  [Id in keyof Spoken['operations']]: Handler<Spoken['operations'][Id]>;
};

const operations = new WeakMap<object, Operation>();

/** The operation that a route handler serves, if it serves one. */
export function operationOf(handler: object): Operation | undefined {
  return operations.get(handler);
}

/** Binds a method to its operation. A method that takes or returns something else does not compile. */
export function Handle<Definition extends Operation>(operation: Definition) {
  return <Method extends Handler<Definition>>(
    _controller: object,
    _key: string,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    operations.set(descriptor.value!, operation);
  };
}

/**
 * Routes every handled method of a controller at all of a dialect's mounts. The handler of a route is a property beside the
 * method, which can still be called.
 */
export function Speaks(dialect: Dialect): ClassDecorator {
  return (controller) => {
    const prototype = controller.prototype as Record<string, unknown>;
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const method = prototype[name] as AnyHandler;
      const operation = operationOf(method);
      if (!operation) continue;
      const key = `route ${name}`;
      const descriptor = { value: operationHandler(dialect, operation, method), writable: true, configurable: true };
      operations.set(descriptor.value, operation);
      Object.defineProperty(prototype, key, descriptor);
      RequestMapping({
        path: routesOf(dialect, operation).map((route) => route.url),
        method: RequestMethod[operation.method],
      })(prototype, key, descriptor);
      Req()(prototype, key, 0);
      Res()(prototype, key, 1);
    }
    Controller()(controller);
  };
}
