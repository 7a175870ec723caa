import { spawn, type ChildProcess } from 'node:child_process';
import type { Account } from './account.ts';

/** One start of one of PostgreSQL's programs. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly account: Account;
  readonly folder: string;
  /** The open file that takes what it prints. */
  readonly output: number | 'ignore';
  readonly input?: string;
}

/** Starts a program that outlives this process and that the terminal's Ctrl-C does not reach. */
export function launch({ file, args, account: { uid, gid, prefix }, folder, output, input }: Program): ChildProcess {
  const [command, ...rest] = [...prefix, file, ...args] as [string, ...string[]];
  const child = spawn(command, rest, {
    cwd: folder,
    env: environment(),
    stdio: [input === undefined ? 'ignore' : 'pipe', output, output],
    detached: true,
    windowsHide: true,
    ...(prefix.length === 0 && uid !== undefined && gid !== undefined ? { uid, gid } : {}),
  });
  // A program that ends before it has read everything says so by its exit code.
  child.stdin?.once('error', () => undefined);
  child.stdin?.end(input);
  return child;
}

/** Waits for a program to end and gives its exit code; one that takes too long is killed, which is `null`. */
export function run(program: Program, seconds: number): Promise<number | null> {
  const child = launch(program);
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  return new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  }).finally(() => clearTimeout(timer));
}

// PG* variables of the caller's shell would change what runs, and Stele's own settings have no business in there.
// English messages and UTC do not depend on the machine.
function environment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR'];
  return {
    ...Object.fromEntries(kept.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined)),
    LC_ALL: 'C',
    TZ: 'UTC',
  };
}
