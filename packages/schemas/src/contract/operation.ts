import type { z } from 'zod';
import type { CompatibilityProfile } from '../canonical/api-key.ts';
import type { ErrorCode, Resource } from '../canonical/error.ts';
import type { Scope } from '../canonical/scope.ts';
import type { IgnoredNames } from './ignored-names.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Bytes of a body at most. */
export const MAX_BODY = 1_048_576;

/** The same of an operation with `largeBody`, unless the server sets another limit. */
export const MAX_LARGE_BODY = 8 * MAX_BODY;

/** What a response shows depends on who reads it. */
export interface Reader {
  /** The provisioning domain of the credential (RFC 7643 3.1). */
  readonly domain: string;
}

/** A request, as far as the edges of a dialect depend on it. */
export interface Exchange extends Reader {
  readonly operation: Operation;
  /** The mount that was called, one of the dialect's own. */
  readonly mount: string;
  /** Of the credential. */
  readonly profile: CompatibilityProfile;
  /** `STELE_PUBLIC_URL`, without a slash at its end. */
  readonly publicUrl: string;
  readonly query: Readonly<Record<string, unknown>>;
  /** Names that the dialect ignores are added here. */
  readonly ignored: IgnoredNames;
  /** The body as it was parsed, once it was. */
  readonly body?: unknown;
}

/** The shape of a response, and the translation of what a handler returns into it. */
export interface Encoder<Wire = unknown, Value = never> {
  readonly schema: z.ZodType<Wire>;
  /** The whole body of the response to a request: links, addresses and what the request chooses included. */
  encode(value: Value, exchange: Exchange): Wire;
  /** What the body of the response to a request has to match, where that is not `schema`. */
  schemaOf?(exchange: Exchange): z.ZodType;
  /** The URL of the one resource that the body represents: `Content-Location` (RFC 9110 8.7). */
  locate?(value: Value, exchange: Exchange): string;
}

/** Pairs a wire shape with the function that fills it. Nothing is promised about the way back. */
export function encoder<Wire, Value>(
  schema: z.ZodType<Wire>,
  encode: (value: Value, exchange: Exchange) => Wire,
  more: Pick<Encoder<Wire, Value>, 'schemaOf' | 'locate'> = {},
): Encoder<Wire, Value> {
  return { schema, encode, ...more };
}

export type SuccessStatus = 200 | 201 | 204;

/** One operation of a dialect. Route, SDK method, OpenAPI path, authorization and tests are read off it. */
export interface Operation {
  readonly id: string;
  readonly method: Method;
  /** Below the dialect's mounts, parameters in braces: `/users/{user_id}`. */
  readonly path: `/${string}`;
  readonly scope: Scope;
  /** It tells nothing about a tenant, and needs no credential. One that is sent has to be valid, and needs no scope. */
  readonly open?: true;
  /** What its path names; a user unless it is said. */
  readonly resource?: Resource;
  readonly summary: string;
  readonly description: string;
  /** Path parameters. A value that does not fit names nothing: 404. */
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /**
   * Of an operation on many items, each of which is judged alone: what is checked of the body in place of `body`, and
   * leaves the items as they came. Such an operation may take longer than others.
   */
  readonly envelope?: z.ZodType;
  /** Of such an operation: the list of the items in a body that was parsed by `envelope`. */
  readonly items?: (body: never) => readonly unknown[];
  /** The body lists what may be many thousands: it may be larger than others. */
  readonly largeBody?: true;
  /** A request without a body is one with `{}`. */
  readonly bodyOptional?: true;
  /** The body is `multipart/form-data` in place of the dialect's own media types. A file in it has so many bytes at most. */
  readonly form?: { readonly maxSize: number };
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
  /** A POST that changes a resource which is there, and so heeds `If-Match` as other methods do. */
  readonly conditional?: true;
  /** `Prefer: return=minimal` is heeded: a success may answer 204 without a body (RFC 7240 4.2). */
  readonly minimal?: boolean;
  /** A field of the response that is a secret: a response that is replayed for an `Idempotency-Key` does not have it. */
  readonly shownOnce?: string;
  /** A success may carry a `Stele-Warning`: the `warning` of what the handler returns. */
  readonly warns?: true;
  /** A POST that changes nothing, and so heeds no `Idempotency-Key`. */
  readonly safe?: true;
  /** Without this query parameter, and without `Prefer: return=representation`, a success answers 204 and is not read. */
  readonly minimalUnless?: string;
  /** Whether a request needs to know of which groups a user is a member. Unless this is given, none does. */
  readonly memberships?: (asked: {
    readonly mount: string;
    readonly profile: CompatibilityProfile;
    readonly query: Readonly<Record<string, unknown>>;
    readonly body?: unknown;
  }) => boolean;
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
  'invalid_parameter',
  'unauthorized',
  'forbidden',
  'request_timeout',
  'uri_too_long',
  'rate_limited',
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

/** Media types in which an operation takes its body. */
export function mediaTypesOf(
  dialect: { readonly mediaTypes: readonly string[] },
  { form, accepts = [] }: Operation,
): string[] {
  return form ? ['multipart/form-data'] : [...dialect.mediaTypes, ...accepts];
}

/** The response field that lists the media types of a method's body (RFC 5789 3.1, W3C LDP 7.1, RFC 9110 12.5.1). */
export function acceptField(method: string): string {
  return { PATCH: 'Accept-Patch', POST: 'Accept-Post' }[method] ?? 'Accept';
}

/** Whether `Prefer: return=preview` can be heeded: one change of one resource can be shown before it is made. */
export function isPreviewable({ method, envelope, versioned }: Operation): boolean {
  return method === 'PATCH' && envelope === undefined && versioned === true;
}

/** Whether an operation changes something that is there already, and so heeds `If-Match`. */
export function isConditional({ method, versioned, conditional }: Operation): boolean {
  return versioned === true && (conditional === true || (method !== 'GET' && method !== 'POST'));
}

/** Whether an operation changes something, and so heeds `Idempotency-Key`. */
export function isUnsafe({ method, safe }: Operation): boolean {
  return method !== 'GET' && safe !== true;
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
      ...(operation.minimal || operation.minimalUnless ? [204 as const] : []),
      ...(operation.versioned && operation.method === 'GET' ? [304 as const] : []),
    ]),
  ];
}
