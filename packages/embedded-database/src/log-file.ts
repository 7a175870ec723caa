import { open, readFile, rename, stat, type FileHandle } from 'node:fs/promises';

const MAX_LOG_BYTES = 1024 * 1024;

/** Opens a log file to append to. A long one is renamed to `.1` first, so there are two files at most. */
export async function openLog(file: string): Promise<FileHandle> {
  const size = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  if (size > MAX_LOG_BYTES) await rename(file, `${file}.1`);
  return open(file, 'a', 0o600);
}

/** The last lines that were written after a position in bytes. */
export async function readTail(file: string, from: number): Promise<string> {
  return (await readFile(file)).subarray(from).toString('utf8').trimEnd().split('\n').slice(-15).join('\n');
}
