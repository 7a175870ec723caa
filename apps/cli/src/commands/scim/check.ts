import { Option, type Command } from 'commander';
import { providers } from '@stele/scim-conformance';
import { DEFAULT_URL } from '../../connection.ts';
import { wholeNumber } from '../../flags.ts';
import type { Io } from '../../io.ts';
import type { CheckFlags } from './run-checks.ts';

interface Flags extends CheckFlags {
  readonly list?: true;
}

export function checkCommand(scim: Command, io: Io): void {
  scim
    .command('check')
    .description('Check any SCIM 2.0 server against the RFCs, and against what Okta, Entra ID and other clients send.')
    .argument('[url]', 'base URL of the SCIM service, as in https://example.com/scim/v2')
    .option('--token <token>', 'the bearer token (SCIM_TOKEN; other users of this machine can see a flag)')
    .addOption(
      new Option('--for <whom>', 'the checks of one specification or client: rfc, okta, ...')
        .choices([...Object.keys(providers), 'all'])
        .default('all'),
    )
    .option('--only <pattern>', 'checks whose name has this in it; * stands for anything, as in patch.*filter')
    .option('--timeout <seconds>', 'how long to wait for a response', wholeNumber('--timeout', 1), 30)
    .option('--list', 'print the checks without sending requests')
    .option('--json', 'print a report as JSON in place of the table')
    .option('--report <file>', 'write the report to a file too: JSON, or JUnit XML if its name ends with .xml')
    .option('--force', 'replace the file of --report, with its permissions')
    .addHelpText(
      'after',
      `
The checks create users and groups whose names begin with scim-check-, and delete them, also after Ctrl-C. Nothing else
is changed. What the server does not announce is skipped. With each attribute that its /Schemas calls writable there is
a check that adds, replaces and removes it. The area clients sends what real clients send, which the RFCs do not all require a
server to accept; the source of each check shows the request.

Without --token, the token is that of SCIM_TOKEN. Without that, STELE_TOKEN is sent to the server of STELE_URL (default
${DEFAULT_URL}), and to no other.

Examples:
  stele scim check --list
  stele scim check --list --for okta
  SCIM_TOKEN=$(cat scim.key) stele scim check https://example.com/scim/v2
  SCIM_TOKEN=$(cat scim.key) stele scim check https://example.com/scim/v2 --for rfc --only patch --report report.json
  SCIM_TOKEN=$(cat scim.key) stele scim check https://example.com/scim/v2 --only clients.`,
    )
    .action(async (url: string | undefined, { list, ...given }: Flags) => {
      const { checkServer, printChecks } = await import('./run-checks.ts');
      await (list ? printChecks(given, io) : checkServer(url, given, io));
    });
}
