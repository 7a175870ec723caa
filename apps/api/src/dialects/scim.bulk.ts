import { DirectoryError, entityTag, errorStatus, isUncertain } from '@stele/schemas/canonical';
import { type Exchange, type Operation, parseWire } from '@stele/schemas/contract';
import {
  bulkRoutes,
  profileOf,
  readBulkOperation,
  type Reading,
  referencesIn,
  resolveReferences,
  scim,
  ScimBulkOperation,
  type ScimBulkResult,
  withoutReferences,
} from '@stele/schemas/scim';
import type { z } from 'zod';
import type { Access } from '../directory/request-context.ts';
import type { BatchResult, WriteResult } from '../directory/write-result.ts';
import { parseIfMatch } from '../http/etag.ts';
import type { HandlerInput } from '../http/run-handler.ts';
import { itemRecord, type Remaining } from '../idempotency/batch-replay.ts';

/** Where a bulk request came to, and by whom. */
export type BulkPlace = Omit<HandlerInput, 'isMinimal' | 'params' | 'query' | 'body'>;

/** The same of one operation in it. */
type BulkContext = BulkPlace & Pick<HandlerInput, 'isMinimal'>;

/** A resource as a write left it. */
type Written = { readonly id: string } & Parameters<typeof entityTag>[0];

/** The method of a controller that does an operation. */
type Method<Parts extends Pick<HandlerInput, 'params' | 'query' | 'body'>> = (
  input: BulkContext & Parts,
) => Promise<WriteResult<Written>>;

interface Id {
  readonly id: string;
}

/** Does one operation by itself: a resource by its id, with a body in the form that the operation's schema describes. */
type BulkMethod = (context: BulkContext, id: string, body: unknown) => Promise<WriteResult<Written>>;

type BulkOperation = (typeof bulkRoutes)[number];

/** What can be done in a bulk request. */
export type BulkMethods = Readonly<Record<BulkOperation['id'], BulkMethod>>;

/** A method that creates a resource. */
export const creation =
  <Body>(schema: z.ZodType<Body>, method: Method<{ params: undefined; query: object; body: Body }>): BulkMethod =>
  (context, _id, body) =>
    method({ ...context, params: undefined, query: {}, body: parseWire(schema, body) });

/** A method that changes a resource. */
export const change =
  <Body>(schema: z.ZodType<Body>, method: Method<{ params: Id; query: object; body: Body }>): BulkMethod =>
  (context, id, body) =>
    method({ ...context, params: { id }, query: {}, body: parseWire(schema, body) });

/** A method that deletes a resource. */
export const deletion =
  (method: Method<{ params: Id; query: undefined; body: undefined }>): BulkMethod =>
  (context, id) =>
    method({ ...context, params: { id }, query: undefined, body: undefined });

/** One operation, as far as it could be read, and what it waits for. */
interface Task {
  readonly index: number;
  readonly given: unknown;
  readonly read: ScimBulkOperation | DirectoryError;
  readonly waitsFor: readonly string[];
}

const invalid = (message: string, path: readonly (string | number)[] = []): DirectoryError =>
  new DirectoryError('validation_error', 'Invalid request parameters', {
    issues: [{ path, rule: 'invalid', message }],
  });

function taskOf(given: unknown, index: number, reading: Reading): Task {
  try {
    const read = parseWire(ScimBulkOperation, readBulkOperation(given, reading));
    return { index, given, read, waitsFor: [...referencesIn(read.data), ...referencesIn(read.path, 'path')] };
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    return { index, given, read: error, waitsFor: [] };
  }
}

/**
 * The operations of one bulk request (RFC 7644 3.7), done in an order in which each finds what it refers to. Where they
 * refer to each other in a circle, one is done without the reference first, and gets it when there is something to refer to.
 */
export class BulkRun {
  /** Which operation creates what a name stands for: the first that has it. */
  private readonly owners = new Map<string, number>();
  private readonly ids = new Map<string, string>();
  private readonly failed = new Set<string>();
  private readonly results = new Map<number, ScimBulkResult>();
  private errors = 0;
  private readonly failures: DirectoryError[] = [];

  constructor(
    private readonly place: BulkPlace,
    private readonly methods: BulkMethods,
  ) {}

