import type { Command } from 'commander';
import { connectionFlags, settings, sourceOf, type ConnectionFlags } from '../connection.ts';
import { v1ApiKey } from '../fields.ts';
import { formatFlags, type FormatFlags } from '../format.ts';
import type { Io } from '../io.ts';
import { printRecord } from '../record.ts';

type Flags = ConnectionFlags & FormatFlags;

const fields = ['url', 'from', 'key', ...v1ApiKey.filter((name) => name !== 'id')];

export function whoamiCommand(program: Command, io: Io): void {
  const whoami = program
    .command('whoami')
    .description('Show which directory the command talks to, with which key, and what the key may do.');
  formatFlags(connectionFlags(whoami), fields)
    .addHelpText(
      'after',
      `
The scopes are those that the server enforces. The name of the key and its expiry are shown to a key with the scope admin.

Examples:
  stele whoami
  stele whoami --profile work --json`,
    )
    .action(async (given: Flags) => {
      const options = await settings(given, io);
      const { identify } = await import('../identity.ts');
      const shown = { url: options.url, from: await sourceOf(given, io), ...(await identify(options)) };
      const { scopes } = shown as { scopes?: readonly string[] };
      await printRecord(io, given, shown, scopes && { beside: { scopes: scopes.join(',') } });
    });
}
