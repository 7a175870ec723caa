import type { Command } from 'commander';
import { readSecret } from '../prompt.ts';
import { DEFAULT_URL } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { formatFlags, formatOf, type FormatFlags } from '../format.ts';
import type { Io } from '../io.ts';
import { printList, type Columns } from '../list.ts';
import { record } from '../print.ts';
import { configFile, DEFAULT_PROFILE, readConfiguration, writeConfiguration } from '../profiles.ts';
import { proxied } from '../proxy.ts';

interface Flags {
  readonly profile: string;
  readonly url?: string;
  readonly token?: string;
}

const NO_KEY = 'no API key was given';

export function loginCommands(program: Command, io: Io): void {
  const profile = [
    '--profile <name>',
    'the name to keep it under',
    io.env['STELE_PROFILE'] || DEFAULT_PROFILE,
  ] as const;

  program
    .command('login')
    .description('Check an API key and keep it. The key is asked for, or read from standard input.')
    .option('--url <url>', `URL of the directory (STELE_URL; default ${DEFAULT_URL})`)
    .option('--token <key>', 'the API key; other users of this machine can see a flag')
    .option(...profile)
    .addHelpText(
      'after',
      `
Keys are kept in ${configFile(io)}, which only its owner can read.

Examples:
  stele login
  stele login --url https://stele.example.com --profile work
  stele login --url https://stele.example.com < key.txt`,
    )
    .action(async (given: Flags) => {
      const { profiles, current } = await readConfiguration(io);
      const known = Object.hasOwn(profiles, given.profile) ? profiles[given.profile] : undefined;
      const url = given.url || io.env['STELE_URL'] || known?.url || DEFAULT_URL;
      const token = given.token || (await readSecret(io, 'API key', NO_KEY)).trim();
      if (!token) throw new UsageError(NO_KEY);
      const fetch = await proxied(io);
      const { checkKey } = await import('../check-connection.ts');
      await checkKey({ url, token, ...(fetch && { fetch }) });
      await writeConfiguration(io, { profiles: { ...profiles, [given.profile]: { url, token } }, current });
      io.stdout.write(`Logged in to ${url} as profile ${given.profile}.\n`);
    });

  program
    .command('logout')
    .description('Remove a key that `stele login` kept from the configuration file. It stays valid at the server.')
    .option(...profile)
    .addHelpText('after', '\nExamples:\n  stele logout\n  stele logout --profile work')
    .action(({ profile: name }: Flags) => remove(name, io));

  profilesCommand(program, io);
}

const unknown = (name: string): UsageError => new UsageError(`there is no profile ${JSON.stringify(name)}`);

async function remove(name: string, io: Io): Promise<void> {
  const { profiles, current } = await readConfiguration(io);
  const { [name]: known, ...others } = profiles;
  if (!known) throw unknown(name);
  await writeConfiguration(io, { profiles: others, current: current === name ? undefined : current });
  io.stdout.write(`Deleted profile ${name}.\n`);
}

/** A profile as it is listed. `stele profiles use` makes it the current one. */
interface Profile {
  readonly name: string;
  readonly url: string;
  readonly current: boolean;
}

const columns: Columns<Profile> = {
  name: ({ name }) => name,
  url: ({ url }) => url,
  current: ({ current }) => current,
};

function profilesCommand(program: Command, io: Io): void {
  const profiles = program.command('profiles').description('List, choose and remove what `stele login` has kept.');
  profiles.addHelpText('after', '\nExamples:\n  stele profiles\n  stele profiles use work');

  const list = profiles.command('list', { isDefault: true }).description('List the profiles, without the keys.');
  formatFlags(list, Object.keys(columns), 'a line for each')
    .addHelpText('after', '\nExamples:\n  stele profiles list\n  stele profiles list --output json')
    .action(async (given: FormatFlags) => {
      const { profiles: known, current } = await readConfiguration(io);
      const data = Object.entries(known).map(([name, { url }]) => ({ name, url, current: name === current }));
      if (formatOf(given)) return printList(io, given, columns, [{ data }]);
      const lines = data.map(({ name, url, current: isUsed }) => [name, isUsed ? `${url}  (in use)` : url]);
      if (lines.length > 0) io.stdout.write(record(Object.fromEntries(lines)));
    });

  profiles
    .command('use')
    .description('Use a profile where none is named by --profile or STELE_PROFILE.')
    .argument('<name>', 'the profile')
    .addHelpText('after', '\nExamples:\n  stele profiles use work')
    .action(async (name: string) => {
      const { profiles: known } = await readConfiguration(io);
      if (!Object.hasOwn(known, name)) throw unknown(name);
      await writeConfiguration(io, { profiles: known, current: name });
      io.stdout.write(`Using profile ${name}.\n`);
    });

  profiles
    .command('remove')
    .description(
      'Remove a key from the configuration file, as `stele logout --profile` does. It stays valid at the server.',
    )
    .argument('<name>', 'the profile')
    .addHelpText('after', '\nExamples:\n  stele profiles remove work')
    .action((name: string) => remove(name, io));
}
