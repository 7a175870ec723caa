import type { IncomingHttpHeaders } from 'node:http';
import { DirectoryError } from '@stele/schemas/canonical';
import { type Dialect, mediaTypesOf, type Operation } from '@stele/schemas/contract';

/** Refuses a body whose `Content-Type` the operation does not read: another type, or JSON in another charset than UTF-8. */
export function checkMediaType(headers: IncomingHttpHeaders, dialect: Dialect, operation: Operation): void {
  // RFC 9110 8.4: a coding that is not undone here would be parsed as if it were the body.
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    throw new DirectoryError('unsupported_media_type', 'The body must be sent without a content coding');
  }
  const allowed = mediaTypesOf(dialect, operation);
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const readable = parameters.every(
    (parameter) => !parameter.startsWith('charset=') || /^charset="?utf-?8"?$/.test(parameter),
  );
  if (allowed.includes(type) && readable) return;
  throw new DirectoryError(
    'unsupported_media_type',
    `The body must be ${allowed.join(' or ')}${operation.form ? '' : ' in UTF-8'}`,
  );
}
