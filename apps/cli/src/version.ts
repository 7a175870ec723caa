import { readFileSync } from 'node:fs';

/** The name and version of this package, and the versions of Node that it supports. */
export const { name, version, engines } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { name: string; version: string; engines: { node: `>=${string}` } };

/** Whether a version such as `1.9.0` comes before another one, such as `1.10.0`. */
export const isOlder = (one: string, other: string): boolean => one.localeCompare(other, 'en', { numeric: true }) < 0;
