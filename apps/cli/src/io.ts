import type { Readable } from 'node:stream';
import { InterruptedError } from './exit.ts';

interface Output {
  write(text: string): unknown;
  once?(event: 'drain', listener: () => void): unknown;
  readonly isTTY?: boolean;
}

/** What the command may touch of the process it runs in. `process` fits. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  once?(event: 'SIGINT', listener: () => void): unknown;
  off?(event: 'SIGINT', listener: () => void): unknown;
}

/** All of standard input. */
export async function readInput({ stdin }: Io): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** Writes, and waits where the reader is slower: what it has not taken would gather in memory. */
export async function put(output: Output, text: string): Promise<void> {
  if (output.write(text) !== false || !output.once) return;
  await new Promise<void>((resolve) => output.once!('drain', resolve));
}

/** Does a work that the first Ctrl-C asks to come to its end. The second ends the process, as where nobody listens. */
export async function interruptible<Result>(io: Io, work: (stop: AbortSignal) => Promise<Result>): Promise<Result> {
  const stop = new AbortController();
  const interrupt = () => stop.abort(new InterruptedError());
  io.once?.('SIGINT', interrupt);
  try {
    return await work(stop.signal);
  } finally {
    io.off?.('SIGINT', interrupt);
  }
}
