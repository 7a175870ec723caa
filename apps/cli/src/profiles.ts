import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { UsageError } from './errors.ts';
import { ifMissing, replaceFile } from './file.ts';
import type { Io } from './io.ts';

/** A directory and a key to it, stored under a name. */
export interface Profile {
  readonly url: string;
  readonly token: string;
}

export type Profiles = Readonly<Record<string, Profile>>;

/** The profile that is used when none is named. */
export const DEFAULT_PROFILE = 'default';

/** The file of the profiles. An empty or relative `XDG_CONFIG_HOME` counts as unset (XDG Base Directory Specification). */
export function configFile({ env }: Io): string {
  const set = env['XDG_CONFIG_HOME'];
  const base = set && isAbsolute(set) ? set : join(env['HOME'] || homedir(), '.config');
  return join(base, 'stele', 'config.json');
}

const isProfile = (value: unknown): value is Profile =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<Profile>).url === 'string' &&
  typeof (value as Partial<Profile>).token === 'string';

export interface Configuration {
  readonly profiles: Profiles;
  /** The profile that is used when none is named; default: `default`. */
  readonly current?: string | undefined;
}

/** Every profile by name; none where the file does not exist. */
export async function readConfiguration(io: Io): Promise<Configuration> {
  const file = configFile(io);
  const text = await readFile(file, 'utf8').catch(ifMissing(undefined));
  if (text === undefined) return { profiles: {} };
  try {
    const { profiles, current } = JSON.parse(text) as { profiles: Record<string, unknown>; current?: unknown };
    const known = Object.fromEntries(
      Object.entries(profiles).filter((entry): entry is [string, Profile] => isProfile(entry[1])),
    );
    return { profiles: known, ...(typeof current === 'string' && Object.hasOwn(known, current) && { current }) };
  } catch {
    throw new UsageError(`${file} is not a file of profiles; correct it, or delete it and log in again`);
  }
}

/** Only the owner can read them. */
export async function writeConfiguration(io: Io, { profiles, current }: Configuration): Promise<void> {
  const file = configFile(io);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await replaceFile(file, (draft) => draft.writeFile(`${JSON.stringify({ profiles, current }, null, 2)}\n`));
}
