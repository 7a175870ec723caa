import type { Session } from './session.ts';
import { type Area, type CheckInfo, type Need, type Provider, providers } from './types.ts';

export interface Check extends CheckInfo {
  /** The check is skipped where the server lacks one of these. */
  readonly needs?: readonly Need[];
  /** Throws an `ExpectationError` where the server breaks the rule. What it creates is deleted afterwards. */
  readonly run: (session: Session) => Promise<void>;
}

/** What a report has of a check. */
export const infoOf = ({ id, area, provider, title, source }: CheckInfo): CheckInfo => ({
  id,
  area,
  provider,
  title,
  source,
});

/** A check without its name. */
export type CheckDefinition = Omit<Check, 'id' | 'area' | 'provider'>;

/** One check for each row of a table, under the name of the row. */
export const mapRows = <Row>(
  table: Readonly<Record<string, Row>>,
  toCheck: (row: Row) => CheckDefinition,
): Readonly<Record<string, CheckDefinition>> =>
  Object.fromEntries(Object.entries(table).map(([name, row]) => [name, toCheck(row)]));

const isProvider = (name: string): name is Provider => Object.hasOwn(providers, name);

/** The checks of one area by their names in it. An area that is named like a client holds what goes beyond the RFCs. */
export const checksOf = (area: Area, checks: Readonly<Record<string, CheckDefinition>>): readonly Check[] =>
  Object.entries(checks).map(([name, check]) => ({
    id: `${area}.${name}`,
    area,
    provider: isProvider(area) ? area : 'rfc',
    ...check,
  }));
