import type { IncomingHttpHeaders } from 'node:http';
import { DirectoryError } from '@stele/schemas/canonical';
import { type Dialect, mediaTypesOf, type Operation } from '@stele/schemas/contract';

/** How much a client wants a media type, by the most specific range of `Accept` that it falls in (RFC 9110 12.5.1). */
function qualityOf(type: string, ranges: readonly { readonly range: string; readonly quality: number }[]): number {
  const wildcard = `${type.slice(0, type.indexOf('/'))}/*`;
  for (const wanted of [type, wildcard, '*/*']) {
    const found = ranges.find(({ range }) => range === wanted);
    if (found) return found.quality;
  }
  return 0;
}

/** RFC 9110 12.4.2. */
const QUALITY = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * The media type of a response: that which `Accept` prefers, and the first of the dialect's own among equals. When
 * `Accept` has room for none of them it is disregarded, as RFC 9110 12.5.1 allows.
 */
export function responseTypeOf({ mediaTypes }: Pick<Dialect, 'mediaTypes'>, accept: string | undefined): string {
  const [first, ...others] = mediaTypes;
  if (accept === undefined || others.length === 0) return first;
  const ranges = accept
    .toLowerCase()
    .split(',')
    .map((each) => {
      const [range = '', ...parameters] = each.split(';').map((part) => part.trim());
      const quality = parameters.map((parameter) => QUALITY.exec(parameter)?.[1]).find((each) => each !== undefined);
      return { range, quality: Number(quality ?? 1) };
    });
  return others.reduce<string>(
    (best, type) => (qualityOf(type, ranges) > qualityOf(best, ranges) ? type : best),
    first,
  );
}

/** RFC 9110 8.4: whether a body has a coding that would have to be undone. */
export const isCoded = (headers: IncomingHttpHeaders): boolean =>
  (headers['content-encoding'] ?? '').split(',').some((coding) => !/^(?:identity)?$/i.test(coding.trim()));

/** Rejects a body whose `Content-Type` the operation does not read: another type, or JSON in another charset than UTF-8. */
export function checkMediaType(headers: IncomingHttpHeaders, dialect: Dialect, operation: Operation): void {
  if (isCoded(headers)) {
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
