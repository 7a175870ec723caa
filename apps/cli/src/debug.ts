import type { Log, LoggedMessage } from '@stele/sdk';
import type { Io } from './io.ts';
import { paint, printable } from './print.ts';

/** Characters of a body that are shown at most: a batch has a thousand users. */
const SHOWN = 1000;

function said(what: string, message: LoggedMessage | undefined): string[] {
  if (message?.body === undefined) return [];
  const text = JSON.stringify(message.body);
  return [`${what} ${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}`];
}

/** A line on standard error for each request, once it has its answer. The SDK has taken out what is secret. */
export function logTo(io: Io): Log {
  return ({ method, path, attempt, milliseconds, request, status, requestId, response, error }) => {
    const line = [
      `${method} ${path}: ${status ?? error} in ${milliseconds} ms`,
      ...(attempt > 1 ? [`attempt ${attempt}`] : []),
      ...(requestId === undefined ? [] : [`request ${requestId}`]),
      ...said('sent', request),
      ...said('got', response),
    ].join(', ');
    io.stderr.write(`${paint(io, 'stderr', 'dim', `debug: ${printable(line)}`)}\n`);
  };
}
