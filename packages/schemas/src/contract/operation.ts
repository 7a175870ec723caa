import type { z } from 'zod';
import type { ErrorCode } from '../canonical/error.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Each scope includes those before it. */
export const scopes = ['read', 'write', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** The shape of an answer, and the translation of what a handler returns into it. */
export interface Encoder<Wire = unknown, Value = never> {
  readonly schema: z.ZodType<Wire>;
  encode(value: Value): Wire;
}

/** Pairs a wire shape with the function that fills it. Nothing is promised about the way back. */
export function encoder<Wire, Value>(schema: z.ZodType<Wire>, encode: (value: Value) => Wire): Encoder<Wire, Value> {
  return { schema, encode };
}

export type SuccessStatus = 200 | 201 | 204;

/** One operation of a dialect. Route, SDK method, OpenAPI path, authorization and tests are read off it. */
export interface Operation {
  readonly id: string;
  readonly method: Method;
  /** Below the dialect's mounts, parameters in braces: `/users/{user_id}`. */
  readonly path: `/${string}`;
  readonly scope: Scope;
  readonly summary: string;
  readonly description: string;
  /** Path parameters. A value that does not fit names nothing: 404. */
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Media types of the body beside the dialect's own. */
  readonly accepts?: readonly string[];
  /** Of a success. */
  readonly status: SuccessStatus;
  /** Of a success at the mounts that answer with another one. */
  readonly statusAt?: Readonly<Record<string, SuccessStatus>>;
  readonly response?: Encoder;
  /** Other shapes that the answer takes when the caller asks for them, such as a part of it. */
  readonly alternatives?: readonly z.ZodType[];
  /** The answer is one version of one resource: it carries an `ETag`, and a write heeds `If-Match`. */
  readonly versioned?: boolean;
  /** `Prefer: return=minimal` is heeded: a success may answer 204 without a body (RFC 7240 4.2). */
  readonly minimal?: boolean;
  /** The operation that reads what this one creates; `Location` is its path. */
  readonly located?: Operation;
  /** Refusals of its own, beside `commonErrors`. */
  readonly errors: readonly ErrorCode[];
}

/** Declares an operation and keeps its exact types. */
export function operation<const Definition extends Operation>(definition: Definition): Definition {
  return definition;
}

/** Refusals that any operation can answer with. */
export const commonErrors = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'request_timeout',
  'uri_too_long',
  'headers_too_large',
  'internal_error',
  'unavailable',
] as const satisfies readonly ErrorCode[];

/** Refusals that any operation with a body can answer with. */
export const bodyErrors = [
  'malformed_body',
  'validation_error',
  'payload_too_large',
  'unsupported_media_type',
] as const satisfies readonly ErrorCode[];

/** Whether an operation changes something that is there already, and so heeds `If-Match`. */
export function isConditional({ method, versioned }: Operation): boolean {
  return versioned === true && method !== 'GET' && method !== 'POST';
}

/** Whether an operation changes something, and so heeds `Idempotency-Key`. */
export function isUnsafe({ method }: Operation): boolean {
  return method !== 'GET';
}

/** Every refusal that an operation can answer with. */
export function errorsOf(operation: Operation): readonly ErrorCode[] {
  return [
    ...new Set([
      ...commonErrors,
      ...(operation.body ? bodyErrors : []),
      ...(isConditional(operation) ? (['precondition_failed', 'precondition_required'] as const) : []),
      ...(isUnsafe(operation) ? (['request_in_progress', 'idempotency_key_reused'] as const) : []),
      ...operation.errors,
    ]),
  ];
}

/** Every status that an operation can succeed with, its own first. */
export function statusesOf(operation: Operation): readonly (SuccessStatus | 304)[] {
  return [
    ...new Set([
      operation.status,
      ...Object.values(operation.statusAt ?? {}),
      ...(operation.minimal ? [204 as const] : []),
      ...(operation.versioned && operation.method === 'GET' ? [304 as const] : []),
    ]),
  ];
}
