import { Stele } from '@stele/sdk';
import type { Command } from 'commander';
import { connectionFlags, settings, type ConnectionFlags } from '../../connection.ts';
import { PartialFailureError } from '../../exit.ts';
import { wholeNumber } from '../../flags.ts';
import { reportFile } from '../../import/failures.ts';
import { importUsers } from '../../import/import-users.ts';
import { USUAL_BATCH } from '../../import/journal.ts';
import { openSource } from '../../import/source.ts';
import { stateFile } from '../../import/state.ts';
import type { Io } from '../../io.ts';
import { count, record } from '../../print.ts';

interface Flags extends ConnectionFlags {
  readonly batchSize?: number;
  readonly restart?: true;
  readonly quiet?: true;
}

/** What the API takes at most. */
const MOST = 1000;

export function importCommand(users: Command, io: Io): void {
  connectionFlags(
    users
      .command('import')
      .description('Create the users of a CSV file, in batches. Can be interrupted, and goes on where it was.')
      .argument('<file>', 'the file, - for standard input')
      .option('--batch-size <n>', `rows of one request (default ${USUAL_BATCH})`, wholeNumber('--batch-size', 1, MOST))
      .option('--restart', 'begin anew, whatever an earlier run has left')
      .option('--quiet', 'no progress on standard error'),
  )
    .addHelpText(
      'after',
      `
The first line names the columns: username, email and password, and as wanted first_name, last_name and role. An empty
cell of these three says nothing. The columns id, created_at and updated_at of an export are left out. The file is UTF-8.

A file that is malformed is refused before anything is sent. Each row is judged alone: the rows that failed are in
${reportFile('<file>')}, with the reason and without the password, and the command ends with 8.

How far it is, is kept in ${stateFile('<file>')} until all rows are done. When it was stopped, by Ctrl-C or by an
error, the same command with the same key goes on; nobody is created twice. A file that has changed since, and another
server, are refused. Standard input cannot be resumed; the rows that failed are then in ${reportFile('stdin')}.
A batch has 180 s unless --timeout says otherwise.

Examples:
  stele users import users.csv
  stele users import users.csv --batch-size 1000 --quiet
  stele users import - < users.csv`,
    )
    .action(async (file: string, { batchSize, restart, quiet, ...given }: Flags) => {
      const options = await settings(given, io);
      const source = await openSource(file, io);
      const { created, failed, seconds, rate } = await importUsers(source, {
        stele: new Stele(options),
        url: new URL(options.url).href,
        io,
        batchSize,
        timeout: options.timeout,
        restart,
        quiet,
      });
      const report = reportFile(source.name);
      io.stdout.write(
        record({
          created,
          failed,
          seconds: Number(seconds.toFixed(1)),
          'rows/s': Math.round(rate),
          ...(failed > 0 && { report }),
        }),
      );
      if (failed > 0) throw new PartialFailureError(`${count(failed)} of ${count(created + failed)} rows failed`);
    });
}
