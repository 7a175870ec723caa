import { constants } from 'node:os';
import type { WriteStream } from 'node:tty';
import { endingSignals, type EndingSignal, type Io, type Output } from './io.ts';

/**
 * A stream of the process. Its first error is recorded instead of thrown: an output that is full, or whose reader has gone,
 * must not stop a write half-way.
 */
class ProcessOutput implements Output {
  failure: NodeJS.ErrnoException | undefined;
  readonly #stream: WriteStream;

  constructor(stream: WriteStream) {
    this.#stream = stream;
    stream.on('error', this.#record);
  }

  get isTTY(): boolean {
    return this.#stream.isTTY;
  }

  get columns(): number | undefined {
    return this.#stream.columns;
  }

  write(text: string): boolean {
    return this.failure !== undefined || this.#stream.write(text, this.#record);
  }

  settle(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.write('', (error) => {
        this.#record(error);
        resolve();
      });
    });
  }

  readonly #record = (error: Error | null | undefined): void => {
    if (error) this.failure ??= error;
  };
}

/** The process as commands see it. A signal that no command waits for ends the process, after the cleanup of its `exit` event. */
export function ioOf(process: NodeJS.Process): Io {
  for (const signal of endingSignals) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
    });
  }
  return {
    stdin: process.stdin,
    stdout: new ProcessOutput(process.stdout),
    stderr: new ProcessOutput(process.stderr),
    env: process.env,
    once: (signal: EndingSignal, listener) => process.once(signal, listener),
    off: (signal: EndingSignal, listener) => process.off(signal, listener),
  };
}
