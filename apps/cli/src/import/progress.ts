import type { Io } from '../io.ts';
import { count } from '../print.ts';

/** Milliseconds between two lines where there is no terminal. */
const INTERVAL = 5000;

const WIDTH = 24;

/** What is known of the work while it goes on. */
export interface Progress {
  readonly rows: number;
  readonly failed: number;
}

/** `2:47`, or `1:02:47`. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const parts = hours > 0 ? [hours, minutes, rest] : [minutes, rest];
  return parts.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** Says on standard error how far an import is: by a bar on a terminal, by a line now and then elsewhere. */
export class ProgressReport {
  readonly #io: Io;
  readonly #now: () => number;
  readonly #total: number | undefined;
  readonly #begun: { readonly at: number; readonly rows: number };
  readonly #quiet: boolean;
  #said: number;

  /**
   * @param total rows of the file; unknown of standard input
   * @param rows that were done before
   */
  constructor(io: Io, total: number | undefined, rows: number, quiet = false, now = () => performance.now()) {
    this.#io = io;
    this.#quiet = quiet;
    this.#now = now;
    this.#total = total;
    this.#begun = { at: now(), rows };
    this.#said = now();
  }

  /** Seconds since this run began, and rows of it in one of them. */
  pace(rows: number): { readonly seconds: number; readonly rate: number } {
    const seconds = (this.#now() - this.#begun.at) / 1000;
    return { seconds, rate: seconds > 0 ? (rows - this.#begun.rows) / seconds : 0 };
  }

  show(progress: Progress): void {
    const { stderr } = this.#io;
    if (this.#quiet) return;
    if (stderr.isTTY) {
      stderr.write(`\r\u001b[K${this.#bar(progress)}${this.#line(progress)}`);
    } else if (this.#now() - this.#said >= INTERVAL) {
      stderr.write(`${this.#line(progress)}\n`);
      this.#said = this.#now();
    }
  }

  /** Leaves the line of the bar to others. */
  clear(): void {
    if (this.#io.stderr.isTTY && !this.#quiet) this.#io.stderr.write('\r\u001b[K');
  }

  /** Says something else in between. */
  say(text: string): void {
    this.clear();
    if (!this.#quiet) this.#io.stderr.write(`${text}\n`);
  }

  #bar({ rows }: Progress): string {
    if (this.#total === undefined) return '';
    const done = this.#total === 0 ? 1 : rows / this.#total;
    const filled = Math.floor(done * WIDTH);
    return `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${String(Math.floor(done * 100)).padStart(3)} %  `;
  }

  #line({ rows, failed }: Progress): string {
    const { rate } = this.pace(rows);
    const left = this.#total === undefined || rate === 0 ? undefined : (this.#total - rows) / rate;
    return [
      this.#total === undefined ? `${count(rows)} rows` : `${count(rows)} of ${count(this.#total)} rows`,
      `${count(Math.round(rate))} rows/s`,
      ...(left === undefined ? [] : [`${clock(left)} left`]),
      ...(failed === 0 ? [] : [`${count(failed)} failed`]),
    ].join(', ');
  }
}
