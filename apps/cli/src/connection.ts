import type { Stele, SteleOptions } from '@stele/sdk';
import type { Command } from 'commander';
import { logTo } from './debug.ts';
import { MissingKeyError, UsageError } from './errors.ts';
import type { Io } from './io.ts';
import { proxied } from './proxy.ts';
import { DEFAULT_PROFILE, readConfiguration, type Configuration } from './profiles.ts';

export const DEFAULT_URL = 'http://127.0.0.1:3000';

export interface ConnectionFlags {
  readonly url?: string;
  readonly token?: string;
  readonly profile?: string;
  readonly timeout?: number;
  readonly debug?: true;
  readonly dryRun?: true;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError('--timeout must be a number of seconds above 0');
  return value * 1000;
}

/** Adds the flags for the URL and the credential. */
export function connectionFlags(command: Command): Command {
  return command
    .option('--url <url>', `URL of the directory (STELE_URL; default ${DEFAULT_URL})`)
    .option('--token <key>', 'the API key (STELE_TOKEN; other users of this machine can see a flag)')
    .option(
      '--profile <name>',
      `URL and key that \`stele login\` stored under this name (STELE_PROFILE; default "${DEFAULT_PROFILE}")`,
    )
    .option('--timeout <seconds>', 'time limit of a call, with its retries (default 30)', seconds)
    .option('--debug', 'print requests and responses on standard error, without secrets');
}

const NO_CONFIGURATION: Configuration = { profiles: {} };

const same = (left: string, right: string): boolean =>
  URL.canParse(left) && URL.canParse(right) && new URL(left).href === new URL(right).href;

/**
 * Flags win over the environment, the environment over the profile. A profile that a flag names counts as a flag. The key of a
 * profile goes to the URL of that profile and nowhere else.
 */
export async function settings(flags: ConnectionFlags, io: Io): Promise<SteleOptions> {
  const { url, token, profile: flag, timeout, debug } = flags;
  const environment = flag === undefined ? { url: io.env['STELE_URL'], token: io.env['STELE_TOKEN'] } : {};
  const named = flag ?? (io.env['STELE_PROFILE'] || undefined);
  const isGiven = named === undefined && Boolean((url || environment.url) && (token || environment.token));
  const { profiles, current = DEFAULT_PROFILE } = isGiven ? NO_CONFIGURATION : await readConfiguration(io);
  const profile = Object.hasOwn(profiles, named ?? current) ? profiles[named ?? current] : undefined;
  if (named !== undefined && !profile) {
    throw new UsageError(
      `there is no profile ${JSON.stringify(named)}; create it with: stele login --profile ${named}`,
    );
  }
  const target = url || environment.url || profile?.url || DEFAULT_URL;
  const key = token || environment.token || (profile && same(profile.url, target) ? profile.token : undefined);
  if (!key)
    throw new MissingKeyError(`there is no API key for ${target}; give one with \`stele login\` or STELE_TOKEN`);
  const fetch = await proxied(io);
  return {
    url: target,
    token: key,
    ...(fetch && { fetch }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(debug ? { log: logTo(io) } : {}),
  };
}

/** The source of the key, as text. */
export async function sourceOf({ token, profile }: ConnectionFlags, io: Io): Promise<string> {
  const { env } = io;
  if (token) return '--token';
  if (!profile && env['STELE_TOKEN']) return 'STELE_TOKEN';
  const named = profile || env['STELE_PROFILE'];
  return `profile ${named || ((await readConfiguration(io)).current ?? DEFAULT_PROFILE)}`;
}

export const DRY_RUN = 'show what would change or be sent, and change nothing';

/** Adds the flags of a command that changes something in the directory. */
export const writeFlags = (command: Command): Command => connectionFlags(command.option('--dry-run', DRY_RUN));

/** The SDK is loaded here, and not for `--help`. */
export async function connect(flags: ConnectionFlags, io: Io): Promise<Stele> {
  const options = await settings(flags, io);
  const [{ Stele: Client }, { dry }] = await Promise.all([import('@stele/sdk'), import('./dry-run.ts')]);
  return new Client(flags.dryRun ? dry(options) : options);
}
