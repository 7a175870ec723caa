import { errorStatus } from '@stele/schemas/canonical';
import { describe, expect, test } from 'vitest';
import * as sdk from '../src/index.ts';
import { json, serve, type Handler } from './server.ts';

async function responseError(handler: Handler, dialect: 'v1' | 'scim' | 'nerm' = 'v1'): Promise<sdk.ApiError> {
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
    [400, sdk.BadRequestError, 'bad_request', false],
    [401, sdk.UnauthorizedError, 'unauthorized', false],
    [403, sdk.ForbiddenError, 'forbidden', false],
    [404, sdk.NotFoundError, 'not_found', false],
    [405, sdk.MethodNotAllowedError, 'method_not_allowed', false],
    [406, sdk.NotAcceptableError, 'not_acceptable', false],
    [408, sdk.RequestTimeoutError, 'request_timeout', true],
    [409, sdk.ConflictError, 'conflict', false],
    [412, sdk.PreconditionFailedError, 'precondition_failed', false],
    [413, sdk.PayloadTooLargeError, 'payload_too_large', false],
    [414, sdk.UriTooLongError, 'uri_too_long', false],
    [415, sdk.UnsupportedMediaTypeError, 'unsupported_media_type', false],
    [417, sdk.ExpectationFailedError, 'expectation_failed', false],
    [418, sdk.BadRequestError, 'http_418', false],
    [422, sdk.UnprocessableContentError, 'idempotency_key_reused', false],
    [425, sdk.TooEarlyError, 'too_early', true],
    [428, sdk.PreconditionRequiredError, 'precondition_required', false],
    [429, sdk.RateLimitedError, 'rate_limited', true],
    [431, sdk.HeadersTooLargeError, 'headers_too_large', false],
    [500, sdk.InternalError, 'internal_error', true],
    [501, sdk.NotImplementedError, 'not_implemented', false],
    [502, sdk.UnavailableError, 'unavailable', true],
    [503, sdk.UnavailableError, 'unavailable', true],
    [504, sdk.UnavailableError, 'unavailable', true],
    [507, sdk.InternalError, 'http_507', false],
    [520, sdk.UnavailableError, 'unavailable', true],
    [529, sdk.UnavailableError, 'unavailable', true],
    [530, sdk.InternalError, 'http_530', false],
  ])('%d', async (status, Class, code, isRetryable) => {
    const error = await responseError(json(status, {}));
    expect(error).toBeInstanceOf(Class);
    expect(Class.is(error) && sdk.SteleError.is(error)).toBe(true);
    expect(error).toMatchObject({ name: Class.name, status, code, isRetryable });
    // What caught other 4xx before these had classes catches them still.
    if (status >= 400 && status < 500 && ![401, 403, 404, 409, 412, 429].includes(status)) {
      expect(error).toBeInstanceOf(sdk.BadRequestError);
    }
  });

  test.each([...new Set<number>(Object.values(errorStatus))])(
    '%d, which the directory sends, has a code',
    async (status) => {
      expect((await responseError(json(status, {}))).code).not.toBe(`http_${status}`);
    },
  );

  test('409 with Retry-After can be repeated: the first call with its Idempotency-Key is in flight', async () => {
    const error = await responseError(json(409, {}, { 'Retry-After': '1' }));
    expect(error).toMatchObject({ isRetryable: true, retryAfterMs: 1000, retryAfter: 1 });
  });
});

describe('is() finds the kind of an error', () => {
  class Own extends sdk.NotFoundError {}
  const missing = sdk.apiError({ call: '', status: 404, headers: new Headers(), body: '', attempts: 1 });

  test.each([
    ['of the same class', sdk.NotFoundError, missing, true],
    ['of a class above', sdk.ApiError, missing, true],
    ['not of a class beside', sdk.ConflictError, missing, false],
    ['not of a class below', Own, missing, false],
    ['of an application', Own, Object.create(Own.prototype), true],
    ['not where there is none', sdk.SteleError, undefined, false],
    ['not in another error', sdk.SteleError, new Error('no'), false],
    ['not in a function', sdk.SteleError, sdk.SteleError, false],
  ])('%s', (_, Class, value: unknown, expected) => {
    expect(Class.is(value)).toBe(expected);
  });
});

describe('an error says what its dialect says', () => {
  test('v1', async () => {
    const body = {
      error: 'validation_error',
      message: 'Invalid request parameters',
      details: { email: ['Invalid email format'] },
    };
    const error = await responseError(json(400, body, { 'X-Request-Id': 'request-1' }));
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
    const error = await responseError(json(409, body), 'scim');
    expect(error).toBeInstanceOf(sdk.ConflictError);
    expect(error).toMatchObject({ code: 'uniqueness', details: {}, body });
    expect(error.message).toContain('userName is taken');
  });

  test('nerm', async () => {
    const body = { error: 'The user failed to create/update', errors: { login: "can't be blank" } };
    const error = await responseError(json(400, body), 'nerm');
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
  const error = await responseError((_seen, response) => response.writeHead(502).end(text));
  expect(error).toBeInstanceOf(sdk.UnavailableError);
  expect(error).toMatchObject({ code: 'unavailable', body });
});

test('a success that is not JSON is an error that keeps the text', async () => {
  const error = await responseError((_, response) => response.writeHead(200).end('<h1>Welcome</h1>'));
  expect(error).toMatchObject({ name: 'ApiError', code: 'malformed_answer', status: 200, body: '<h1>Welcome</h1>' });
});

test.each([
  ['120', 120_000],
  ['0', 0],
  ['1.5', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['0x10', undefined],
  ['soon', undefined],
  ['2026', 2_026_000],
  ['2126-01-01', undefined],
  ['1 Jan 2126', undefined],
  [new Date(Date.now() - 5000).toUTCString(), 0],
  // RFC 9110 5.6.7: the formats that are obsolete.
  ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
  ['Sun Nov  6 08:49:37 1994', 0],
  ['Sun, 99 Nov 2126 08:49:37 GMT', undefined],
])('Retry-After %j is understood', async (header, milliseconds) => {
  const error = await responseError(json(429, {}, { 'Retry-After': header }));
  expect(error.retryAfterMs).toBe(milliseconds);
  expect(error.retryAfter).toBe(milliseconds === undefined ? undefined : milliseconds / 1000);
});

test('Retry-After may be a date', async () => {
  const error = await responseError(json(503, {}, { 'Retry-After': new Date(Date.now() + 60_000).toUTCString() }));
  expect(error.retryAfter).toBeGreaterThan(50);
  expect(error.retryAfter).toBeLessThanOrEqual(60);
});

test.each([
  ['a connection that breaks', new Error('socket hang up'), true],
  ['a certificate', Object.assign(new Error('expired'), { code: 'CERT_HAS_EXPIRED' }), false],
  ['TLS on a port without it', Object.assign(new Error('bad'), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }), false],
  ['a host that is unknown', Object.assign(new Error('no'), { code: 'ENOTFOUND' }), false],
  ['a host that is not known now', Object.assign(new Error('no'), { code: 'EAI_AGAIN' }), true],
  ['a connection that is closed', Object.assign(new Error('no'), { code: 'ECONNRESET' }), true],
  ['a port that fetch blocks', new Error('bad port'), false],
])('no response because of %s is retryable: %s', (_, cause, expected) => {
  expect(new sdk.ConnectionError('no', { cause: new TypeError('fetch failed', { cause }) }).isRetryable).toBe(expected);
});
