import { stat } from 'node:fs/promises';
import type { V1User } from '@stele/sdk';
import { Option, type Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { connect, connectionFlags, type ConnectionFlags } from '../../connection.ts';
import { UsageError } from '../../exit.ts';
import { replaceFile } from '../../file.ts';
import { filterBy } from '../../flags.ts';
import { interruptible, put, type Io } from '../../io.ts';
import { count } from '../../print.ts';

const columns = ['id', 'username', 'email', 'first_name', 'last_name', 'role', 'created_at', 'updated_at'];

interface Flags extends ConnectionFlags {
  readonly format: keyof typeof encoders;
  readonly output?: string;
  readonly filter?: Record<string, string>;
  readonly safeCells?: boolean;
}

interface Page {
  readonly users: readonly V1User[];
  readonly isFirst: boolean;
  readonly safeCells: boolean;
}

/** One page of users as text. */
const encoders = {
  csv: ({ users, isFirst, safeCells }: Page): string =>
    stringify([...users], { columns, header: isFirst, escape_formulas: safeCells }),
  ndjson: ({ users }: Page): string => users.map((user) => `${JSON.stringify(user)}\n`).join(''),
};

/** A device or a pipe would be replaced by a file. */
async function checkOutput(file: string): Promise<void> {
  const stats = await stat(file).catch(() => undefined);
  if (stats && !stats.isFile()) throw new UsageError(`${file} is no regular file; leave out --output and redirect`);
}

export function exportCommand(users: Command, io: Io): void {
  connectionFlags(
    users
      .command('export')
      .description('Write all users, however many, as CSV or as a line of JSON each.')
      .addOption(new Option('--format <format>', 'csv or ndjson').choices(Object.keys(encoders)).default('csv'))
      .option('--output <file>', 'replace this file once all is there; only its owner can read it')
      .option('--filter <field=value>', 'only users that have this value; may repeat', filterBy)
      .option('--safe-cells', "with csv, begin a cell that a spreadsheet would take for a formula with '"),
  )
    .addHelpText(
      'after',
      `
CSV has the columns ${columns.slice(0, 4).join(', ')},
${columns.slice(4).join(', ')}; JSON has users as the API shows them. No password is in either, nor what v1 does
not carry, such as titles and the status.

With a column for the passwords, \`stele users import\` takes the CSV as it is; id, created_at and updated_at are given anew.
A user may be called =1+1, and a spreadsheet would calculate it: --safe-cells is for files that people open. It changes
the values, so that it is not for files that are imported again.

Examples:
  stele users export --output users.csv
  stele users export --filter role=admin --safe-cells > admins.csv
  stele users export --format ndjson | grep example.com`,
    )
    .action(async ({ format, output, filter, safeCells = false, ...given }: Flags) => {
      if (safeCells && format !== 'csv') throw new UsageError('--safe-cells is of csv');
      if (output !== undefined) await checkOutput(output);
      const { v1 } = await connect(given, io);
      let exported = 0;
      async function* text(stop: AbortSignal) {
        const list = v1.users.list({ ...(filter && { filter }), per_page: 100 }, { signal: stop });
        for await (const { data } of list.pages()) {
          yield encoders[format]({ users: data, isFirst: exported === 0, safeCells });
          exported += data.length;
        }
      }
      await interruptible(io, async (stop) => {
        if (output !== undefined) return replaceFile(output, (draft) => draft.writeFile(text(stop)));
        for await (const chunk of text(stop)) await put(io.stdout, chunk);
      });
      if (output !== undefined) io.stdout.write(`Exported ${count(exported)} users to ${output}.\n`);
    });
}
