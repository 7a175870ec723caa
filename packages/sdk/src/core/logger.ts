import { SteleError } from './error.ts';
import type { Log, LogEntry } from './log.ts';

const LEVELS = ['off', 'error', 'warn', 'info', 'debug'] as const;

/** What is logged: nothing, or what has this level or a more severe one. */
export type LogLevel = (typeof LEVELS)[number];

/** Where lines are logged. `console`, pino, winston and others fit. */
export type Logger = Readonly<Record<Exclude<LogLevel, 'off'>, (message: string, ...details: unknown[]) => void>>;

/** The lines about the calls of a client. None of them holds a secret: they are made of entries of the log. */
export interface CallLog {
  /** An attempt has ended. */
  readonly attempt: Log;
  /** There will be another attempt after so many milliseconds. */
  retry(entry: LogEntry, pause: number): void;
  /** There will be none. */
  failure(entry: LogEntry): void;
}

/** `console.info` and `console.debug` write to the standard output of Node, which belongs to the program. */
const stderr: Logger = {
  // oxlint-disable-next-line no-console -- It is the logger that is used where none is given.
  error: (...line) => console.error(...line),
  // oxlint-disable-next-line no-console
  warn: (...line) => console.warn(...line),
  // oxlint-disable-next-line no-console
  info: (...line) => console.warn(...line),
  // oxlint-disable-next-line no-console
  debug: (...line) => console.warn(...line),
};

const isLevel = (value: unknown): value is LogLevel => LEVELS.some((level) => level === value);

/** `STELE_LOG`, where the platform has an environment that may be read. */
function environmentLevel(): unknown {
  const { process } = globalThis as { process?: { env?: Record<string, unknown> } };
  try {
    return process?.env?.['STELE_LOG'];
  } catch {
    // Deno without --allow-env.
    return undefined;
  }
}

function levelOf(given: unknown, logger: Logger): LogLevel {
  if (isLevel(given)) return given;
  if (given !== undefined) throw new SteleError(`logLevel must be one of ${LEVELS.join(', ')}`);
  const level = environmentLevel();
  if (isLevel(level)) return level;
  if (level !== undefined && level !== '') logger.warn(`STELE_LOG must be one of ${LEVELS.join(', ')}; it is ignored`);
  return logger === stderr ? 'off' : 'warn';
}

function assertLogger(logger: unknown): asserts logger is Logger {
  for (const level of LEVELS.slice(1)) {
    const method: unknown = (logger as Record<string, unknown> | null)?.[level];
    if (typeof method !== 'function') throw new SteleError(`logger must have the method ${level}`);
  }
}

const lineOf = ({ attempt, method, path, status, error, milliseconds, requestId }: LogEntry): string =>
  `${method} ${path} #${attempt}: ${status ?? error} in ${milliseconds} ms${requestId === undefined ? '' : `, ${requestId}`}`;

/** @param given the options of the client; without a level, `STELE_LOG` decides, then `warn` for a `logger`, else `off` */
export function callLog(given: { logLevel?: LogLevel | undefined; logger?: Logger | undefined }): CallLog | undefined {
  const logger = given.logger ?? stderr;
  assertLogger(logger);
  const limit = LEVELS.indexOf(levelOf(given.logLevel, logger));
  if (limit === 0) return undefined;
  const write = (level: Exclude<LogLevel, 'off'>, ...line: [string, ...unknown[]]): void => {
    if (LEVELS.indexOf(level) > limit) return;
    try {
      logger[level](...line);
    } catch {
      // What becomes of a call does not depend on its log.
    }
  };
  return {
    attempt: (entry) => {
      const { request, response } = entry;
      write('info', lineOf(entry));
      write('debug', `${entry.method} ${entry.path} #${entry.attempt}`, { request, response });
      const warning = response?.headers['stele-warning'];
      if (warning !== undefined) write('warn', `${entry.method} ${entry.path}: ${warning}`);
    },
    retry: (entry, pause) => write('warn', `${lineOf(entry)}; the next attempt is in ${Math.round(pause)} ms`),
    failure: (entry) => {
      const { status = 0 } = entry;
      write(status >= 400 && status < 500 ? 'warn' : 'error', `${lineOf(entry)}; the call failed`);
    },
  };
}
