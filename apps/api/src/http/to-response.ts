import { entityTag, onceFor } from '@stele/schemas/canonical';
import { type Exchange, isPreviewable, type Operation, Preview } from '@stele/schemas/contract';
import type { FastifyRequest } from 'fastify';
import type { BatchResult, WritePreview, WriteResult } from '../directory/write-result.ts';
import type { BatchReplay } from '../idempotency/batch-replay.ts';
import type { Run } from '../idempotency/run-once.ts';
import { isNotModified } from './etag.ts';
import type { ReturnPreference } from './prefer.ts';
import { previewOf } from './preview.ts';
import type { RequestInput } from './read-input.ts';
import type { ServedOperation } from './served-operation.ts';

/** A response as it goes over the wire. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** What an operation on one version of one resource returns. */
type Versioned = Parameters<typeof entityTag>[0];

/** What the response to one request depends on, besides what its handler returns. */
export interface ResponseContext {
  readonly served: ServedOperation;
  readonly exchange: Exchange;
  readonly responseType: string;
  readonly preference: ReturnPreference | undefined;
  /** The response has no body. */
  readonly isMinimal: boolean;
  /** The response is checked against its schema. */
  readonly isChecked: boolean;
}

export function responseContext(
  served: ServedOperation,
  { responseType, preference }: RequestInput,
  exchange: Exchange,
  isChecked: boolean,
): ResponseContext {
  const isMinimal = isMinimalResponse(served.operation, preference, exchange);
  return { served, exchange, responseType, preference, isMinimal, isChecked };
}

/** Makes the successful response of one request, once for each resource: a write encodes it before it commits. */
export function responseEncoder(context: ResponseContext): (resource: object) => HttpResponse {
  return onceFor((resource) => {
    const response = encodeResponse(context, resource);
    return withPreferenceApplied(context.isMinimal ? withoutBody(response) : response, context);
  });
}

/** The response to what a handler returned, and what of it is stored for a request with a key. */
export function toResponse(
  context: ResponseContext,
  encode: (resource: object) => HttpResponse,
  request: FastifyRequest,
  returned: unknown,
  items: BatchReplay | undefined,
): Run<HttpResponse> {
  const { operation, isBatch, isWrite } = context.served;
  if (isBatch) {
    const { result, remaining, failures } = returned as BatchResult<object>;
    for (const error of failures) request.log.error({ err: error, requestId: request.id }, error.message);
    const response = encode(result);
    return { result: response, replay: response, ...(items && { items: { replay: items, remaining } }) };
  }
  if (isWrite) {
    const { resource, isReplayStored, preview } = returned as WriteResult<object>;
    const response = preview ? previewResponse(context, preview, resource) : encode(resource);
    return isReplayStored ? { result: response } : { result: response, replay: response };
  }
  const value = returned as object;
  const response = notModifiedResponse(context, request.headers['if-none-match'], value) ?? encode(value);
  return { result: response, replay: withoutSecret(response, operation) };
}

/** What is stored of a response. A secret is shown once: it is left out. */
function withoutSecret(response: HttpResponse, { shownOnce }: Operation): HttpResponse {
  if (shownOnce === undefined || response.body === null) return response;
  const { [shownOnce]: _secret, ...rest } = JSON.parse(response.body) as Record<string, unknown>;
  return { ...response, body: JSON.stringify(rest) };
}

function encodeResponse({ served, exchange, responseType, isChecked }: ResponseContext, result: object): HttpResponse {
  const { operation } = served;
  const headers: Record<string, string> = { 'cache-control': 'no-store', ...ignoredField(exchange) };
  if (operation.versioned && operation.method !== 'DELETE') headers['etag'] = entityTag(result as Versioned);
  if (operation.warns) Object.assign(headers, warningField(result));
  const status = statusOf(operation, exchange);
  const { response } = operation;
  if (!response) return { status, headers, body: null };
  const wire = response.encode(result as never, exchange);
  if (isChecked) (response.schemaOf?.(exchange) ?? response.schema).parse(wire);
  if (operation.located) headers['location'] = locationOf(operation.located, wire, exchange);
  Object.assign(headers, contentLocationField(operation, result, exchange), contentTypeField(responseType));
  return { status, headers, body: JSON.stringify(wire) };
}

