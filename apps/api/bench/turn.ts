import type { RequestName } from './requests.ts';

/** One stretch of load on one server. */
export interface Turn {
  readonly url: string;
  readonly request: RequestName;
  readonly key: string;
  readonly serverPid: number;
  readonly postmasterPid: number;
  /** Users to choose from, at random. */
  readonly users: number;
  readonly connections: number;
  /** Before the measured part. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Requests per second at which to send, rather than one as soon as the last is answered. */
  readonly rate?: number;
  /** No other turn of the run has it: it makes the values unique. */
  readonly label: string;
}

export interface TurnResult {
  /** Microseconds of CPU per request. */
  readonly serverCpu: number;
  readonly postgresCpu: number;
  /** Per second. */
  readonly requests: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Mebibytes. */
  readonly memory: number;
  /** Of all that were sent, warm-up and end included, each was acknowledged with a 2xx. */
  readonly acknowledged: number;
}
