import { exitCodes } from './exit.ts';
import { flush, type Io } from './io.ts';
import { createProgram } from './program.ts';
import { report } from './report.ts';

async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    await createProgram(io).parseAsync(argv, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    return report(error, io);
  }
}

/** Runs one command line, without the program's name, and gives its exit code. What it printed has left the process then. */
export async function main(argv: readonly string[], given: Io): Promise<number> {
  // Also errors of the command line have no colours then.
  const io = argv.includes('--no-color') ? { ...given, env: { ...given.env, NO_COLOR: '1' } } : given;
  const code = await run(argv, io);
  return flush(io.stdout).then(
    () => code,
    (error: unknown) => code || report(error, io),
  );
}
