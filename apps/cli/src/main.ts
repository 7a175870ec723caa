import { CommanderError } from 'commander';
import { exitCodes } from './errors.ts';
import { flush, type Io } from './io.ts';
import { createProgram } from './program.ts';

/** Prints an error and returns the exit code for it. `report-error.ts` loads the SDK, so it is imported only here. */
async function fail(error: unknown, io: Io): Promise<number> {
  // Commander has printed its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  return (await import('./report-error.ts')).reportError(error, io);
}

async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    await createProgram(io).parseAsync(argv, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    return fail(error, io);
  }
}

/** Runs one command line, without the program's name, and gives its exit code. What it printed has left the process then. */
export async function main(argv: readonly string[], given: Io): Promise<number> {
  // Also errors of the command line have no colours then.
  const io = argv.includes('--no-color') ? { ...given, env: { ...given.env, NO_COLOR: '1' } } : given;
  const code = await run(argv, io);
  return flush(io.stdout).then(
    () => code,
    (error: unknown) => code || fail(error, io),
  );
}
