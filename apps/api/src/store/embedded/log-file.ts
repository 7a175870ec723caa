import { open, readFile, rename, stat, type FileHandle } from 'node:fs/promises';

const LIMIT = 1024 * 1024;

/** Opens a log to append to; one that has grown long becomes `.1` first, so that there are never more than two. */
export async function openLog(file: string): Promise<FileHandle> {
  const size = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  if (size > LIMIT) await rename(file, `${file}.1`);
  return open(file, 'a', 0o600);
}

/** The last lines of what was written to a log after a point. */
export async function readTail(file: string, from: number): Promise<string> {
  return (await readFile(file)).subarray(from).toString('utf8').trimEnd().split('\n').slice(-15).join('\n');
}
