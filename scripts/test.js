// Runs a tier of tests through turbo, of all packages or of the one in whose folder it is called, and ends with the line
// `N passed, N failed`: node scripts/test.js [test:system] [parameter of turbo…]
import { format, removeTallies, root, sumOfPackages, writeTally } from './tally.js';
import { runTurbo } from './turbo.js';

const isSystem = process.argv[2] === 'test:system';
const tier = isSystem ? 'test:system' : 'test';
const task = isSystem ? 'vitest:system' : 'vitest';

removeTallies(tier);
const code = runTurbo([
  'run',
  task,
  // Each run of vitest uses all cores.
  '--concurrency=1',
  '--continue=dependencies-successful',
  '--env-mode=loose',
  '--output-logs=new-only',
  '--log-prefix=none',
  ...process.argv.slice(isSystem ? 3 : 2),
]);
const sum = sumOfPackages(tier);
// What fails before vitest counts, such as a build, is a failure too.
const tally = code !== 0 && sum.failed === 0 ? { ...sum, failed: 1 } : sum;
writeTally(root, tier, tally);
process.stdout.write(`${format(tally)}\n`);
process.exitCode = code;
