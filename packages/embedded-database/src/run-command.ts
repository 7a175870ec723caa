import { spawn, type ChildProcess } from 'node:child_process';
import type { OsUser } from './os-user.ts';

/** One run of one of PostgreSQL's programs. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly osUser: OsUser;
  readonly folder: string;
  /** The open file that takes what it prints. */
  readonly output: number | 'ignore';
  readonly input?: string;
}

/** Starts a program that outlives this process and that the terminal's Ctrl-C does not reach. */
export function launch({ file, args, osUser: { uid, gid, prefix }, folder, output, input }: Command): ChildProcess {
  const [command, ...rest] = [...prefix, file, ...args] as [string, ...string[]];
  const child = spawn(command, rest, {
    cwd: folder,
    env: environment(),
    stdio: [input === undefined ? 'ignore' : 'pipe', output, output],
    detached: true,
    windowsHide: true,
    ...(prefix.length === 0 && uid !== undefined && gid !== undefined ? { uid, gid } : {}),
  });
  // A program that ends before it has read its input reports that with its exit code.
  child.stdin?.once('error', () => undefined);
  child.stdin?.end(input);
  return child;
}

/** Runs a program to its end and returns its exit code, or `null` if it was killed after `seconds`. */
export function run(command: Command, seconds: number): Promise<number | null> {
  const child = launch(command);
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  return new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  }).finally(() => clearTimeout(timer));
}

// PG* variables of the caller's shell would change the server, and it must not see Stele's settings. English messages and UTC
// make its log independent of the machine.
function environment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR'];
  return {
    ...Object.fromEntries(kept.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined)),
    LC_ALL: 'C',
    TZ: 'UTC',
  };
}
