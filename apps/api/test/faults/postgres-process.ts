import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A PostgreSQL that keeps its promises in a crash, and can be made to crash. */
export interface PostgresProcess {
  /** Starts it, made anew or as the crash left it, and answers with its URL. */
  start(): Promise<string>;
  /** SIGQUIT is its immediate stop; SIGKILL leaves it no time for anything. */
  crash(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  remove(): Promise<void>;
}

export function keepPostgres(): PostgresProcess {
  // In a session of its own, so that Ctrl-C ends the tests and not what cleans up after them.
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('postgres-keeper.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = once(keeper, 'exit');
  const lines = createInterface({ input: keeper.stdout })[Symbol.asyncIterator]();
  const tell = async (order: string): Promise<string> => {
    keeper.stdin.write(`${order}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('There is no PostgreSQL to crash');
    return value;
  };
  return {
    start: () => tell('start'),
    async crash(signal) {
      await tell(signal);
    },
    async remove() {
      keeper.stdin.end();
      await ended;
    },
  };
}
