import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { connect, writeFlags, type ConnectionFlags } from '../../connection.ts';
import { UsageError } from '../../errors.ts';
import { nermAvatar } from '../../fields.ts';
import { formatFlags, formatOf, type FormatFlags } from '../../format.ts';
import { spell } from '../../identifier.ts';
import type { Io } from '../../io.ts';
import { scalar } from '../../print.ts';
import { printRecord } from '../../record.ts';

interface Flags extends ConnectionFlags, FormatFlags {
  readonly set?: string;
}

const readImage = (file: string): Promise<Uint8Array> =>
  readFile(file).catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`);
  });

export function avatarCommand(users: Command, io: Io): void {
  const avatar = users
    .command('avatar')
    .description('Show where the picture of a user is, or give the user one.')
    .argument('<id>', 'the user, in the spelling of any dialect')
    .option('--set <file>', 'keep this image as the picture: PNG, JPEG or WebP, 1 MiB at most');
  writeFlags(formatFlags(avatar, nermAvatar, 'the URL alone'))
    .addHelpText(
      'after',
      `
Examples:
  stele users avatar usr_01hzxrphnke7jrvvzhvhsvq5bm
  stele users avatar usr_01hzxrphnke7jrvvzhvhsvq5bm --set jane.png`,
    )
    .action(async (id: string, { set, ...given }: Flags) => {
      const image = set === undefined ? undefined : await readImage(set);
      const { nerm } = await connect(given, io);
      const user = await spell(id, 'nerm');
      const picture = await (image ? nerm.users.setAvatar(user, image) : nerm.users.avatar(user));
      if (formatOf(given)) await printRecord(io, given, picture);
      else io.stdout.write(`${scalar(picture.url)}\n`);
    });
}
