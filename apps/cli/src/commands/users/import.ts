import { Option, type Command } from 'commander';
import { settings, writeFlags, type ConnectionFlags } from '../../connection.ts';
import { PartialFailureError, UsageError } from '../../errors.ts';
import { wholeNumber } from '../../flags.ts';
import { reportFile } from '../../import/failed-rows.ts';
import { DEFAULT_BATCH_SIZE } from '../../import/journal.ts';
import { formats, type Layout } from '../../import/rows.ts';
import { openSource } from '../../import/source.ts';
import { stateFile } from '../../import/state.ts';
import type { Io } from '../../io.ts';
import { count, record } from '../../print.ts';

interface Flags extends ConnectionFlags, Layout {
  readonly batchSize?: number;
  readonly restart?: true;
  readonly quiet?: true;
}

/** The delimiter of `--delimiter`: a character, or the name of the one that is hard to type. */
function delimiterOf(text: string): string {
  const delimiter = text === 'tab' || text === '\\t' ? '\t' : text;
  if (/^[^"\r\n]$/u.test(delimiter)) return delimiter;
  throw new UsageError('--delimiter must be one character, or tab');
}

/** What the API takes at most. */
const MOST = 1000;

export function importCommand(users: Command, io: Io): void {
  writeFlags(
    users
      .command('import')
      .description(
        'Create the users of a CSV or NDJSON file, in batches. Can be interrupted, and goes on where it was.',
      )
      .argument('<file>', 'the file, - for standard input')
      .option(
        '--batch-size <n>',
        `rows of one request (default ${DEFAULT_BATCH_SIZE})`,
        wholeNumber('--batch-size', 1, MOST),
      )
      .addOption(new Option('--format <format>', 'csv or ndjson, if the first line does not show it').choices(formats))
      .option('--delimiter <character>', 'between the values of CSV, if the first line does not show it', delimiterOf)
      .option('--restart', 'delete the state of an earlier run and begin again')
      .option('--quiet', 'no progress on standard error'),
  )
    .addHelpText(
      'after',
      `
CSV: the first line names the columns: username, email and password, and optionally first_name, last_name and role, in any
case, with spaces or not. An empty cell of these three is left out. Values are separated by commas, semicolons, tabs or |, as
the first line shows, by the character that a line sep=; before it names, or by --delimiter. Rows without any value are skipped.
NDJSON: each line is an object with the same names.
The columns id, created_at, updated_at and pending_email of an export, and those that the report adds, are ignored. The file is
UTF-8, with a byte order mark or without.

A file that is malformed is rejected before anything is sent. Each row is processed alone: the rows that failed are in
${reportFile('<file>')}, numbered as in the spreadsheet, with the columns and the reasons, without the password, and the command
ends with 8. A report of an earlier import is kept; the new one then is ${reportFile('<file>', 2)}.

How far it is, is kept in ${stateFile('<file>')} until all rows are done. When it was stopped, by Ctrl-C or by an
error, the same command with the same key resumes; no user is created twice. A file that has changed since, and another
server, are rejected. Standard input cannot be resumed; the rows that failed are then in ${reportFile('stdin')}.
A batch has 180 s unless --timeout says otherwise.

Examples:
  stele users import users.csv
  stele users import users.csv --batch-size 1000 --quiet
  stele users import colons.csv --delimiter :
  stele users import users.ndjson
  stele users import - < users.csv`,
    )
    .action(async (file: string, { batchSize, restart, quiet, format, delimiter, ...given }: Flags) => {
      const options = await settings(given, io);
      const source = await openSource(file, io);
      if (format === 'ndjson' && delimiter !== undefined) throw new UsageError('--delimiter is for csv');
      if (given.dryRun) {
        const { scanFile } = await import('../../import/scan-file.ts');
        const { rows } = await scanFile(source, { format, delimiter });
        io.stdout.write(record({ rows, batches: Math.ceil(rows / (batchSize ?? DEFAULT_BATCH_SIZE)) }));
        io.stderr.write('Nothing was sent, because of --dry-run.\n');
        return;
      }
      const [{ Stele }, { importUsers }] = await Promise.all([
        import('@stele/sdk'),
        import('../../import/import-users.ts'),
      ]);
      const { created, failed, report, seconds, rate } = await importUsers(source, {
        stele: new Stele(options),
        url: new URL(options.url).href,
        io,
        layout: { format, delimiter },
        batchSize,
        timeout: options.timeout,
        restart,
        quiet,
      });
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
