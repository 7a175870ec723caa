import type { Io } from './io.ts';
import { paint, printable, scalar } from './print.ts';

interface Change {
  readonly old?: unknown;
  readonly new?: unknown;
}

/** Members that one write added to and removed from a group: the first of them, and their number. */
interface MembersChange {
  readonly added?: readonly string[];
  readonly added_total?: number;
  readonly removed?: readonly string[];
  readonly removed_total?: number;
}

/** One entry of a history, or one audit event. */
interface HistoryEntry {
  readonly actor: string;
  readonly dialect: string;
  readonly operation: string;
  readonly request_id: string;
  readonly changes: Readonly<Record<string, Change>>;
  readonly members?: MembersChange;
}

/** Table columns of an entry. */
export const historyColumns = {
  operation: ({ operation }: HistoryEntry) => operation,
  dialect: ({ dialect }: HistoryEntry) => dialect,
  actor: ({ actor }: HistoryEntry) => actor,
  changed: ({ changes, members }: HistoryEntry) => [...Object.keys(changes), ...(members ? ['members'] : [])].join(','),
};

/** Neither value of a password is shown. */
const formatChange = ([field, change]: [string, Change]): string =>
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

/** An entry as text: a heading with `at`, `what`, the operation and the actor, and a line for each field. */
export function formatHistoryEntry(io: Io, at: string, what: string, entry: HistoryEntry): string {
  const { dialect, operation, actor, request_id: request, changes, members = {} } = entry;
  const head = printable(`${at}  ${what}, ${dialect} ${operation} by ${actor}`);
  const tail = paint(io, 'stdout', 'dim', printable(`request ${request}`));
  return [`${head}, ${tail}\n`, ...Object.entries(changes).map(formatChange), formatMembers(members)].join('');
}
