import { readFileSync } from 'node:fs';

/** How often the launchers are looked at, in milliseconds. */
const INTERVAL = 250;

/** `npm`, `npx` and `pnpm` as they show themselves in the process table. */
const LAUNCHER = /^(?:npm|npx|pnpm) |\b(?:npm|npx|pnpm)(?:-cli)?(?:\.[cm]?js)?(?: |$)/;

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/** The parent of a process, from Linux's process table; undefined when there is no such process or table. */
function parentOf(pid: number): number | undefined {
  try {
    // The second field, the name, may itself hold spaces and parentheses.
    const [, parent] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(parent);
  } catch {
    return undefined;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** This process and its ancestors, up to the topmost package manager's. */
function launchersOf(self: number): Process[] {
  const chain: Process[] = [];
  let length = 0;
  for (
    let pid = self, parent = parentOf(pid);
    parent !== undefined && parent > 0;
    pid = parent, parent = parentOf(pid)
  ) {
    chain.push({ pid, parent });
    if (LAUNCHER.test(commandOf(parent))) length = chain.length;
  }
  return chain.slice(0, length);
}

/**
 * Calls back when a package manager that started this process is gone. `npx` and `pnpm` do not pass on every signal, so
 * that a SIGTERM to `npx pnpm start` would end them and leave the server behind. Where nothing of the kind started it,
 * or there is no process table, nothing is watched.
 */
export function onParentExit(callback: () => void): void {
  const launchers = launchersOf(process.pid);
  if (launchers.length === 0) return;
  const timer = setInterval(() => {
    if (launchers.every(({ pid, parent }) => parentOf(pid) === parent)) return;
    clearInterval(timer);
    callback();
  }, INTERVAL);
  timer.unref();
}
