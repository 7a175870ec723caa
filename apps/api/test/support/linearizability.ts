/** Values of a user's attributes, `null` where there is none. */
export type State = Readonly<Record<string, unknown>>;

/** One request as its client saw it, all clients by one clock. */
export interface Recorded {
  /** The request id, which is also in the history. */
  readonly name: string;
  readonly invoked: number;
  readonly responded: number;
  readonly status: number;
  /** By the ETag of the answer; none of a refusal. */
  readonly version?: number;
  /** The attributes that the answer shows. */
  readonly shown: State;
  /** The attributes that a write asks for; none of a read. */
  readonly asked?: State;
  /** The version that a write asks to start from. */
  readonly ifMatch?: number;
}

/** One row of the history of the user. */
export interface HistoryRow {
  readonly version: number;
  readonly requestId: string;
  readonly changes: Readonly<Record<string, { readonly old?: unknown; readonly new?: unknown }>>;
}

/** The user when all is over. */
export interface Final {
  readonly version: number;
  readonly state: State;
}

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left ?? null) === JSON.stringify(right ?? null);

const say = (value: unknown): string => JSON.stringify(value ?? null);

/**
 * Everything that keeps what clients saw of one user from being the work of one copy that does one thing after the
 * other, each between its request and its answer. Versions already say in which order writes were done, so that it need
 * not be searched for: a read, or a write that changes nothing, belongs right after the write that made its version.
 */
export function violations(requests: readonly Recorded[], history: readonly HistoryRow[], final: Final): string[] {
  const states = statesOf(history);
  const rows = new Map(history.map((row) => [row.requestId, row]));
  return [
    ...historyViolations(history, states),
    ...finalViolations(history, states, final),
    ...requests.flatMap((request) => answerViolations(request, rows.get(request.name), states)),
    ...orphans(requests, history),
    ...orderViolations(requests, rows),
    ...refusalViolations(requests, rows, final),
  ];
}

/** The state that each version is, from the changes that led to it. */
function statesOf(history: readonly HistoryRow[]): ReadonlyMap<number, State> {
  const states = new Map<number, State>();
  const state: Record<string, unknown> = {};
  for (const { version, changes } of history) {
    for (const [attribute, change] of Object.entries(changes)) state[attribute] = change.new ?? null;
    states.set(version, { ...state });
  }
  return states;
}

/** Versions are 1, 2, 3 and so on, each made by another request from what the one before it left. */
function historyViolations(history: readonly HistoryRow[], states: ReadonlyMap<number, State>): string[] {
  const found: string[] = [];
  const names = new Set<string>();
  for (const [index, { version, requestId, changes }] of history.entries()) {
    if (version !== index + 1) found.push(`version ${version} is in the place of version ${index + 1}`);
    if (names.has(requestId)) found.push(`${requestId} is in the history twice`);
    names.add(requestId);
    if (Object.keys(changes).length === 0) found.push(`version ${version} changes nothing`);
    const before = states.get(version - 1) ?? {};
    for (const [attribute, change] of Object.entries(changes)) {
      if (!same(change.old, before[attribute])) {
        found.push(`version ${version} took ${attribute} for ${say(change.old)}; it was ${say(before[attribute])}`);
      }
    }
  }
  return found;
}

function finalViolations(history: readonly HistoryRow[], states: ReadonlyMap<number, State>, final: Final): string[] {
  const last = history.at(-1)?.version;
  const ending = last === final.version ? [] : [`the user is at version ${final.version}, its history at ${last}`];
  return [...ending, ...differences('the user', final.state, states.get(last ?? 0) ?? {})];
}

function differences(who: string, shown: State, state: State): string[] {
  return Object.entries(shown)
    .filter(([attribute, value]) => !same(value, state[attribute]))
    .map(([attribute, value]) => `${who} has ${attribute} ${say(value)}; it was ${say(state[attribute])}`);
}

/** Every answer is a success or a refused `If-Match`, and shows the state of its version. */
function answerViolations(
  { name, status, version, shown, asked, ifMatch }: Recorded,
  row: HistoryRow | undefined,
  states: ReadonlyMap<number, State>,
): string[] {
  if (status === 412 && ifMatch !== undefined) return row ? [`${name} was refused and written`] : [];
  if (status < 200 || status > 299) return [`${name} was answered with ${status}`];
  const state = version === undefined ? undefined : states.get(version);
  if (version === undefined || !state) return [`${name} was answered with version ${version}, which never was`];
  const found = differences(`${name} at version ${version}`, shown, state);
  if (!asked) return row ? [...found, `${name} reads and is in the history`] : found;
  found.push(...differences(`the wish of ${name} at version ${version}`, asked, state));
  if (row && row.version !== version) found.push(`${name} made version ${row.version} and was told ${version}`);
  const start = row ? version - 1 : version;
  if (ifMatch !== undefined && start !== ifMatch) found.push(`${name} asked for version ${ifMatch} and got ${start}`);
  return found;
}

/** The first version is from before the requests; every other one is from one of them. */
function orphans(requests: readonly Recorded[], history: readonly HistoryRow[]): string[] {
  const names = new Set(requests.map(({ name }) => name));
  return history
    .filter(({ version, requestId }) => version > 1 && !names.has(requestId))
    .map(({ version, requestId }) => `version ${version} is from ${requestId}, which nobody sent`);
}

/** What was answered before another was sent comes before it. */
function orderViolations(requests: readonly Recorded[], rows: ReadonlyMap<string, HistoryRow>): string[] {
  const found: string[] = [];
  for (const later of requests) {
    if (later.version === undefined) continue;
    const least = latestBefore(requests, later.invoked);
    if (!least) continue;
    const writes = rows.has(later.name);
    if (writes ? least.version < later.version : least.version <= later.version) continue;
    const verb = writes ? 'made' : 'saw';
    found.push(`${later.name} ${verb} version ${later.version} after ${least.name} had been told ${least.version}`);
  }
  return found;
}

/** The highest version that somebody had been told of at a moment. */
function latestBefore(requests: readonly Recorded[], moment: number): { name: string; version: number } | undefined {
  let latest: { name: string; version: number } | undefined;
  for (const { name, responded, version } of requests) {
    if (version === undefined || responded >= moment) continue;
    if (!latest || version > latest.version) latest = { name, version };
  }
  return latest;
}

/** An `If-Match` may be refused only if the user was at another version at some moment of the request. */
function refusalViolations(
  requests: readonly Recorded[],
  rows: ReadonlyMap<string, HistoryRow>,
  final: Final,
): string[] {
  return requests
    .filter(({ status, ifMatch }) => status === 412 && ifMatch !== undefined)
    .filter(({ invoked, responded, ifMatch }) => {
      const least = latestBefore(requests, invoked)?.version ?? 1;
      const nextWrites = requests.filter((other) => other.invoked > responded && rows.has(other.name));
      const most = Math.min(final.version, ...nextWrites.map((other) => rows.get(other.name)!.version - 1));
      return least === ifMatch && most === ifMatch;
    })
    .map(({ name, ifMatch }) => `${name} was refused although the user was at version ${ifMatch} all the while`);
}
