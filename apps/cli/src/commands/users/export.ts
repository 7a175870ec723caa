import type { V1User } from '@stele/sdk';
import { Option, type Command } from 'commander';
import { connect, connectionFlags, type ConnectionFlags } from '../../connection.ts';
import { UsageError } from '../../errors.ts';
import { checkOutput, replaceFile, type OutputFlags } from '../../file.ts';
import { filterBy } from '../../flags.ts';
import { interruptible, put, type Io } from '../../io.ts';
import { count } from '../../print.ts';

const columns = ['id', 'username', 'email', 'first_name', 'last_name', 'role', 'created_at', 'updated_at'];

interface Flags extends ConnectionFlags, OutputFlags {
  readonly format: keyof typeof encoders;
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
  csv: async ({ users, isFirst, safeCells }: Page): Promise<string> => {
    const { stringify } = await import('csv-stringify/sync');
    return stringify([...users], { columns, header: isFirst, escape_formulas: safeCells });
  },
  ndjson: ({ users }: Page): string => users.map((user) => `${JSON.stringify(user)}\n`).join(''),
};

export function exportCommand(users: Command, io: Io): void {
  connectionFlags(
    users
      .command('export')
      .description('Write all users, however many, as CSV or as a line of JSON each.')
      .addOption(new Option('--format <format>', 'csv or ndjson').choices(Object.keys(encoders)).default('csv'))
      .option('--output <file>', 'write this file once all is there; a new file can be read by its owner alone')
      .option('--force', 'replace the file of --output, with its permissions')
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
  stele users export --output all.csv
  stele users export --filter role=admin --safe-cells > admins.csv
  stele users export --format ndjson | grep example.com`,
    )
    .action(async ({ format, output, force, filter, safeCells = false, ...given }: Flags) => {
      if (safeCells && format !== 'csv') throw new UsageError('--safe-cells is of csv');
      await checkOutput({ output, force });
      const { v1 } = await connect(given, io);
      let exported = 0;
      async function* text(stop: AbortSignal) {
        const list = v1.users.list({ ...(filter && { filter }), per_page: 100 }, { signal: stop });
        for await (const { data } of list.pages()) {
          yield await encoders[format]({ users: data, isFirst: exported === 0, safeCells });
          exported += data.length;
        }
      }
      await interruptible(io, async (stop) => {
        if (output !== undefined) {
          return replaceFile(output, (draft) => draft.writeFile(text(stop)), { mode: 'kept', isNew: !force });
        }
        for await (const chunk of text(stop)) await put(io.stdout, chunk);
      });
      if (output !== undefined) io.stdout.write(`Exported ${count(exported)} users to ${output}.\n`);
    });
}
