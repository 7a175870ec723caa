import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';

/** Where users come from. */
export interface Source {
  /** What files that belong to the import begin with. */
  readonly name: string;
  /** It can be read again from its beginning. */
  readonly again: boolean;
  readonly read: () => AsyncIterable<Uint8Array>;
}

/** A file, or standard input as `-`. */
export async function openSource(file: string, io: Io): Promise<Source> {
  if (file === '-') return { name: 'stdin', again: false, read: () => io.stdin };
  const stats = await stat(file).catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`);
  });
  if (!stats.isFile()) throw new UsageError(`${file} is no regular file; give - and lead it to standard input`);
  return { name: file, again: true, read: () => createReadStream(file) };
}
