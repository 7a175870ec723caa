import { isDeepStrictEqual } from 'node:util';
import type { ScimResponse } from './client.ts';
import { at, isObject, listAt, textAt } from './json.ts';
import { urns } from './urn.ts';

/** A server did something else than a rule asks for. */
export class ExpectationError extends Error {
  override readonly name = 'ExpectationError';
  readonly expected: string;
  readonly actual: string;

  constructor(expected: string, actual: string) {
    super(`expected ${expected}, got ${actual}`);
    this.expected = expected;
    this.actual = actual;
  }
}

/** The server lacks something optional that it announces nowhere. */
export class SkipError extends Error {
  override readonly name = 'SkipError';
}

/** Characters of a value that a reason shows. */
const MAX_VALUE_CHARS = 160;

/** A value in one line. */
export function formatValue(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS)}…` : text;
}

/** The status of a response, with the error that it describes. */
function describeResponse({ status, body, text }: ScimResponse): string {
  const error = [textAt(body, 'scimType'), textAt(body, 'detail')].filter(Boolean).join(': ');
  const detail = error || (status >= 400 ? text.slice(0, MAX_VALUE_CHARS) : '');
  return detail === '' ? String(status) : `${status} (${detail})`;
}

export function expectThat(condition: boolean, expected: string, actual: unknown): void {
  if (!condition) throw new ExpectationError(expected, typeof actual === 'string' ? actual : formatValue(actual));
}

type Matches = (actual: unknown, expected: unknown) => boolean;

/** The path to the first difference. Lists are compared as a whole. */
function pathToDifference(actual: unknown, expected: unknown, matches: Matches): string[] {
  if (!isObject(actual) || !isObject(expected)) return [];
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  const name = names.find((each) => !matches(at(actual, each), expected[each]));
  return name === undefined ? [] : [name, ...pathToDifference(at(actual, name), expected[name], matches)];
}

function expectMatch(what: string, actual: unknown, expected: unknown, matches: Matches): void {
  if (matches(actual, expected)) return;
  const path = pathToDifference(actual, expected, matches);
  const where = path.length === 0 ? what : `${what} with ${path.join('.')}`;
  throw new ExpectationError(`${where} ${formatValue(at(expected, ...path))}`, formatValue(at(actual, ...path)));
}

export const expectEqual = (what: string, actual: unknown, expected: unknown): void =>
  expectMatch(what, actual, expected, isDeepStrictEqual);

export function expectAbsent(what: string, actual: unknown): void {
  // RFC 7643 2.5: null and the empty list mean no value.
  const absent = actual === undefined || actual === null || (Array.isArray(actual) && actual.length === 0);
  expectThat(absent, `no ${what}`, actual);
}

export function expectStatus(response: ScimResponse, ...statuses: readonly number[]): void {
  if (!statuses.includes(response.status)) {
    throw new ExpectationError(`${statuses.join(' or ')} to ${response.call}`, describeResponse(response));
  }
}

/** Success of a PATCH: 200 with the resource, or 204 (RFC 7644 3.5.2). */
export const expectPatched = (response: ScimResponse): void => expectStatus(response, 200, 204);

/** Whether all of `part` is in the value too; lists have the same length. */
function contains(value: unknown, part: unknown): boolean {
  if (part === undefined) return true;
  if (Array.isArray(part)) {
    return (
      Array.isArray(value) &&
      value.length === part.length &&
      part.every((each) => value.some((one) => contains(one, each)))
    );
  }
  if (!isObject(part)) return value === part;
  return Object.entries(part).every(([name, each]) => contains(at(value, name), each));
}

/** A server may add attributes: types, locations, formatted names. */
export const expectContains = (what: string, actual: unknown, part: unknown): void =>
  expectMatch(what, actual, part, contains);

/** An error in the format of SCIM (RFC 7644 3.12). */
export function expectError(response: ScimResponse, status: number, ...scimTypes: readonly string[]): void {
  expectStatus(response, status);
  const { body, call, text } = response;
  if (!isObject(body)) throw new ExpectationError(`a SCIM error in JSON to ${call}`, formatValue(text));
  expectThat(
    listAt(body, 'schemas').includes(urns.error),
    `schemas of the error to hold ${urns.error}`,
    at(body, 'schemas'),
  );
  expectEqual('status in the error', at(body, 'status'), String(status));
  if (scimTypes.length === 0) return;
  const scimType = at(body, 'scimType');
  expectThat(scimTypes.includes(scimType as string), `scimType ${scimTypes.join(' or ')} to ${call}`, scimType);
}
