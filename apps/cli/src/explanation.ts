import { DirectoryError, sameValue } from '@stele/schemas/canonical';
import {
  applyOperations,
  type PatchOperation,
  profiles,
  type Reading,
  readingBy,
  readPatchRequest,
  ScimError,
  userType,
} from '@stele/schemas/scim';

type Wire = Readonly<Record<string, unknown>>;

/** An attribute or sub-attribute before and after. Neither value of a password is shown. */
export interface Difference {
  /** With dots to the parts, after the URN of its extension. */
  readonly path: string;
  readonly old?: unknown;
  readonly new?: unknown;
}

/** The error of a rejected operation (RFC 7644 3.12). */
export interface PatchError {
  readonly scimType?: string;
  readonly detail: string;
}

/** The outcome of one operation. Its value is not shown: it may be a password. */
export interface Step {
  readonly op: string;
  readonly path?: string;
  readonly outcome: 'applied' | 'rejected' | 'not reached';
  readonly changes: readonly Difference[];
  readonly error?: PatchError;
}

export interface Explanation {
  readonly steps: readonly Step[];
  /** The changes of all operations; empty if one is rejected. */
  readonly changes: readonly Difference[];
  /** Why the PATCH is rejected. */
  readonly error?: PatchError;
  /** Names that the schema lacks and the profile ignores, with commas between. */
  readonly ignored?: string;
}

const isObject = (value: unknown): value is Wire =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The server computes it from the extensions that hold values. */
const COMPUTED = 'schemas';

const partOf = (path: string, name: string): string => {
  if (path === '') return name;
  return `${path}${/^urn:[^.]*:\d+\.\d+:\w+$/i.test(path) ? ':' : '.'}${name}`;
};

/** What differs between two users, part by part. A list is compared as a whole. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isObject(before) || isObject(after)) {
    const [old, now] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
    const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((name) => name !== COMPUTED);
    return names.flatMap((name) => differences(old[name], now[name], partOf(path, name)));
  }
  if (sameValue(before ?? null, after ?? null)) return [];
  if (path === 'password') return [{ path }];
  return [{ path, ...(before !== undefined && { old: before }), ...(after !== undefined && { new: after }) }];
}

/** Removing `active` means not active. */
const settled = (user: Wire): Wire => (user['active'] === undefined ? { ...user, active: false } : user);

const toPatchError = (error: DirectoryError): PatchError => ({
  ...(error instanceof ScimError && { scimType: error.scimType }),
  detail: error.message,
});

type Attempt<Result> = { readonly result: Result } | { readonly error: DirectoryError };

function attempt<Result>(work: () => Result): Attempt<Result> {
  try {
    return { result: work() };
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    return { error };
  }
}

const stepOf = (operation: unknown, outcome: Step['outcome'], more: Partial<Step> = {}): Step => {
  const { op, path } = isObject(operation) ? operation : {};
  return {
    op: typeof op === 'string' ? op : '?',
    ...(typeof path === 'string' && { path }),
    outcome,
    changes: [],
    ...more,
  };
};

/** A message that cannot be parsed. Only the operation at fault counts as reached. */
function unreadable(patch: unknown, error: DirectoryError): Explanation {
  const operations = isObject(patch) && Array.isArray(patch['Operations']) ? patch['Operations'] : [];
  const [, place] = error.details.issues?.[0]?.path ?? [];
  const patchError = toPatchError(error);
  const steps = operations.map((operation, index) =>
    index === place ? stepOf(operation, 'rejected', { error: patchError }) : stepOf(operation, 'not reached'),
  );
  return { steps, changes: [], error: patchError };
}

/** What each operation of a PATCH would change in a user, by the rules of a compatibility profile. */
export function explain(user: Wire, patch: unknown, profileName: keyof typeof profiles): Explanation {
  const reading = readingBy(profiles[profileName]);
  const request = attempt(() => readPatchRequest(patch, userType, reading));
  if ('error' in request) return unreadable(patch, request.error);
  const { Operations } = request.result;
  const steps: Step[] = [];
  let before = settled(user);
  for (const [index, operation] of Operations.entries()) {
    const applied = attempt(() => upTo(user, Operations.slice(0, index + 1), reading));
    if ('error' in applied) {
      const error = toPatchError(applied.error);
      const rest = Operations.slice(index + 1).map((each) => stepOf(each, 'not reached'));
      return { steps: [...steps, stepOf(operation, 'rejected', { error }), ...rest], changes: [], error };
    }
    steps.push(stepOf(operation, 'applied', { changes: differences(before, applied.result) }));
    before = applied.result;
  }
  const ignored = reading.ignored.toField();
  return { steps, changes: differences(settled(user), before), ...(ignored !== undefined && { ignored }) };
}

/** All operations up to one, so that the error of an operation names its index. */
const upTo = (user: Wire, operations: readonly PatchOperation[], reading: Reading): Wire =>
  settled(applyOperations(user, operations, userType, reading));

/** Whether two lists have the same changes, in any order. */
export function sameChanges(left: readonly Difference[], right: readonly Difference[]): boolean {
  const byPath = (list: readonly Difference[]) => Object.fromEntries(list.map(({ path, ...rest }) => [path, rest]));
  return sameValue(byPath(left), byPath(right));
}