  async run(
    operations: readonly unknown[],
    failOnErrors = Number.POSITIVE_INFINITY,
  ): Promise<BatchResult<ScimBulkResult[]>> {
    const { access, mount, ignored } = this.place;
    const reading = { profile: profileOf(mount, access.profile), domain: access.domain, ignored };
    let waiting = operations.map((given, index) => taskOf(given, index, reading));
    this.assignOwners(waiting);
    const later: Task[] = [];
    while (waiting.length > 0 && this.errors < failOnErrors) {
      const isOpen = (bulkId: string) => this.owners.has(bulkId) && !this.ids.has(bulkId) && !this.failed.has(bulkId);
      const task = waiting.find(({ waitsFor }) => !waitsFor.some(isOpen)) ?? waiting.find(isCreation) ?? waiting[0]!;
      waiting = waiting.filter((each) => each !== task);
      if (task.waitsFor.some(isOpen)) later.push(task);
      await this.settle(task, (operation) => this.first(operation, task.index));
    }
    for (const task of later) {
      if (this.results.has(task.index)) await this.settle(task, (operation) => this.refer(operation, task.index));
    }
    const result = [...this.results].toSorted(([left], [right]) => left - right).map((entry) => entry[1]);
    return { result, remaining: remainingAfter(this.failures), failures: this.failures };
  }

  private assignOwners(tasks: readonly Task[]): void {
    for (const { read, index } of tasks) {
      const bulkId = read instanceof DirectoryError || read.method !== 'POST' ? undefined : read.bulkId;
      if (bulkId !== undefined && !this.owners.has(bulkId)) this.owners.set(bulkId, index);
    }
  }

  private async settle({ index, read, given }: Task, work: (operation: ScimBulkOperation) => Promise<ScimBulkResult>) {
    try {
      if (read instanceof DirectoryError) throw read;
      this.results.set(index, await work(read));
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      if (error.code === 'unavailable') this.failures.push(error);
      this.errors++;
      const { method, bulkId, path } = Object(given) as Readonly<Record<string, unknown>>;
      if (typeof bulkId === 'string' && this.owners.get(bulkId) === index) {
        this.failed.add(bulkId);
        this.ids.delete(bulkId);
      }
      const location = method === 'POST' ? undefined : this.locationOf(path);
      this.results.set(index, {
        ...(location !== undefined && { location }),
        method: typeof method === 'string' ? method : '',
        ...(typeof bulkId === 'string' && { bulkId }),
        status: String(errorStatus[error.code]),
        response: scim.fail(error),
      });
    }
  }

  /** Does an operation, without what it refers to that is not there yet. */
  private async first(given: ScimBulkOperation, index: number): Promise<ScimBulkResult> {
    const { items } = this.place.access;
    const done = items?.get(index);
    if (done) return this.note(given, done.outcome as ScimBulkResult);
    const references = [...referencesIn(given.data), ...referencesIn(given.path, 'path')];
    const lost = references.find((each) => this.failed.has(each) || !this.owners.has(each));
    if (lost !== undefined) throw invalid(`bulkId:${lost} names nothing that this request creates`, ['data']);
    if (given.bulkId !== undefined && this.owners.get(given.bulkId) !== index) {
      throw invalid('another operation of this request has it', ['bulkId']);
    }
    const path = this.resolve(given.path, 'path') as string;
    const data = withoutReferences(this.resolve(given.data));
    const { operation, id } = routeOf(given.method, path);
    const { minimalUnless }: Operation = operation;
    const resultOf = ({ id, ...resource }: Written): ScimBulkResult => ({
      location: `${this.place.base}${operation.path.replace('/{id}', '')}/${id}`,
      method: given.method,
      ...(given.bulkId !== undefined && { bulkId: given.bulkId }),
      ...(given.method !== 'DELETE' && { version: entityTag(resource) }),
      status: String(operation.method === 'PATCH' && minimalUnless ? 204 : operation.status),
    });
    const replay = items && {
      claim: items.claimOf(index),
      encode: (resource: object) => itemRecord(resultOf(resource as Written)),
    };
    const { resource, isReplayStored } = await this.do(operation, id, data, given.version, replay);
    const result = resultOf(resource);
    if (!isReplayStored) await items?.record(new Map([[index, result]]));
    return this.note(given, result);
  }

