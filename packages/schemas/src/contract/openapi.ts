import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { DirectoryError, type ErrorDetails, errorStatus, type ErrorCode } from '../canonical/error.ts';
import { exampleOf, requestExampleOf } from './example.ts';
import { type Dialect, tagOf, type TagComparison } from './dialect.ts';
import { describeExamples, withoutPrefixItems } from './portable.ts';
import { Preview } from './preview.ts';
import { type Parameter, withoutOptional, withoutOptionalParameters } from './required.ts';
import {
  acceptField,
  errorsOf,
  isConditional,
  isPreviewable,
  isUnsafe,
  MAX_LARGE_BODY,
  mediaTypesOf,
  statusesOf,
  type Operation,
} from './operation.ts';

const SECURITY_SCHEME = 'bearer';

const CONTACT = { name: 'The maintainers of Stele' };

const header = (description: string, example: string) => z.string().meta({ description, example });

const requestId = header('Names this request in our logs; the one that was sent, or a new one.', '0197f3a2-4a1e-7c55');

const requestHeaders = {
  requestId: z.string().optional().meta({
    description:
      'A name for this request, up to 128 letters, digits and `_ . : -`. It comes back and is in the history.',
    example: '0197f3a2-4a1e-7c55',
  }),
  idempotencyKey: z.string().optional().meta({
    description:
      'Identifies this change, 1 to 255 visible ASCII characters. The same request with the same key within 24 hours gets the response to the first one, and changes nothing.',
    example: '8e03978e-40d5-43e8-bc93-6894a57f9324',
  }),
  ifNoneMatch: z.string().optional().meta({
    description:
      'The ETag of the version that the client has. If it is the current one, the response is 304 without a body.',
    example: '"3"',
  }),
  ifNoneMatchWrite: z.string().optional().meta({
    description:
      'ETags of versions that must not be changed. A write to one of them, or with `*` to any version, gets 412.',
    example: '"3"',
  }),
  prefer: z.string().optional().meta({
    description:
      '`return=preview` returns the changes and writes nothing. `return=minimal` requests a response without a body, `return=representation` one with the resource (RFC 7240).',
    example: 'return=preview',
  }),
};

const tagComparisons: Readonly<Record<TagComparison, string>> = {
  strong: 'A weak tag matches no version (strong comparison, RFC 9110 13.1.1).',
  weak: '`W/"3"` and `"3"` are the same version (weak comparison, RFC 9110 8.8.3.2).',
};

const ifMatch = ({ tagComparison = 'strong' }: Dialect) =>
  z
    .string()
    .optional()
    .meta({
      description: `The ETag of the version to change, several with commas between, or \`*\` for any. A write to another version is 412. ${tagComparisons[tagComparison]}`,
      example: '"3"',
    });

const etag = header('The version of the user, as a strong validator.', '"3"');

const rateLimit = {
  'RateLimit-Policy': header(
    'The limits that hold for this credential and its tenant: `q` requests in `w` seconds.',
    '"credential";q=60000;w=60, "tenant";q=120000;w=60',
  ).optional(),
  RateLimit: header(
    'What is left of each: `r` requests, and in `t` seconds all of them again.',
    '"credential";r=59999;t=60, "tenant";r=119999;t=60',
  ).optional(),
};

const replayed = header('`true` if this is the response to an earlier request with the same key.', 'true').optional();

const applied = header('The preference that was applied (RFC 7240).', 'return=preview').optional();

const warning = header(
  'What the caller should know about what was done, in printable ASCII. Absent when there is nothing.',
  'The provisioning domain "okta" has no API key any more',
).optional();

const ignored = header(
  'Names in the request that the server did not understand and ignored, with commas between. At most 20; `...` stands for more.',
  'favouriteColour, emails.verified',
).optional();

const successDescriptions: Readonly<Record<number, string>> = {
  204: 'Done. The response has no body.',
  304: 'The version of the client is the current one.',
};

