import { Option, type Command } from 'commander';
import { connectionFlags, type ConnectionFlags } from '../../connection.ts';
import type { Io } from '../../io.ts';

const profileNames = ['default', 'strict', 'interop', 'dronahq'] as const;

export interface Flags extends ConnectionFlags {
  readonly user: string;
  readonly asProfile: (typeof profileNames)[number];
  readonly json?: true;
}

export function explainCommand(scim: Command, io: Io): void {
  connectionFlags(
    scim
      .command('explain')
      .description(
        'Show what each operation of a PATCH would change in a user, or which rule rejects it. Writes nothing.',
      )
      .argument('<patch>', 'file with the body of the PATCH, - for standard input')
      .requiredOption('--user <id>', 'the user, in the spelling of any dialect')
      .addOption(
        new Option('--as-profile <profile>', 'the profile whose rules apply, as API keys have it')
          .choices([...profileNames])
          .default('default'),
      )
      .option('--json', 'print the same as JSON'),
  )
    .addHelpText(
      'after',
      `
The operations are applied here, by the rules of the profile. Then the server makes a preview of all of them, by the rules of
the key. A difference between the two is reported, and the server decides. Uniqueness of values is checked only by a write.

Examples:
  stele scim explain patch.json --user 018ffb8b-46b3-71e5-8def-f1dc73bb9574   # what users update --as scim would do
  stele scim explain - --user 018ffb8b-46b3-71e5-8def-f1dc73bb9574 --as-profile dronahq < jane.json`,
    )
    .action(async (file: string, given: Flags) => {
      const { explainPatch } = await import('./explain-patch.ts');
      await explainPatch(file, given, io);
    });
}
