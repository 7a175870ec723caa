import type { Command } from 'commander';
import { readSecret } from '../ask.ts';
import { DEFAULT_URL } from '../connection.ts';
import { UsageError } from '../exit.ts';
import type { Io } from '../io.ts';
import { record } from '../print.ts';
import { configFile, DEFAULT_PROFILE, readProfiles, writeProfiles } from '../profiles.ts';
import { proxied } from '../proxy.ts';
import { proveKey } from '../verify.ts';

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
    .option('--url <url>', `where the directory answers (STELE_URL; default ${DEFAULT_URL})`)
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
      const profiles = await readProfiles(io);
      const known = Object.hasOwn(profiles, given.profile) ? profiles[given.profile] : undefined;
      const url = given.url || io.env['STELE_URL'] || known?.url || DEFAULT_URL;
      const token = given.token || (await readSecret(io, 'API key', NO_KEY)).trim();
      if (!token) throw new UsageError(NO_KEY);
      const fetch = await proxied(io);
      await proveKey({ url, token, ...(fetch && { fetch }) });
      await writeProfiles(io, { ...profiles, [given.profile]: { url, token } });
      io.stdout.write(`Logged in to ${url} as profile ${given.profile}.\n`);
    });

  program
    .command('logout')
    .description('Forget a key that `stele login` kept. It stays valid at the server.')
    .option(...profile)
    .addHelpText('after', '\nExamples:\n  stele logout\n  stele logout --profile work')
    .action(async ({ profile: name }: Flags) => {
      const { [name]: known, ...others } = await readProfiles(io);
      if (!known) throw new UsageError(`there is no profile ${JSON.stringify(name)}`);
      await writeProfiles(io, others);
      io.stdout.write(`Forgot profile ${name}.\n`);
    });

  program
    .command('profiles')
    .description('List what `stele login` has kept, without the keys.')
    .addHelpText('after', '\nExamples:\n  stele profiles')
    .action(async () => {
      const profiles = Object.entries(await readProfiles(io));
      if (profiles.length > 0)
        io.stdout.write(record(Object.fromEntries(profiles.map(([name, { url }]) => [name, url]))));
    });
}
