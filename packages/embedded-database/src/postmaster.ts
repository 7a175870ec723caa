import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The server of a data folder, from its `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly ready: boolean;
}

/**
 * Finds the server that runs on a data folder.
 *
 * After a crash `postmaster.pid` is still there, and its process id may belong to any process. pg_ctl would send a signal
 * to that process, and a new server would not start. So the command line of the process is checked too.
 */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const lines = (await textOf(join(data, 'postmaster.pid'))).split('\n');
  const pid = Number(lines[0]);
  if (!(pid > 0) || !(await commandLine(pid)).includes(` -D ${data} `)) return undefined;
  return { pid, ready: lines[7]?.trim() === 'ready' };
}

/** A command line that ends with a space. Any user may read it, unlike /proc/<pid>/cwd. */
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
