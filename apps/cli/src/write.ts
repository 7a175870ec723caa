import type { Io } from './io.ts';
import { paint, printable, scalar } from './print.ts';

interface Change {
  readonly old?: unknown;
  readonly new?: unknown;
}

/** Members of a group that came and left in one write: the first of them, and how many they were. */
interface MembersChange {
  readonly added?: readonly string[];
  readonly added_total?: number;
  readonly removed?: readonly string[];
  readonly removed_total?: number;
}

/** What is known of a write to a user or group, in every dialect that reports it. */
interface Write {
  readonly actor: string;
  readonly dialect: string;
  readonly operation: string;
  readonly request_id: string;
  readonly changes: Readonly<Record<string, Change>>;
  readonly members?: MembersChange;
}

/** Columns of a write: who made it, how, and the names of what it changed. */
export const writeColumns = {
  operation: ({ operation }: Write) => operation,
  dialect: ({ dialect }: Write) => dialect,
  actor: ({ actor }: Write) => actor,
  changed: ({ changes, members }: Write) => [...Object.keys(changes), ...(members ? ['members'] : [])].join(','),
};

/** Of a password neither value is shown. */
const sayChange = ([field, change]: [string, Change]): string =>
  'old' in change || 'new' in change
    ? `  ${printable(field)}: ${scalar(change.old)} -> ${scalar(change.new)}\n`
    : `  ${printable(field)} changed\n`;

/** A line for each member, and one for those that the API does not list. */
function formatMembers({ added = [], removed = [], ...totals }: MembersChange): string {
  const { added_total = added.length, removed_total = removed.length } = totals;
  const lines = (sign: string, ids: readonly string[], total: number) => [
    ...ids.map((id) => `${sign} ${printable(id)}`),
    ...(total > ids.length ? [`${sign} ${total - ids.length} more`] : []),
  ];
  return [...lines('+', added, added_total), ...lines('-', removed, removed_total)]
    .map((line) => `  members: ${line}\n`)
    .join('');
}

/** One write: when, what it made, how and by whom, and a line for each field. */
export function sayWrite(io: Io, at: string, what: string, write: Write): string {
  const { dialect, operation, actor, request_id: request, changes, members = {} } = write;
  const head = printable(`${at}  ${what}, ${dialect} ${operation} by ${actor}`);
  const tail = paint(io, 'stdout', 'dim', printable(`request ${request}`));
  return [`${head}, ${tail}\n`, ...Object.entries(changes).map(sayChange), formatMembers(members)].join('');
}
