import { SteleError } from './error.ts';
import { isRecord } from './json.ts';

/** The one place where a path parameter becomes a part of a URL. */
function fillPath(path: string, params: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    // A dot segment, percent-encoded or not, would be resolved to another resource.
    if (typeof value !== 'string' || ['', '.', '..'].includes(value) || !value.isWellFormed()) {
      const shown = typeof value === 'string' ? JSON.stringify(value) : `of type ${typeof value}`;
      throw new SteleError(`${name} must be an identifier, not ${shown}`);
    }
    return encodeURIComponent(value);
  });
}

/** One value of a query. `null` or `NaN` as text would be another filter than the caller means. */
function textOf(name: string, value: unknown): string {
  const isText = typeof value === 'string' && value.isWellFormed();
  if (isText || typeof value === 'boolean' || Number.isFinite(value)) return String(value);
  if (value instanceof Date && Number.isFinite(value.getTime())) return value.toISOString();
  throw new SteleError(`${name} must be a text, a number or a boolean; nothing was sent`);
}

/** A parameter, or its fields: `{ filter: { role: 'admin' } }` is `filter[role]=admin`. */
function pairs(name: string, value: unknown): [string, string][] {
  if (value === undefined) return [];
  if (!isRecord(value) || value instanceof Date) return [[name, textOf(name, value)]];
  return Object.entries(value).flatMap(([field, part]) => pairs(`${name}[${field}]`, part));
}

/** A path with more parameters in its query. */
export function withQuery(path: string, query?: object): string {
  const entries = Object.entries(query ?? {}).flatMap(([name, value]) => pairs(name, value));
  const text = new URLSearchParams(entries).toString();
  return path + (text && `${path.includes('?') ? '&' : '?'}${text}`);
}

/** What follows the client's `url`: a path with its parameters filled in, and the query. */
export const targetOf = (path: string, params?: object, query?: object): string =>
  withQuery(fillPath(path, { ...params }), query);

/**
 * What follows the client's `url`, of a path or a URL that a caller or a response gives. With the request goes the token: a URL
 * of another server is an error.
 */
export function targetBelow(base: string, given: unknown, query?: object): string {
  const path = typeof given === 'string' && given.startsWith(`${base}/`) ? given.slice(base.length) : given;
  if (typeof path !== 'string' || !/^\/[\x21-\x7e]*$/.test(path)) {
    throw new SteleError('path must begin with a slash or with the url of the client, in visible ASCII characters');
  }
  return withQuery(path.split('#', 1)[0]!, query);
}
