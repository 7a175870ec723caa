import type { Io } from './io.ts';
import { paint, printable, scalar } from './print.ts';

/** What is known of a write to a user, in every dialect that tells of it. */
interface Write {
  readonly actor: string;
  readonly dialect: string;
  readonly operation: string;
  readonly request_id: string;
  readonly changes: Readonly<Record<string, { readonly old?: unknown; readonly new?: unknown }>>;
}

/** Of a password neither value is said. */
const sayChange = ([field, change]: [string, Write['changes'][string]]): string =>
  'old' in change || 'new' in change
    ? `  ${printable(field)}: ${scalar(change.old)} -> ${scalar(change.new)}\n`
    : `  ${printable(field)} changed\n`;

/** One write: when, what it made, how and by whom, and a line for each field. */
export function sayWrite(io: Io, at: string, what: string, write: Write): string {
  const { dialect, operation, actor, request_id: request, changes } = write;
  const head = printable(`${at}  ${what}, ${dialect} ${operation} by ${actor}`);
  const tail = paint(io, 'stdout', 'dim', printable(`request ${request}`));
  return [`${head}, ${tail}\n`, ...Object.entries(changes).map(sayChange)].join('');
}
