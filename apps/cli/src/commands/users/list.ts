import type { V1Operations, V1User } from '@stele/sdk';
import type { Command } from 'commander';
import { connect, connectionFlags, type ConnectionFlags } from '../../connection.ts';
import { UsageError } from '../../errors.ts';
import { v1User } from '../../fields.ts';
import { filterBy, wholeNumber } from '../../flags.ts';
import { formatFlags, formatFlagsOf, type FormatFlags } from '../../format.ts';
import type { Io } from '../../io.ts';
import { printList, type Columns } from '../../list.ts';

type Query = V1Operations['listUsers']['query'];

interface Flags extends ConnectionFlags, FormatFlags, Pick<Query, 'filter' | 'sort' | 'order' | 'page'> {
  readonly limit?: number;
  readonly all?: true;
}

/** Users of one page: what fits on a screen, and what the API gives at most. */
const USUAL = 20;
const MOST = 100;

const columns: Columns<V1User> = {
  id: (user) => user.id,
  username: (user) => user.username,
  email: (user) => user.email,
  name: (user) => [user.first_name, user.last_name].filter(Boolean).join(' '),
  role: (user) => user.role,
};

export function listCommand(users: Command, io: Io): void {
  const list = connectionFlags(
    users
      .command('list')
      .description('Show many users, the oldest first.')
      .option('--filter <field=value>', 'only users that have this value; may repeat', filterBy)
      .option('--sort <field>', 'created_at, updated_at, username, email, first_name, last_name or role')
      .option('--order <order>', 'asc or desc')
      .option('--limit <n>', `how many, at most ${MOST} (default ${USUAL})`, wholeNumber('--limit', 1, MOST))
      .option('--page <n>', 'which so many, from 1', wholeNumber('--page', 1))
      .option('--all', 'all of them, however many'),
  );
  formatFlags(list, [...Object.keys(columns), ...v1User])
    .addHelpText(
      'after',
      `
--all without --sort and --order uses a cursor: users that exist all the time are listed exactly once, also during writes.

Examples:
  stele users list
  stele users list --filter role=admin --sort username
  stele users list --limit 50 --page 2
  stele users list --all --json
  stele users list --all --output csv --fields id,username,created_at`,
    )
    .action(async ({ filter, sort, order, page, limit, all, ...given }: Flags) => {
      if (all && (page ?? limit) !== undefined) throw new UsageError('--all has neither --limit nor --page');
      const { v1 } = await connect(given, io);
      const printed = formatFlagsOf(given);
      const query: Query = { ...(filter && { filter }), ...(sort && { sort }), ...(order && { order }) };
      if (all) {
        await printList(io, printed, columns, v1.users.list({ ...query, per_page: MOST }).pages());
        return;
      }
      const at = page ?? 1;
      const shown = await v1.users.list({ ...query, per_page: limit ?? USUAL, page: at });
      await printList(io, printed, columns, [shown]);
      if (shown.links.next === null) return;
      const { data, meta } = shown;
      io.stderr.write(`${data.length} of ${meta.total} users; --page ${at + 1} shows the next, --all everybody\n`);
    });
}
