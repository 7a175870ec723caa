import { isRecord } from '../core/json.ts';
import type { ChangeOptions } from '../core/options.ts';
import type { ScimBulkOperation, ScimBulkRequest, ScimBulkResult, ScimError } from '../generated/scim.ts';
import { draft, schemaOf } from './message.ts';
import { ScimPatch } from './patch.ts';

export interface ScimBulkOptions<Limit extends number | undefined = number | undefined> extends ChangeOptions {
  /** How many operations may fail before the rest is left undone. All are tried unless it is said. */
  failOnErrors?: Limit;
}

interface Tried {
  readonly method: string;
  /** The name that the operation gave. */
  readonly bulkId?: string;
  readonly status: number;
  /** The version of the resource, to be given back as `ifMatch`. */
  readonly version?: string;
}

/** What became of one operation of a bulk request: `error` if it was refused, otherwise the resource that it wrote. */
export type ScimBulkOutcome =
  | (Tried & { readonly id: string; readonly location: string; readonly error?: never })
  | (Tried & { readonly id?: string; readonly location?: string; readonly error: ScimError });

/** What became of each operation; of those that were tried, where there is a limit of failures. */
export type ScimBulkOutcomes<
  Operations extends readonly ScimBulkOperation[],
  Limit extends number | undefined,
> = Limit extends undefined ? { -readonly [Index in keyof Operations]: ScimBulkOutcome } : ScimBulkOutcome[];

/** The body of an operation, with its `schemas` where they are left out. */
const bodyOf = ({ method, path, data }: ScimBulkOperation): unknown =>
  isRecord(data) && !(data instanceof ScimPatch) ? draft(schemaOf(method, path), data) : data;

export function bulkMessage(operations: readonly ScimBulkOperation[], failOnErrors?: number): ScimBulkRequest {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    ...(failOnErrors !== undefined && { failOnErrors }),
    // JSON says nothing of a body that is undefined.
    Operations: operations.map((operation) => ({ ...operation, data: bodyOf(operation) })),
  };
}

/** The wire has its statuses as strings, and the identifier at the end of an address only. */
export function outcomeOf({ status, response, ...result }: ScimBulkResult): ScimBulkOutcome {
  const code = Number(status);
  return {
    ...result,
    status: code,
    ...(result.location !== undefined && { id: result.location.slice(result.location.lastIndexOf('/') + 1) }),
    ...(code >= 400 && { error: response }),
  } as ScimBulkOutcome;
}
