import { HttpException } from '@nestjs/common';
import { DirectoryError, type ErrorCode } from '@stele/schemas/canonical';
import { methodsAt } from './routes.ts';

/** The error of a request without a route: 405 if its path has other methods (RFC 9110 15.5.6), else 404. */
export function unroutedError({ method, url }: { readonly method: string; readonly url: string }): DirectoryError {
  const allow = methodsAt(url);
  return allow.length === 0
    ? new DirectoryError('route_not_found', messages.route_not_found!)
    : new DirectoryError('method_not_allowed', `${method} is not one of this path's methods`, { allow });
}

/** The codes of errors of Node's HTTP parser. */
const nodeCodes: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Errors of Fastify and Nest have a status. */
const statusCodes: Readonly<Record<number, ErrorCode>> = {
  400: 'bad_request',
  404: 'route_not_found',
  408: 'request_timeout',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  431: 'headers_too_large',
};

const messages: Partial<Record<ErrorCode, string>> = {
  bad_request: 'The request is not well-formed',
  route_not_found: 'There is nothing at this path',
  request_timeout: 'The request took too long to arrive',
  payload_too_large: 'The body is too large',
  uri_too_long: 'The URL is too long',
  unsupported_media_type: 'The Content-Type is not a media type that is read here',
  headers_too_large: 'The headers are too large',
};

/** Turns anything thrown into an error that a dialect can format. An unknown error is an internal error. */
export function toDirectoryError(error: unknown): DirectoryError {
  if (error instanceof DirectoryError) return error;
  const { code, statusCode } = Object(error) as { code?: string; statusCode?: number };
  const status = error instanceof HttpException ? error.getStatus() : statusCode;
  const known = nodeCodes[code ?? ''] ?? statusCodes[status ?? 0] ?? 'internal_error';
  return new DirectoryError(known, messages[known] ?? 'Something went wrong here', { cause: error });
}
