import { HttpException } from '@nestjs/common';
import { DirectoryError, type ErrorCode } from '@stele/schemas/canonical';

/** What Fastify and Node call the requests that they refuse themselves. */
const frameworkCodes: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_BAD_URL: ['bad_request', 'The URL is not well-formed'],
  FST_ERR_ROUTE_MAX_PARAM_LENGTH: ['uri_too_long', 'A part of the path is too long'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'The body is too large'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request took too long to arrive'],
};

/** Turns anything thrown into a refusal that a dialect can say. What nobody foresaw is an internal error. */
export function refusalOf(error: unknown): DirectoryError {
  if (error instanceof DirectoryError) return error;
  const known = frameworkCodes[String((error as { code?: unknown } | null)?.code)];
  if (known) return new DirectoryError(known[0], known[1], { cause: error });
  if (error instanceof HttpException && error.getStatus() === 404) {
    return new DirectoryError('route_not_found', 'There is nothing at this path', { cause: error });
  }
  return new DirectoryError('internal_error', 'Something went wrong here', { cause: error });
}
