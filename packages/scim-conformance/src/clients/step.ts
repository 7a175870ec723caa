import type { ScimResponse } from '../client.ts';
import { expectAbsent, ExpectationError, expectStatus, expectThat, formatValue } from '../expect.ts';
import { at, isObject, listAt } from '../json.ts';

/** A request that a client sends, and what the client needs of the response. */
export interface Step {
  readonly method: string;
  /** Below the base URL. */
  readonly path: string;
  /** A header that is null is not sent. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: unknown;
  readonly expect: {
    readonly status: number | readonly number[];
    /** What the body holds. Each element of a list matches some element of the list in the response. */
    readonly contains?: unknown;
    /** Paths without a value. The names of a path are separated by `|`. */
    readonly absent?: readonly string[];
    /** The length of the list at each path. */
    readonly count?: Readonly<Record<string, number>>;
    /** A text in each header. */
    readonly header?: Readonly<Record<string, string>>;
  };
  /** The variables that later steps use, each with its path in the body. */
  readonly save?: Readonly<Record<string, string>>;
}

/** What `{{name}}` in a step is replaced by. `{{weak name}}` is the weak form of the ETag in `name`. */
export type Variables = Readonly<Record<string, string>>;

export type StepRequest = Pick<Step, 'method' | 'path' | 'headers' | 'body'>;
export type StepResponse = Pick<ScimResponse, 'status' | 'headers' | 'text' | 'body'>;

function valueOf(name: string, variables: Variables): string {
  const [, weak, known = name] = /^(weak )?(.*)$/.exec(name) ?? [];
  const value = variables[known];
  if (value === undefined) throw new ReferenceError(`no earlier step saves {{${known}}}`);
  return weak === undefined ? value : `W/${value.replace(/^W\//, '')}`;
}

const fillText = (text: string, variables: Variables, encode = (value: string) => value): string =>
  text.replaceAll(/\{\{(.+?)\}\}/g, (_, name: string) => encode(valueOf(name, variables)));

/** The same value, with the variables in each text replaced. */
function fill(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return fillText(value, variables);
  if (Array.isArray(value)) return value.map((each) => fill(each, variables));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [fillText(name, variables), fill(each, variables)]),
  );
}

/** The request of a step. Throws a `ReferenceError` where it uses a variable that is not there. */
export function requestOf({ method, path, headers, body }: Step, variables: Variables): StepRequest {
  return {
    method,
    path: fillText(path, variables, encodeURIComponent),
    ...(headers && { headers: fill(headers, variables) as NonNullable<Step['headers']> }),
    ...(body !== undefined && { body: fill(body, variables) }),
  };
}

/** `members|0` is the first element of the list `members`. */
const stepsOf = (path: string): (string | number)[] =>
  path.split('|').map((name) => (/^\d+$/.test(name) ? Number(name) : name));

/** The first path, inside `expected`, at which the actual value does not hold what is expected. */
function missingIn(actual: unknown, expected: unknown): (string | number)[] | undefined {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [];
    const index = expected.findIndex((each) => actual.every((one) => missingIn(one, each) !== undefined));
    return index === -1 ? undefined : [index];
  }
  if (!isObject(expected)) return actual === expected ? undefined : [];
  if (!isObject(actual)) return [];
  for (const [name, each] of Object.entries(expected)) {
    const path = missingIn(at(actual, name), each);
    if (path) return [name, ...path];
  }
  return undefined;
}

function expectBodyContains(call: string, actual: unknown, expected: unknown): void {
  const path = missingIn(actual, expected);
  if (!path) return;
  const where = path.length === 0 ? 'the body' : path.join('.');
  // An element of a list is compared with all elements of the other one.
  const actualPath = typeof path.at(-1) === 'number' ? path.slice(0, -1) : path;
  throw new ExpectationError(
    `${where} ${formatValue(at(expected, ...path))} in the response to ${call}`,
    formatValue(at(actual, ...actualPath)),
  );
}

function expectResponse({ expect }: Step, call: string, response: StepResponse, variables: Variables): void {
  const { status, contains, absent = [], count = {}, header = {} } = expect;
  expectStatus({ ...response, call }, ...[status].flat());
  if (contains !== undefined) expectBodyContains(call, response.body, fill(contains, variables));
  for (const path of absent) expectAbsent(`${path} in the response to ${call}`, at(response.body, ...stepsOf(path)));
  for (const [path, length] of Object.entries(count)) {
    const list = listAt(response.body, ...stepsOf(path));
    expectThat(list.length === length, `${length} of ${path} in the response to ${call}`, String(list.length));
  }
  for (const [name, text] of Object.entries(header)) {
    const value = response.headers.get(name);
    expectThat(value?.includes(text) === true, `${name} with ${text} in the response to ${call}`, value ?? 'none');
  }
}

/** The variables that a step saves. A variable whose path has no text is left out. */
export function savedBy({ save = {} }: Step, body: unknown): Variables {
  const found = Object.entries(save).map(([name, path]) => [name, at(body, ...stepsOf(path))] as const);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/**
 * Sends the requests of the steps one after the other.
 *
 * @param send one request, and its response
 * @param given the variables that the first step may use
 * @throws ExpectationError at the first response that is not the expected one
 */
export async function runSteps(
  steps: readonly Step[],
  send: (request: StepRequest) => Promise<StepResponse>,
  given: Variables,
): Promise<void> {
  const variables = { ...given };
  for (const step of steps) {
    const request = requestOf(step, variables);
    const call = `${request.method} ${request.path}`;
    const response = await send(request);
    expectResponse(step, call, response, variables);
    const saved = savedBy(step, response.body);
    for (const [name, path] of Object.entries(step.save ?? {})) {
      expectThat(saved[name] !== undefined, `${path} in the response to ${call}`, response.body);
    }
    Object.assign(variables, saved);
  }
}
