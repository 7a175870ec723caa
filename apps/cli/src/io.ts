import type { Readable } from 'node:stream';
import { InterruptedError, OutputError } from './errors.ts';

export interface Output {
  write(text: string): unknown;
  /** Resolves once all that was written has left the process, or cannot. */
  settle?(): Promise<void>;
  /** Why nothing can be written any more. */
  readonly failure?: NodeJS.ErrnoException | undefined;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Signals that end a process: Ctrl-C, `kill`, and a terminal that is closed. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type EndingSignal = (typeof endingSignals)[number];

/** What the command may touch of the process it runs in. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  once?(event: EndingSignal, listener: () => void): unknown;
  off?(event: EndingSignal, listener: () => void): unknown;
}

/** All of standard input. */
export async function readInput({ stdin }: Io): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Rejects where something that was written to an output is lost. */
export async function flush(output: Output): Promise<void> {
  await output.settle?.();
  if (output.failure) throw new OutputError(output.failure);
}

/** Writes, and waits where the reader is slower: what it has not taken would gather in memory. */
export async function put(output: Output, text: string): Promise<void> {
  if (output.write(text) === false) await output.settle?.();
  if (output.failure) throw new OutputError(output.failure);
}

/** Does a work that the first signal asks to come to its end. The second ends the process, as where no command waits for it. */
export async function interruptible<Result>(io: Io, work: (stop: AbortSignal) => Promise<Result>): Promise<Result> {
  const stop = new AbortController();
  const listeners = endingSignals.map((signal) => {
    const interrupt = () => stop.abort(new InterruptedError(signal));
    io.once?.(signal, interrupt);
    return () => io.off?.(signal, interrupt);
  });
  try {
    return await work(stop.signal);
  } finally {
    for (const remove of listeners) remove();
  }
}
