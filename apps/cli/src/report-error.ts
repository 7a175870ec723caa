import {
  ApiError,
  BadRequestError,
  ConflictError,
  ConnectionError,
  ForbiddenError,
  NotFoundError,
  PreconditionFailedError,
  RateLimitedError,
  SteleError,
  TimeoutError,
  UnauthorizedError,
  UnavailableError,
} from '@stele/sdk';
import {
  exitCodes,
  InterruptedError,
  InvalidInputError,
  MissingKeyError,
  OutputError,
  PartialFailureError,
  ServerUnavailableError,
  StoppedError,
  UsageError,
} from './errors.ts';
import { pageOf } from './documentation.ts';
import { DryRun } from './dry-run.ts';
import type { Io } from './io.ts';
import { paint, printable } from './print.ts';

type ErrorClass = abstract new (...parameters: never[]) => Error;

/** The first class that an error belongs to decides, so the general ones stand last. */
const codes: readonly (readonly [ErrorClass, number])[] = [
  [UsageError, exitCodes.usage],
  [MissingKeyError, exitCodes.denied],
  [InvalidInputError, exitCodes.invalid],
  [PartialFailureError, exitCodes.partial],
  [ServerUnavailableError, exitCodes.unavailable],
  [UnauthorizedError, exitCodes.denied],
  [ForbiddenError, exitCodes.denied],
  [NotFoundError, exitCodes.notFound],
  [ConflictError, exitCodes.conflict],
  [PreconditionFailedError, exitCodes.conflict],
  [BadRequestError, exitCodes.invalid],
  [RateLimitedError, exitCodes.unavailable],
  [UnavailableError, exitCodes.unavailable],
  [ConnectionError, exitCodes.unavailable],
  [TimeoutError, exitCodes.unavailable],
  [ApiError, exitCodes.unexpected],
  // Anything else that the SDK throws is about how it was called.
  [SteleError, exitCodes.usage],
];

const detailsOf = (error: unknown): string[] =>
  error instanceof ApiError || error instanceof InvalidInputError
    ? Object.entries(error.details).flatMap(([field, why]) => why.map((reason) => `  ${field}: ${reason}`))
    : [];

/** `fetch` wraps what went wrong, more than once. */
function rootCause(error: Error): Error {
  return error.cause instanceof Error ? rootCause(error.cause) : error;
}

function remarks(error: unknown): string[] {
  if (error instanceof ConnectionError) return [`  ${rootCause(error).message || 'the connection failed'}`];
  if (!(error instanceof ApiError)) return [];
  const page = pageOf(error);
  return [
    ...(error instanceof UnauthorizedError ? ['  Give a key with `stele login` or STELE_TOKEN.'] : []),
    ...(error.retryAfter === undefined ? [] : [`  Try again in ${error.retryAfter} s.`]),
    ...(page === undefined ? [] : [`  see: ${page}`]),
    ...(error.requestId === undefined ? [] : [`  request: ${error.requestId}`]),
  ];
}

/** Prints an error on standard error and returns the exit code for it. */
export function reportError(error: unknown, io: Io): number {
  if (error instanceof DryRun) {
    io.stdout.write(error.request);
    io.stderr.write('Nothing was sent, because of --dry-run.\n');
    return exitCodes.ok;
  }
  if (error instanceof OutputError && error.isClosed) return exitCodes.ok;
  if (error instanceof StoppedError) {
    const code = reportError(error.cause, io);
    io.stderr.write(`  ${printable(error.message)}\n`);
    return code;
  }
  const message = error instanceof Error ? error.message : String(error);
  const lines = [
    `${paint(io, 'stderr', 'red', 'error:')} ${printable(message)}`,
    ...[...detailsOf(error), ...remarks(error)].map(printable),
  ];
  io.stderr.write(`${lines.join('\n')}\n`);
  if (error instanceof InterruptedError) return error.exitCode;
  // The first request with the same idempotency key is in flight: no value is taken.
  if (error instanceof ConflictError && error.retryAfter !== undefined) return exitCodes.unavailable;
  return codes.find(([Class]) => error instanceof Class)?.[1] ?? exitCodes.unexpected;
}
