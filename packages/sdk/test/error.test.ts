import { describe, expect, test } from 'vitest';
import * as sdk from '../src/index.ts';
import { json, serve, type Handler } from './server.ts';

async function refusal(handler: Handler, dialect: 'v1' | 'scim' | 'nerm' = 'v1'): Promise<sdk.ApiError> {
  const { url } = await serve(handler);
  const stele = new sdk.Stele({ url, token: 'secret', retries: 0 });
  const error: unknown = await stele[dialect].users.get('1').then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(sdk.ApiError);
  return error as sdk.ApiError;
}

describe('the class of an error follows its status', () => {
  test.each([
    [400, sdk.BadRequestError, 'bad_request'],
    [401, sdk.UnauthorizedError, 'unauthorized'],
    [403, sdk.ForbiddenError, 'forbidden'],
    [404, sdk.NotFoundError, 'not_found'],
    [409, sdk.ConflictError, 'conflict'],
    [412, sdk.PreconditionFailedError, 'precondition_failed'],
    [413, sdk.BadRequestError, 'payload_too_large'],
    [418, sdk.BadRequestError, 'http_418'],
    [429, sdk.RateLimitedError, 'rate_limited'],
    [500, sdk.InternalError, 'internal_error'],
    [502, sdk.UnavailableError, 'unavailable'],
    [503, sdk.UnavailableError, 'unavailable'],
    [507, sdk.InternalError, 'http_507'],
  ])('%d', async (status, Class, code) => {
    const error = await refusal(json(status, {}));
    expect(error).toBeInstanceOf(Class);
    expect(error).toMatchObject({ name: Class.name, status, code });
  });
});

describe('an error says what its dialect says', () => {
  test('v1', async () => {
    const body = {
      error: 'validation_error',
      message: 'Invalid request parameters',
      details: { email: ['Invalid email format'] },
    };
    const error = await refusal(json(400, body, { 'X-Request-Id': 'request-1' }));
    expect(error).toMatchObject({ code: 'validation_error', details: body.details, body, requestId: 'request-1' });
    expect(error.message).toBe('GET /v1/users/1: 400 Invalid request parameters');
  });

  test('scim', async () => {
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '409',
      scimType: 'uniqueness',
      detail: 'userName is taken',
    };
    const error = await refusal(json(409, body), 'scim');
    expect(error).toBeInstanceOf(sdk.ConflictError);
    expect(error).toMatchObject({ code: 'uniqueness', details: {}, body });
    expect(error.message).toContain('userName is taken');
  });

  test('nerm', async () => {
    const body = { error: 'The user failed to create/update', errors: { login: "can't be blank" } };
    const error = await refusal(json(400, body), 'nerm');
    expect(error).toMatchObject({ code: 'bad_request', details: { login: ["can't be blank"] }, body });
    expect(error.message).toContain(body.error);
  });
});

test.each([
  ['a page', '<h1>Bad gateway</h1>'],
  ['nothing', ''],
  ['a JSON text', '"no"', 'no'],
  ['a JSON list', '[1]', [1]],
  ['fields of other types', '{"error":1,"message":[],"details":"x"}', { error: 1, message: [], details: 'x' }],
])('an error body that is %s survives', async (_, text, body: unknown = text) => {
  const error = await refusal((_seen, response) => response.writeHead(502).end(text));
  expect(error).toBeInstanceOf(sdk.UnavailableError);
  expect(error).toMatchObject({ code: 'unavailable', body });
});

test('a success that is not JSON is an error that keeps the text', async () => {
  const error = await refusal((_, response) => response.writeHead(200).end('<h1>Welcome</h1>'));
  expect(error).toMatchObject({ name: 'ApiError', code: 'malformed_answer', status: 200, body: '<h1>Welcome</h1>' });
});

test.each([
  ['120', 120],
  [new Date(Date.now() - 5000).toUTCString(), 0],
  ['soon', undefined],
])('Retry-After %j is understood', async (header, seconds) => {
  const error = await refusal(json(429, {}, { 'Retry-After': header }));
  expect(error.retryAfter).toBe(seconds);
});

test('Retry-After may be a date', async () => {
  const error = await refusal(json(503, {}, { 'Retry-After': new Date(Date.now() + 60_000).toUTCString() }));
  expect(error.retryAfter).toBeGreaterThan(50);
  expect(error.retryAfter).toBeLessThanOrEqual(60);
});
