import { open } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

/**
 * Makes this process the only one that starts and stops the database in a folder; the result gives that up.
 *
 * Node has no file locks of its own. SQLite has: the kernel's, which end with the process however it ends, so there is
 * no stale lock to recognise and no moment in which two processes can both take one over.
 */
export async function takeOwnership(directory: string, file: string): Promise<() => void> {
  await (await open(file, 'a', 0o600)).close();
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    // The process id is there to be read by the others; the second transaction stays open and is the lock.
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
