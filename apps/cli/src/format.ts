import { Option, type Command } from 'commander';
import { UsageError } from './errors.ts';

export const formats = ['table', 'json', 'ndjson', 'csv'] as const;
export type Format = (typeof formats)[number];

/** How a list or one resource is printed. */
export interface FormatFlags {
  readonly output?: Format;
  /** `--output json` under another name. */
  readonly json?: true;
  readonly fields?: readonly string[];
}

/** The flags alone, without those that a command has beside them. */
export const formatFlagsOf = ({ output, json, fields }: FormatFlags): FormatFlags => ({
  ...(output && { output }),
  ...(json && { json }),
  ...(fields && { fields }),
});

/** The format that is asked for. Fields without a format are those of a table. */
export const formatOf = ({ output, json, fields }: FormatFlags): Format | undefined =>
  output ?? (json ? 'json' : fields && 'table');

const namesIn = (text: string): string[] => text.split(',').map((name) => name.trim());

function checkFields(names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`there is no field ${JSON.stringify(unknown)}; there are ${[...new Set(known)].join(', ')}`);
}

/**
 * Adds the flags of a command that prints a list or one resource. Unknown fields are rejected before the command does anything.
 *
 * @param fields the names that `--fields` may have, which may depend on other flags
 * @param usual what is printed without these flags
 */
export function formatFlags(
  command: Command,
  fields: readonly string[] | ((flags: never) => readonly string[]),
  usual = 'table',
): Command {
  return command
    .addOption(new Option('--output <format>', `table, json, ndjson or csv; default: ${usual}`).choices(formats))
    .addOption(new Option('--json', 'the same as --output json').conflicts('output'))
    .option('--fields <names>', 'only these fields, in this order, with commas', namesIn)
    .hook('preAction', () => {
      const given = command.opts<FormatFlags>();
      checkFields(given.fields ?? [], typeof fields === 'function' ? fields(given as never) : fields);
    });
}
