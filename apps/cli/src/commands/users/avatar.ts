import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { connect, writeFlags, type ConnectionFlags } from '../../connection.ts';
import { UsageError } from '../../exit.ts';
import { spell } from '../../identifier.ts';
import type { Io } from '../../io.ts';
import { pretty, scalar } from '../../print.ts';

interface Flags extends ConnectionFlags {
  readonly set?: string;
  readonly json?: true;
}

const readImage = (file: string): Promise<Uint8Array> =>
  readFile(file).catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`);
  });

export function avatarCommand(users: Command, io: Io): void {
  writeFlags(
    users
      .command('avatar')
      .description('Show where the picture of a user is, or give the user one.')
      .argument('<id>', 'the user, in the spelling of any dialect')
      .option('--set <file>', 'keep this image as the picture: PNG, JPEG or WebP, 1 MiB at most')
      .option('--json', 'print the answer as JSON'),
  )
    .addHelpText(
      'after',
      `
Examples:
  stele users avatar usr_01hzxrphnke7jrvvzhvhsvq5bm
  stele users avatar usr_01hzxrphnke7jrvvzhvhsvq5bm --set jane.png`,
    )
    .action(async (id: string, { set, json, ...given }: Flags) => {
      const image = set === undefined ? undefined : await readImage(set);
      const { nerm } = await connect(given, io);
      const user = await spell(id, 'nerm');
      const avatar = await (image ? nerm.users.setAvatar(user, image) : nerm.users.avatar(user));
      io.stdout.write(json ? pretty(avatar) : `${scalar(avatar.url)}\n`);
    });
}
