import type { Command } from 'commander';
import { connect, writeFlags, type ConnectionFlags } from '../../connection.ts';
import { v1User } from '../../fields.ts';
import { formatFlags, type FormatFlags } from '../../format.ts';
import { spell } from '../../identifier.ts';
import type { Io } from '../../io.ts';
import { printRecord } from '../../record.ts';

type Flags = ConnectionFlags & FormatFlags;

export function verifyEmailCommand(users: Command, io: Io): void {
  const verifyEmail = users
    .command('verify-email')
    .description("Make a user's `pending_email` the `email`.")
    .argument('<id>', 'the user, in the spelling of any dialect')
    .argument('<token>', 'the token in the message to the new address');
  writeFlags(formatFlags(verifyEmail, v1User))
    .addHelpText(
      'after',
      `
Examples:
  stele users verify-email usr_01hzxrphnke7jrvvzhvhsvq5bm 3mYQv0G8kq1n`,
    )
    .action(async (id: string, token: string, given: Flags) => {
      const { v1 } = await connect(given, io);
      const user = await v1.users.verifyEmail(await spell(id, 'v1'), token);
      await printRecord(io, given, user);
    });
}

export function resendVerificationCommand(users: Command, io: Io): void {
  const resend = users
    .command('resend-verification')
    .description("Send the message with the token to a user's `pending_email` again, once a minute at most.")
    .argument('<id>', 'the user, in the spelling of any dialect');
  writeFlags(formatFlags(resend, v1User))
    .addHelpText(
      'after',
      `
Examples:
  stele users resend-verification usr_01hzxrphnke7jrvvzhvhsvq5bm`,
    )
    .action(async (id: string, given: Flags) => {
      const { v1 } = await connect(given, io);
      const user = await v1.users.resendEmailVerification(await spell(id, 'v1'));
      await printRecord(io, given, user);
    });
}
