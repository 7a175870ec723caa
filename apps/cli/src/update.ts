import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, extname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replaceFile } from './file.ts';
import type { Io } from './io.ts';
import { hasCursor } from './print.ts';
import { isOlder, name, version } from './version.ts';

const CHECK_INTERVAL_MS = 24 * 60 * 60 * 1000;

/** What a version may be: it is printed on a terminal. */
const VERSION = /^\d+\.\d+\.\d+(?:-[\w.-]+)?$/;

/** What the last check found. */
interface Known {
  readonly latest: string;
  readonly checkedAt: number;
}

/** An empty or relative `XDG_CACHE_HOME` counts as unset, as its specification requires. */
function cacheFile({ env }: Io): string {
  const set = env['XDG_CACHE_HOME'];
  const base = set && isAbsolute(set) ? set : join(env['HOME'] || homedir(), '.cache');
  return join(base, 'stele', 'update.json');
}

async function readKnown(file: string): Promise<Known | undefined> {
  try {
    const { latest, checkedAt } = JSON.parse(await readFile(file, 'utf8')) as Partial<Known>;
    return VERSION.test(String(latest)) ? { latest: String(latest), checkedAt: Number(checkedAt) } : undefined;
  } catch {
    return undefined;
  }
}

export async function writeKnown(file: string, latest: string): Promise<void> {
  if (!VERSION.test(latest)) return;
  const known: Known = { latest, checkedAt: Date.now() };
  await replaceFile(file, (draft) => draft.writeFile(`${JSON.stringify(known)}\n`));
}

/** Asks the registry in a process of its own, so that no command waits for it. It ends by itself after some seconds. */
function startCheck(file: string, { env }: Io): void {
  const script = fileURLToPath(new URL(`./update-check${extname(import.meta.url)}`, import.meta.url));
  // The folder is not that of the command: a project's .npmrc names the registry of the project.
  const options = { cwd: dirname(file), env, detached: true, stdio: 'ignore', windowsHide: true } as const;
  spawn(process.execPath, [script, file], options)
    .on('error', () => {})
    .unref();
}

const isOn = (value: string | undefined): boolean => Boolean(value) && value !== '0' && value !== 'false';

const isWanted = (io: Io): boolean =>
  hasCursor(io, 'stdout') && hasCursor(io, 'stderr') && !isOn(io.env['CI']) && !io.env['NO_UPDATE_NOTIFIER'];

/**
 * Reports on a terminal that there is a newer version, as far as an earlier check has found one, and starts the next check when
 * the last one is a day old. A check that fails is not repeated before. Never fails.
 *
 * @param current the version of this package; `0.0.0` was never published
 */
export async function notifyOfUpdate(io: Io, current: string = version): Promise<void> {
  if (current === '0.0.0' || !isWanted(io)) return;
  const file = cacheFile(io);
  const known = await readKnown(file);
  const latest = known?.latest ?? current;
  if (isOlder(current, latest)) {
    io.stderr.write(`\nstele ${latest} is available; this is ${current}. Update with: npm install --global ${name}\n`);
  }
  // The clock may have been set back.
  if (known && Math.abs(Date.now() - known.checkedAt) < CHECK_INTERVAL_MS) return;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeKnown(file, latest);
    startCheck(file, io);
  } catch {
    // Where nothing can be stored, each command would ask the registry.
  }
}
