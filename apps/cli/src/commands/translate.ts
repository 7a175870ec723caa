import { Option, type Command } from 'commander';
import { dialectName, dialectNames, type DialectName } from '../dialect.ts';
import { InvalidInputError, UsageError } from '../errors.ts';
import { readDocument } from '../field.ts';
import type { Io } from '../io.ts';
import { pretty } from '../print.ts';
import type { Translation } from '../translation.ts';

interface Flags {
  readonly from: DialectName;
  readonly to: readonly DialectName[];
  readonly user?: string;
  readonly json?: true;
}

const targets = (text: string, known: readonly DialectName[] = []): DialectName[] =>
  text === 'all' ? [...dialectNames] : [...known, dialectName(text)];

const request: Readonly<Record<DialectName, string>> = {
  v1: 'PATCH /v1/users/{user_id}',
  scim: 'PATCH /scim/v2/Users/{id}',
  nerm: 'PATCH /users/{id}',
};

/** The attributes of the patch that the other dialect does not have. */
function remarks(to: DialectName, { partial, lost }: Translation): string {
  return [
    ...(partial.length > 0 ? [`${to} carries a part of: ${partial.join(', ')}\n`] : []),
    ...(lost.length > 0 ? [`${to} does not carry: ${lost.join(', ')}\n`] : []),
  ].join('');
}

export function translateCommand(program: Command, io: Io): void {
  program
    .command('translate')
    .description("Convert one dialect's PATCH to the others. Offline; nothing is changed.")
    .argument('<patch>', 'file with the body of the PATCH, - for standard input')
    .addOption(new Option('--from <dialect>', 'the dialect of the file').argParser(dialectName).makeOptionMandatory())
    .addOption(
      new Option('--to <dialect>', `the dialect to convert it to; may repeat; all for all others`)
        .argParser(targets)
        .makeOptionMandatory(),
    )
    .option('--user <file>', 'the user before the PATCH, in the dialect of the file')
    .option('--json', 'print bodies and losses as one JSON object, by dialect')
    .addHelpText(
      'after',
      `
Without --user, every field of the patch counts as a change: it is applied to an empty sample user, and then to a sample user
with all attributes. What depends on the user is left out.
The bodies are printed on standard output, attributes that a dialect does not have on standard error.

Examples:
  stele translate --from scim --to v1 patch.json
  stele translate --from v1 --to all patch.json --user user.json
  stele translate --from v1 --to scim patch.json | stele users update usr_01hzxrphnke7jrvvzhvhsvq5bm --as scim --data -`,
    )
    .action(async (file: string, { from, to, user, json }: Flags) => {
      const others = [...new Set(to)].filter((each) => each !== from);
      if (others.length === 0) throw new UsageError(`--to ${from} is what the patch is in already`);
      if (file === '-' && user === '-') throw new UsageError('standard input holds either the patch or the user');
      const input = {
        from,
        patch: await readDocument(file, io),
        ...(user === undefined ? {} : { user: await readDocument(user, io) }),
      };
      const translations = await translateAll(input, others);
      if (json) {
        io.stdout.write(pretty(Object.fromEntries(translations)));
        return;
      }
      for (const [name, translation] of translations) {
        if (others.length > 1) io.stdout.write(`${request[name]}\n`);
        if (translation.body !== undefined) io.stdout.write(pretty(translation.body));
        io.stderr.write(remarks(name, translation));
      }
    });
}

/** The schemas bring zod with them, which no other command needs. */
async function translateAll(
  input: { from: DialectName; patch: unknown; user?: unknown },
  to: readonly DialectName[],
): Promise<[DialectName, Translation][]> {
  const { translate } = await import('../translation.ts');
  const { DirectoryError } = await import('@stele/schemas/canonical');
  try {
    return to.map((each) => [each, translate(input, each)]);
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    const details: Record<string, string[]> = {};
    for (const { path, message } of error.details.issues ?? [])
      (details[path.join('.') || 'body'] ??= []).push(message);
    throw new InvalidInputError(`not a valid ${input.from} PATCH: ${error.message}`, details);
  }
}
