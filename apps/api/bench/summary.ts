import type { RecordedTurn } from './arena.ts';
import { type ContestantName, contestants, type PhaseName, phaseNames, phases } from './contestants.ts';
import type { StatementRate } from './statement-rate.ts';
import type { TurnResult } from './turn.ts';

export type Measure = Exclude<keyof TurnResult, 'acknowledged'>;

const measures: readonly Measure[] = ['serverCpu', 'postgresCpu', 'requests', 'p50', 'p99', 'memory'];

/** Medians over the rounds: of what was measured, and of its ratio to the bare server's turns beside it. */
export interface Standing {
  readonly contestant: ContestantName;
  readonly value: Readonly<Record<Measure, number>>;
  readonly ratio: Readonly<Record<Measure, number>>;
}

export type Standings = Readonly<Record<PhaseName, readonly Standing[]>>;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const each = (of: (measure: Measure) => number): Record<Measure, number> =>
  Object.fromEntries(measures.map((measure) => [measure, of(measure)])) as Record<Measure, number>;

export function standingsOf(turns: readonly RecordedTurn[]): Standings {
  return Object.fromEntries(phaseNames.map((phase) => [phase, standingsIn(phase, turns)])) as unknown as Standings;
}

function standingsIn(phase: PhaseName, turns: readonly RecordedTurn[]): Standing[] {
  const played = turns.filter((turn) => turn.phase === phase);
  // Rivals and the bare server take turns, so that one of a rival has one of the bare server on each side.
  const compared = played.map(({ contestant, result }, index) => ({
    contestant,
    result,
    ratio: each((measure) => {
      if (contestant === 'bare') return 1;
      const beside = (played[index - 1]!.result[measure] + played[index + 1]!.result[measure]) / 2;
      return result[measure] / beside;
    }),
  }));
  return (['bare', ...phases[phase].rivals] as const).map((contestant) => {
    const own = compared.filter((turn) => turn.contestant === contestant);
    return {
      contestant,
      value: each((measure) => median(own.map(({ result }) => result[measure]))),
      ratio: each((measure) => median(own.map(({ ratio }) => ratio[measure]))),
    };
  });
}

/** The statement without a server in front. */
export type AloneRate = Omit<StatementRate, 'written'>;

/** The median rate for each number of clients. */
export function medianRates(rates: readonly StatementRate[]): AloneRate[] {
  return [...Map.groupBy(rates, ({ clients }) => clients)].map(([clients, own]) => ({
    driver: own[0]!.driver,
    clients,
    statements: median(own.map(({ statements }) => statements)),
  }));
}

/** One promise of the project about its cost. */
export interface Target {
  readonly text: string;
  readonly limit: string;
  readonly value: number;
  readonly reached: boolean;
}

export function targetsOf(standings: Standings, statements: readonly AloneRate[]): Target[] {
  const standing = (phase: PhaseName, contestant: ContestantName): Standing =>
    standings[phase].find((each) => each.contestant === contestant)!;
  const atMost = (limit: number, phase: PhaseName, contestant: ContestantName, measure: Measure, text: string) => {
    const value = standing(phase, contestant).ratio[measure];
    const who = `${contestants[contestant].title}, ${phases[phase].title}`;
    return { text: `${text}: ${who}`, limit: `≤ ${limit}`, value, reached: value <= limit };
  };
  const atLeast = (limit: number, value: number, text: string) => ({
    text,
    limit: `≥ ${limit}`,
    value,
    reached: value >= limit,
  });
  const cpu = (contestant: ContestantName) => standing('busy', contestant).ratio.serverCpu;
  const fastest = statements.toSorted((left, right) => right.statements - left.statements)[0]!;
  return [
    atMost(0.7, 'busy', 'v1', 'serverCpu', 'Server CPU'),
    atMost(0.7, 'busy', 'nerm', 'serverCpu', 'Server CPU'),
    atMost(1, 'busy', 'scim', 'serverCpu', 'Server CPU'),
    atMost(1.25, 'busy', 'v1-single', 'serverCpu', 'Server CPU'),
    atMost(1.25, 'busy', 'nerm-single', 'serverCpu', 'Server CPU'),
    atMost(0.5, 'crowded', 'v1', 'serverCpu', 'Server CPU'),
    atMost(0.5, 'crowded', 'nerm', 'serverCpu', 'Server CPU'),
    atMost(0.5, 'busy', 'v1', 'postgresCpu', 'Postgres CPU'),
    atMost(0.5, 'busy', 'nerm', 'postgresCpu', 'Postgres CPU'),
    atMost(0.5, 'busy', 'scim', 'postgresCpu', 'Postgres CPU'),
    atMost(1.2, 'calm', 'v1', 'p50', 'p50'),
    atLeast(
      1,
      standing('crowded', 'v1').value.requests / fastest.statements,
      `Requests per second: Stele v1, 128 connections, to the statement alone (${fastest.driver}, ${fastest.clients} clients)`,
    ),
    atLeast(12, cpu('tutorial') / cpu('v1'), 'Server CPU: the tutorial to Stele v1, 32 connections'),
    atLeast(12, cpu('scimmy') / cpu('scim'), 'Server CPU: scimmy-routers to Stele SCIM, 32 connections'),
  ];
}
