import type { Command } from 'commander';
import { connect, connectionFlags, type ConnectionFlags } from '../../connection.ts';
import { wholeNumber } from '../../flags.ts';
import { spell } from '../../identifier.ts';
import { put, type Io } from '../../io.ts';
import { first, printArray } from '../../list.ts';
import { sayWrite } from '../../write.ts';

interface Flags extends ConnectionFlags {
  readonly limit?: number;
  readonly json?: true;
}

/** Entries of one page at most. */
const MOST = 100;

export function historyCommand(users: Command, io: Io): void {
  connectionFlags(
    users
      .command('history')
      .description('Show each write to a user, the oldest first, in whichever dialect it came.')
      .argument('<id>', 'the user, who may be deleted, in the spelling of any dialect')
      .option('--limit <n>', 'how many writes at most', wholeNumber('--limit', 1))
      .option('--json', 'print a JSON array'),
  )
    .addHelpText(
      'after',
      `
Examples:
  stele users history usr_01hzxrphnke7jrvvzhvhsvq5bm
  stele users history usr_01hzxrphnke7jrvvzhvhsvq5bm --limit 10 --json`,
    )
    .action(async (id: string, { limit = Infinity, json, ...given }: Flags) => {
      const { v1 } = await connect(given, io);
      const history = v1.users.history(await spell(id, 'v1'), { limit: Math.min(limit, MOST) });
      const pages = first(limit, history.pages());
      if (json) return printArray(io, pages);
      for await (const { data } of pages)
        await put(io.stdout, data.map((entry) => sayWrite(io, entry.at, `version ${entry.version}`, entry)).join(''));
    });
}
