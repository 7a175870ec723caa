import type { Log, LoggedMessage } from '@stele/sdk';
import type { Io } from './io.ts';
import { paint, printable } from './print.ts';

/** A batch has up to a thousand users. */
const MAX_BODY_CHARACTERS = 1000;

function formatBody(label: string, message: LoggedMessage | undefined): string[] {
  if (message?.body === undefined) return [];
  const text = JSON.stringify(message.body);
  return [`${label} ${text.length > MAX_BODY_CHARACTERS ? `${text.slice(0, MAX_BODY_CHARACTERS)}…` : text}`];
}

/** Prints a line on standard error for each attempt, after its response. The SDK has removed secrets. */
export function logTo(io: Io): Log {
  return ({ method, path, attempt, milliseconds, request, status, requestId, response, error }) => {
    const line = [
      `${method} ${path}: ${status ?? error} in ${milliseconds} ms`,
      ...(attempt > 1 ? [`attempt ${attempt}`] : []),
      ...(requestId === undefined ? [] : [`request ${requestId}`]),
      ...formatBody('sent', request),
      ...formatBody('received', response),
    ].join(', ');
    io.stderr.write(`${paint(io, 'stderr', 'dim', `debug: ${printable(line)}`)}\n`);
  };
}
