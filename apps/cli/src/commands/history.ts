import type { Command } from 'commander';
import { connect, connectionFlags, type ConnectionFlags } from '../connection.ts';
import { wholeNumber } from '../flags.ts';
import { spell } from '../identifier.ts';
import { put, type Io } from '../io.ts';
import { first, printArray } from '../list.ts';
import { sayWrite } from '../write.ts';

interface Flags extends ConnectionFlags {
  readonly limit?: number;
  readonly json?: true;
}

/** Entries of one page at most. */
const MOST = 100;

/** What has a history, and how its command explains itself. */
const kinds = {
  users: {
    description: 'Show each write to a user, the oldest first, in whichever dialect it came.',
    id: 'the user, who may be deleted, in the spelling of any dialect',
    example: 'usr_01hzxrphnke7jrvvzhvhsvq5bm',
    spell: (id: string) => spell(id, 'v1'),
  },
  groups: {
    description: 'Show each write to a group and its members, the oldest first.',
    id: 'the group, which may be deleted: its UUID in SCIM, or grp_...',
    example: '018ffb8b-46b3-71e5-8def-f1dc73bb9574',
    spell: (id: string) => id,
  },
} as const;

/** Adds `history` to the command of users or of groups. */
export function historyCommand(parent: Command, kind: keyof typeof kinds, io: Io): void {
  const { description, id, example, spell: spelled } = kinds[kind];
  connectionFlags(
    parent
      .command('history')
      .description(description)
      .argument('<id>', id)
      .option('--limit <n>', 'how many writes at most', wholeNumber('--limit', 1))
      .option('--json', 'print a JSON array'),
  )
    .addHelpText(
      'after',
      `
Examples:
  stele ${kind} history ${example}
  stele ${kind} history ${example} --limit 10 --json`,
    )
    .action(async (given: string, { limit = Infinity, json, ...flags }: Flags) => {
      const { v1 } = await connect(flags, io);
      const query = { limit: Math.min(limit, MOST) };
      const target = await spelled(given);
      const history = kind === 'users' ? v1.users.history(target, query) : v1.groups.history(target, query);
      const pages = first(limit, history.pages());
      if (json) return printArray(io, pages);
      for await (const { data } of pages)
        await put(io.stdout, data.map((entry) => sayWrite(io, entry.at, `version ${entry.version}`, entry)).join(''));
    });
}
