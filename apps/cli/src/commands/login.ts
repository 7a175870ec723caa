import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { ForbiddenError, NotFoundError, Stele, type V1Error } from '@stele/sdk';
import type { Command } from 'commander';
import { DEFAULT_URL } from '../connection.ts';
import { UsageError } from '../exit.ts';
import { readInput, type Io } from '../io.ts';
import { configFile, DEFAULT_PROFILE, readProfiles, writeProfiles } from '../profiles.ts';

interface Flags {
  readonly profile: string;
  readonly url?: string;
  readonly token?: string;
}

/** A key from standard input; from a terminal it is asked for, and not shown. */
async function readKey(io: Io): Promise<string> {
  if (!io.stdin.isTTY) return (await readInput(io)).trim();
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: io.stdin, output: hidden, terminal: true });
  // Ctrl-C and Ctrl-D close the interface and leave the question without an answer.
  const closed = new AbortController();
  lines.once('close', () => closed.abort(new UsageError('no API key was given')));
  io.stderr.write('API key: ');
  try {
    return (await lines.question('', { signal: closed.signal })).trim();
  } catch (error) {
    throw closed.signal.aborted ? closed.signal.reason : error;
  } finally {
    lines.close();
    io.stderr.write('\n');
  }
}

/** No user has this identifier, so a server that knows the key answers 404, or 403 where the key may not read. */
const NOBODY = 'usr_00000000000000000000000000';

async function verify(url: string, token: string): Promise<void> {
  const error: unknown = await new Stele({ url, token }).v1.users.get(NOBODY).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const known = error instanceof NotFoundError || error instanceof ForbiddenError;
  // Any web server has a 404; only the API says it in these words.
  if (known && (error.body as Partial<V1Error> | null)?.error === error.code) return;
  if (error === undefined || known) throw new UsageError(`what answers at ${url} is not a Stele directory`);
  throw error;
}

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
      const token = given.token || (await readKey(io));
      if (!token) throw new UsageError('no API key was given');
      await verify(url, token);
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
      const width = Math.max(...profiles.map(([name]) => name.length));
      io.stdout.write(profiles.map(([name, { url }]) => `${name.padEnd(width)}  ${url}\n`).join(''));
    });
}