const errorHeaders: Partial<Record<ErrorCode, Record<string, z.ZodType>>> = {
  unauthorized: { 'WWW-Authenticate': header('The scheme to authenticate with (RFC 6750).', 'Bearer realm="stele"') },
  forbidden: {
    'WWW-Authenticate': header(
      'The scope that is missing (RFC 6750).',
      'Bearer realm="stele", error="insufficient_scope", scope="write"',
    ).optional(),
  },
  method_not_allowed: { Allow: header('The methods of this path.', 'GET, HEAD, PATCH') },
  request_in_progress: { 'Retry-After': header('Seconds to wait before the next try.', '1') },
  rate_limited: { 'Retry-After': header('Seconds to wait before the next try.', '1') },
  unavailable: { 'Retry-After': header('Seconds to wait before the next try.', '1') },
};

const errorDescriptions: Record<ErrorCode, string> = {
  validation_error: 'A field is wrong.',
  invalid_parameter: 'A query parameter is wrong.',
  malformed_body: 'The body is not JSON.',
  bad_request: 'The request is not well-formed.',
  unauthorized: 'The credential is missing or not valid.',
  forbidden: 'The credential lacks the scope.',
  not_found: 'What the path names does not exist.',
  route_not_found: 'There is nothing at this path.',
  method_not_allowed: 'The path has other methods.',
  request_timeout: 'The request took too long to arrive.',
  conflict: 'A unique value is taken.',
  precondition_failed: 'The user has another version than that of `If-Match`.',
  precondition_required: 'This directory asks for `If-Match`.',
  request_in_progress: 'The first request with this `Idempotency-Key` is in progress.',
  too_many_secrets: 'The key has 4 valid secrets. The message names the time at which the first of them ends.',
  idempotency_key_reused: 'The `Idempotency-Key` was used for another request.',
  rate_limited: 'The credential or its tenant has sent too many requests.',
  payload_too_large: 'The body is too large.',
  uri_too_long: 'The URL is too long.',
  expectation_failed: '`Expect` is not `100-continue`.',
  unsupported_media_type: 'The body has another media type.',
  headers_too_large: 'The headers are too large.',
  internal_error: 'Something went wrong in the server.',
  not_implemented: 'This is not offered.',
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

/** A body in each media type that `Accept` may ask for; examples are shown once. */
const contentOf = ({ mediaTypes }: Dialect, { schema, ...examples }: { schema: z.ZodType; [more: string]: unknown }) =>
  Object.fromEntries(mediaTypes.map((type, index) => [type, { schema, ...(index === 0 && examples) }]));

const media = (schema: z.ZodType) => ({ schema, example: exampleOf(schema) });

const contentLocation = header(
  'The URL of the resource that the body represents, the same as `meta.location` (RFC 7643 3.1).',
  'https://directory.example.com/…',
).optional();

function successesOf(dialect: Dialect, operation: Operation): Record<number, ResponseConfig> {
  const headers: Record<string, z.ZodType> = { 'X-Request-Id': requestId, ...rateLimit };
  if (operation.versioned && operation.method !== 'DELETE') headers['ETag'] = etag;
  if (operation.located) {
    headers['Location'] = header('The URL of what was created.', 'https://directory.example.com/…');
  }
  if (operation.response?.locate) headers['Content-Location'] = contentLocation;
  if (isUnsafe(operation)) headers['Idempotent-Replayed'] = replayed;
  if (isPreviewable(operation)) headers['Preference-Applied'] = applied;
  if (dialect.reportsIgnored) headers['Stele-Ignored'] = ignored;
  if (operation.warns) headers['Stele-Warning'] = warning;
  const shapes = [...(operation.alternatives ?? []), ...(isPreviewable(operation) ? [Preview] : [])];
  const content = operation.response && {
    content: contentOf(dialect, answerOf(operation.response.schema, shapes)),
  };
  return Object.fromEntries(
    statusesOf(operation).map((status) => [
      status,
      {
        description: successDescriptions[status] ?? operation.summary,
        headers: z.object(headers),
        ...(status < 204 && content),
      },
    ]),
  );
}

const acceptHeadersOf = ({ method }: Operation): Record<string, z.ZodType> => ({
  [acceptField(method)]: header('The media types of the body, where it had another one.', 'application/json'),
  'Accept-Encoding': header('`identity`, where the body had a content coding.', 'identity'),
});

/** The headers of refusals with one status. What not all of them carry may be absent. */
function refusalHeadersOf(operation: Operation, codes: readonly ErrorCode[]): Record<string, z.ZodType> {
  const headers = [
    ...codes.flatMap((code) => Object.entries(errorHeaders[code] ?? {})),
    ...(codes.includes('unsupported_media_type') ? Object.entries(acceptHeadersOf(operation)) : []),
  ];
  return Object.fromEntries(
    headers.map(([name, schema]) => [
      name,
      codes.every((code) => errorHeaders[code]?.[name]) ? schema : schema.optional(),
    ]),
  );
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
          headers: z.object({ 'X-Request-Id': requestId, ...rateLimit, ...refusalHeadersOf(operation, group) }),
          content: contentOf(dialect, {
            schema: dialect.error,
            examples: Object.fromEntries(
              group.map((code) => [
                code,
                { value: dialect.fail(new DirectoryError(code, errorDescriptions[code], errorExamples[code])) },
              ]),
            ),
          }),
        },
      ]),
  );
}

