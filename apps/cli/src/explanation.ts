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

/** One attribute, or a part of one, before and after. Of a password neither is said. */
export interface Difference {
  /** With dots to the parts, after the URN of its extension. */
  readonly path: string;
  readonly old?: unknown;
  readonly new?: unknown;
}

/** Which rule was broken, and how. */
export interface Refusal {
  readonly scimType?: string;
  readonly detail: string;
}

/** What becomes of one operation. Its value is not said: it may be a password. */
export interface Step {
  readonly op: string;
  readonly path?: string;
  readonly outcome: 'applied' | 'refused' | 'not reached';
  readonly changes: readonly Difference[];
  readonly refusal?: Refusal;
}

export interface Explanation {
  readonly steps: readonly Step[];
  /** What the whole changes; nothing where something is refused. */
  readonly changes: readonly Difference[];
  /** Why the whole is refused. */
  readonly refusal?: Refusal;
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

const refusalOf = (error: DirectoryError): Refusal => ({
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

/** A message that cannot be read. Nothing of it is reached, but what makes it so. */
function unreadable(patch: unknown, error: DirectoryError): Explanation {
  const operations = isObject(patch) && Array.isArray(patch['Operations']) ? patch['Operations'] : [];
  const [, place] = error.details.issues?.[0]?.path ?? [];
  const refusal = refusalOf(error);
  const steps = operations.map((operation, index) =>
    index === place ? stepOf(operation, 'refused', { refusal }) : stepOf(operation, 'not reached'),
  );
  return { steps, changes: [], refusal };
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
      const refusal = refusalOf(applied.error);
      const rest = Operations.slice(index + 1).map((each) => stepOf(each, 'not reached'));
      return { steps: [...steps, stepOf(operation, 'refused', { refusal }), ...rest], changes: [], refusal };
    }
    steps.push(stepOf(operation, 'applied', { changes: differences(before, applied.result) }));
    before = applied.result;
  }
  const ignored = reading.ignored.toField();
  return { steps, changes: differences(settled(user), before), ...(ignored !== undefined && { ignored }) };
}

/** From the beginning, so that the refusal of an operation names its place. */
const upTo = (user: Wire, operations: readonly PatchOperation[], reading: Reading): Wire =>
  settled(applyOperations(user, operations, userType, reading));

/** Whether two lists of changes say the same, in whatever order. */
export function sameChanges(left: readonly Difference[], right: readonly Difference[]): boolean {
  const byPath = (list: readonly Difference[]) => Object.fromEntries(list.map(({ path, ...rest }) => [path, rest]));
  return sameValue(byPath(left), byPath(right));
}
