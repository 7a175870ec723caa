import type { Provider } from '../types.ts';
import cases from './cases.json' with { type: 'json' };
import type { Step } from './step.ts';

/** What one client sends, alone or as a whole life cycle. */
export interface ClientCase {
  readonly client: Exclude<Provider, 'rfc'>;
  /** Unique for its client. */
  readonly name: string;
  /** The request and its result in a few words. */
  readonly title: string;
  /** The public bug report, document or source code that shows the request. */
  readonly source: string;
  /** The path of the base URL that the case is for, where only that one has to take it. */
  readonly mount?: string;
  /** Whether the case uses `{{secondToken}}`: a second credential of the same directory. */
  readonly secondToken?: boolean;
  /** They use `{{run}}`: a text that is unique to the run. Every name of a resource begins with it. */
  readonly steps: readonly Step[];
}

export const clientCases = cases as unknown as readonly ClientCase[];
