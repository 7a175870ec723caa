import type { Command } from 'commander';
import { confirm } from '../../prompt.ts';
import { connect, writeFlags, type ConnectionFlags } from '../../connection.ts';
import { PartialFailureError, UsageError } from '../../errors.ts';
import { onlyIf } from '../../flags.ts';
import { spell } from '../../identifier.ts';
import type { Io } from '../../io.ts';

interface Flags extends ConnectionFlags {
  readonly yes?: true;
  readonly ifMatch?: string;
}

export function deleteCommand(users: Command, io: Io): void {
  writeFlags(
    users
      .command('delete')
      .description('Delete users. Their names are free again at once; their histories stay.')
      .argument('<ids...>', 'the users, in the spelling of any dialect')
      .option('--yes', 'do not ask; needed where there is no terminal')
      .option('--if-match <etag>', 'delete the user only if it still has this version'),
  )
    .addHelpText(
      'after',
      `
If one of many users does not exist, the others are deleted; the command then ends with 8.

Examples:
  stele users delete usr_01hzxrphnke7jrvvzhvhsvq5bm
  stele users delete usr_01hzxrphnke7jrvvzhvhsvq5bm --if-match 3 --yes`,
    )
    .action(async (ids: string[], given: Flags) => {
      if (ids.length > 1 && given.ifMatch !== undefined) throw new UsageError('--if-match is of one user');
      const users = await Promise.all(ids.map((id) => spell(id, 'v1')));
      await confirm(io, `Delete ${users.join(', ')}`, given.yes ?? given.dryRun);
      const stele = await connect(given, io);
      const [{ NotFoundError }, { DryRun }, { reportError }] = await Promise.all([
        import('@stele/sdk'),
        import('../../dry-run.ts'),
        import('../../report-error.ts'),
      ]);
      let unknown = 0;
      for (const id of users) {
        try {
          await stele.v1.users.delete(id, onlyIf(given.ifMatch));
          io.stdout.write(`Deleted ${id}.\n`);
        } catch (error) {
          if (ids.length === 1 || !(error instanceof NotFoundError || error instanceof DryRun)) throw error;
          reportError(error, io);
          if (error instanceof DryRun) continue;
          unknown += 1;
        }
      }
      if (unknown > 0) throw new PartialFailureError(`${unknown} of ${ids.length} users are not there`);
    });
}