/** What a write would do, in place of its response. */
function previewResponse(
  { served, exchange, responseType, isChecked }: ResponseContext,
  { before, after }: WritePreview,
  resource: object,
): HttpResponse {
  const { dialect, operation } = served;
  const encodeWire = (value: unknown) => operation.response!.encode(value as never, exchange);
  const preview = previewOf(dialect, encodeWire, exchange, before, after);
  if (isChecked) Preview.parse(preview);
  const headers = {
    'cache-control': 'no-store',
    ...ignoredField(exchange),
    'preference-applied': 'return=preview',
    etag: entityTag(resource as Versioned),
    ...contentTypeField(responseType),
  };
  return { status: statusOf(operation, exchange), headers, body: JSON.stringify(preview) };
}

/** RFC 9110 15.4.5: the response to a read of what the client has already, with `Content-Location` where a 200 has it. */
function notModifiedResponse(
  { served, exchange }: ResponseContext,
  ifNoneMatch: string | undefined,
  result: object,
): HttpResponse | undefined {
  const { method, versioned } = served.operation;
  if (method !== 'GET' || !versioned || ifNoneMatch === undefined) return undefined;
  const etag = entityTag(result as Versioned);
  if (!isNotModified(ifNoneMatch, etag)) return undefined;
  const headers = { 'cache-control': 'no-store', etag, ...contentLocationField(served.operation, result, exchange) };
  return { status: 304, headers, body: null };
}

const statusOf = (operation: Operation, { mount }: Exchange): number => operation.statusAt?.[mount] ?? operation.status;

/** The response field that names what was ignored of the request. */
function ignoredField({ ignored }: Exchange): Record<string, string> {
  const names = ignored.toField();
  return names === undefined ? {} : { 'stele-ignored': names };
}

const contentTypeField = (type: string) => ({ 'content-type': `${type}; charset=utf-8` });

function contentLocationField({ response }: Operation, result: object, exchange: Exchange): Record<string, string> {
  const location = response?.locate?.(result as never, exchange);
  return location === undefined ? {} : { 'content-location': location };
}

/** RFC 9110 10.2.2: the path of the operation that reads what was created; every resource calls its identifier `id`. */
function locationOf(read: Operation, wire: unknown, { publicUrl, mount }: Exchange): string {
  const { id } = wire as { readonly id: unknown };
  return publicUrl + mount + read.path.replace(/\{\w+\}/, String(id));
}

/** What the caller should know about what was done. */
function warningField(result: object): Record<string, string> {
  const { warning } = result as { readonly warning?: string };
  return warning === undefined ? {} : { 'stele-warning': warning };
}

/** Whether a success has no body: by preference (RFC 7240 4.2), or because the request did not ask for one. */
function isMinimalResponse(
  { minimal, minimalUnless, statusAt }: Operation,
  preference: ReturnPreference | undefined,
  { mount, query }: Exchange,
): boolean {
  if (preference === 'minimal' && minimal) return true;
  // A mount with a status of its own has the body that belongs to it.
  if (minimalUnless === undefined || statusAt?.[mount] !== undefined) return false;
  return query[minimalUnless] === undefined && preference !== 'representation';
}

/** The success alone, without the body and what describes it. */
function withoutBody(response: HttpResponse): HttpResponse {
  const { 'content-type': _type, 'content-location': _location, ...headers } = response.headers;
  return { ...response, status: 204, headers, body: null };
}

/** Adds `Preference-Applied` (RFC 7240 3) of a success that is no preview. */
function withPreferenceApplied(
  response: HttpResponse,
  { served, preference, isMinimal }: ResponseContext,
): HttpResponse {
  const isApplied = isPreviewable(served.operation) && preference === (isMinimal ? 'minimal' : 'representation');
  return isApplied ? withField(response, 'preference-applied', `return=${preference}`) : response;
}

export const withField = (response: HttpResponse, name: string, value: string): HttpResponse => ({
  ...response,
  headers: { ...response.headers, [name]: value },
});