  /** Gives a new resource what it refers to, now that it is there. */
  private async refer(given: ScimBulkOperation, index: number): Promise<ScimBulkResult> {
    const known = this.results.get(index)!;
    if (!known.status.startsWith('2')) return known;
    const creation = routeOf(given.method, given.path).operation;
    const path = `${creation.path}${known.location!.slice(known.location!.lastIndexOf('/'))}`;
    try {
      const data = this.read(creation, given.data) as Readonly<Record<string, unknown>>;
      const value = this.resolve(
        Object.fromEntries(Object.entries(data).filter(([, each]) => referencesIn(each).length > 0)),
      );
      const lost = referencesIn(value)[0];
      if (lost !== undefined) throw invalid(`bulkId:${lost} names nothing that this request creates`, ['data']);
      // Each names its target: some profiles refuse a PATCH in which one does not.
      const Operations = Object.entries(value as object).map(([name, each]) => ({
        op: 'add',
        path: name,
        value: each,
      }));
      const { operation, id } = routeOf('PATCH', path);
      const { resource } = await this.do(operation, id, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations,
      });
      return { ...known, version: entityTag(resource) };
    } catch (error) {
      // What could not be tried may be tried again, and then finds the resource.
      if (error instanceof DirectoryError && error.code !== 'unavailable') await this.undo(path);
      throw error;
    }
  }

  /** Takes back a resource that was created without what it refers to. */
  private async undo(path: string): Promise<void> {
    const { operation, id } = routeOf('DELETE', path);
    try {
      await this.do(operation, id, undefined);
    } catch (error) {
      if (!(error instanceof DirectoryError) || error.code !== 'not_found') throw error;
    }
  }

  /** The address of the resource that a path names, if it names one. */
  private locationOf(given: unknown): string | undefined {
    const path = this.resolve(given, 'path');
    if (typeof path !== 'string' || referencesIn(path, 'path').length > 0) return undefined;
    return bulkRoutes.some((operation: Operation) => operation.params && patternOf(operation).test(path))
      ? `${this.place.base}${path}`
      : undefined;
  }

  private resolve(value: unknown, key?: string): unknown {
    return resolveReferences(value, (bulkId) => this.ids.get(bulkId), key);
  }

  private note({ bulkId }: ScimBulkOperation, result: ScimBulkResult): ScimBulkResult {
    const { location = '' } = result;
    if (bulkId !== undefined) this.ids.set(bulkId, location.slice(location.lastIndexOf('/') + 1));
    return result;
  }

  /** The body of an operation in the form that its schema describes. */
  private read(operation: Operation, data: unknown): unknown {
    const { access, mount, publicUrl, ignored } = this.place;
    const { profile, domain } = access;
    const exchange: Exchange = { operation, mount, profile, domain, publicUrl, query: {}, ignored };
    return scim.receive!(data, exchange);
  }

  /** An operation of a bulk request holds no more than it could alone: the others would wait for it as long. */
  private assertSize(operation: Operation, data: unknown): void {
    const limit = this.place.maxBodyOf(operation);
    if ((JSON.stringify(data) ?? '').length <= limit) return;
    throw new DirectoryError('payload_too_large', `The data of this operation may have ${limit} characters at most`);
  }

  private do(
    operation: BulkOperation,
    id: string,
    data: unknown,
    version?: string,
    replay: Pick<Access, 'claim' | 'encode'> = {},
  ) {
    const { items: _items, ...access } = this.place.access;
    const { mount } = this.place;
    const { memberships, body }: Operation = operation;
    if (body) this.assertSize(operation, data);
    const expectedVersions = parseIfMatch(version, scim.tagComparison);
    const read = body && this.read(operation, data);
    const own: Access = {
      ...access,
      operation: operation.id,
      ...(memberships?.({ mount, profile: access.profile, query: {} }) && { memberships: true }),
      ...(expectedVersions !== undefined && { expectedVersions }),
      ...replay,
    };
    return this.methods[operation.id]({ ...this.place, access: own, isMinimal: true }, id, read);
  }
}

function remainingAfter(failures: readonly DirectoryError[]): Remaining {
  if (failures.length === 0) return 'none';
  return failures.some(isUncertain) ? 'uncertain' : 'some';
}

const isCreation = ({ read }: Task): boolean => !(read instanceof DirectoryError) && read.method === 'POST';

const patternOf = ({ path }: Operation): RegExp => new RegExp(`^${path.replace('{id}', '([^/]+)')}$`);

function routeOf(method: string, path: string): { operation: BulkOperation; id: string } {
  for (const operation of bulkRoutes) {
    const match = patternOf(operation).exec(path);
    if (!match || operation.method !== method) continue;
    const id = match[1] ?? '';
    const { params, resource }: Operation = operation;
    if (params?.safeParse({ id }).success === false) {
      throw new DirectoryError('not_found', 'There is nothing of this identifier', resource && { resource });
    }
    return { operation, id };
  }
  throw invalid(`${method} ${JSON.stringify(path)} is no operation of a bulk request`, ['path']);
}
