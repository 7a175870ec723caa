import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './client.ts';
import { at, isObject, listAt, textAt } from './json.ts';
import { urns } from './urn.ts';

/** A server did not do what a rule wants: both in one line. */
export class Expectation extends Error {
  override readonly name = 'Expectation';
  readonly expected: string;
  readonly actual: string;

  constructor(expected: string, actual: string) {
    super(`expected ${expected}, got ${actual}`);
    this.expected = expected;
    this.actual = actual;
  }
}

/** The server lacks something that it need not have, and which it announces nowhere. */
export class Skip extends Error {
  override readonly name = 'Skip';
}

/** Characters of a value that are shown at most. */
const SHOWN = 160;

/** A value in one line. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** What an answer says for itself, where it refuses. */
function said({ status, body, text }: Answer): string {
  const words = [textAt(body, 'scimType'), textAt(body, 'detail')].filter(Boolean).join(': ');
  const said = words || (status >= 400 ? text.slice(0, SHOWN) : '');
  return said === '' ? String(status) : `${status} (${said})`;
}

export function expectThat(condition: boolean, expected: string, actual: unknown): void {
  if (!condition) throw new Expectation(expected, typeof actual === 'string' ? actual : shown(actual));
}

type Fits = (actual: unknown, expected: unknown) => boolean;

/** The names to the first place where a document does not fit. Lists are looked at as a whole. */
function wayToMisfit(actual: unknown, expected: unknown, fits: Fits): string[] {
  if (!isObject(actual) || !isObject(expected)) return [];
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  const name = names.find((each) => !fits(at(actual, each), expected[each]));
  return name === undefined ? [] : [name, ...wayToMisfit(at(actual, name), expected[name], fits)];
}

function expectFit(what: string, actual: unknown, expected: unknown, fits: Fits): void {
  if (fits(actual, expected)) return;
  const way = wayToMisfit(actual, expected, fits);
  const place = way.length === 0 ? what : `${what} with ${way.join('.')}`;
  throw new Expectation(`${place} ${shown(at(expected, ...way))}`, shown(at(actual, ...way)));
}

export const expectEqual = (what: string, actual: unknown, expected: unknown): void =>
  expectFit(what, actual, expected, isDeepStrictEqual);

export function expectAbsent(what: string, actual: unknown): void {
  // RFC 7643 2.5: null and the empty list are as good as no value.
  const absent = actual === undefined || actual === null || (Array.isArray(actual) && actual.length === 0);
  expectThat(absent, `no ${what}`, actual);
}

export function expectStatus(answer: Answer, ...statuses: readonly number[]): void {
  if (!statuses.includes(answer.status)) {
    throw new Expectation(`${statuses.join(' or ')} to ${answer.call}`, said(answer));
  }
}

/** Success of a PATCH: 200 with the resource, or 204 (RFC 7644 3.5.2). */
export const expectChanged = (answer: Answer): void => expectStatus(answer, 200, 204);

/** Whether everything in `part` is in the value too; lists have to be as long. */
function holds(value: unknown, part: unknown): boolean {
  if (part === undefined) return true;
  if (Array.isArray(part)) {
    return (
      Array.isArray(value) &&
      value.length === part.length &&
      part.every((each) => value.some((one) => holds(one, each)))
    );
  }
  if (!isObject(part)) return value === part;
  return Object.entries(part).every(([name, each]) => holds(at(value, name), each));
}

/** What a server adds of its own is its own affair: types, addresses, formatted names. */
export const expectHolds = (what: string, actual: unknown, part: unknown): void => expectFit(what, actual, part, holds);

/** A refusal in SCIM's form (RFC 7644 3.12). */
export function expectError(answer: Answer, status: number, ...scimTypes: readonly string[]): void {
  expectStatus(answer, status);
  const { body, call, text } = answer;
  if (!isObject(body)) throw new Expectation(`a SCIM error in JSON to ${call}`, shown(text));
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
