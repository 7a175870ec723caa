import type { Dialect, Operation } from '@stele/schemas/contract';
import { dialects } from '@stele/schemas/dialects';

/** One path of the server: an operation at one of its dialect's mounts. */
export interface Route {
  readonly dialect: Dialect;
  readonly operation: Operation;
  readonly mount: string;
  /** In Fastify's spelling: `/v1/users/:user_id`. */
  readonly url: string;
}

/** The paths at which a dialect serves an operation. */
export function routesOf(dialect: Dialect, operation: Operation): Route[] {
  return dialect.mounts.map((mount) => ({
    dialect,
    operation,
    mount,
    // At the mount itself, `/scim/v2` is the path with and without a slash at its end.
    url: (mount + operation.path.replaceAll(/\{(\w+)\}/g, ':$1')).replace(/(?<=.)\/$/, ''),
  }));
}

const routes = dialects.flatMap((dialect) =>
  Object.values(dialect.operations).flatMap((operation) => routesOf(dialect, operation)),
);

/** Matches the paths of a route. */
const patternOf = (url: string): RegExp =>
  new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}/?$`.replace('//?', '/?'));

const patterns = routes.map((route) => ({ route, pattern: patternOf(route.url) }));

/** The paths that belong to no dialect. */
const openPatterns: RegExp[] = [];

/** Adds a path that has GET alone and belongs to no dialect. */
export function openPath(url: string): void {
  openPatterns.push(patternOf(url));
}

const mounts = dialects
  .flatMap((dialect) => dialect.mounts.map((mount) => ({ dialect, mount })))
  .toSorted((left, right) => right.mount.length - left.mount.length);

/** The path of a URL. Clients whose base URL ends in a slash ask for `/scim/v2//Users`: the router takes it for one slash. */
const pathOf = (url: string): string =>
  url
    // RFC 9112 3.2.2: the absolute form.
    .replace(/^https?:\/\/[^/?#]*/i, '')
    .replace(/[?#].*$/s, '')
    .replaceAll(/\/{2,}/g, '/');

const routesAt = (url: string): Route[] => {
  const path = pathOf(url);
  return patterns.filter(({ pattern }) => pattern.test(path)).map(({ route }) => route);
};

/** The methods that a path has, none when there is nothing at it. Where there is a GET there is a HEAD. */
export function methodsAt(url: string): string[] {
  const methods = routesAt(url).map(({ operation }) => operation.method);
  if (openPatterns.some((pattern) => pattern.test(pathOf(url)))) methods.push('GET');
  return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : method)))];
}

/** The route of a request, if there is one. */
export function routeAt(method: string, url: string): Route | undefined {
  return routesAt(url).find(({ operation }) => operation.method === method);
}

/**
 * The dialect that formats the errors of a URL, also of one at which there is nothing: that of the longest mount it lies
 * below. Where the path is not known, the first.
 */
export function dialectAt(url: string): Dialect {
  const path = pathOf(url);
  return mounts.find(({ mount }) => path === mount || path.startsWith(`${mount}/`))?.dialect ?? dialects[0]!;
}
