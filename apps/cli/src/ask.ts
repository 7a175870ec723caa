import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { InterruptedError, UsageError } from './exit.ts';
import { readInput, type Io } from './io.ts';

interface Question {
  readonly text: string;
  /** Nobody is to see what is typed. */
  readonly hidden: boolean;
  /** What is wrong when there is no answer. */
  readonly unanswered: string;
}

/** One line from the terminal. */
async function ask(io: Io, { text, hidden, unanswered }: Question): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // A terminal shows what is typed, unless readline is to do so and has nowhere to show it.
  const lines = createInterface({ input: io.stdin, output: nowhere, terminal: hidden });
  // Ctrl-D closes the interface and leaves the question without an answer.
  const closed = new AbortController();
  lines.once('SIGINT', () => closed.abort(new InterruptedError()));
  lines.once('close', () => closed.abort(new UsageError(unanswered)));
  io.stderr.write(text);
  try {
    return await lines.question('', { signal: closed.signal });
  } catch (error) {
    throw closed.signal.aborted ? closed.signal.reason : error;
  } finally {
    lines.close();
    if (hidden) io.stderr.write('\n');
  }
}

/** A secret from standard input, without the line break at its end; from a terminal it is asked for, and not shown. */
export async function readSecret(io: Io, label: string, unanswered: string): Promise<string> {
  if (io.stdin.isTTY) return ask(io, { text: `${label}: `, hidden: true, unanswered });
  return (await readInput(io)).toString().replace(/\r?\n$/, '');
}

/** Goes on if somebody at the terminal says yes, or has said so before with `--yes`. */
export async function confirm(io: Io, deed: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  if (!io.stdin.isTTY) throw new UsageError(`${deed} asks for --yes where there is no terminal`);
  const unanswered = 'not confirmed; nothing was done';
  const answer = await ask(io, { text: `${deed}? [y/N] `, hidden: false, unanswered });
  if (!/^\s*y(?:es)?\s*$/i.test(answer)) throw new UsageError(unanswered);
}
