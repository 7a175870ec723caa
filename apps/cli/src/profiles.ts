import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { UsageError } from './exit.ts';
import { ifMissing, replaceFile } from './file.ts';
import type { Io } from './io.ts';

/** A directory and the key to it, kept under a name. */
export interface Profile {
  readonly url: string;
  readonly token: string;
}

export type Profiles = Readonly<Record<string, Profile>>;

/** The profile that is used when none is named. */
export const DEFAULT_PROFILE = 'default';

/** Where profiles are kept. An empty or relative `XDG_CONFIG_HOME` counts as unset, as its specification says. */
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

/** Every profile by name; none where the file does not exist. */
export async function readProfiles(io: Io): Promise<Profiles> {
  const file = configFile(io);
  const text = await readFile(file, 'utf8').catch(ifMissing(undefined));
  if (text === undefined) return {};
  try {
    const { profiles } = JSON.parse(text) as { profiles: Record<string, unknown> };
    return Object.fromEntries(
      Object.entries(profiles).filter((entry): entry is [string, Profile] => isProfile(entry[1])),
    );
  } catch {
    throw new UsageError(`${file} is not a file of profiles; mend it, or remove it and log in again`);
  }
}

/** Only the owner can read them. */
export async function writeProfiles(io: Io, profiles: Profiles): Promise<void> {
  const file = configFile(io);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await replaceFile(file, (draft) => draft.writeFile(`${JSON.stringify({ profiles }, null, 2)}\n`));
}
