import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { access, constants, link, open, readlink, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from './errors.ts';
import { formats } from './format.ts';

/** What there is in place of a file that does not exist. */
export const ifMissing =
  <Value>(value: Value) =>
  (error: NodeJS.ErrnoException): Value => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };

/** Drafts that are being written. A process that a signal ends deletes them. */
const drafts = new Set<string>();

process.on('exit', () => {
  for (const draft of drafts) rmSync(draft, { force: true });
});

/** Links that are followed where the last one leads to no file; as many as Linux follows. */
const MAX_LINKS = 40;

/** Where the content of a file is: a symbolic link stays one. */
async function targetOf(file: string): Promise<string> {
  let target = file;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const real = await realpath(target).catch(ifMissing(undefined));
    if (real !== undefined) return real;
    const next = await readlink(target).catch(() => undefined);
    if (next === undefined) return target;
    target = resolve(dirname(target), next);
  }
  return target;
}

/** What others may do with a file that only its owner can read. */
const PRIVATE = 0o600;

/** How a draft takes the place of a file. */
interface Replacement {
  /** The permissions of a file that exists; `private` takes them away from everyone but the owner. */
  readonly mode: 'kept' | 'private';
  /** Rejects where the file exists, also where it has been created meanwhile. */
  readonly isNew?: boolean;
}

const exists = (file: string): UsageError => new UsageError(`${file} exists; --force replaces it`);

/** `link` fails where the file exists, and `rename` does not. */
async function create(draft: string, target: string): Promise<void> {
  try {
    await link(draft, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(target);
    // Some file systems have no hard links.
    if (await stat(target).catch(ifMissing(undefined))) throw exists(target);
    await rename(draft, target);
  }
}

/**
 * Replaces a file in one step, so that a reader or a crash never meets half of it. A symbolic link stays one. A new file can be
 * read by its owner alone.
 */
export async function replaceFile(
  file: string,
  write: (draft: FileHandle) => Promise<void>,
  { mode, isNew = false }: Replacement = { mode: 'private' },
): Promise<void> {
  const target = await targetOf(file);
  const known = await stat(target).catch(ifMissing(undefined));
  const draft = `${target}.${randomUUID()}`;
  drafts.add(draft);
  try {
    const handle = await open(draft, 'wx', PRIVATE);
    try {
      await write(handle);
      if (known && mode === 'kept') await keepAccess(handle, known);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await (isNew ? create(draft, target) : rename(draft, target));
  } finally {
    await rm(draft, { force: true });
    drafts.delete(draft);
  }
}

/** The owner of a file can be kept by root alone. The mode comes last: a change of the owner takes bits away. */
async function keepAccess(handle: FileHandle, { uid, gid, mode }: { uid: number; gid: number; mode: number }) {
  await handle.chown(uid, gid).catch(() => undefined);
  await handle.chmod(mode & 0o7777);
}

/** The flags of commands that write a file. */
export interface OutputFlags {
  readonly output?: string | undefined;
  readonly force?: true | undefined;
}

/**
 * Rejects a file that exists, unless it may be replaced, and what is no file: a device or a pipe would be replaced by one.
 *
 * @param flag the flag that names the file
 */
export async function checkFile(file: string, { force, flag }: { force?: true | undefined; flag: string }) {
  const stats = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw new UsageError(`${file} cannot be written: ${error.message}`);
  });
  if (stats && !stats.isFile()) throw new UsageError(`${file} is no regular file; leave out ${flag} and redirect`);
  if (stats && !force) throw exists(file);
  await access(dirname(await targetOf(file)), constants.W_OK).catch((error: Error) => {
    throw new UsageError(`${file} cannot be written: ${error.message}`);
  });
}

/** Checks the file of `--output`. */
export async function checkOutput({ output, force }: OutputFlags): Promise<void> {
  if (output === undefined) return;
  if (formats.some((format) => format === output)) {
    throw new UsageError(`--output names a file here; for a file of this name write ./${output}`);
  }
  await checkFile(output, { force, flag: '--output' });
}
