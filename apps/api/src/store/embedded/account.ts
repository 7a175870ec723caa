import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './program.ts';

/** As whom PostgreSQL's programs run. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
  /** A command that becomes that user and then runs the rest of its arguments; empty when the spawn can do it. */
  readonly prefix: readonly string[];
}

/**
 * Chooses whom PostgreSQL runs as, since it refuses to run as root: the caller, unless that is root; then the owner of
 * the data, or else a user of the system that is not root.
 */
export async function chooseAccount(binaries: string, directory: string, data: string): Promise<Account> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const account = (await owner(data)) ?? (await systemUser());
  const blocked = (await blockedBy(join(binaries, 'postgres'), account)) ?? (await blockedBy(directory, account));
  if (blocked === undefined) return { ...account, prefix: [] };

  // A checkout below /root, mostly. The least that opens the way comes first; containers often grant only the second.
  for (const capability of ['dac_read_search', 'dac_override']) {
    const prefix = [
      ...['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'],
      ...[`--inh-caps=+${capability}`, `--ambient-caps=+${capability}`],
    ];
    const probe = { file: join(binaries, 'initdb'), args: ['--version'], folder: '/', output: 'ignore' } as const;
    const code = await run({ ...probe, account: { ...account, prefix } }, 10).catch(() => null);
    if (code === 0) return { ...account, prefix };
  }
  throw new Error(
    `PostgreSQL refuses to run as root, and the user it would run as instead (uid ${account.uid}) may not enter ` +
      `${blocked}. Run Stele as an ordinary user, open that folder (chmod o+x), or set DATABASE_URL to a PostgreSQL ` +
      'of your own.',
  );
}

type Unprivileged = { readonly uid: number; readonly gid: number };

async function owner(data: string): Promise<Unprivileged | undefined> {
  const { uid, gid } = await stat(data).catch(() => ({ uid: 0, gid: 0 }));
  return uid === 0 ? undefined : { uid, gid };
}

/** initdb insists that its user has a name, so it has to be one of /etc/passwd. */
async function systemUser(): Promise<Unprivileged> {
  const users = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid }) => uid > 0);
  const user = users.find(({ name }) => name === 'postgres') ?? users.find(({ name }) => name === 'nobody') ?? users[0];
  if (user === undefined) {
    throw new Error('PostgreSQL refuses to run as root, and there is no other user here. Set DATABASE_URL instead.');
  }
  return { uid: user.uid, gid: user.gid };
}

/** The first part of the path to a folder or a program that bars a user, going by the file modes. */
export async function blockedBy(path: string, { uid, gid }: Unprivileged): Promise<string | undefined> {
  const above = dirname(path) === path ? undefined : await blockedBy(dirname(path), { uid, gid });
  if (above !== undefined) return above;
  const file = await stat(path);
  const wanted = file.isDirectory() ? 0o1 : 0o5;
  const granted = file.uid === uid ? file.mode >> 6 : file.gid === gid ? file.mode >> 3 : file.mode;
  return (granted & wanted) === wanted ? undefined : path;
}
