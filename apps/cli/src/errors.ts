import { constants } from 'node:os';

/** The exit codes of the command. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  denied: 3,
  notFound: 4,
  conflict: 5,
  invalid: 6,
  unavailable: 7,
  partial: 8,
  interrupted: 130,
} as const;

/** The exit codes as `--help` explains them. */
export const exitHelp = `
Exit codes:
  0    done
  1    something unexpected, or standard output is full
  2    the command line is wrong, or was not confirmed
  3    the key is missing, wrong, or lacks the scope
  4    no such user, key, tenant or job
  5    a value is taken, or the user has changed since --if-match
  6    the input is not valid
  7    the server cannot be reached, is too slow, is down, or limits the rate
  8    some rows, users or checks failed; what did not fail is done
  130  stopped by Ctrl-C, also at a prompt; 143 by SIGTERM, 129 by SIGHUP`;

/** The command line is wrong. The message names the fault. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** No API key is given. */
export class MissingKeyError extends Error {
  override readonly name = 'MissingKeyError';
}

/** A server that the SDK does not call cannot be reached, or fails. */
export class ServerUnavailableError extends Error {
  override readonly name = 'ServerUnavailableError';
}

/** An input that is checked offline is not valid; `details` has the reasons by field. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
  readonly details: Readonly<Record<string, readonly string[]>>;

  constructor(message: string, details: Readonly<Record<string, readonly string[]>> = {}) {
    super(message);
    this.details = details;
  }
}

/** Some items of a batch failed; the others are done. */
export class PartialFailureError extends Error {
  override readonly name = 'PartialFailureError';
}

/** Ctrl-C, or another signal that ends a process. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  /** As a shell reports a process that the signal ended. */
  readonly exitCode: number;

  constructor(signal: keyof typeof constants.signals = 'SIGINT') {
    super('interrupted');
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Standard output is full, or its reader has gone. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  /** The reader has what it wants, as in `stele users list --all | head`. */
  readonly isClosed: boolean;

  constructor(cause: NodeJS.ErrnoException) {
    super(`standard output cannot be written: ${cause.message}`, { cause });
    this.isClosed = cause.code === 'EPIPE';
  }
}

/** A long command stopped before its end: `cause` is the reason, the message explains how to continue. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}
