#!/usr/bin/env node
import { nodeProblem } from './node-version.ts';

const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  // An older Node cannot load these modules.
  const [{ main }, { ioOf }, { notifyOfUpdate }] = await Promise.all([
    import('./main.ts'),
    import('./process.ts'),
    import('./update.ts'),
  ]);
  const io = ioOf(process);
  process.exitCode = await main(process.argv.slice(2), io);
  await notifyOfUpdate(io);
} else {
  process.stderr.write(`error: ${problem}\n`);
  process.exitCode = 1;
}
