import { open } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

/**
 * Locks a folder: one process at a time starts and stops the database in it. Returns the function that unlocks.
 *
 * Node has no file locks; SQLite uses those of the kernel. They end with the process, so there is no stale lock to detect.
 */
export async function takeOwnership(directory: string, file: string): Promise<() => void> {
  await (await open(file, 'a', 0o600)).close();
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    // The first transaction stores the process id, for the error of other processes. The second stays open: it is the lock.
    lock.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${process.pid}; COMMIT; BEGIN IMMEDIATE`);
  } catch (cause) {
    const busy = (cause as { errcode?: number }).errcode === SQLITE_BUSY;
    const holder = busy ? lock.prepare('PRAGMA user_version').get()?.['user_version'] : undefined;
    lock.close();
    if (!busy) throw cause;
    throw new Error(
      `Another Stele (process ${String(holder)}) is running on the database in ${directory}. Stop it, or give this one a ` +
        'folder of its own with STELE_DATA_DIR, or a PostgreSQL with DATABASE_URL.',
      { cause },
    );
  }
  return () => lock.close();
}
