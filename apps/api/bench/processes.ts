import { readFileSync } from 'node:fs';

/** Linux accounts for processes in hundredths of a second, whatever its own clock (USER_HZ). */
const MICROSECONDS_PER_TICK = 10_000;

/** Places in `/proc/<pid>/stat` after the name, which may itself hold spaces and parentheses. */
const UTIME = 11;
const STIME = 12;
const CUTIME = 13;
const CSTIME = 14;

function ticks(pid: number, places: readonly number[]): number {
  let fields: string[];
  try {
    fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    // It ended just now, and its time is in its parent's by then.
    return 0;
  }
  return places.reduce((sum, place) => sum + Number(fields[place]), 0);
}

/** Microseconds of CPU, user and system, that all threads of a process have taken. */
export function processCpu(pid: number): number {
  return ticks(pid, [UTIME, STIME]) * MICROSECONDS_PER_TICK;
}

/** The same for a PostgreSQL: its postmaster, the processes below it, and those that have ended. */
export function postgresCpu(postmaster: number): number {
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'latin1').trim().split(' ');
  const living = children.reduce((sum, pid) => sum + ticks(Number(pid), [UTIME, STIME]), 0);
  return (living + ticks(postmaster, [UTIME, STIME, CUTIME, CSTIME])) * MICROSECONDS_PER_TICK;
}

/** Mebibytes of memory that a process holds. */
export function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024);
}
