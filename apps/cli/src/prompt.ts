import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { InterruptedError, UsageError } from './errors.ts';
import { readInput, type Io } from './io.ts';

interface Question {
  readonly text: string;
  /** True: the terminal does not show what is typed. */
  readonly hidden: boolean;
  /** The message of the error if the input ends without a line. */
  readonly ifMissing: string;
}

/** Prints a question and reads one line from the terminal. */
async function prompt(io: Io, { text, hidden, ifMissing }: Question): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // A terminal shows what is typed, unless readline is to do so and has nowhere to show it.
  const lines = createInterface({ input: io.stdin, output: nowhere, terminal: hidden });
  // Ctrl-D closes the interface, and `question` then never settles.
  const closed = new AbortController();
  lines.once('SIGINT', () => closed.abort(new InterruptedError()));
  lines.once('close', () => closed.abort(new UsageError(ifMissing)));
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

/** Reads a secret from standard input, without the line break at its end. On a terminal, prompts for it and hides it. */
export async function readSecret(io: Io, label: string, ifMissing: string): Promise<string> {
  if (io.stdin.isTTY) return prompt(io, { text: `${label}: `, hidden: true, ifMissing });
  return (await readInput(io)).toString().replace(/\r?\n$/, '');
}

/**
 * Prompts for confirmation, unless `--yes` is given.
 *
 * @throws UsageError if the input is not `y` or `yes`, or if there is no terminal
 */
export async function confirm(io: Io, action: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  if (!io.stdin.isTTY) throw new UsageError(`${action} needs --yes where there is no terminal`);
  const ifMissing = 'not confirmed; nothing was done';
  const reply = await prompt(io, { text: `${action}? [y/N] `, hidden: false, ifMissing });
  if (!/^\s*y(?:es)?\s*$/i.test(reply)) throw new UsageError(ifMissing);
}
