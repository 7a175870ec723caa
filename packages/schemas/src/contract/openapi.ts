import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { DirectoryError, type ErrorDetails, errorStatus, type ErrorCode } from '../canonical/error.ts';
import { exampleOf } from './example.ts';
import type { Dialect } from './dialect.ts';
import { withoutOptional } from './required.ts';
import { errorsOf, statusesOf, type Operation } from './operation.ts';

const SECURITY_SCHEME = 'bearer';

const header = (description: string, example: string) => z.string().meta({ description, example });

const requestId = header('Names this request in our logs; the one that was sent, or a new one.', '0197f3a2-4a1e-7c55');

const requestHeaders = {
  requestId: z.string().optional().meta({
    description:
      'A name for this request, up to 128 letters, digits and `_ . : -`. It comes back and is in the history.',
    example: '0197f3a2-4a1e-7c55',
  }),
  ifMatch: z.string().optional().meta({
    description: 'The ETag of the version to change. A write to any other version is refused with 412.',
    example: '"3"',
  }),
};

const etag = header('The version of the user, as a strong validator.', '"3"');

const errorHeaders: Partial<Record<ErrorCode, Record<string, z.ZodType>>> = {
  unauthorized: { 'WWW-Authenticate': header('The scheme to authenticate with (RFC 6750).', 'Bearer realm="stele"') },
  forbidden: {
    'WWW-Authenticate': header(
      'The scope that is missing (RFC 6750).',
      'Bearer realm="stele", error="insufficient_scope", scope="write"',
    ),
  },
  method_not_allowed: { Allow: header('The methods of this path.', 'GET, PATCH') },
  unavailable: { 'Retry-After': header('Seconds to wait before the next try.', '1') },
};

const errorDescriptions: Record<ErrorCode, string> = {
  validation_error: 'A field is wrong.',
  malformed_body: 'The body is not JSON.',
  bad_request: 'The request is not well-formed.',
  unauthorized: 'The credential is missing or not valid.',
  forbidden: 'The credential lacks the scope.',
  not_found: 'There is no such user.',
  route_not_found: 'There is nothing at this path.',
  method_not_allowed: 'The path has other methods.',
  request_timeout: 'The request took too long to arrive.',
  conflict: 'A unique value is taken.',
  precondition_failed: 'The user is at another version than `If-Match` says.',
  payload_too_large: 'The body is too large.',
  uri_too_long: 'The URL is too long.',
  unsupported_media_type: 'The body has another media type.',
  headers_too_large: 'The headers are too large.',
  internal_error: 'Something went wrong in the server.',
  unavailable: 'The directory cannot serve now.',
};

/** Details that make the example of a refusal say what such a refusal says. */
const errorExamples: Partial<Record<ErrorCode, ErrorDetails>> = {
  validation_error: { issues: [{ path: ['email'], rule: 'invalid', message: 'Invalid email format' }] },
  conflict: { attribute: 'userName' },
};

const answerOf = (schema: z.ZodType, alternatives: readonly z.ZodType[] = []) => ({
  ...media(schema),
  ...(alternatives.length > 0 && { schema: z.union([schema, ...alternatives]) }),
});

const media = (schema: z.ZodType) => ({ schema, example: exampleOf(schema) });

function successesOf(dialect: Dialect, operation: Operation): Record<number, ResponseConfig> {
  const headers: Record<string, z.ZodType> = { 'X-Request-Id': requestId };
  if (operation.versioned) headers['ETag'] = etag;
  if (operation.located)
    headers['Location'] = header('The URL of what was created.', 'https://directory.example.com/…');
  const success: ResponseConfig = {
    description: operation.summary,
    headers: z.object(headers),
    ...(operation.response && {
      content: { [dialect.mediaTypes[0]]: answerOf(operation.response.schema, operation.alternatives) },
    }),
  };
  return Object.fromEntries(statusesOf(operation).map((status) => [status, success]));
}

/** One response for each status, since several refusals may share one. */
function refusalsOf(dialect: Dialect, operation: Operation): Record<string, ResponseConfig> {
  const codes = Map.groupBy(errorsOf(operation), (code) => errorStatus[code]);
  return Object.fromEntries(
    [...codes]
      .toSorted(([left], [right]) => left - right)
      .map(([status, group]) => [
        status,
        {
          description: group.map((code) => errorDescriptions[code]).join(' '),
          headers: z.object(
            Object.assign({ 'X-Request-Id': requestId }, ...group.map((code) => errorHeaders[code] ?? {})),
          ),
          content: {
            [dialect.mediaTypes[0]]: {
              schema: dialect.error,
              examples: Object.fromEntries(
                group.map((code) => [
                  code,
                  { value: dialect.fail(new DirectoryError(code, errorDescriptions[code], errorExamples[code])) },
                ]),
              ),
            },
          },
        },
      ]),
  );
}

function routeOf(dialect: Dialect, operation: Operation): RouteConfig {
  const mediaTypes = [...dialect.mediaTypes, ...(operation.accepts ?? [])];
  return {
    operationId: operation.id,
    method: operation.method.toLowerCase() as RouteConfig['method'],
    path: operation.path,
    summary: operation.summary,
    description: `${operation.description} Needs the scope \`${operation.scope}\`.`,
    security: [{ [SECURITY_SCHEME]: [] }],
    request: {
      headers: z.object({
        'X-Request-Id': requestHeaders.requestId,
        ...(operation.versioned &&
          operation.method !== 'GET' &&
          operation.method !== 'POST' && { 'If-Match': requestHeaders.ifMatch }),
      }),
      ...(operation.params && { params: operation.params }),
      ...(operation.query && { query: operation.query }),
      ...(operation.body && {
        body: {
          required: true,
          content: Object.fromEntries(mediaTypes.map((type) => [type, media(operation.body!)])),
        },
      }),
    },
    responses: { ...successesOf(dialect, operation), ...refusalsOf(dialect, operation) },
  };
}

/** The OpenAPI 3.1 document of a dialect. */
export function openApiOf(dialect: Dialect, version: string): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', SECURITY_SCHEME, {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key.',
  });
  for (const operation of Object.values(dialect.operations)) registry.registerPath(routeOf(dialect, operation));
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: dialect.title,
      version,
      description: dialect.description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: dialect.mounts.map((mount) => ({ url: mount || '/' })),
  });
  const components = (document.components?.schemas ?? {}) as Parameters<typeof withoutOptional>[2];
  for (const schema of schemasOf(dialect)) withoutOptional(schema, {}, components);
  return document;
}

const schemasOf = (dialect: Dialect): z.ZodType[] =>
  [
    dialect.error,
    ...Object.values(dialect.operations).flatMap(({ body, response, alternatives = [] }) => [
      body,
      response?.schema,
      ...alternatives,
    ]),
  ].filter((schema) => schema !== undefined);
