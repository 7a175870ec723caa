import type { Io } from './io.ts';
import { count, hasCursor } from './print.ts';

/** Between two lines where there is no terminal. */
const LINE_INTERVAL_MS = 5000;

const WIDTH = 24;

/** The state of the work. */
export interface Progress {
  readonly done: number;
  readonly failed: number;
}

/** The work, and its state when the report begins. */
export interface Work {
  /** What is counted: `rows`. */
  readonly things: string;
  /** Undefined if the end of the input is not known. */
  readonly total: number | undefined;
  readonly done: number;
  readonly quiet?: boolean | undefined;
}

/** `2:47`, or `1:02:47`. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const parts = hours > 0 ? [hours, minutes, rest] : [minutes, rest];
  return parts.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** Reports progress on standard error: a bar on a terminal, a line every five seconds elsewhere. */
export class ProgressReport {
  readonly #io: Io;
  readonly #now: () => number;
  readonly #work: Work;
  readonly #begun: number;
  #lastLineAt: number;

  constructor(io: Io, work: Work, now = () => performance.now()) {
    this.#io = io;
    this.#now = now;
    this.#work = work;
    this.#begun = now();
    this.#lastLineAt = now();
  }

  /** Seconds since the report began, and the rate per second. */
  pace(done: number): { readonly seconds: number; readonly rate: number } {
    const seconds = (this.#now() - this.#begun) / 1000;
    return { seconds, rate: seconds > 0 ? (done - this.#work.done) / seconds : 0 };
  }

  show(progress: Progress): void {
    const { stderr } = this.#io;
    if (this.#work.quiet) return;
    if (hasCursor(this.#io, 'stderr')) {
      stderr.write(`\r\u001b[K${this.#bar(progress)}${this.#line(progress)}`);
    } else if (this.#now() - this.#lastLineAt >= LINE_INTERVAL_MS) {
      stderr.write(`${this.#line(progress)}\n`);
      this.#lastLineAt = this.#now();
    }
  }

  /** Clears the line of the bar for other output. */
  clear(): void {
    if (hasCursor(this.#io, 'stderr') && !this.#work.quiet) this.#io.stderr.write('\r\u001b[K');
  }

  /** Prints a line without losing the bar. */
  note(text: string): void {
    this.clear();
    if (!this.#work.quiet) this.#io.stderr.write(`${text}\n`);
  }

  #bar({ done }: Progress): string {
    const { total } = this.#work;
    if (total === undefined) return '';
    const part = total === 0 ? 1 : done / total;
    const filled = Math.floor(part * WIDTH);
    return `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${String(Math.floor(part * 100)).padStart(3)} %  `;
  }

  #line({ done, failed }: Progress): string {
    const { things, total } = this.#work;
    const { rate } = this.pace(done);
    const left = total === undefined || rate === 0 ? undefined : (total - done) / rate;
    return [
      total === undefined ? `${count(done)} ${things}` : `${count(done)} of ${count(total)} ${things}`,
      `${count(Math.round(rate))} ${things}/s`,
      ...(left === undefined ? [] : [`${clock(left)} left`]),
      ...(failed === 0 ? [] : [`${count(failed)} failed`]),
    ].join(', ');
  }
}
