import type { V1GroupHistoryEntry } from '@stele/sdk';
import type { Command } from 'commander';
import { connect, connectionFlags, type ConnectionFlags } from '../connection.ts';
import { v1GroupHistoryEntry, v1HistoryEntry } from '../fields.ts';
import { wholeNumber } from '../flags.ts';
import { formatFlags, type FormatFlags } from '../format.ts';
import { spell } from '../identifier.ts';
import type { Io } from '../io.ts';
import { first, printList, type Columns } from '../list.ts';
import { formatHistoryEntry, historyColumns } from '../format-history-entry.ts';

interface Flags extends ConnectionFlags, FormatFlags {
  readonly limit?: number;
}

const MAX_PAGE_SIZE = 100;

/** What has a history, and how its command explains itself. */
const kinds = {
  users: {
    description: 'Show each write to a user in any dialect, the oldest first.',
    id: 'the user, who may be deleted, in the spelling of any dialect',
    example: 'usr_01hzxrphnke7jrvvzhvhsvq5bm',
    spell: (id: string) => spell(id, 'v1'),
    fields: v1HistoryEntry,
  },
  groups: {
    description: 'Show each write to a group and its members, the oldest first.',
    id: 'the group, which may be deleted: its UUID in SCIM, or grp_...',
    example: '018ffb8b-46b3-71e5-8def-f1dc73bb9574',
    spell: (id: string) => id,
    fields: v1GroupHistoryEntry,
  },
} as const;

const columns: Columns<V1GroupHistoryEntry> = {
  at: ({ at }) => at,
  version: ({ version }) => version,
  ...historyColumns,
};

/** Adds `history` to the command of users or of groups. */
export function historyCommand(parent: Command, kind: keyof typeof kinds, io: Io): void {
  const { description, id, example, spell: spelled, fields } = kinds[kind];
  const history = parent
    .command('history')
    .description(description)
    .argument('<id>', id)
    .option('--limit <n>', 'how many writes at most', wholeNumber('--limit', 1));
  connectionFlags(formatFlags(history, [...Object.keys(columns), ...fields], 'a block for each write'))
    .addHelpText(
      'after',
      `
A block has a line for each field that the write changed. A table has the columns
${Object.keys(columns).join(', ')}: the names of those fields.

Examples:
  stele ${kind} history ${example}
  stele ${kind} history ${example} --output table
  stele ${kind} history ${example} --limit 10 --json`,
    )
    .action(async (given: string, { limit = Infinity, ...flags }: Flags) => {
      const { v1 } = await connect(flags, io);
      const query = { limit: Math.min(limit, MAX_PAGE_SIZE) };
      const target = await spelled(given);
      const entries = kind === 'users' ? v1.users.history(target, query) : v1.groups.history(target, query);
      await printList(io, flags, columns, first(limit, entries.pages()), async (entry) =>
        formatHistoryEntry(io, entry.at, `version ${entry.version}`, entry),
      );
    });
}
