import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What a data folder's `postmaster.pid` says about its server. */
export interface Postmaster {
  readonly pid: number;
  readonly ready: boolean;
}

/**
 * The server that is running on the data, if there is one.
 *
 * PostgreSQL leaves `postmaster.pid` behind when the machine or the server crashes. The process of that number may by
 * then be anything, which pg_ctl would signal and a new server would take for its predecessor.
 */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const lines = (await textOf(join(data, 'postmaster.pid'))).split('\n');
  const pid = Number(lines[0]);
  if (!(pid > 0) || !(await commandLine(pid)).includes(` -D ${data} `)) return undefined;
  return { pid, ready: lines[7]?.trim() === 'ready' };
}

/** A command line, unlike /proc/<pid>/cwd, can be read by any user; the spaces make its end like any other place. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return (await textOf(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ');
  const [file, args] =
    process.platform === 'win32'
      ? (['powershell', ['-Command', `(Get-CimInstance Win32_Process -Filter ProcessId=${pid}).CommandLine`]] as const)
      : (['ps', ['-ww', '-o', 'command=', '-p', String(pid)]] as const);
  const { stdout } = await promisify(execFile)(file, args).catch(() => ({ stdout: '' }));
  return `${stdout.replaceAll('"', '').trim()} `;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // ESRCH: the process ended between the opening and the reading of its file in /proc.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
