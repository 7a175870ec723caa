import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './run-command.ts';

/** The operating-system user that PostgreSQL's programs run as. */
export interface OsUser {
  readonly uid?: number;
  readonly gid?: number;
  /** A command that switches to that user and runs the rest of its arguments. Empty if `spawn` can switch by itself. */
  readonly prefix: readonly string[];
}

/**
 * Chooses the user that PostgreSQL runs as: the caller. PostgreSQL does not run as root: for root it is the owner of the
 * data, or else another user of the system.
 */
export async function chooseOsUser(binaries: string, directory: string, data: string): Promise<OsUser> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const osUser = (await owner(data)) ?? (await systemUser());
  const blocked = (await blockedBy(join(binaries, 'postgres'), osUser)) ?? (await blockedBy(directory, osUser));
  if (blocked === undefined) return { ...osUser, prefix: [] };

  // Usually a checkout below /root. The smaller capability is tried first; containers often grant only the second.
  for (const capability of ['dac_read_search', 'dac_override']) {
    const prefix = [
      ...['setpriv', `--reuid=${osUser.uid}`, `--regid=${osUser.gid}`, '--clear-groups'],
      ...[`--inh-caps=+${capability}`, `--ambient-caps=+${capability}`],
    ];
    const probe = { file: join(binaries, 'initdb'), args: ['--version'], folder: '/', output: 'ignore' } as const;
    const code = await run({ ...probe, osUser: { ...osUser, prefix } }, 10).catch(() => null);
    if (code === 0) return { ...osUser, prefix };
  }
  throw new Error(
    `PostgreSQL does not run as root, and the user that it would run as (uid ${osUser.uid}) may not enter ` +
      `${blocked}. Run Stele as an ordinary user, open that folder (chmod o+x), or set DATABASE_URL to a PostgreSQL ` +
      'of your own.',
  );
}

type Unprivileged = { readonly uid: number; readonly gid: number };

async function owner(data: string): Promise<Unprivileged | undefined> {
  const { uid, gid } = await stat(data).catch(() => ({ uid: 0, gid: 0 }));
  return uid === 0 ? undefined : { uid, gid };
}

/** initdb requires a user with a name, so it is one of /etc/passwd. */
async function systemUser(): Promise<Unprivileged> {
  const users = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid }) => uid > 0);
  const user = users.find(({ name }) => name === 'postgres') ?? users.find(({ name }) => name === 'nobody') ?? users[0];
  if (user === undefined) {
    throw new Error('PostgreSQL does not run as root, and this system has no other user. Set DATABASE_URL instead.');
  }
  return { uid: user.uid, gid: user.gid };
}

/** The first folder or file on a path that a user may not enter or run, by the file modes; undefined if there is none. */
export async function blockedBy(path: string, { uid, gid }: Unprivileged): Promise<string | undefined> {
  const above = dirname(path) === path ? undefined : await blockedBy(dirname(path), { uid, gid });
  if (above !== undefined) return above;
  const file = await stat(path);
  const wanted = file.isDirectory() ? 0o1 : 0o5;
  const granted = file.uid === uid ? file.mode >> 6 : file.gid === gid ? file.mode >> 3 : file.mode;
  return (granted & wanted) === wanted ? undefined : path;
}