const LARGE_BODY = ` The body may have ${MAX_LARGE_BODY} bytes, unless the server sets another limit, and 400,000 values.`;

const accessOf = ({ open, scope }: Operation): string =>
  open ? 'Needs no credential; one that is sent has to be valid.' : `Needs the scope \`${scope}\`.`;

function routeOf(dialect: Dialect, operation: Operation): RouteConfig {
  const mediaTypes = mediaTypesOf(dialect, operation);
  return {
    operationId: operation.id,
    tags: [tagOf(dialect, operation).name],
    method: operation.method.toLowerCase() as RouteConfig['method'],
    path: operation.path,
    summary: operation.summary,
    description: `${operation.description}${operation.largeBody ? LARGE_BODY : ''} ${accessOf(operation)}`,
    security: [...(operation.open ? [{}] : []), { [SECURITY_SCHEME]: [] }],
    request: {
      headers: z.object({
        'X-Request-Id': requestHeaders.requestId,
        ...(isUnsafe(operation) && { 'Idempotency-Key': requestHeaders.idempotencyKey }),
        ...(isPreviewable(operation) && { Prefer: requestHeaders.prefer }),
        ...(operation.versioned && operation.method === 'GET' && { 'If-None-Match': requestHeaders.ifNoneMatch }),
        ...(isConditional(operation) && {
          'If-Match': ifMatch(dialect),
          'If-None-Match': requestHeaders.ifNoneMatchWrite,
        }),
      }),
      ...(operation.params && { params: operation.params }),
      ...(operation.query && { query: operation.query }),
      ...(operation.body && {
        body: {
          required: !operation.bodyOptional,
          content: Object.fromEntries(
            mediaTypes.map((type) => [type, { schema: operation.body!, example: requestExampleOf(operation.body!) }]),
          ),
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
    description: 'An API key, or an OAuth 2.0 access token of an issuer that this directory knows.',
  });
  for (const operation of Object.values(dialect.operations)) registry.registerPath(routeOf(dialect, operation));
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: dialect.title,
      version,
      description: dialect.description,
      contact: CONTACT,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: dialect.tags.map(({ name, description }) => ({ name, description })),
    servers: dialect.mounts.map((mount) => ({ url: mount || '/' })),
  });
  const components = (document.components?.schemas ?? {}) as Parameters<typeof withoutOptional>[2];
  for (const schema of schemasOf(dialect)) withoutOptional(schema, {}, components);
  for (const { method, path, query } of Object.values(dialect.operations)) {
    const { parameters = [] } = document.paths![path]![method.toLowerCase() as 'get']!;
    if (query) withoutOptionalParameters(query, parameters as Parameter[], components);
    describeExamples(parameters as Parameter[]);
  }
  withoutPrefixItems(document);
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
    Preview,
  ].filter((schema) => schema !== undefined);
