import { Controller, Req, RequestMapping, RequestMethod, Res } from '@nestjs/common';
import { DirectoryError } from '@stele/schemas/canonical';
import { type Dialect, type Encoder, type Exchange, type Operation, parseWire } from '@stele/schemas/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Access } from '../directory/access.ts';
import { parseJson, readBytes } from './body-reader.ts';
import { etagOf, parseIfMatch } from './etag.ts';
import { checkMediaType } from './media-type.ts';
import { routesOf } from './routes.ts';

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** What a handler gets: the parts of the request as the operation's schemas parse them. */
export interface Handled<Definition extends Operation> {
  readonly access: Access;
  /** The mount that was called. */
  readonly mount: string;
  readonly params: Parsed<Definition['params']>;
  readonly query: Parsed<Definition['query']>;
  readonly body: Parsed<Definition['body']>;
}

/** What a handler returns: what the operation's encoder takes, and its version where there is one. */
export type Result<Definition extends Operation> = (Definition['response'] extends Encoder<infer _Wire, infer Value>
  ? Value
  : unknown) &
  (Definition['versioned'] extends true ? { readonly version: number } : unknown);

type Handler<Definition extends Operation> = (
  input: Handled<Definition>,
) => Result<Definition> | Promise<Result<Definition>>;

/** A method for every operation of a dialect, called like it. A forgotten one does not compile. */
export type Handlers<Spoken extends Dialect> = {
  [Id in keyof Spoken['operations']]: Handler<Spoken['operations'][Id]>;
};

declare module 'fastify' {
  interface FastifyInstance {
    readonly stele: {
      /** What absolute links begin with, without a slash at its end. */
      readonly publicUrl: string;
      /** Whether answers are held against their schema: everywhere but in production. */
      readonly checksAnswers: boolean;
    };
  }
}

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

/** Routes every handled method of a controller at all of a dialect's mounts. */
export function Speaks(dialect: Dialect): ClassDecorator {
  return (controller) => {
    const prototype = controller.prototype as Record<string, unknown>;
    for (const key of Object.getOwnPropertyNames(prototype)) {
      const operation = operationOf(prototype[key] as object);
      if (!operation) continue;
      const served = serve(dialect, operation, prototype[key] as Handler<Operation>);
      operations.set(served, operation);
      const descriptor = { value: served, writable: true, configurable: true };
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

/** The way of every request: parse what the operation declares, call the handler, encode what it returns. */
function serve(dialect: Dialect, operation: Operation, handler: Handler<Operation>) {
  const mounts = new Map(routesOf(dialect, operation).map((route) => [route.url, route.mount]));
  const contentType = `${dialect.mediaTypes[0]}; charset=utf-8`;
  const located = operation.located && locatorOf(operation.located);

  return async function served(this: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { publicUrl, checksAnswers } = request.server.stele;
    const mount = mounts.get(request.routeOptions.url!)!;
    const exchange: Exchange = { operation, mount, publicUrl, query: request.query as Record<string, unknown> };
    const result = await handler.call(this, {
      access: accessOf(dialect, operation, request),
      mount,
      params: operation.params && parseParams(operation.params, request.params),
      query: operation.query && parseWire(operation.query, request.query),
      body: operation.body && parseWire(operation.body, await receive(dialect, exchange, request)),
    } as Handled<Operation>);

    reply.code(operation.statusAt?.[mount] ?? operation.status);
    reply.header('cache-control', 'no-store');
    if (operation.versioned) reply.header('etag', etagOf((result as { version: number }).version));
    if (!operation.response) {
      reply.send();
      return;
    }
    const wire = operation.response.encode(result as never);
    if (checksAnswers) operation.response.schema.parse(wire);
    if (located) reply.header('location', publicUrl + mount + located(wire as Record<string, unknown>));
    reply.header('content-type', contentType);
    reply.send(JSON.stringify(dialect.present ? dialect.present(wire, exchange) : wire));
  };
}

/** RFC 9110 10.2.2: the path of the operation that reads what was created; every resource calls its identifier `id`. */
function locatorOf(read: Operation): (wire: Record<string, unknown>) => string {
  return (wire) => read.path.replace(/\{\w+\}/, String(wire['id']));
}

function accessOf(dialect: Dialect, operation: Operation, request: FastifyRequest): Access {
  const credential = request.credential!;
  const ifMatch =
    operation.versioned && operation.method !== 'GET' ? parseIfMatch(request.headers['if-match']) : undefined;
  return {
    tenantId: credential.tenantId,
    credentialId: credential.id,
    dialect: dialect.name,
    operation: operation.id,
    requestId: request.id,
    ...(ifMatch !== undefined && { ifMatch }),
  };
}

/** An identifier of a foreign shape names nothing, like one that was never given out. */
function parseParams(schema: z.ZodObject, params: unknown): unknown {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  throw new DirectoryError('not_found', 'There is nothing of this identifier');
}

async function receive(dialect: Dialect, exchange: Exchange, request: FastifyRequest): Promise<unknown> {
  checkMediaType(request.headers, dialect, exchange.operation);
  const body = parseJson(await readBytes(request.raw));
  return dialect.receive ? dialect.receive(body, exchange) : body;
}
