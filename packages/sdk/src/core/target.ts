import { SteleError } from './error.ts';

/** The one place where a path parameter becomes a part of a URL. */
function fillPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name] ?? '';
    // A dot segment, percent-encoded or not, would be resolved and name another resource.
    if (['', '.', '..'].includes(value) || !value.isWellFormed()) {
      throw new SteleError(`${name} must be an identifier, not ${JSON.stringify(value)}`);
    }
    return encodeURIComponent(value);
  });
}

type Parameter = string | number | boolean | undefined | { readonly [field: string]: Parameter };

/** A parameter, or its fields: `{ filter: { role: 'admin' } }` is `filter[role]=admin`. */
function pairs(name: string, value: Parameter): [string, string][] {
  if (value === undefined) return [];
  if (typeof value !== 'object') return [[name, String(value)]];
  return Object.entries(value).flatMap(([field, part]) => pairs(`${name}[${field}]`, part));
}

/** What follows the client's `url`: a path with its parameters filled in, and the query. */
export function targetOf(path: string, params: object = {}, query: object = {}): string {
  const said = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => pairs(name, value))).toString();
  return fillPath(path, { ...params }) + (said && `?${said}`);
}
