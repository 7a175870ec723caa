import type { Io } from './io.ts';
import { count, hasCursor } from './print.ts';

/** Milliseconds between two lines where there is no terminal. */
const INTERVAL = 5000;

const WIDTH = 24;

/** What is known of the work while it goes on. */
export interface Progress {
  readonly done: number;
  readonly failed: number;
}

/** What the work is, and how far it was when somebody began to look on. */
export interface Work {
  /** What is counted: `rows`. */
  readonly things: string;
  /** Unknown where the end of the input is. */
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

/** Says on standard error how far a long work is: by a bar on a terminal, by a line now and then elsewhere. */
export class ProgressReport {
  readonly #io: Io;
  readonly #now: () => number;
  readonly #work: Work;
  readonly #begun: number;
  #said: number;

  constructor(io: Io, work: Work, now = () => performance.now()) {
    this.#io = io;
    this.#now = now;
    this.#work = work;
    this.#begun = now();
    this.#said = now();
  }

  /** Seconds since then, and what was done in one of them. */
  pace(done: number): { readonly seconds: number; readonly rate: number } {
    const seconds = (this.#now() - this.#begun) / 1000;
    return { seconds, rate: seconds > 0 ? (done - this.#work.done) / seconds : 0 };
  }

  show(progress: Progress): void {
    const { stderr } = this.#io;
    if (this.#work.quiet) return;
    if (hasCursor(this.#io, 'stderr')) {
      stderr.write(`\r\u001b[K${this.#bar(progress)}${this.#line(progress)}`);
    } else if (this.#now() - this.#said >= INTERVAL) {
      stderr.write(`${this.#line(progress)}\n`);
      this.#said = this.#now();
    }
  }

  /** Leaves the line of the bar to others. */
  clear(): void {
    if (hasCursor(this.#io, 'stderr') && !this.#work.quiet) this.#io.stderr.write('\r\u001b[K');
  }

  /** Says something else in between. */
  say(text: string): void {
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
