import type { Command } from 'commander';
import { readSecret } from '../../prompt.ts';
import { connect, writeFlags, type ConnectionFlags } from '../../connection.ts';
import { UsageError } from '../../errors.ts';
import { spell } from '../../identifier.ts';
import type { Io } from '../../io.ts';

const NONE = 'no password was given';

export function passwordCommand(users: Command, io: Io): void {
  writeFlags(
    users
      .command('password')
      .description("Set a user's password. It is asked for, or read from standard input.")
      .argument('<id>', 'the user, in the spelling of any dialect'),
  )
    .addHelpText(
      'after',
      `
There is no flag for the password: other users of this machine could see it. Of standard input, the line break at its end
is left out.

Examples:
  stele users password usr_01hzxrphnke7jrvvzhvhsvq5bm
  stele users password usr_01hzxrphnke7jrvvzhvhsvq5bm < password.txt`,
    )
    .action(async (id: string, given: ConnectionFlags) => {
      const { v1 } = await connect(given, io);
      const password = await readSecret(io, 'Password', NONE);
      if (!password) throw new UsageError(NONE);
      const user = await spell(id, 'v1');
      await v1.users.setPassword(user, password);
      io.stdout.write(`Set the password of ${user}.\n`);
    });
}
